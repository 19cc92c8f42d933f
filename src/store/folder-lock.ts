/**
 * The lock on a state folder: one server at a time. The lock itself is the system's (SQLite takes it on an empty database), so
 * that it ends with the process, however that ends; a file beside it says who has it.
 */
import { closeSync, existsSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DnsError } from '../dns/errors.ts'
import { readInputFile, requireRegular } from './input-file.ts'
import { reasonOf } from './system-error.ts'

const LOCK_FILE = 'signet.lock'
const HOLDER_FILE = 'signet.pid'
/** Most octets of it. */
const MAX_HOLDER = 64

export class FolderLock {
  /** Whether the last holder ended without giving the lock back. */
  readonly wasLeft: boolean
  readonly #connection: DatabaseSync
  readonly #holderFile: string

  /** Throws DnsError `state-invalid` when another process has the lock, or the folder cannot be written to. */
  constructor(folder: string) {
    const lockFile = join(folder, LOCK_FILE)
    this.#holderFile = join(folder, HOLDER_FILE)
    try {
      createPrivately(lockFile)
      this.#connection = new DatabaseSync(lockFile, { timeout: 0 })
    } catch (error) {
      if (error instanceof DnsError) throw error
      throw new DnsError('state-invalid', `${lockFile}: ${reasonOf(error)}`, { cause: error })
    }
    try {
      // Without a file beside it: that a full disk would not take.
      this.#connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (error) {
      this.#connection.close()
      if (sqliteCode(error) !== SQLITE_BUSY) {
        throw new DnsError('state-invalid', `${lockFile}: ${reasonOf(error)}`, { cause: error })
      }
      const holder = readHolder(this.#holderFile)
      const who = holder === undefined ? 'another process' : `process ${holder}`
      const message = `${folder} is in use by ${who}: a state folder belongs to one server. Stop that one, or give another folder`
      throw new DnsError('state-invalid', message)
    }
    this.wasLeft = existsSync(this.#holderFile)
    this.writeHolder()
  }

  /** Writes who has the lock. It has it as well when the disk does not take that. */
  writeHolder(): void {
    try {
      // A new file always: one that is left over may be anything, and a FIFO would block.
      rmSync(this.#holderFile, { force: true })
      writeFileSync(this.#holderFile, `${process.pid}\n`, { mode: 0o600, flag: 'wx' })
    } catch {
      // It only says who has the lock; a disk that is full does not take that away.
    }
  }

  release(): void {
    if (!this.#connection.isOpen) return
    try {
      rmSync(this.#holderFile, { force: true })
    } catch {
      // The disk became read-only: the next server reads the database in full.
    }
    this.#connection.close()
  }
}

function readHolder(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readInputFile(file, MAX_HOLDER).octets.toString('latin1'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

/**
 * Makes a file that only its owner may read, unless it is there. SQLite gives the files beside it the same mode. One that is
 * there is not opened: to close it again would take the locks from it that this process has by another opening (POSIX).
 * Throws DnsError `state-invalid` when it, or a file that SQLite has beside it, is no regular file: SQLite would block on a FIFO.
 */
export function createPrivately(path: string): void {
  for (const file of [path, `${path}-journal`, `${path}-wal`, `${path}-shm`]) {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found !== undefined) requireRegular(file, found, 'state-invalid')
    else if (file === path) closeSync(openSync(path, 'a', 0o600))
  }
}

const SQLITE_BUSY = 5

/** The primary result code of an error of SQLite, or undefined for other errors. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined
  return error.errcode & 0xff
}
