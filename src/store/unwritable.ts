/** A disk that is full, read-only or broken: what is kept cannot be written for the time being, and the server goes on. */
import { closeSync, mkdirSync, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import { sqliteCode } from './folder-lock.ts'
import { reasonOf } from './system-error.ts'

/** Nothing of the action has happened, and nothing can be saved until `State.recover` succeeds. */
export class StateUnwritable extends DnsError {
  readonly reason: string

  constructor(path: string, reason: string) {
    super('state-invalid', `${path} cannot be written: ${reason}`)
    this.reason = reason
  }
}

const DISK_ERRORS: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'])
const [SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN] = [8, 10, 13, 14]
const WRITE_ERRORS: ReadonlySet<unknown> = new Set([SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN])

/** Whether the system says that a disk is full, read-only or broken. */
export function isDiskError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && DISK_ERRORS.has(error.code)) || isDiskError(error.cause)
}

/** Why an open database cannot be written, when that is for its disk. */
export function diskReason(error: unknown): string | undefined {
  return WRITE_ERRORS.has(sqliteCode(error)) ? reasonOf(error) : undefined
}

/** Why a folder of state could not be opened, when that is for its disk. Missing rights are not: they are for a person to give. */
export function openingReason(folder: string, error: unknown): string | undefined {
  const cause = error instanceof DnsError ? error.cause : error
  if (isDiskError(cause)) return reasonOf(cause)
  const code = sqliteCode(cause)
  if (code === SQLITE_FULL || code === SQLITE_IOERR) return reasonOf(cause)
  return code === SQLITE_CANTOPEN || code === SQLITE_READONLY ? tryFolder(folder) : undefined
}

/** SQLite does not tell a read-only disk from missing rights: a new file shows it. */
function tryFolder(folder: string): string | undefined {
  const path = join(folder, `.try-${process.pid}`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'w', 0o600))
    unlinkSync(path)
    return undefined
  } catch (error) {
    return isDiskError(error) ? reasonOf(error) : undefined
  }
}
