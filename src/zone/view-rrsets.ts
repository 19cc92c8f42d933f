/** Records of one name as RRsets with their signatures, and what of a name stands where, for the views of a zone. */
import { readU16 } from '../dns/octets.ts'
import { decodeBase32Hex } from '../dns/presentation/index.ts'
import { NSEC, RRSIG } from '../dns/rr/index.ts'
import { NSEC3_HASH_LENGTH } from '../dnssec/index.ts'
import type { NodeRecord } from './image/owner-changes.ts'
import type { ViewRecord, ViewRrset } from './zone-view.ts'

/** Characters of a hash in base32hex. */
const HASH_TEXT = 32

/** Whether records of this type make a name exist: those that signing puts beside others do not. */
export function makesName(type: number): boolean {
  return type !== NSEC.number && type !== RRSIG.number
}

type GrowingRrset = { readonly type: number; readonly records: ViewRecord[]; readonly signatures: ViewRecord[] }

/** RRsets by ascending type. Records of one type keep their order. */
export function groupRecords(records: Iterable<NodeRecord>): ViewRrset[] {
  const sets: GrowingRrset[] = []
  let last: GrowingRrset | undefined
  for (const { type: own, ttl, rdata } of records) {
    const isSignature = own === RRSIG.number
    const type = isSignature ? readU16(rdata, 0) : own
    if (last?.type !== type) last = sets.find((set) => set.type === type)
    if (last === undefined) {
      last = { type, records: [], signatures: [] }
      sets.push(last)
    }
    const list = isSignature ? last.signatures : last.records
    list.push({ ttl, rdata })
  }
  return sets.sort((a, b) => a.type - b.type)
}

/** The records of RRsets in the order of a block: each RRset, then its signatures. */
export function* ungroupRrsets(rrsets: Iterable<ViewRrset>): Generator<NodeRecord> {
  for (const { type, records, signatures } of rrsets) {
    for (const { ttl, rdata } of records) yield { type, ttl, rdata }
    for (const { ttl, rdata } of signatures) yield { type: RRSIG.number, ttl, rdata }
  }
}

/** The hash that the first label of the owner name at `octets[at]` stands for; undefined when it is none. */
export function hashOfOwner(octets: Uint8Array, at: number): Uint8Array | undefined {
  if (octets[at] !== HASH_TEXT) return undefined
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  return decodeBase32Hex(octets, at + 1, at + 1 + HASH_TEXT, hash, 0) === NSEC3_HASH_LENGTH ? hash : undefined
}
