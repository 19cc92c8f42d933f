/** A statement of a database whose connection may be replaced: it is prepared when it is first used on each. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementResultingChanges, StatementSync } from 'node:sqlite'

type Row = Record<string, SQLOutputValue>

export class Statement {
  readonly #sql: string
  readonly #connection: () => DatabaseSync
  #prepared: { readonly on: DatabaseSync; readonly statement: StatementSync } | undefined

  constructor(sql: string, connection: () => DatabaseSync) {
    this.#sql = sql
    this.#connection = connection
  }

  run(...values: SQLInputValue[]): StatementResultingChanges {
    return this.#current().run(...values)
  }

  get(...values: SQLInputValue[]): Row | undefined {
    return this.#current().get(...values)
  }

  all(...values: SQLInputValue[]): Row[] {
    return this.#current().all(...values)
  }

  iterate(...values: SQLInputValue[]): Iterable<Row> {
    return this.#current().iterate(...values)
  }

  #current(): StatementSync {
    const on = this.#connection()
    if (this.#prepared?.on !== on) this.#prepared = { on, statement: on.prepare(this.#sql) }
    return this.#prepared.statement
  }
}
