/** Where the third-party material lies: `SIGNET_SHARED`, by default `shared` beside the repository. Tests skip, by name, without it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const shared = process.env.SIGNET_SHARED ?? join(import.meta.dirname, '..', '..', 'shared')

/** The path of a file or folder of the material, undefined when it is not there. */
export function findMaterial(...parts: string[]): string | undefined {
  const path = join(shared, 'material', ...parts)
  return existsSync(path) ? path : undefined
}

/** The path of one of the cases: inputs that failed once, and servers that behave as some did. */
export function findCase(...parts: string[]): string | undefined {
  const path = join(shared, 'cases', ...parts)
  return existsSync(path) ? path : undefined
}
