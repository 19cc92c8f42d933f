/** A file that only grows, for streams with a beginning: it always begins anew, and what was there before is kept aside. */
import { constants } from 'node:fs'
import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { DnsError } from '../dns/errors.ts'
import { requireRegular } from './input-file.ts'
import { reasonOf } from './system-error.ts'

/** O_NONBLOCK: a FIFO that nothing reads would block the open for ever. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NONBLOCK ?? 0)

export class AppendFile {
  readonly path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /**
   * Makes the file, readable by its owner and group. One that is there and not empty gets the suffix behind its name first.
   * Rejects with DnsError `output-failed`, as `write` does; also for what is no regular file.
   */
  static async begin(path: string, asideSuffix: string): Promise<AppendFile> {
    return attempt(path, async () => {
      if (await holdsSomething(path)) await rename(path, `${path}${asideSuffix}`)
      return new AppendFile(path, await open(path, FLAGS, 0o640))
    })
  }

  write(octets: Uint8Array): Promise<void> {
    return attempt(this.path, async () => {
      for (let at = 0; at < octets.length; ) at += (await this.#handle.write(octets, at)).bytesWritten
    })
  }

  close(): Promise<void> {
    return attempt(this.path, () => this.#handle.close())
  }
}

async function holdsSomething(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    requireRegular(path, found, 'output-failed')
    return found.size > 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('output-failed', `${path}: ${reasonOf(error)}`, { cause: error })
  }
}
