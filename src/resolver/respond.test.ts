import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN, typeNumber } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message, MessageView, optionOf } from '../dns/wire/index.ts'
import type { RRset } from '../dnssec/index.ts'
import { type ClientQuery, readClientQuery } from './client-query.ts'
import type { Resolution } from './resolution.ts'
import { ResponseWriter } from './respond.ts'

const NOW = 1_700_000_000
const writer = new ResponseWriter({ udpSize: 1232 })

const QUERY: ClientQuery = {
  id: 0x1234,
  name: Name.parse('WwW.Example.'),
  type: 1,
  class: CLASS_IN,
  recursionDesired: true,
  checkingDisabled: false,
  authenticData: false,
  hasEdns: false,
  dnssecOk: false,
  limit: 512,
}
const DO: ClientQuery = { ...QUERY, hasEdns: true, dnssecOk: true, limit: 1232 }

function set(owner: string, type: string, rdatas: readonly Uint8Array[], more: Partial<RRset> = {}): RRset {
  const made: RRset = {
    owner: Name.parse(owner),
    type: typeNumber(type),
    class: CLASS_IN,
    ttl: 300,
    expires: NOW + 300,
    rdatas,
    signatures: [],
    security: 'secure',
  }
  return { ...made, ...more }
}

const SIGNATURE = new Uint8Array(40).fill(1)
SIGNATURE.set([0, 1, 13, 2])
SIGNATURE.set([7, ...new TextEncoder().encode('example'), 0], 18)
const ADDRESS = set('www.example.', 'A', [Uint8Array.of(192, 0, 2, 1)], { signatures: [SIGNATURE] })
const SOA = set('example.', 'SOA', [Uint8Array.of(0, 0, ...new Uint8Array(20))], { signatures: [SIGNATURE] })
const NSEC = set('example.', 'NSEC', [Uint8Array.of(0, 0, 1, 0x40)], { signatures: [SIGNATURE] })

function resolution(more: Partial<Resolution> = {}): Resolution {
  const base = { rcode: 0, answer: [], authority: [], additional: [], remarks: [], isStale: false }
  return { ...base, security: 'secure', expires: NOW + 300, ...more }
}

function respond(query: ClientQuery, given: Resolution, now = NOW): Message {
  return decodeMessage(writer.write(query, given, now).slice())
}

function types(message: Message, section: 'answer' | 'authority' | 'additional'): number[] {
  return message[section].map(({ type }) => type)
}

test('RFC6840 §5.7, §5.8: AD is told of secure answers to those who set DO or AD', () => {
  const answer = resolution({ answer: [ADDRESS] })
  const ad = (query: ClientQuery, given: Resolution = answer) => respond(query, given).header.ad
  assert.equal(ad(QUERY), false)
  assert.equal(ad({ ...QUERY, authenticData: true }), true)
  assert.equal(ad(DO), true)
  for (const security of ['insecure', 'bogus', 'indeterminate', 'unchecked'] as const)
    assert.equal(ad(DO, resolution({ answer: [ADDRESS], security })), false)
})

test('RFC1035 §4.1.1, RFC4035 §3.2.2: RD and CD as they came, RA set, AA not', () => {
  for (const recursionDesired of [true, false]) {
    for (const checkingDisabled of [true, false]) {
      const { header } = respond({ ...DO, recursionDesired, checkingDisabled }, resolution({ answer: [ADDRESS] }))
      assert.deepEqual(
        [header.qr, header.rd, header.cd, header.ra, header.aa],
        [true, recursionDesired, checkingDisabled, true, false],
      )
    }
  }
})

test('RFC4035 §3.2.1: signatures and proofs for those who set DO, or who ask for just them', () => {
  const positive = resolution({ answer: [ADDRESS], authority: [NSEC] })
  assert.deepEqual(types(respond(QUERY, positive), 'answer'), [1])
  assert.deepEqual(types(respond(QUERY, positive), 'authority'), [])
  assert.deepEqual(types(respond(DO, positive), 'answer'), [1, 46])
  assert.deepEqual(types(respond(DO, positive), 'authority'), [47, 46])
  const negative = resolution({ rcode: 3, authority: [SOA, NSEC] })
  assert.deepEqual(types(respond(QUERY, negative), 'authority'), [6])
  assert.deepEqual(types(respond(DO, negative), 'authority'), [6, 46, 47, 46])
  assert.deepEqual(types(respond({ ...QUERY, type: 47 }, resolution({ answer: [NSEC] })), 'answer'), [47])
  const lone = set('www.example.', 'A', [], { signatures: [SIGNATURE] })
  assert.deepEqual(types(respond({ ...QUERY, type: 46 }, resolution({ answer: [lone] })), 'answer'), [46])
  assert.deepEqual(
    types(respond({ ...QUERY, type: 255 }, resolution({ answer: [ADDRESS, NSEC] })), 'answer'),
    [1, 46, 47, 46],
  )
})

