/** What is remembered of each zone beside its records: how a secondary stands with its primary, which file a primary was read from. */
import type { Name } from '../dns/name/index.ts'
import type { Serial } from '../dns/serial.ts'
import type { UnixSeconds, WallMark } from '../ports/index.ts'
import type { Database } from './database.ts'
import type { Statement } from './statement.ts'
import type { ZoneRows } from './zone-rows.ts'

export type SecondaryState = {
  readonly serial: Serial | undefined
  /** When a primary last said that this serial is current. */
  readonly checkedAt: UnixSeconds | undefined
  /** When the zone is no longer served unless a primary speaks for it (RFC 1035 §3.3.13, EXPIRE). */
  readonly expiresAt: UnixSeconds | undefined
  /** The primary that was last used, as the configuration writes it. */
  readonly primary: string | undefined
  /** Why the last attempt failed; undefined when it did not. */
  readonly failure: string | undefined
  /** How the wall clock stood that the times are of; undefined: not known. */
  readonly mark: WallMark | undefined
}

export type PrimaryState = {
  /** The hash of `ZoneFileMark` of the master file, with what it includes, as last read. */
  readonly fileHash: string | undefined
  readonly fileModifiedAt: UnixSeconds | undefined
  readonly fileSerial: Serial | undefined
  /** No changes are taken while a person edits the file (`signet zone freeze`). */
  readonly isFrozen: boolean
}

export class ZoneStates {
  readonly #database: Database
  readonly #rows: ZoneRows
  readonly #getSecondary: Statement
  readonly #putSecondary: Statement
  readonly #getPrimary: Statement
  readonly #putPrimary: Statement

  constructor(database: Database, rows: ZoneRows) {
    this.#database = database
    this.#rows = rows
    this.#getSecondary = database.prepare('SELECT * FROM secondary_state WHERE zone = ?')
    this.#putSecondary = database.prepare(
      `REPLACE INTO secondary_state (zone, serial, checked_at, expires_at, primary_used, failure, boot, boot_ahead)
        VALUES (?,?,?,?,?,?,?,?)`,
    )
    this.#getPrimary = database.prepare('SELECT * FROM primary_state WHERE zone = ?')
    this.#putPrimary = database.prepare(
      'REPLACE INTO primary_state (zone, file_hash, file_modified, file_serial, frozen) VALUES (?,?,?,?,?)',
    )
  }

  secondary(zone: Name): SecondaryState | undefined {
    const row = this.#get(this.#getSecondary, zone)
    if (row === undefined) return undefined
    return {
      serial: numberOrNone(row.serial),
      checkedAt: numberOrNone(row.checked_at),
      expiresAt: numberOrNone(row.expires_at),
      primary: textOrNone(row.primary_used),
      failure: textOrNone(row.failure),
      mark: markOrNone(row),
    }
  }

  saveSecondary(zone: Name, state: SecondaryState): void {
    const { serial, checkedAt, expiresAt, primary, failure, mark } = state
    this.#database.transact(() => {
      const row = this.#rows.findOrMake(zone)
      const times = [whole(checkedAt), whole(expiresAt)]
      const words = [primary ?? null, failure ?? null, mark?.boot ?? null]
      this.#putSecondary.run(row, serial ?? null, ...times, ...words, mark?.ahead ?? null)
    })
  }

  primary(zone: Name): PrimaryState | undefined {
    const row = this.#get(this.#getPrimary, zone)
    if (row === undefined) return undefined
    return {
      fileHash: textOrNone(row.file_hash),
      fileModifiedAt: numberOrNone(row.file_modified),
      fileSerial: numberOrNone(row.file_serial),
      isFrozen: row.frozen === 1,
    }
  }

  savePrimary(zone: Name, state: PrimaryState): void {
    const { fileHash, fileModifiedAt, fileSerial, isFrozen } = state
    this.#database.transact(() => {
      const row = this.#rows.findOrMake(zone)
      this.#putPrimary.run(row, fileHash ?? null, fileModifiedAt ?? null, fileSerial ?? null, isFrozen ? 1 : 0)
    })
  }

  #get(statement: Statement, zone: Name): Record<string, unknown> | undefined {
    const row = this.#rows.find(zone)
    return row === undefined ? undefined : this.#database.read(() => statement.get(row))
  }
}

function whole(time: UnixSeconds | undefined): number | null {
  return time === undefined ? null : Math.floor(time)
}

function markOrNone({ boot, boot_ahead: ahead }: Record<string, unknown>): WallMark | undefined {
  return typeof boot === 'string' && typeof ahead === 'number' ? { boot, ahead } : undefined
}

function numberOrNone(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
