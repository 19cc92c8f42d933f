/** Whether two paths lead to one file: by symbolic links, hard links, or in other words. */
import { type BigIntStats, type Stats, statSync } from 'node:fs'

/** False when one of them is not there. */
export function isSameFile(path: string, other: string): boolean {
  const [one, two] = [statOf(path), statOf(other)]
  return one !== undefined && two !== undefined && isSame(one, two)
}

/** Whether the path leads to the file that was opened, of which these are the facts. */
export function leadsTo(path: string, { dev, ino }: Pick<Stats, 'dev' | 'ino'>): boolean {
  const found = statOf(path)
  return found !== undefined && Number(found.dev) === dev && Number(found.ino) === ino
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return undefined
  }
}

function isSame(one: BigIntStats, two: BigIntStats): boolean {
  return one.dev === two.dev && one.ino === two.ino
}
