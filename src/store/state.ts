/** The state of a server in one hand: the database and all that is kept in it. */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { type Database, openDatabase } from './database.ts'
import { Journal } from './journal.ts'
import { reasonOf } from './system-error.ts'
import { TrustStates } from './trust-states.ts'
import { ZoneCopies } from './zone-copies.ts'
import { ZoneRows } from './zone-rows.ts'
import { ZoneStates } from './zone-states.ts'

export class State {
  readonly database: Database
  readonly journal: Journal
  readonly copies: ZoneCopies
  readonly zones: ZoneStates
  readonly trust: TrustStates
  /** Sentences for the log, from the opening. */
  readonly remarks: readonly string[]
  readonly #rows: ZoneRows

  constructor(database: Database, remarks: readonly string[]) {
    this.database = database
    this.remarks = remarks
    this.#rows = new ZoneRows(database)
    this.journal = new Journal(database, this.#rows)
    this.copies = new ZoneCopies(database, this.#rows, this.journal)
    this.zones = new ZoneStates(database, this.#rows)
    this.trust = new TrustStates(database)
    if (database.unwritable === undefined) this.copies.dropUnfinished()
  }

  /** Why nothing can be saved: the disk is full, read-only or broken. Undefined while all is well. */
  get unwritable(): string | undefined {
    return this.database.unwritable
  }

  /** `tell` hears of it when nothing can be saved from now on. */
  onUnwritable(tell: (reason: string) => void): void {
    this.database.onUnwritable = tell
  }

  /**
   * Tries to save again. Returns undefined while that fails; else sentences for the log, and what was not saved meanwhile is to be
   * saved now.
   */
  recover(now: UnixSeconds): Promise<readonly string[] | undefined> {
    return this.database.recover(now)
  }

  /**
   * Does several things to the state as one: all of it is durable on return, or nothing has happened. Throws StateUnwritable while
   * the disk does not take it.
   */
  transact<T>(action: () => T): T {
    return this.database.transact(action)
  }

  /** Names of all zones of which something is kept. */
  listZones(): string[] {
    return this.#rows.list()
  }

  /** Takes away all that is kept of a zone that is served no more. */
  forgetZone(zone: Name): void {
    this.transact(() => {
      this.journal.clear(zone)
      this.#rows.delete(zone)
    })
  }

  close(): void {
    this.database.close()
  }
}

/** Opens the state in a data folder, which is made if it is not there. Throws DnsError `state-invalid`. */
export async function openState(folder: string, now: UnixSeconds): Promise<State> {
  const { database, remarks } = await openDatabase(folder, now)
  try {
    return new State(database, remarks)
  } catch (error) {
    database.close()
    throw new DnsError('state-invalid', `${database.path}: ${reasonOf(error)}`, { cause: error })
  }
}
