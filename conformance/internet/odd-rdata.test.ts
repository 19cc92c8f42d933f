/** RFC9460 §3.1, RFC3597 §3: RDATA that the resolver need not understand, in messages that it must. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { type ClientQuery, type Resolution, ResponseWriter } from '../../src/resolver/index.ts'
import { AT } from '../../src/validator/signed-zone.fixture.ts'
import type { Asked } from './host.ts'
import { Internet } from './internet.ts'
import { type RawRecord, rawReply } from './odd-replies.fixture.ts'
import { recordOf, signRecord } from './records.ts'
import type { SimulatedResolver } from './simulated-resolver.ts'
import { keysOf } from './zones.ts'

const A = 1
const NS = 2
const CNAME = 5
const SOA = 6
const MX = 15
const LOC = 29
const DNAME = 39
const NAPTR = 35
const DS = 43
const RRSIG = 46
const NSEC = 47
const TLSA = 52
const SVCB = 64
const HTTPS = 65
const CAA = 257
const SERVFAIL = 2

const ADDRESS: RawRecord = { type: A, rdata: Uint8Array.of(192, 0, 2, 7) }
/** Priority 1, target ".", ipv4hint before alpn: the keys are not in order. */
const UNORDERED = Uint8Array.of(0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1, 0, 1, 0, 3, 2, 104, 50)
/** A parameter that is longer than the record. */
const CUT_OFF = Uint8Array.of(0, 1, 0, 0, 1, 0, 9, 2, 104)

/** A resolver of an internet in which the server of `old.` replies to `TYPE` with these records. */
function resolverAt(type: number, sections: Parameters<typeof rawReply>[0]): SimulatedResolver {
  const internet = new Internet({
    '.': {},
    'old.': { text: 'www A 192.0.2.7', signing: 'unsigned', at: ['192.0.2.53'] },
  })
  internet.host('old.').spoil(rawReply(sections, (asked) => asked.message.questions[0]?.type === type))
  return internet.resolver()
}

function resolveAt(type: number, sections: Parameters<typeof rawReply>[0]): Resolution {
  return resolverAt(type, sections).resolve('www.old.', type)
}

/** The octets that a client gets. */
function written(resolution: Resolution, type: number): Uint8Array {
  const query: ClientQuery = {
    id: 1,
    name: Name.parse('www.old.'),
    type,
    class: 1,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    hasEdns: true,
    dnssecOk: true,
    limit: 1232,
  }
  return new ResponseWriter({ udpSize: 1232 }).write(query, resolution, 0)
}

describe('RDATA of a type that is not read goes to the client octet by octet', () => {
  for (const [what, type, rdata] of [
    ['HTTPS with parameters out of order', HTTPS, UNORDERED],
    ['HTTPS with a parameter that is cut off', HTTPS, CUT_OFF],
    ['SVCB with a parameter twice', SVCB, Uint8Array.of(0, 1, 0, 0, 3, 0, 2, 1, 187, 0, 3, 0, 2, 1, 187)],
    ['HTTPS without a target', HTTPS, Uint8Array.of(0)],
    ['TLSA of two octets', TLSA, Uint8Array.of(3, 1)],
    ['LOC of an odd length', LOC, Uint8Array.of(0, 0x12, 0x16)],
    ['CAA whose tag is longer than the record', CAA, Uint8Array.of(0, 200, 105)],
    ['a type without a name', 65_280, Uint8Array.of(1, 2, 3)],
  ] as const) {
    test(what, () => {
      const resolution = resolveAt(type, { answer: [{ type, rdata }] })
      assert.deepEqual([resolution.rcode, resolution.answer.length], [0, 1])
      assert.deepEqual(resolution.answer[0]?.rdatas[0], rdata)
      assert.ok(Buffer.from(written(resolution, type)).includes(rdata))
    })
  }
})

describe('an odd record that nobody asked for leaves the answer as it is', () => {
  for (const [what, record] of [
    ['HTTPS', { type: HTTPS, rdata: UNORDERED }],
    ['A of three octets', { type: A, rdata: Uint8Array.of(192, 0, 2) }],
    ['MX without a name', { type: MX, rdata: Uint8Array.of(0) }],
    ['NAPTR that is cut off', { type: NAPTR, rdata: Uint8Array.of(0, 1, 0, 1, 9) }],
    ['RRSIG of ten octets', { type: RRSIG, rdata: new Uint8Array(10) }],
  ] as const) {
    test(`${what} in the additional section`, () => {
      const resolution = resolveAt(A, { answer: [ADDRESS], additional: [record] })
      assert.deepEqual([resolution.rcode, resolution.answer.length], [0, 1])
    })
  }

  for (const [what, record] of [
    ['HTTPS', { type: HTTPS, rdata: CUT_OFF }],
    ['DS with a digest of 19 octets', { type: DS, rdata: Uint8Array.of(0, 1, 13, 1, ...new Uint8Array(19)) }],
    ['DS of three octets', { type: DS, rdata: Uint8Array.of(0, 1, 13) }],
    ['NSEC with a bitmap that is cut off', { type: NSEC, rdata: Uint8Array.of(0, 0, 9, 1) }],
    ['RRSIG of ten octets', { type: RRSIG, rdata: new Uint8Array(10) }],
    ['A of three octets', { type: A, rdata: Uint8Array.of(192, 0, 2) }],
    ['MX without a name', { type: MX, rdata: Uint8Array.of(0) }],
  ] as const) {
    test(`${what} in the authority section`, () => {
      const resolution = resolveAt(A, { answer: [ADDRESS], authority: [record] })
      assert.deepEqual([resolution.rcode, resolution.answer.length], [0, 1])
    })
  }
})

