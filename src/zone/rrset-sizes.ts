/** Bounds of what one name of a zone may have: how many types, how many records and octets of each, nothing beside a CNAME. */
import { nameText } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { CNAME, KEY, NSEC, RRSIG, typeMnemonic } from '../dns/rr/index.ts'
import type { Zone } from './zone.ts'

export type RrsetLimits = {
  /** RRSIG records count by the type that they cover (RFC 4034 §3.1.1), here and below. */
  readonly records: number
  /** Octets of the RDATA of an RRset. */
  readonly octets: number
  /** Types of a name; RRSIG is one of them. */
  readonly types: number
  /** Whether other data may stand beside a CNAME, contrary to RFC 2181 §10.1. */
  readonly besideCname: boolean
}

/** RFC 4034 §2.3, RFC 2535 §2.3.5: what DNSSEC has for a name may. */
const BESIDE_CNAME: ReadonlySet<number> = new Set([CNAME.number, KEY.number, RRSIG.number, NSEC.number])

/** What is too much: `name type` or `name`, and the limit that it exceeds. */
export type Excess = { readonly of: string; readonly limit: keyof RrsetLimits }

/** Counts the records of one name, RRset by RRset: those of one RRset follow one another. */
class NameSizes {
  readonly #limits: RrsetLimits
  #type = -1
  #covered = -1
  #records = 0
  #octets = 0
  #types = 0
  #isSigned = false
  #hasCname = false
  #hasOther = false

  constructor(limits: RrsetLimits) {
    this.#limits = limits
  }

  begin(): void {
    this.#type = -1
    this.#types = 0
    this.#isSigned = false
    this.#hasCname = false
    this.#hasOther = false
  }

  /** Takes one more record, whose RDATA is `octets[from, to)`. Returns the limit that it exceeds. */
  add(type: number, octets: Uint8Array, from: number, to: number): keyof RrsetLimits | undefined {
    const covered = type === RRSIG.number ? readU16(octets, from) : 0
    if (type !== this.#type || covered !== this.#covered) {
      this.#type = type
      this.#covered = covered
      this.#records = 0
      this.#octets = 0
      if (type !== RRSIG.number || !this.#isSigned) this.#types++
      if (type === RRSIG.number) this.#isSigned = true
      if (type === CNAME.number) this.#hasCname = true
      if (!BESIDE_CNAME.has(type)) this.#hasOther = true
    }
    this.#records++
    this.#octets += to - from
    const { records, octets: most, types, besideCname } = this.#limits
    if (this.#hasCname && this.#hasOther && !besideCname) return 'besideCname'
    if (this.#types > types) return 'types'
    if (this.#records > records) return 'records'
    return this.#octets > most ? 'octets' : undefined
  }
}

/** The first name of the zone that has too much, or undefined. */
export function findExcess(zone: Zone, limits: RrsetLimits): Excess | undefined {
  const sizes = new NameSizes(limits)
  const { table, records, nodes } = zone
  for (let node = 0; node < zone.nodeCount; node++) {
    const end = nodes[node + 1]!
    sizes.begin()
    for (let position = nodes[node]!; position < end; position++) {
      const index = records[position]!
      const type = table.type[index]!
      const limit = sizes.add(type, table.octets, table.rdata[index]!, table.rdataEnd(index))
      if (limit !== undefined) return describe(table.octets, zone.ownerOf(node), type, limit)
    }
  }
  return undefined
}

/** The same for the records of one name, in the order of a block: each RRset with its signatures behind it. */
export function findExcessOfName(
  owner: Uint8Array,
  records: readonly { readonly type: number; readonly rdata: Uint8Array }[],
  limits: RrsetLimits,
): Excess | undefined {
  const sizes = new NameSizes(limits)
  for (const { type, rdata } of records) {
    const limit = sizes.add(type, rdata, 0, rdata.length)
    if (limit !== undefined) return describe(owner, 0, type, limit)
  }
  return undefined
}

function describe(octets: Uint8Array, ownerAt: number, type: number, limit: keyof RrsetLimits): Excess {
  const name = nameText(octets, ownerAt)
  return { of: limit === 'types' || limit === 'besideCname' ? name : `${name} ${typeMnemonic(type)}`, limit }
}
