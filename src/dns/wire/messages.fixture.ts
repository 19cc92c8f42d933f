/** Random messages for property tests. */
import fc from 'fast-check'
import { anyName } from '../name/name.fixture.ts'
import type { EdnsOption } from './edns-options.ts'
import { headerOf } from './header.ts'
import type { Message, MessageRecord } from './message.ts'

const octets = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength })
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)

const anyRdata: fc.Arbitrary<{ type: number; rdata: Uint8Array }> = fc.oneof(
  octets(4, 4).map((rdata) => ({ type: 1, rdata })),
  octets(16, 16).map((rdata) => ({ type: 28, rdata })),
  anyName.map((name) => ({ type: 2, rdata: name.octets })),
  anyName.map((name) => ({ type: 5, rdata: name.octets })),
  fc
    .tuple(octets(2, 2), anyName)
    .map(([preference, name]) => ({ type: 15, rdata: Uint8Array.of(...preference, ...name.octets) })),
  fc
    .tuple(anyName, anyName, octets(20, 20))
    .map(([a, b, rest]) => ({ type: 6, rdata: Uint8Array.of(...a.octets, ...b.octets, ...rest) })),
  fc
    .tuple(octets(18, 18), anyName, octets(1, 100))
    .map(([fixed, name, rest]) => ({ type: 46, rdata: Uint8Array.of(...fixed, ...name.octets, ...rest) })),
  octets(0, 300).map((rdata) => ({ type: 65280, rdata })),
)

export const anyRecord: fc.Arbitrary<MessageRecord> = fc
  .tuple(anyName, anyRdata, fc.constantFrom(1, 1, 1, 3, 65280), u32)
  .map(([owner, { type, rdata }, rrClass, ttl]) => ({ owner, type, class: rrClass, ttl, rdata }))

export const anyOption: fc.Arbitrary<EdnsOption> = fc.oneof(
  octets(0, 20).map((identifier) => ({ kind: 'nsid' as const, identifier })),
  fc
    .tuple(fc.constantFrom('dau' as const, 'dhu' as const, 'n3u' as const), octets(0, 8))
    .map(([kind, algorithms]) => ({ kind, algorithms: [...algorithms] })),
  fc.tuple(fc.constantFrom(1, 2), fc.nat(32), fc.nat(32), octets(4, 4)).map(([family, source, scope, whole]) => {
    const address = whole.slice(0, (source + 7) >> 3)
    const last = address.length - 1
    address.forEach((octet, i) => {
      if (i === last && source % 8 > 0) address[i] = octet & ~(0xff >> (source % 8))
    })
    return { kind: 'client-subnet' as const, family, source, scope, address }
  }),
  u32.map((seconds) => ({ kind: 'expire' as const, seconds })),
  octets(8, 8).map((client) => ({ kind: 'cookie' as const, client })),
  fc.tuple(octets(8, 8), octets(8, 32)).map(([client, server]) => ({ kind: 'cookie' as const, client, server })),
  fc.constantFrom<EdnsOption>({ kind: 'expire' }, { kind: 'keepalive' }, { kind: 'zoneversion' }),
  u16.map((deciseconds) => ({ kind: 'keepalive' as const, deciseconds })),
  fc.nat(100).map((length) => ({ kind: 'padding' as const, length })),
  anyName.map((trustPoint) => ({ kind: 'chain' as const, trustPoint })),
  anyName.map((agent) => ({ kind: 'report-channel' as const, agent })),
  fc.array(u16, { minLength: 1, maxLength: 4 }).map((tags) => ({ kind: 'key-tag' as const, tags })),
  fc
    .tuple(fc.nat(40), fc.string({ unit: 'grapheme', maxLength: 20 }))
    .map(([infoCode, text]) => ({ kind: 'ede' as const, infoCode, text: text.toWellFormed() })),
  fc
    .tuple(fc.nat(127), octets(4, 4))
    .map(([labels, version]) => ({ kind: 'zoneversion' as const, zone: { labels, type: 0, version } })),
  fc
    .tuple(fc.integer({ min: 65001, max: 65534 }), octets(0, 30))
    .map(([code, data]) => ({ kind: 'raw' as const, code, data })),
)

/** Any message that `encodeMessage` can write; its RCODE has more than 4 bits only with EDNS. */
export const anyMessage: fc.Arbitrary<Message> = fc
  .record({
    id: u16,
    bits: u16,
    extendedRcode: fc.nat(255),
    questions: fc.array(fc.record({ name: anyName, type: u16, class: u16 }), { maxLength: 2 }),
    answer: fc.array(anyRecord, { maxLength: 6 }),
    authority: fc.array(anyRecord, { maxLength: 3 }),
    additional: fc.array(anyRecord, { maxLength: 3 }),
    edns: fc.option(
      fc.record({
        udpSize: u16,
        version: fc.nat(255),
        dnssecOk: fc.boolean(),
        flags: fc.nat(0x7fff),
        options: fc.array(anyOption, { maxLength: 4 }),
      }),
      { nil: undefined },
    ),
  })
  .map(({ id, bits, extendedRcode, edns, ...sections }) => ({
    header: headerOf(id, bits, edns === undefined ? 0 : extendedRcode),
    ...sections,
    ...(edns === undefined ? {} : { edns }),
  }))

/** What two messages must share to be equal: owner names without regard to case, since compression may change theirs. */
export function content(message: Message): unknown {
  const records = (list: readonly MessageRecord[]): unknown[] =>
    list.map((r) => [r.owner.key, r.type, r.class, r.ttl, lowered(r)])
  const { header, questions, answer, authority, additional, edns } = message
  return [
    header,
    questions.map((question) => [question.name.key, question.type, question.class]),
    records(answer),
    records(authority),
    records(additional),
    edns && JSON.stringify({ ...edns, options: edns.options.map((o) => Object.values(o).map(String)) }),
  ]
}

/** RDATA whose names may be compressed, and so may come back in another case. */
function lowered(record: MessageRecord): string {
  const hex = record.rdata.toHex()
  if (![2, 5, 6, 12, 15].includes(record.type)) return hex
  return record.rdata.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet)).toHex()
}
