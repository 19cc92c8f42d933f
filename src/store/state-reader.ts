/** The state of a server as a thread has it that only reads: what the thread that writes has committed. */
import type { Name } from '../dns/name/index.ts'
import { Database } from './database.ts'
import { Journal } from './journal.ts'
import { type LoadedTrust, TrustStates } from './trust-states.ts'
import { ZoneCopies } from './zone-copies.ts'
import { ZoneRows } from './zone-rows.ts'
import { ZoneStates } from './zone-states.ts'

export class StateReader {
  readonly copies: Pick<ZoneCopies, 'load' | 'loadBase' | 'serialOf' | 'octetsOf' | 'isDue'>
  readonly zones: Pick<ZoneStates, 'primary' | 'secondary'>
  readonly #database: Database
  readonly #rows: ZoneRows
  readonly #journal: Journal
  readonly #trust: TrustStates

  /** `path`: of the database, which the thread that writes has open. */
  constructor(path: string) {
    const database = Database.forReading(path)
    this.#database = database
    this.#rows = new ZoneRows(database)
    this.#journal = new Journal(database, this.#rows)
    this.copies = new ZoneCopies(database, this.#rows, this.#journal)
    this.zones = new ZoneStates(database, this.#rows)
    this.#trust = new TrustStates(database)
  }

  get journal(): Pick<Journal, 'state' | 'list' | 'read' | 'exceeds'> {
    return this.#journal
  }

  /** Names of all zones of which something is kept. */
  listZones(): string[] {
    return this.#rows.list()
  }

  /** All that is kept of trust. Never throws. */
  loadTrust(): LoadedTrust {
    return this.#trust.load()
  }

  /** The thread that writes has committed something of these zones. */
  refresh(zones: readonly Name[]): void {
    for (const zone of zones) {
      this.#journal.forget(zone)
      this.#rows.forget(zone)
      // It may have another row now.
      this.#journal.forget(zone)
    }
  }

  /** The thread that writes may have another file under the same name. */
  reopen(): void {
    this.#database.reopen()
  }

  close(): void {
    this.#database.close()
  }
}
