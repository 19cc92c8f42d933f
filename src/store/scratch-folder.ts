/** A folder for work that leaves nothing behind. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import { reasonOf } from './system-error.ts'

export class ScratchFolder {
  readonly path: string

  /** Throws DnsError `output-failed`, as all its methods do. */
  constructor(prefix: string) {
    this.path = attempt(tmpdir(), () => mkdtempSync(join(tmpdir(), prefix)))
  }

  /** Puts a copy of a file from elsewhere into it. */
  copyIn(file: string, name: string): void {
    attempt(file, () => copyFileSync(file, join(this.path, name)))
  }

  read(name: string): string {
    return attempt(name, () => readFileSync(join(this.path, name), 'utf8'))
  }

  write(name: string, text: string): void {
    attempt(name, () => writeFileSync(join(this.path, name), text))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw new DnsError('output-failed', `${what}: ${reasonOf(error)}`, { cause: error })
  }
}
