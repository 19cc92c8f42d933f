/** A zone as the judges make it, put into an image without a key: the signatures have the right size and say nothing. */
import { Name } from '../src/dns/name/index.ts'
import { encodeBase32Hex } from '../src/dns/presentation/index.ts'
import { A, NS, NSEC3, NSEC3PARAM, RRSIG, SOA } from '../src/dns/rr/index.ts'
import { encodeMessage, headerOf } from '../src/dns/wire/index.ts'
import { nsec3Hash } from '../src/dnssec/index.ts'
import { RecordTable, Zone } from '../src/zone/index.ts'

export const APEX = Name.parse('example.')
const TTL = 3600
const NO_SALT = new Uint8Array(0)
/** A, and RRSIG: what a name has in its bitmap. */
const BITMAP = Uint8Array.of(0, 6, 0x40, 0, 0, 0, 0, 2)
const SIGNATURE = new Uint8Array(64).fill(0x5a)

export function hostName(i: number): Uint8Array {
  return Name.parse(`h${i}.example.`).octets
}

export function address(i: number): Uint8Array {
  return Uint8Array.of(10, i >>> 16, i >>> 8, i)
}

function addSignature(table: RecordTable, owner: Uint8Array, covered: number, labels: number): void {
  const fixed = [covered >> 8, covered & 255, 13, labels, 0, 0, 14, 16, 0x77, 0x35, 0x94, 0, 0x65, 0x53, 0xf1, 0, 1, 2]
  table.add(owner, RRSIG.number, TTL, Uint8Array.of(...fixed, ...APEX.octets, ...SIGNATURE))
}

/** `names` hosts with an address each; signed: with RRSIGs and a chain of NSEC3 records. */
export function makeZone(names: number, signed: boolean): Zone {
  const table = new RecordTable({ records: names * (signed ? 4 : 1) + 16, octets: names * (signed ? 400 : 32) + 4096 })
  const host = Name.parse('ns1.example.').octets
  const soa = Uint8Array.of(...host, ...host, 0, 0, 0, 1, 0, 0, 28, 32, 0, 0, 14, 16, 0, 18, 117, 0, 0, 0, 14, 16)
  table.add(APEX.octets, SOA.number, TTL, soa)
  table.add(APEX.octets, NS.number, TTL, host)
  if (signed) {
    table.add(APEX.octets, NSEC3PARAM.number, 0, Uint8Array.of(1, 0, 0, 0, 0))
    for (const covered of [SOA.number, NS.number, NSEC3PARAM.number]) addSignature(table, APEX.octets, covered, 1)
  }
  for (let i = 0; i < names; i++) {
    const owner = hostName(i)
    table.add(owner, A.number, TTL, address(i))
    if (signed) addSignature(table, owner, A.number, 2)
  }
  if (signed) addChain(table, names)
  return Zone.arrange(APEX, table)
}

function addChain(table: RecordTable, names: number): void {
  const hashes = Array.from({ length: names + 1 }, (_, i) => {
    const name = i === names ? APEX.octets : hostName(i)
    const hash = new Uint8Array(20)
    nsec3Hash(name, 0, name.length, NO_SALT, 0, hash, 0)
    return hash
  }).sort(Buffer.compare)
  hashes.forEach((hash, i) => {
    const owner = Uint8Array.of(32, ...new Uint8Array(32), ...APEX.octets)
    encodeBase32Hex(hash, 0, 20, owner, 1)
    const next = hashes[i + 1] ?? hashes[0] ?? hash
    table.add(owner, NSEC3.number, TTL, Uint8Array.of(1, 0, 0, 0, 0, 20, ...next, ...BITMAP))
    addSignature(table, owner, NSEC3.number, 2)
  })
}

/** Recorded queries one behind the other: `[starts[i], starts[i + 1])` is the i-th. Shared, for workers. */
export type Queries = { readonly octets: Uint8Array; readonly starts: Uint32Array }

/** `prefix` h: names that are there; another: names that are not. */
export function makeQueries(count: number, names: number, prefix: string, dnssecOk: boolean): Queries {
  const messages = Array.from({ length: count }, (_, i) => {
    const host = Math.imul(i, 2_654_435_761) >>> 0
    return encodeMessage({
      header: headerOf(i & 0xffff, 0),
      questions: [{ name: Name.parse(`${prefix}${host % names}.example.`), type: A.number, class: 1 }],
      answer: [],
      authority: [],
      additional: [],
      edns: { udpSize: 1232, version: 0, dnssecOk, flags: 0, options: [] },
    })
  })
  const total = messages.reduce((sum, { length }) => sum + length, 0)
  const octets = new Uint8Array(new SharedArrayBuffer(total))
  const starts = new Uint32Array(new SharedArrayBuffer((count + 1) * 4))
  let at = 0
  messages.forEach((message, i) => {
    octets.set(message, at)
    at += message.length
    starts[i + 1] = at
  })
  return { octets, starts }
}
