/**
 * The state of a server: one SQLite database in its data folder, written by one process. What `transact` returned from is
 * durable; what it threw from has not happened.
 *
 * What is in it is in `schema.ts`; who reads and writes it is in `journal.ts`, `zone-copies.ts` and `zone-states.ts`.
 */
import { chmodSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { DnsError } from '../dns/errors.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { createPrivately, FolderLock, sqliteCode } from './folder-lock.ts'
import { makeFolder } from './new-files.ts'
import { MIGRATIONS } from './schema.ts'
import { reasonOf } from './system-error.ts'

const DATABASE_FILE = 'signet.db'
/** `SIGN`: says in the file's head whose it is. */
const APPLICATION_ID = 0x5349474e
/** The journal of SQLite is cut to this length after a large copy went through it. */
const WAL_LIMIT = 1 << 24

export type OpenedDatabase = {
  readonly database: Database
  /** Sentences for the log: what was found damaged, and what was done about it. */
  readonly remarks: readonly string[]
}

/**
 * Opens the database of a data folder, and makes both if they are not there. A damaged one is put aside under another name
 * and an empty one takes its place. Throws DnsError `state-invalid`: another server uses the folder; the database is of a
 * newer version, or no database of ours; the folder cannot be written to.
 */
export async function openDatabase(folder: string, now: UnixSeconds): Promise<OpenedDatabase> {
  try {
    await makeFolder(folder, 0o700)
  } catch (error) {
    throw new DnsError('state-invalid', `${folder}: ${reasonOf(error)}`, { cause: error })
  }
  const lock = new FolderLock(folder)
  const path = join(folder, DATABASE_FILE)
  try {
    const remarks: string[] = []
    const connection = openOrReplace(path, lock.wasLeft, now, remarks)
    return { database: new Database(path, connection, lock), remarks }
  } catch (error) {
    lock.release()
    throw stateError(path, error)
  }
}

/** A database that is read in full only when the last server was killed: the check costs as much as the file is long. */
function openOrReplace(path: string, checkAll: boolean, now: UnixSeconds, remarks: string[]): DatabaseSync {
  try {
    return open(path, checkAll)
  } catch (error) {
    const code = sqliteCode(error)
    const isDamaged = error instanceof DamagedDatabase || code === SQLITE_CORRUPT || code === SQLITE_NOTADB
    if (!isDamaged) throw error
    const aside = putAside(path, now)
    remarks.push(
      `${path} is damaged (${reasonOf(error)}) and was put aside as ${aside}; the server begins with an empty one. ` +
        'Secondary zones are fetched again. Changes of primary zones that are not in their files are only in the damaged file',
    )
    return open(path, false)
  }
}

const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

class DamagedDatabase extends Error {}

function open(path: string, checkAll: boolean): DatabaseSync {
  createPrivately(path)
  chmodSync(path, 0o600)
  const connection = new DatabaseSync(path, { timeout: 1000 })
  try {
    connection.exec('PRAGMA cell_size_check = ON')
    const version = readVersion(path, connection)
    if (checkAll) checkIntegrity(connection)
    connection.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${WAL_LIMIT}`)
    migrate(connection, version)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** The version that the database is of; 0 for an empty one. */
function readVersion(path: string, connection: DatabaseSync): number {
  const version = numberOf(connection, 'PRAGMA user_version')
  const owner = numberOf(connection, 'PRAGMA application_id')
  const tables = numberOf(connection, 'SELECT count(*) FROM sqlite_schema')
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0 || tables !== 0)) {
    throw new DnsError('state-invalid', `${path} is a database of another program. Give another data folder`)
  }
  if (version > MIGRATIONS.length) {
    const versions = `version ${version} of the state, this program knows up to ${MIGRATIONS.length}`
    const remedy = 'Run the newer program that wrote it, or give another data folder'
    throw new DnsError('state-invalid', `${path} has ${versions}. ${remedy}`)
  }
  return version
}

function checkIntegrity(connection: DatabaseSync): void {
  const found = connection.prepare('PRAGMA quick_check(1)').get()
  const verdict = found === undefined ? 'no answer' : String(Object.values(found)[0])
  if (verdict !== 'ok') throw new DamagedDatabase(verdict.replaceAll('\n', ' '))
}

function migrate(connection: DatabaseSync, version: number): void {
  for (const [done, migration] of MIGRATIONS.entries()) {
    if (done < version) continue
    connection.exec(
      `BEGIN IMMEDIATE; ${migration}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${done + 1}; COMMIT`,
    )
  }
}

function numberOf(connection: DatabaseSync, sql: string): number {
  const row = connection.prepare(sql).get()
  return row === undefined ? 0 : Number(Object.values(row)[0])
}

/** Renames the database and what SQLite keeps beside it. Returns the new name. */
function putAside(path: string, now: UnixSeconds): string {
  const time = new Date(now * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  let aside = `${path}.damaged-${time}`
  for (let n = 2; existsSync(aside); n++) aside = `${path}.damaged-${time}-${n}`
  for (const part of ['', '-wal', '-shm']) if (existsSync(path + part)) renameSync(path + part, aside + part)
  return aside
}

export class Database {
  readonly path: string
  readonly #connection: DatabaseSync
  readonly #lock: FolderLock
  readonly #forgetters: (() => void)[] = []
  readonly #begin: StatementSync
  readonly #commit: StatementSync

  constructor(path: string, connection: DatabaseSync, lock: FolderLock) {
    this.path = path
    this.#connection = connection
    this.#lock = lock
    this.#begin = connection.prepare('BEGIN IMMEDIATE')
    this.#commit = connection.prepare('COMMIT')
  }

  /** A statement, to be run within `read` or `transact`. */
  prepare(sql: string): StatementSync {
    return this.#connection.prepare(sql)
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
   * Does all of an action or nothing of it; durable on return. One within another is part of it.
   * Throws what the action throws, and DnsError `state-invalid` when the database cannot be written.
   */
  transact<T>(action: () => T): T {
    if (this.#connection.isTransaction) return action()
    try {
      this.#begin.run()
      const result = action()
      this.#commit.run()
      return result
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
      for (const forget of this.#forgetters) forget()
      throw stateError(this.path, error)
    }
  }

  close(): void {
    if (!this.#connection.isOpen) return
    this.#connection.close()
    this.#lock.release()
  }
}

/** Errors of SQLite as ours; others as they are. */
function stateError(path: string, error: unknown): unknown {
  if (sqliteCode(error) === undefined) return error
  return new DnsError('state-invalid', `${path}: ${reasonOf(error)}`, { cause: error })
}
