/** Whether a path leads to a file: by symbolic links, hard links, or in other words. */
import { type Stats, statSync } from 'node:fs'

/** `other`: a path, or what is known of a file that was opened. False when one of them is not there. */
export function isSameFile(path: string, other: string | Stats): boolean {
  const one = statOf(path)
  const two = typeof other === 'string' ? statOf(other) : other
  return one !== undefined && two !== undefined && one.dev === two.dev && one.ino === two.ino
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