test('the question, and what it owns, stand as the client spelled it', () => {
  const octets = writer.write(QUERY, resolution({ answer: [ADDRESS] }), NOW).slice()
  const message = decodeMessage(octets)
  assert.equal(message.questions[0]?.name.toString(), 'WwW.Example.')
  assert.equal(message.answer[0]?.owner.toString(), 'WwW.Example.')
})

test('TTLs are what is left; stale data has 30 seconds (RFC8767 §4)', () => {
  const given = resolution({ answer: [ADDRESS] })
  assert.equal(respond(QUERY, given, NOW + 100).answer[0]?.ttl, 200)
  assert.equal(respond(QUERY, given, NOW + 301).answer[0]?.ttl, 0)
  assert.equal(respond(QUERY, { ...given, isStale: true }, NOW + 301).answer[0]?.ttl, 30)
})

test('RFC8914 §2: a failure has empty sections and says why, to those who speak EDNS', () => {
  const remarks = [{ code: 7, text: 'the signature ended yesterday'.repeat(40) }]
  const failed = resolution({ rcode: 2, answer: [ADDRESS], authority: [SOA], security: 'bogus', remarks })
  const told = respond(DO, failed)
  assert.equal(told.header.rcode, 2)
  assert.deepEqual([told.answer, told.authority], [[], []])
  const option = optionOf(told.edns, 'ede')
  assert.equal(option?.infoCode, 7)
  assert.ok((option?.text.length ?? 0) > 100 && (option?.text.length ?? 0) <= 300)
  assert.equal(respond(QUERY, failed).edns, undefined)
})

test('RFC2181 §9: what does not fit sets TC, and the text of remarks gives way first', () => {
  const texts = Array.from({ length: 4 }, (_, i) => new Uint8Array(110).fill(i + 1).fill(109, 0, 1))
  const large = set('www.example.', 'TXT', texts)
  const remarks = [{ code: 3, text: 'x'.repeat(290) }]
  const fits = respond({ ...DO, type: 16, limit: 600 }, resolution({ answer: [large], remarks }))
  assert.equal(fits.header.tc, false)
  assert.equal(fits.answer.length, 4)
  const cut = respond({ ...DO, type: 16, limit: 512 }, resolution({ answer: [large, ADDRESS], remarks }))
  assert.deepEqual([cut.header.tc, cut.answer.length], [true, 0])
  assert.equal(optionOf(cut.edns, 'ede')?.text, '')
})

test('options of the connection come along, padding with them (RFC8467 §4.1)', () => {
  const options = Uint8Array.of(0, 3, 0, 1, 0x61)
  const padded = writer.write({ ...DO, limit: 65535 }, resolution({ answer: [ADDRESS] }), NOW, {
    options,
    paddingBlock: 468,
  })
  assert.equal(padded.length, 468)
  assert.deepEqual(optionOf(decodeMessage(padded.slice()).edns, 'nsid')?.identifier, Uint8Array.of(0x61))
})

test('ttlOffsets finds the TTL of each record and not that of OPT', () => {
  const octets = writer.write(DO, resolution({ answer: [ADDRESS], authority: [NSEC] }), NOW).slice()
  const offsets = writer.ttlOffsets(octets)
  assert.equal(offsets.length, 4)
  const view = new DataView(octets.buffer)
  for (const at of offsets) assert.equal(view.getUint32(at), 300)
})

test('a query is read out of a packet', () => {
  const octets = encodeMessage({
    header: { ...headerOf(7, 0), rd: true, ad: true },
    questions: [{ name: Name.parse('a.b.'), type: 28, class: 1 }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 4096, version: 0, dnssecOk: true, flags: 0, options: [] },
  })
  const view = new MessageView()
  assert.equal(view.parse(octets), undefined)
  assert.equal(view.scan(), undefined)
  const query = readClientQuery(view, { maxUdpPayload: 1232 })
  assert.deepEqual(
    [query?.id, query?.type, query?.dnssecOk, query?.authenticData, query?.checkingDisabled, query?.limit],
    [7, 28, true, true, false, 1232],
  )
  assert.equal(readClientQuery(view)?.limit, 65535)
})
