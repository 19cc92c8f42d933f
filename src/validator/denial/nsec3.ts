/**
 * NSEC3 records (RFC 5155 §3): each speaks of the span between two hashes. Those of one salt and iteration count are one chain,
 * and only they may be used together (§8.2).
 */
import { countLabels, LOWER, MAX_NAME, type Name } from '../../dns/name/index.ts'
import { compareOctets, equalOctets, readU16 } from '../../dns/octets.ts'
import { decodeBase32Hex } from '../../dns/presentation/index.ts'
import { NSEC3 } from '../../dns/rr/index.ts'
import { NSEC3_HASH_LENGTH, nsec3Hash, type RRset } from '../../dnssec/index.ts'
import { isExpanded } from './expanded.ts'
import { TypeSet } from './type-set.ts'

const HASH_SHA1 = 1
const FLAG_OPT_OUT = 1
const SALT_LENGTH = 4
/** Characters of a hash in base32hex. */
const LABEL_LENGTH = 32

/** How a chain hashes names; the algorithm is always SHA-1, there being no other (RFC 5155 §11). */
export type Nsec3Parameters = { readonly iterations: number; readonly salt: Uint8Array }

export class Nsec3Record {
  readonly set: RRset
  /** The hash that the owner stands for, and the next one of the chain. */
  readonly hash: Uint8Array
  readonly next: Uint8Array
  readonly parameters: Nsec3Parameters
  /** Unsigned delegations may lie in the span (RFC 5155 §6). */
  readonly isOptOut: boolean
  readonly types: TypeSet

  private constructor(set: RRset, hash: Uint8Array, rdata: Uint8Array) {
    const saltEnd = SALT_LENGTH + 1 + rdata[SALT_LENGTH]!
    const nextEnd = saltEnd + 1 + NSEC3_HASH_LENGTH
    this.set = set
    this.hash = hash
    this.next = rdata.subarray(saltEnd + 1, nextEnd)
    this.parameters = { iterations: readU16(rdata, 2), salt: rdata.subarray(SALT_LENGTH + 1, saltEnd) }
    this.isOptOut = (rdata[1]! & FLAG_OPT_OUT) !== 0
    this.types = new TypeSet(rdata, nextEnd)
  }

  /**
   * The records of an NSEC3 RRset of `zone`. Left out is what says nothing: malformed, outside the zone, expanded from a
   * wildcard, of an unknown hash algorithm (RFC 5155 §8.1) or with unknown flags (§8.2).
   */
  static read(set: RRset, zone: Name): Nsec3Record[] {
    if (set.type !== NSEC3.number || isExpanded(set)) return []
    const hash = ownerHash(set.owner, zone)
    if (hash === undefined) return []
    return set.rdatas.flatMap((rdata) => (isUsable(rdata) ? [new Nsec3Record(set, hash, rdata)] : []))
  }

  /** Whether the types are those at the name of this hash. */
  matches(hash: Uint8Array): boolean {
    return equalOctets(this.hash, hash)
  }

  /** Whether the hash lies between this one and the next: its name does not exist, unless `isOptOut`. */
  covers(hash: Uint8Array): boolean {
    const isBehind = compare(this.hash, hash) < 0
    const isBefore = compare(hash, this.next) < 0
    // The last record points back to the first; one that points to itself is all there is.
    return compare(this.hash, this.next) < 0 ? isBehind && isBefore : isBehind || isBefore
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return compareOctets(a, 0, a.length, b, 0, b.length)
}

function ownerHash(owner: Name, zone: Name): Uint8Array | undefined {
  const { octets } = owner
  if (octets[0] !== LABEL_LENGTH || !owner.isAtOrBelow(zone)) return undefined
  if (countLabels(octets, 0) !== countLabels(zone.octets, 0) + 1) return undefined
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  return decodeBase32Hex(octets, 1, 1 + LABEL_LENGTH, hash, 0) < 0 ? undefined : hash
}

function isUsable(rdata: Uint8Array): boolean {
  if (!NSEC3.check(rdata, 0, rdata.length)) return false
  if (rdata[0] !== HASH_SHA1 || (rdata[1]! & ~FLAG_OPT_OUT) !== 0) return false
  return rdata[SALT_LENGTH + 1 + rdata[SALT_LENGTH]!] === NSEC3_HASH_LENGTH
}

const lowered = new Uint8Array(MAX_NAME)

/** The hash of a name (RFC 5155 §5). */
export function hashName(name: Name, { iterations, salt }: Nsec3Parameters): Uint8Array {
  const { octets } = name
  for (let i = 0; i < octets.length; i++) lowered[i] = LOWER[octets[i]!]!
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  nsec3Hash(lowered, 0, octets.length, salt, iterations, hash, 0)
  return hash
}