describe('what the protocol itself needs is an error', () => {
  for (const [what, type, rdata] of [
    ['A of three octets', A, Uint8Array.of(192, 0, 2)],
    ['CNAME that is cut off', CNAME, Uint8Array.of(9, 97)],
    ['NS with a pointer to itself', NS, Uint8Array.of(0xc0, 0xff)],
    ['SOA of a name', SOA, Uint8Array.of(0)],
    ['MX without a name', MX, Uint8Array.of(0)],
  ] as const) {
    test(what, () => {
      const resolution = resolveAt(type, { answer: [{ type, rdata }] })
      assert.equal(resolution.rcode, SERVFAIL)
      assert.match(resolution.remarks[0]?.text ?? '', /returned a message that does not parse/)
    })
  }
})

for (const [what, type, rdata] of [
  ['NS', NS, Uint8Array.of(0xc0, 0xff)],
  ['SOA', SOA, Uint8Array.of(0)],
  ['DNAME', DNAME, Uint8Array.of(9, 97)],
] as const) {
  test(`a malformed ${what} in the authority section is an error`, () => {
    const resolution = resolveAt(A, { answer: [ADDRESS], authority: [{ type, rdata }] })
    assert.equal(resolution.rcode, SERVFAIL)
  })
}

test('RFC6891 §6.1.2: options that overflow their OPT record are ignored', () => {
  const resolution = resolveAt(A, { answer: [ADDRESS], options: Uint8Array.of(0, 3, 0, 99, 1) })
  assert.deepEqual([resolution.rcode, resolution.answer.length], [0, 1])
})

test('RFC2181 §9: a truncated reply that ends within a record leads to TCP', () => {
  const internet = new Internet({
    '.': {},
    'old.': { text: 'www A 192.0.2.7', signing: 'unsigned', at: ['192.0.2.53'] },
  })
  internet.host('old.').spoil((reply, { protocol }) => {
    if (reply === undefined || protocol !== 'udp') return reply
    const cut = reply.slice(0, -15)
    cut[2] = (cut[2] ?? 0) | 0x02
    return cut
  })
  const resolution = internet.resolver().resolve('www.old.', 'A')
  assert.deepEqual([resolution.rcode, resolution.answer.length], [0, 1])
})

test('RFC4034 §3.1.8.1: signed RRsets with malformed RDATA are secure, and reach a validating client whole', () => {
  const zone = Name.parse('signed.')
  const internet = new Internet({ '.': {}, 'signed.': { text: 'www A 192.0.2.7', at: ['192.0.2.53'] } })
  const [, key] = keysOf(zone, {})
  if (key === undefined) throw new Error('the zone has no key')
  for (const [type, rdata] of [
    ['HTTPS', UNORDERED],
    ['HTTPS', CUT_OFF],
    ['TLSA', Uint8Array.of(3, 1)],
    ['DS', Uint8Array.of(0, 1, 13, 2, 9, 9)],
    ['NSEC3PARAM', Uint8Array.of(1, 0)],
  ] as const) {
    const records = signRecord(recordOf('www.signed.', type, rdata), key)
    const isMeant = ({ message }: Asked): boolean => message.questions[0]?.type === records[0].type
    internet.host('signed.').mend()
    internet.host('signed.').spoil(rawReply({ answer: records }, isMeant))
    const resolver = internet.resolver()
    for (const time of ['from the network', 'from the cache']) {
      const { header, answer } = resolver.ask('www.signed.', type, { dnssecOk: true })
      assert.deepEqual([header.rcode, header.ad], [0, true], `${type} ${time}`)
      assert.deepEqual(
        answer.map((record) => record.rdata),
        records.map((record) => record.rdata),
      )
    }
  }
})

test('RFC3597 §5: the cache shows malformed RDATA in the generic form', () => {
  const resolver = resolverAt(HTTPS, { answer: [{ type: HTTPS, rdata: CUT_OFF }] })
  resolver.resolve('www.old.', HTTPS)
  const lines = [...resolver.caches.dump(AT)].filter((line) => line.includes(' HTTPS '))
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^www\.old\. \d+ IN HTTPS \\# 9 000100000100090268 ; /)
})
