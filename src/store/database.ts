/**
 * The state of a server: one SQLite database in its data folder, written by one process. What `transact` returned from is
 * durable; what it threw from has not happened.
 *
 * A disk that is full or read-only stops no server: what is there is read, `transact` throws StateUnwritable, and `recover` tries
 * again. What is in the database is in `schema.ts`; who reads and writes it is in `journal.ts`, `zone-copies.ts` and `zone-states.ts`.
 */
import { statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { DnsError } from '../dns/errors.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { checkDataFolder } from './data-folder.ts'
import { openForReading, openOrReplace, tryWriting } from './database-file.ts'
import { FolderLock, sqliteCode } from './folder-lock.ts'
import { makeFolder } from './new-files.ts'
import { Statement } from './statement.ts'
import { reasonOf } from './system-error.ts'
import { diskReason, openingReason, StateUnwritable } from './unwritable.ts'

const DATABASE_FILE = 'signet.db'
/** Octets that must be free before a full disk counts as writable again. */
const LEAST_FREE = 1 << 20

export type OpenedDatabase = {
  readonly database: Database
  /** Sentences for the log: what was found damaged, and what was done about it. */
  readonly remarks: readonly string[]
}

/**
 * Opens the database of a data folder, and makes both if they are not there. A damaged one is put aside under another name
 * and an empty one takes its place. One whose disk cannot be written is read only, see `Database.unwritable`.
 * Throws DnsError `state-invalid`: another server uses the folder; the database is of a newer version, or no database of ours;
 * the folder cannot be written to for want of rights, or all users may write to it.
 */
export async function openDatabase(folder: string, now: UnixSeconds): Promise<OpenedDatabase> {
  const path = join(folder, DATABASE_FILE)
  const remarks: string[] = []
  const held: Held = { lock: undefined }
  try {
    return { database: new Database(path, await openHome(path, now, held, remarks), held), remarks }
  } catch (error) {
    const reason = openingReason(folder, error)
    if (reason !== undefined) return { database: new Database(path, openForReading(path), held, reason), remarks }
    held.lock?.release()
    throw stateError(path, error)
  }
}

/** The lock on the folder; undefined while the disk did not let it be taken. */
type Held = { lock: FolderLock | undefined }

async function openHome(path: string, now: UnixSeconds, held: Held, remarks: string[]): Promise<DatabaseSync> {
  const folder = dirname(path)
  try {
    await makeFolder(folder, 0o700)
  } catch (error) {
    throw new DnsError('state-invalid', `${folder}: ${reasonOf(error)}`, { cause: error })
  }
  const ofFolder = checkDataFolder(folder)
  if (held.lock === undefined) {
    held.lock = new FolderLock(folder)
    remarks.push(...ofFolder)
  } else held.lock.writeHolder()
  return openOrReplace(path, held.lock.wasLeft, now, remarks)
}

export class Database {
  readonly path: string
  #connection: DatabaseSync
  readonly #held: Held
  /** Whether the connection is to the file as it can be written. */
  #isHome: boolean
  #unwritable: string | undefined
  readonly #forgetters: (() => void)[] = []
  readonly #begin: Statement
  readonly #commit: Statement
  /** Called when it cannot be written from now on, with the reason. */
  onUnwritable: (reason: string) => void = () => {}

  /** `unwritable`: why the connection only reads. */
  constructor(path: string, connection: DatabaseSync, held: Held, unwritable?: string) {
    this.path = path
    this.#connection = connection
    this.#held = held
    this.#isHome = unwritable === undefined
    this.#unwritable = unwritable
    this.#begin = this.prepare('BEGIN IMMEDIATE')
    this.#commit = this.prepare('COMMIT')
  }

  /**
   * The database as a thread has it that does not write: `transact` throws StateUnwritable. Another connection has the lock and has
   * brought the file to the present version.
   */
  static forReading(path: string): Database {
    return new Database(path, openForReading(path), { lock: undefined }, 'another thread writes it')
  }

  /** Of one for reading: another file may have taken the name. */
  reopen(): void {
    this.#connection.close()
    this.#connection = openForReading(this.path)
    this.#forget()
  }

  /** Why nothing can be saved; undefined while all is well. */
  get unwritable(): string | undefined {
    return this.#unwritable
  }

  /** A statement, to be run within `read` or `transact`. */
  prepare(sql: string): Statement {
    return new Statement(sql, () => this.#connection)
  }

  /** `forget` is called when a transaction has not happened: what was kept in memory of it is wrong. */
  onRollback(forget: () => void): void {
    this.#forgetters.push(forget)
  }

  /** Throws DnsError `state-invalid` when the database cannot be read. */
  read<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      throw stateError(this.path, error)
    }
  }

  /**
   * Does all of an action or nothing of it; durable on return. One within another is part of it. Throws what the action throws,
   * DnsError `state-invalid` when the database fails, and StateUnwritable, from then on until `recover`, when that is for its disk.
   */
  transact<T>(action: () => T): T {
    if (this.#unwritable !== undefined) throw new StateUnwritable(this.path, this.#unwritable)
    const isPart = this.#connection.isTransaction
    try {
      if (isPart) return action()
      this.#begin.run()
      const result = action()
      // A part may have failed whose caller went on without it.
      if (this.#unwritable !== undefined) throw new StateUnwritable(this.path, this.#unwritable)
      this.#commit.run()
      return result
    } catch (error) {
      const judged = this.#judge(error)
      if (!isPart) this.#rollBack()
      throw judged
    }
  }

  /** The error as one of ours. One of the disk: nothing can be saved from now on. */
  #judge(error: unknown): unknown {
    const reason = diskReason(error)
    if (reason === undefined) return stateError(this.path, error)
    if (this.#unwritable === undefined) {
      this.#unwritable = reason
      this.onUnwritable(reason)
    }
    return new StateUnwritable(this.path, reason)
  }

  /** What is kept in memory of the content is wrong. */
  #forget(): void {
    for (const forget of this.#forgetters) forget()
  }

  #rollBack(): void {
    if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
    this.#forget()
  }

  /**
   * Tries to write again. Returns undefined while that fails, with `unwritable` as it is now; else sentences for the log, and
   * whoever could not save something saves it now.
   */
  async recover(now: UnixSeconds): Promise<readonly string[] | undefined> {
    const remarks: string[] = []
    try {
      if (!hasRoom(dirname(this.path))) return undefined
      if (!this.#isHome) this.#replace(await openHome(this.path, now, this.#held, remarks))
      tryWriting(this.#connection)
      this.#unwritable = undefined
      return remarks
    } catch (error) {
      this.#rollBack()
      this.#unwritable = diskReason(error) ?? openingReason(dirname(this.path), error) ?? reasonOf(error)
      return undefined
    }
  }

  #replace(connection: DatabaseSync): void {
    this.#connection.close()
    this.#connection = connection
    this.#isHome = true
    this.#forget()
  }

  close(): void {
    if (!this.#connection.isOpen) return
    this.#connection.close()
    this.#held.lock?.release()
  }
}

/** A disk that has no more than a few octets is full again at once. */
function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= LEAST_FREE
  } catch {
    return true
  }
}

/** Errors of SQLite as ours; others as they are. */
function stateError(path: string, error: unknown): unknown {
  if (sqliteCode(error) === undefined) return error
  return new DnsError('state-invalid', `${path}: ${reasonOf(error)}`, { cause: error })
}
