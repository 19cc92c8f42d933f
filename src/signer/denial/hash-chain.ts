/** A chain of NSEC3 hashes from which some are taken and to which others are added. Hashes are keys in hexadecimal, whose order is theirs. */
import { DnsError } from '../../dns/errors.ts'
import { NSEC3_HASH_LENGTH } from '../../dnssec/index.ts'
import { countFirst, type ViewRrset, type ZoneView } from '../../zone/index.ts'

export class HashChain {
  readonly #before: ZoneView
  readonly #removed: ReadonlySet<string>
  readonly #added: readonly string[]

  /** `added` are in order. */
  constructor(before: ZoneView, removed: ReadonlySet<string>, added: readonly string[]) {
    this.#before = before
    this.#removed = removed
    this.#added = added
  }

  /** The hash that follows one of the chain, around the end: itself when it is the only one. */
  next(hash: string): string {
    const added = this.#added[countFirst(this.#added.length, (i) => this.#added[i]! <= hash)] ?? this.#added[0]
    const kept = this.#nextKept(hash)
    if (added === undefined || kept === undefined) return added ?? kept ?? hash
    // Around the end: a hash after this one is nearer than one up to it.
    const isAddedAround = added <= hash
    const isKeptAround = kept <= hash
    if (isAddedAround !== isKeptAround) return isAddedAround ? kept : added
    return added < kept ? added : kept
  }

  /** The next hash of the chain before that is still in it; undefined when there was no chain. */
  #nextKept(hash: string): string | undefined {
    const octets = Uint8Array.fromHex(hash)
    let record = this.#before.nsec3(octets) ?? this.#before.nsec3Before(octets)?.rrset
    // Each step leaves behind a hash that is removed.
    for (let steps = this.#removed.size; record !== undefined; steps--) {
      const next = nextHashOf(record)
      if (!this.#removed.has(next)) return next
      if (steps === 0) break
      record = this.#before.nsec3(Uint8Array.fromHex(next))
    }
    if (this.#before.nsec3Before(octets) === undefined) return undefined
    throw new DnsError('zone-invalid', 'the chain of NSEC3 records is broken: sign the whole zone again')
  }
}

/** Offset of the next hash in NSEC3 RDATA (RFC 5155 §3.2). */
export function nextHashAt(rdata: Uint8Array): number {
  return 6 + (rdata[4] ?? 0)
}

function nextHashOf({ records: [first] }: ViewRrset): string {
  if (first === undefined) return ''
  const at = nextHashAt(first.rdata)
  return first.rdata.subarray(at, at + NSEC3_HASH_LENGTH).toHex()
}
