/** The file of the database: opened, looked over, brought to the present version; put aside when it is damaged. */
import { chmodSync, existsSync, renameSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { DnsError } from '../dns/errors.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { createPrivately, sqliteCode } from './folder-lock.ts'
import { MIGRATIONS } from './schema.ts'
import { reasonOf } from './system-error.ts'

/** `SIGN`: says in the file's head whose it is. */
const APPLICATION_ID = 0x5349474e
/** The journal of SQLite is cut to this length after a large copy went through it. */
const WAL_LIMIT = 1 << 24

/** A database that is read in full only when the last server was killed: the check costs as much as the file is long. */
export function openOrReplace(path: string, checkAll: boolean, now: UnixSeconds, remarks: string[]): DatabaseSync {
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

/**
 * What can be read of a database that cannot be written, as an open connection; an empty one when that is nothing. While its disk
 * is full or read-only the file does not change, so that it may be read without the files that SQLite keeps beside it.
 */
export function openForReading(path: string): DatabaseSync {
  const frozen = pathToFileURL(path)
  frozen.searchParams.set('immutable', '1')
  // What is in the log only would be missing, and the file itself may be halfway.
  const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
  for (const place of hasLog ? [path] : [path, frozen]) {
    let connection: DatabaseSync | undefined
    try {
      connection = new DatabaseSync(place, { readOnly: true, timeout: 1000 })
      if (readVersion(path, connection) === MIGRATIONS.length) return connection
    } catch {}
    connection?.close()
  }
  const empty = new DatabaseSync(':memory:')
  migrate(empty, 0)
  return empty
}

/** Writes what is there already. Throws the error of SQLite when that fails. */
export function tryWriting(connection: DatabaseSync): void {
  connection.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
}
