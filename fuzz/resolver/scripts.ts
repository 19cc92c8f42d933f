/**
 * What a fuzzed server says, as octets: options, and then its replies one after the other, each with its length before it. A reply is
 * four numbers of 16 bits, the flags and how many records each section has, and the records; ID and question are those of the query.
 */

import { Name } from '../../src/dns/name/index.ts'
import { typeNumber } from '../../src/dns/rr/index.ts'
import { HEADER_SIZE, type MessageRecord } from '../../src/dns/wire/index.ts'

/** Bits of the first octet. */
export const OPTION = {
  zone: 3,
  /** The last number of a zone: types other than A are asked for first. */
  typesFirst: 3,
  forward: 4,
  noMinimisation: 8,
  noAggressive: 16,
  childServers: 32,
  caseOff: 64,
  warm: 128,
} as const

export type Script = { readonly options: number; readonly replies: readonly Uint8Array[] }

const REPLY_HEAD = 8

export function readScript(octets: Uint8Array): Script {
  const replies: Uint8Array[] = []
  for (let at = 1; at + 2 <= octets.length; ) {
    const length = ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)
    replies.push(octets.slice(at + 2, at + 2 + length))
    at += 2 + length
  }
  return { options: octets[0] ?? 0, replies }
}

/** The message of a reply to a query. Undefined: silence. */
export function messageOf(reply: Uint8Array, query: Uint8Array): Uint8Array | undefined {
  if (reply.length < REPLY_HEAD) return undefined
  let end: number = HEADER_SIZE
  while (query[end] !== 0) end += (query[end] ?? 0) + 1
  end += 5
  const out = new Uint8Array(end + reply.length - REPLY_HEAD)
  out.set(query.subarray(0, end))
  out.set(reply.subarray(0, 2), 2)
  out[2] = (out[2] ?? 0) | 0x80
  out.set(reply.subarray(2, REPLY_HEAD), 6)
  out.set(reply.subarray(REPLY_HEAD), end)
  return out
}

export type Sections = {
  readonly flags?: number
  readonly answer?: readonly MessageRecord[]
  readonly authority?: readonly MessageRecord[]
  readonly additional?: readonly MessageRecord[]
}

/** AA, and EDNS as most servers have it. */
const AUTHORITATIVE = 0x8400

export function replyOf({ flags = AUTHORITATIVE, answer = [], authority = [], additional = [] }: Sections): Uint8Array {
  const opt: MessageRecord = { owner: Name.root, type: 41, class: 1232, ttl: 0x8000, rdata: new Uint8Array(0) }
  const sections = [answer, authority, [...additional, opt]]
  const octets = [flags, ...sections.map((records) => records.length)].flatMap((n) => [n >> 8, n & 255])
  for (const { owner, type, class: rrClass, ttl, rdata } of sections.flat()) {
    octets.push(...owner.octets, type >> 8, type & 255, rrClass >> 8, rrClass & 255)
    octets.push(
      ttl >>> 24,
      (ttl >> 16) & 255,
      (ttl >> 8) & 255,
      ttl & 255,
      rdata.length >> 8,
      rdata.length & 255,
      ...rdata,
    )
  }
  return Uint8Array.from(octets)
}

export function scriptOf(options: number, ...replies: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from([options, ...replies.flatMap((reply) => [reply.length >> 8, reply.length & 255, ...reply])])
}

/** Pieces that replies are made of: names, heads of records of types that lead somewhere. */
export const DICTIONARY: readonly Uint8Array[] = [
  ...[
    'victim.',
    'www.victim.',
    'ns.victim.',
    'hashed.',
    'www.plain.',
    'attacker.',
    'www.attacker.',
    'www.free.',
    '.',
  ].map((name) => Name.parse(name).octets.slice()),
  ...['A', 'NS', 'CNAME', 'SOA', 'DNAME', 'DS', 'DNSKEY', 'RRSIG', 'NSEC', 'NSEC3', 'AAAA', 'MX', 'HTTPS', 'TLSA'].map(
    (type) => Uint8Array.of((typeNumber(type) ?? 0) >> 8, typeNumber(type) ?? 0, 0, 1, 0, 0, 1, 0x2c),
  ),
  Uint8Array.of(0xc0, 0x0c),
  ...[0x8400, 0x8000, 0x8403, 0x8003, 0x8600, 0x8180, 0x8402].map((flags) => Uint8Array.of(flags >> 8, flags & 255)),
]
