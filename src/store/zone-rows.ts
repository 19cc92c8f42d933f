/** Which row of the database is which zone. A zone gets a row when something of it is first kept. */
import type { Name } from '../dns/name/index.ts'
import type { Database } from './database.ts'
import type { Statement } from './statement.ts'

export class ZoneRows {
  readonly #database: Database
  readonly #known = new Map<string, number>()
  readonly #find: Statement
  readonly #insert: Statement
  readonly #delete: Statement
  readonly #list: Statement

  constructor(database: Database) {
    this.#database = database
    this.#find = database.prepare('SELECT id FROM zone WHERE name = ?')
    this.#insert = database.prepare('INSERT INTO zone (name) VALUES (?)')
    this.#delete = database.prepare('DELETE FROM zone WHERE name = ?')
    this.#list = database.prepare('SELECT name FROM zone ORDER BY name')
    database.onRollback(() => this.#known.clear())
  }

  /** The row of a zone that has one. */
  find(zone: Name): number | undefined {
    const { key } = zone
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const row = this.#database.read(() => this.#find.get(textOf(zone)))
    if (row === undefined) return undefined
    const id = Number(row.id)
    this.#known.set(key, id)
    return id
  }

  /** Within a transaction. */
  findOrMake(zone: Name): number {
    const found = this.find(zone)
    if (found !== undefined) return found
    const id = Number(this.#insert.run(textOf(zone)).lastInsertRowid)
    this.#known.set(zone.key, id)
    return id
  }

  /** Names of all zones of which something is kept, in presentation format. */
  list(): string[] {
    return this.#database.read(() => this.#list.all().map((row) => String(row.name)))
  }

  /** Another connection may have changed which row it is. */
  forget(zone: Name): void {
    this.#known.delete(zone.key)
  }

  /** Within a transaction: takes the row away, and with it all that is kept of the zone. */
  delete(zone: Name): void {
    this.#delete.run(textOf(zone))
    this.#known.delete(zone.key)
  }
}

/** Its name as the database has it: presentation format, lower case, final dot. */
function textOf(zone: Name): string {
  return zone.toCanonical().toString()
}
