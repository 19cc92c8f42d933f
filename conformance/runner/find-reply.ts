/**
 * Which entry answers a query: the rules of the two dialects.
 *
 *     Unbound   ranges from the last in the file to the first, those valid for the step that comes next; the first entry that
 *               matches. None: the query stays without an answer.
 *     Deckard   the first range in the file that is valid for the step under way and has the address is the only one. No entry
 *               that matches: SERVFAIL. An address that no range has is any. No range: a REPLY step that matches, once.
 */

import type { Pending } from './fake-network.ts'
import { makeReply, makeServfail } from './make-reply.ts'
import { matchesQuery } from './match-query.ts'
import type { Entry, Range, Scenario, Step } from './scenario.ts'

/** `octets` undefined: the server is there and says nothing. */
export type FoundReply = { readonly octets: Uint8Array | undefined; readonly from: string; readonly entry?: Entry }

export class Replies {
  readonly #scenario: Scenario
  readonly #known: ReadonlySet<string>
  /** Entries of Deckard's REPLY steps that were given out. */
  readonly #spent = new Set<Step>()
  /** Entries that were used at least once. */
  readonly used = new Set<Entry>()

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#known = new Set(scenario.ranges.flatMap(({ addresses }) => addresses))
  }

  /** The answer that the ranges have for a query while the step of this number counts; undefined: they do not know it. */
  find(query: Pending, step: number): FoundReply | undefined {
    const found = this.#scenario.dialect === 'unbound' ? this.#unbound(query, step) : this.#deckard(query, step)
    if (found?.entry !== undefined) this.used.add(found.entry)
    return found
  }

  #unbound(query: Pending, step: number): FoundReply | undefined {
    for (const range of this.#scenario.ranges.toReversed()) {
      if (step < range.from || step > range.to) continue
      if (range.addresses.length > 0 && !range.addresses.includes(query.address)) continue
      const entry = range.entries.find((each) => matchesQuery(each, query.query, query.protocol))
      if (entry !== undefined) return this.#reply(entry, query)
    }
    return undefined
  }

  #deckard(query: Pending, step: number): FoundReply | undefined {
    const isKnown = this.#known.has(query.address)
    const isEligible = ({ from, to, addresses }: Range): boolean =>
      step >= from && step <= to && (!isKnown || addresses.length === 0 || addresses.includes(query.address))
    const range = this.#scenario.ranges.find(isEligible)
    if (range === undefined) return this.#oneShot(query, step)
    const entry = range.entries.find((each) => matchesQuery(each, query.query, query.protocol))
    if (entry !== undefined) return this.#reply(entry, query)
    return { octets: makeServfail(query.query), from: `no entry of the range at line ${range.line}` }
  }

  #oneShot(query: Pending, step: number): FoundReply {
    const found = this.#scenario.steps.find(
      (each) =>
        each.number >= step &&
        each.kind === 'REPLY' &&
        !this.#spent.has(each) &&
        each.entry !== undefined &&
        matchesQuery(each.entry, query.query, query.protocol),
    )
    if (found?.entry === undefined) return { octets: makeServfail(query.query), from: 'no range and no REPLY step' }
    this.#spent.add(found)
    return this.#reply(found.entry, query)
  }

  #reply(entry: Entry, query: Pending): FoundReply {
    return { octets: makeReply(entry, query.query, this.#scenario.dialect), from: `line ${entry.line}`, entry }
  }
}
