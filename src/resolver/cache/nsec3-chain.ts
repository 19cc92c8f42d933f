/** The NSEC3 records that are known of a zone, all of one salt and iteration count, in the order of their hashes (RFC 5155). */
import type { Name } from '../../dns/name/index.ts'
import { equalOctets } from '../../dns/octets.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import {
  Nsec3Chain as Hasher,
  type Nsec3Parameters,
  Nsec3Record,
  type ValidationBudget,
} from '../../validator/index.ts'
import { findGood, orderString, type ProofSelection, type ProofSpan } from './proof-span.ts'
import { SortedRuns } from './sorted-runs.ts'

/** Rounds of SHA-1 that one question may cost. Without iterations that is more than any name has ancestors. */
const MOST_ROUNDS = 300

export type Nsec3Span = ProofSpan & { readonly kind: 'nsec3'; readonly record: Nsec3Record }

/** The one record of an RRset, when it is well-formed and of the zone. */
export function readNsec3(set: RRset, zone: Name): Nsec3Record | undefined {
  const [record, another] = Nsec3Record.read(set, zone)
  return another === undefined ? record : undefined
}

export class Nsec3Chain {
  readonly spans: SortedRuns<Nsec3Span> = new SortedRuns()
  readonly #zone: Name
  readonly #parameters: Nsec3Parameters

  constructor(zone: Name, parameters: Nsec3Parameters) {
    this.#zone = zone
    this.#parameters = parameters
  }

  has({ iterations, salt }: Nsec3Parameters): boolean {
    return this.#parameters.iterations === iterations && equalOctets(this.#parameters.salt, salt)
  }

  /** The span of a record with the parameters of this chain. */
  spanOf(record: Nsec3Record, since: SteadySeconds): Nsec3Span {
    const order = orderString(record.hash, record.hash.length)
    const key = this.#zone.key + record.set.owner.key
    return { kind: 'nsec3', order, key, zone: this.#zone, set: record.set, since, record }
  }

  /**
   * The record of a name, or those by which it is not there (RFC 5155 §8.3), with that at or around the wildcard for it.
   * `hasWildcard`: a wildcard below this name is known, so that it is there; nothing else need show that.
   */
  select(
    name: Name,
    now: SteadySeconds,
    hasWildcard: (encloser: Name) => boolean,
  ): ProofSelection<Nsec3Span> | undefined {
    const hasher = new Hasher(this.#parameters, budget(MOST_ROUNDS))
    const spans: Nsec3Span[] = []
    const take = (span: Nsec3Span): void => {
      if (spans.includes(span)) return
      spans.push(span)
      hasher.records.push(span.record)
    }
    const selection = (encloser: Name | undefined): ProofSelection<Nsec3Span> => {
      return { records: { zone: this.#zone, nsec: [], chains: [hasher], excessive: [] }, spans, encloser }
    }
    let cover: Nsec3Span | undefined
    for (let candidate = name; ; candidate = candidate.parent) {
      const found = this.#find(hasher, candidate, now)
      if (found?.isMatch === true) {
        take(found.span)
        if (candidate === name) return selection(undefined)
        if (cover === undefined) return undefined
        take(cover)
        const standIn = this.#find(hasher, candidate.child('*'), now)
        if (standIn !== undefined) take(standIn.span)
        return selection(candidate)
      }
      if (cover !== undefined && hasWildcard(candidate)) {
        take(cover)
        return selection(candidate)
      }
      if (candidate.equals(this.#zone)) return undefined
      cover = found?.span
    }
  }

  /** The record of a name, or the one that covers its hash. */
  #find(
    hasher: Hasher,
    name: Name,
    now: SteadySeconds,
  ): { readonly span: Nsec3Span; readonly isMatch: boolean } | undefined {
    const hash = hasher.hash(name)
    if (hash === undefined) return undefined
    const span = findGood(this.spans, orderString(hash, hash.length), now)
    if (span === undefined) return undefined
    if (span.record.matches(hash)) return { span, isMatch: true }
    return span.record.covers(hash) ? { span, isMatch: false } : undefined
  }
}

function budget(rounds: number): ValidationBudget {
  return {
    takeVerification: () => false,
    takeHash(iterations) {
      rounds -= iterations + 1
      return rounds >= 0
    },
  }
}
