/**
 * RRsets as resolvers and validators have them: records of one owner, type and class with the signatures over them, and what is
 * known of their truth. Zones keep theirs as columns (`zone/record-table.ts`); a message has a handful, and objects will do.
 */
import type { Name } from '../dns/name/index.ts'
import { equalOctets, readU16 } from '../dns/octets.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { type MessageRecord, TYPE_OPT } from '../dns/wire/index.ts'

const TYPE_SIG = 24
const TYPE_RRSIG = 46
const TYPE_TSIG = 250

/** How far one may trust data (RFC 4033 §5). `unchecked`: nobody has looked yet. */
export type Security = 'unchecked' | 'secure' | 'insecure' | 'bogus' | 'indeterminate'

export type RRset = {
  readonly owner: Name
  readonly type: number
  readonly class: number
  /** As it came, in seconds. */
  readonly ttl: number
  /** When it must be forgotten. A validator brings it forward to what the signature allows (RFC 4035 §5.3.3). */
  expires: SteadySeconds
  /** Uncompressed RDATA, each once, in the order of arrival. Empty when only signatures came. */
  readonly rdatas: readonly Uint8Array[]
  /** RDATA of the RRSIG records that cover it. */
  readonly signatures: readonly Uint8Array[]
  /** RDATA that the resolver removed from it and that the signatures cover (`resolver/private-addresses.ts`). */
  readonly withheld?: readonly Uint8Array[]
  security: Security
}

/** What a server said to one question, its OPT and signature records left out. */
export type Response = {
  readonly name: Name
  readonly type: number
  readonly class: number
  /** With the upper bits that EDNS brings. */
  readonly rcode: number
  readonly isAuthoritative: boolean
  readonly answer: readonly RRset[]
  readonly authority: readonly RRset[]
  readonly additional: readonly RRset[]
}

/**
 * The records of one section as RRsets, in the order in which they first appear. A record that stands twice counts once
 * (RFC 2181 §5); the TTL of a set is the lowest of its records (§5.2), one above 2^31-1 is 0 (§8). Signatures go with what they
 * cover; lone ones make a set without RDATA.
 */
export function groupRRsets(records: readonly MessageRecord[], now: SteadySeconds): RRset[] {
  const sets: Growing[] = []
  const finder = records.length > MANY ? new IndexedFinder() : PLAIN_FINDER
  for (const { owner, type: own, class: rrClass, ttl: told, rdata } of records) {
    if (own === TYPE_OPT || own === TYPE_TSIG || own === TYPE_SIG) continue
    const isSignature = own === TYPE_RRSIG
    if (isSignature && rdata.length < 19) continue
    const type = isSignature ? readU16(rdata, 0) : own
    let set = finder.find(sets, owner, type, rrClass)
    if (set === undefined) {
      set = { owner, type, class: rrClass, ttl: -1, expires: 0, rdatas: [], signatures: [], security: 'unchecked' }
      sets.push(set)
      finder.add(set)
    }
    const list = isSignature ? set.signatures : set.rdatas
    if (!finder.has(list, rdata)) list.push(rdata)
    const ttl = told > 0x7fffffff ? 0 : told
    // While only signatures came, theirs is what is known.
    const isFirst = isSignature ? set.ttl < 0 : set.rdatas.length === 1
    if (isFirst || (!isSignature && ttl < set.ttl)) set.ttl = ttl
  }
  for (const set of sets) set.expires = now + set.ttl
  return sets
}

type Growing = Omit<RRset, 'ttl' | 'rdatas' | 'signatures'> & {
  ttl: number
  rdatas: Uint8Array[]
  signatures: Uint8Array[]
}

/** Of more records than this the sets are looked up in tables: a message may bring thousands, and means harm if it does. */
const MANY = 32

/** Finds the set that a record belongs to, and whether it is there already. */
type Finder = {
  find(sets: readonly Growing[], owner: Name, type: number, rrClass: number): Growing | undefined
  add(set: Growing): void
  has(list: readonly Uint8Array[], rdata: Uint8Array): boolean
}

const PLAIN_FINDER: Finder = {
  find: (sets, owner, type, rrClass) =>
    sets.find((s) => s.type === type && s.class === rrClass && s.owner.equals(owner)),
  add: () => undefined,
  has: (list, rdata) => list.some((other) => equalOctets(other, rdata)),
}

const decoder = new TextDecoder('latin1')

class IndexedFinder implements Finder {
  readonly #sets = new Map<string, Growing>()
  readonly #seen = new Map<readonly Uint8Array[], Set<string>>()

  find(_sets: readonly Growing[], owner: Name, type: number, rrClass: number): Growing | undefined {
    return this.#sets.get(`${type} ${rrClass} ${owner.key}`)
  }

  add(set: Growing): void {
    this.#sets.set(`${set.type} ${set.class} ${set.owner.key}`, set)
  }

  /** Remembers it as well: what is not there is put there. */
  has(list: readonly Uint8Array[], rdata: Uint8Array): boolean {
    const seen = this.#seen.get(list) ?? new Set()
    if (seen.size === 0) this.#seen.set(list, seen)
    const key = decoder.decode(rdata)
    if (seen.has(key)) return true
    seen.add(key)
    return false
  }
}
