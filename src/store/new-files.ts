/**
 * New files that appear whole or not at all, and never over one that is there: each is written beside its place under
 * another name, made durable, then linked to its name, which fails if that is taken.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DnsError } from '../dns/errors.ts'

export type NewFile = { readonly name: string; readonly mode: number; readonly content: string | Uint8Array }

/** Writes all of them, or none. Returns their paths. Throws DnsError `output-failed` when one exists. */
export async function writeNewFiles(folder: string, files: readonly NewFile[]): Promise<string[]> {
  const placed: string[] = []
  try {
    for (const file of files) {
      const path = join(folder, file.name)
      const temporary = await writeTemporary(folder, file)
      try {
        await link(temporary, path)
      } catch (error) {
        if (!isTaken(error)) throw error
        throw new DnsError('output-failed', `${path}: there is a file of this name already`)
      } finally {
        await unlink(temporary)
      }
      placed.push(path)
    }
  } catch (error) {
    for (const path of placed) await unlink(path)
    throw error
  }
  await syncFolder(folder)
  return placed
}

/** Writes the content, durably, under a name that nobody has, with the mode set as the file comes into being. */
export async function writeTemporary(folder: string, file: NewFile): Promise<string> {
  const path = join(folder, `.new-${randomBytes(9).toString('base64url')}`)
  const handle = await open(path, 'wx', file.mode)
  try {
    await handle.writeFile(file.content)
    await handle.sync()
  } catch (error) {
    await unlink(path)
    throw error
  } finally {
    await handle.close()
  }
  return path
}

/** Makes the names in a folder durable; where folders cannot be synced (Windows) there is nothing to do. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

/**
 * Makes a folder and those above it that are missing. Level by level: Node's own recursive form never ends where the system
 * answers that a folder's parent is missing though it is there, as /proc does.
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const missing: string[] = []
  for (let folder = resolve(path); !(await exists(folder)); folder = dirname(folder)) missing.push(folder)
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder, mode)
    } catch (error) {
      // Somebody else may have made it meanwhile.
      if (!isTaken(error)) throw error
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
