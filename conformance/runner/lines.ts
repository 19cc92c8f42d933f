/** The lines of a replay file one after the other: trimmed, without blank ones and comments. */
import { ScenarioError } from './scenario.ts'

export type Line = { readonly text: string; readonly number: number }

export class Lines {
  readonly #lines: readonly string[]
  #next = 0
  /** What relative names continue with, and the TTL of records that have none: both hold from where they are told to the end. */
  origin = '.'
  ttl = 3600

  constructor(text: string) {
    this.#lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  }

  /** The number of the line that was read last. */
  get number(): number {
    return this.#next
  }

  /** The next line that says something; `comment` begins a line that does not. Undefined at the end. */
  read(comment: RegExp = /^[;#]/): string | undefined {
    for (let line = this.#lines[this.#next]; line !== undefined; line = this.#lines[this.#next]) {
      this.#next++
      const text = line.trim()
      if (text !== '' && !comment.test(text)) return text
    }
    return undefined
  }

  /** The same, where the file may not end. */
  need(what: string, comment?: RegExp): string {
    return this.read(comment) ?? this.fail(`the file ends where ${what} was expected`)
  }

  /** All lines as they stand up to one that begins with `end`, which is passed over. */
  block(end: string): string[] {
    const from = this.#next
    const at = this.#lines.findIndex((line, i) => i >= from && line.trim().startsWith(end))
    if (at < 0) this.fail(`no ${end} follows`)
    this.#next = at + 1
    return this.#lines.slice(from, at)
  }

  fail(text: string): never {
    throw new ScenarioError(text, this.#next)
  }
}
