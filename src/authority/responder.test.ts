/** What the responder does around an answer: EDNS, size, cookies, options, what is refused and what is met with silence. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import {
  decodeMessage,
  type EdnsOption,
  encodeMessage,
  FLAG_AA,
  FLAG_CD,
  FLAG_QR,
  FLAG_RD,
  headerOf,
  type Message,
  optionOf,
} from '../dns/wire/index.ts'
import { ServerCookies } from '../tsig/index.ts'
import { STATE_UNAVAILABLE } from '../zone/index.ts'
import { TRANSPORT } from './index.ts'
import { NOW, question, SERVING, Served, zoneFrom } from './served.fixture.ts'

const FORMERR = 1
const SERVFAIL = 2
const NOTIMP = 4
const REFUSED = 5
const BADVERS = 16
const { udp4, udp6, tcp4, tcp6, tls, https } = TRANSPORT

const big = Array.from({ length: 40 }, (_, i) => `big TXT "${String(i).padStart(60, '-')}"`).join('\n')
const manyServers = Array.from({ length: 12 }, (_, i) => `cut NS a-long-name-of-a-server-${i}.cut\n`).join('')
const manyAddresses = Array.from({ length: 12 }, (_, i) => `a-long-name-of-a-server-${i}.cut AAAA 2001:db8::${i}\n`)
const ZONE = `
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
*.wild TXT "w"
${big}
${manyServers}${manyAddresses.join('')}
sibling NS ns.other
ns.other A 192.0.2.9
`
const secret = new Uint8Array(16).fill(3)
const cookies = new ServerCookies([secret])
const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const nsid = new TextEncoder().encode('one')

function served(settings: ConstructorParameters<typeof Served>[1] = {}): Served {
  return new Served([zoneFrom('example.', ZONE), zoneFrom('signed.', ZONE, 'nsec3')], settings)
}

const plain = served()

function edeOf(message: Message): number | undefined {
  return optionOf(message.edns, 'ede')?.infoCode
}

test('RFC1035 §4.1.1: ID, opcode, RD and the question come back, AA is set', () => {
  const answer = plain.ask('WWW.Example.', 'A', { bits: FLAG_RD })
  assert.deepEqual(
    [answer.header.id, answer.header.qr, answer.header.aa, answer.header.rd, answer.header.ra, answer.header.rcode],
    [0x1234, true, true, true, false, 0],
  )
  assert.equal(answer.questions[0]?.name.toString(), 'WWW.Example.')
  assert.equal(answer.edns, undefined)
})

test('RFC4035 §3.1.6: CD is copied, AD is not set', () => {
  const { header } = plain.ask('www.example.', 'A', { bits: FLAG_CD | 0x20 })
  assert.deepEqual([header.cd, header.ad], [true, false])
})

test('RFC6891 §6.1.3: a higher version is answered BADVERS, with version 0 and nothing else', () => {
  const answer = plain.ask('www.example.', 'A', { version: 1 })
  assert.deepEqual([answer.header.rcode, answer.edns?.version, answer.answer.length], [BADVERS, 0, 0])
})

test('RFC6891 §6.1.3: BADVERS shows nothing of an earlier client', () => {
  const server = served({ nsid, cookies })
  server.ask('www.example.', 'A', {
    options: [
      { kind: 'nsid', identifier: new Uint8Array(0) },
      { kind: 'cookie', client },
    ],
  })
  const answer = server.ask('www.example.', 'A', { version: 1 })
  assert.deepEqual(answer.edns?.options, [])
})

test('RFC6891 §6.2.3: sizes below 512 count as 512, above ours as ours', () => {
  const limits: [number | undefined, number][] = [
    [undefined, 512],
    [0, 512],
    [511, 512],
    [900, 900],
    [1232, 1232],
    [65535, 1232],
  ]
  for (const [udpSize, most] of limits) {
    const packet = question('cut.example.', 'NS', udpSize === undefined ? {} : { udpSize })
    const answer = plain.send(packet, udp6)
    assert.ok(answer instanceof Uint8Array && answer.length <= most, `${udpSize}`)
    assert.equal(decodeMessage(answer).edns?.udpSize, udpSize === undefined ? undefined : 1232)
  }
})

test('RFC3225 §3: DO is copied', () => {
  assert.equal(plain.ask('www.signed.', 'A', { dnssec: true }).edns?.dnssecOk, true)
  assert.equal(plain.ask('www.signed.', 'A', { options: [] }).edns?.dnssecOk, false)
})

test('RFC3225 §3: without DO there are no signatures and no proofs', () => {
  const { authority } = plain.ask('none.signed.', 'A')
  assert.deepEqual(
    authority.map(({ type }) => type),
    [6],
  )
})

test('RFC2181 §9: an RRset that does not fit is left out whole, and TC says so', () => {
  const cut = plain.ask('big.example.', 'TXT', { udpSize: 1232 })
  assert.deepEqual([cut.header.tc, cut.answer.length], [true, 0])
  const whole = plain.ask('big.example.', 'TXT', { transport: tcp4 })
  assert.deepEqual([whole.header.tc, whole.answer.length], [false, 40])
})

test('RFC9471 §3.1: in-domain glue that does not fit sets TC', () => {
  const cut = plain.ask('x.cut.example.', 'A', { udpSize: 512 })
  assert.equal(cut.header.tc, true)
  const whole = plain.ask('x.cut.example.', 'A', { udpSize: 1232 })
  assert.deepEqual([whole.header.tc, whole.additional.length], [false, 12])
})

test('RFC9471 §3.2: sibling glue is given when there is room', () => {
  const answer = plain.ask('x.sibling.example.', 'A')
  assert.deepEqual(
    answer.additional.map(({ owner }) => owner.toString()),
    ['ns.other.example.'],
  )
})

test('RFC1035 §4.1.4: answers beyond 16 KiB are whole and readable', () => {
  const text = Array.from({ length: 250 }, (_, i) => `*.w TXT "${String(i).padStart(90, '-')}"`).join('\n')
  const server = new Served([zoneFrom('example.', `@ NS ns\n${text}\nz A 192.0.2.1`, 'nsec')])
  const answer = server.ask('a.w.example.', 'TXT', { dnssec: true, transport: tcp4 })
  assert.deepEqual([answer.answer.length, answer.authority.length], [251, 2])
})

const good = (made: number): Uint8Array => {
  const server = new Uint8Array(16)
  cookies.make(client, 0, Uint8Array.of(192, 0, 2, 7), 0, 4, made, server, 0)
  return server
}

function cookieOf(server: Served, option: EdnsOption): Extract<EdnsOption, { kind: 'cookie' }> | undefined {
  return optionOf(server.ask('www.example.', 'A', { options: [option] }).edns, 'cookie')
}

test('RFC7873 §5.2.3: a client cookie alone gets a server cookie', () => {
  const cookie = cookieOf(served({ cookies }), { kind: 'cookie', client })
  assert.deepEqual([cookie?.client, cookie?.server], [client, good(NOW)])
})

test('RFC7873 §5.2.5: a good cookie comes back', () => {
  const server = good(NOW - 100)
  assert.deepEqual(cookieOf(served({ cookies }), { kind: 'cookie', client, server })?.server, server)
})

test('RFC9018 §4.3: a cookie older than half an hour is renewed', () => {
  const server = good(NOW - 1900)
  assert.deepEqual(cookieOf(served({ cookies }), { kind: 'cookie', client, server })?.server, good(NOW))
})

test('RFC7873 §5.2.4: a bad cookie is answered with a good one', () => {
  for (const length of [8, 16, 32]) {
    const server = new Uint8Array(length).fill(9)
    assert.deepEqual(cookieOf(served({ cookies }), { kind: 'cookie', client, server })?.server, good(NOW))
  }
})

test('RFC7873 §5.2.2: a cookie of another length is FORMERR', () => {
  for (const length of [0, 7, 9, 15, 41]) {
    const option: EdnsOption = { kind: 'raw', code: 10, data: new Uint8Array(length) }
    assert.equal(served({ cookies }).ask('www.example.', 'A', { options: [option] }).header.rcode, FORMERR, `${length}`)
  }
})

test('RFC7873 §5.4: a cookie is asked for without a question', () => {
  const ask = (options: EdnsOption[]): Message => {
    const packet = encodeMessage({
      header: headerOf(7, 0),
      questions: [],
      answer: [],
      authority: [],
      additional: [],
      edns: { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options },
    })
    const answer = served({ cookies }).send(packet)
    assert.ok(answer instanceof Uint8Array)
    return decodeMessage(answer)
  }
  const answer = ask([{ kind: 'cookie', client }])
  assert.deepEqual([answer.header.rcode, optionOf(answer.edns, 'cookie')?.server], [0, good(NOW)])
  assert.equal(ask([]).header.rcode, FORMERR)
})

test('RFC5001 §2.1: NSID is told to those who ask, when it is configured', () => {
  const options: EdnsOption[] = [{ kind: 'nsid', identifier: new Uint8Array(0) }]
  assert.deepEqual(optionOf(served({ nsid }).ask('www.example.', 'A', { options }).edns, 'nsid')?.identifier, nsid)
  assert.equal(optionOf(served({ nsid }).ask('www.example.', 'A', { options: [] }).edns, 'nsid'), undefined)
  assert.equal(optionOf(plain.ask('www.example.', 'A', { options }).edns, 'nsid'), undefined)
})

test('RFC6891 §6.1.1: an OPT record is there even when its options do not fit', () => {
  const server = served({ nsid: new Uint8Array(600).fill(65) })
  const options: EdnsOption[] = [{ kind: 'nsid', identifier: new Uint8Array(0) }]
  const { edns, header } = server.ask('www.example.', 'A', { options, udpSize: 512 })
  assert.deepEqual([edns?.version, edns?.options, header.tc], [0, [], true])
})

test('RFC7314 §2: EXPIRE tells of the zone whose SOA was asked for', () => {
  const options: EdnsOption[] = [{ kind: 'expire' }]
  const seconds = (server: Served, name: string, type: string): number | undefined =>
    optionOf(server.ask(name, type, { options }).edns, 'expire')?.seconds
  assert.equal(seconds(plain, 'example.', 'SOA'), 1_209_600)
  assert.equal(seconds(plain, 'example.', 'NS'), undefined)
  assert.equal(seconds(plain, 'www.example.', 'SOA'), undefined)
  const secondary = served()
  secondary.writer.setZone(Name.parse('example.'), { ...SERVING, expires: NOW + 77 })
  secondary.writer.publish()
  assert.equal(seconds(secondary, 'example.', 'SOA'), 77)
})

test('RFC7828 §3.2.1: keepalive is told over TCP and TLS, not over UDP or HTTPS', () => {
  const options: EdnsOption[] = [{ kind: 'keepalive' }]
  const told = [udp4, udp6, tcp4, tcp6, tls, https].map(
    (transport) => optionOf(plain.ask('www.example.', 'A', { options, transport }).edns, 'keepalive')?.deciseconds,
  )
  assert.deepEqual(told, [undefined, undefined, 300, 300, 300, undefined])
})

test('RFC7828 §3.3.2: a connection that has less time than usual is told so', () => {
  plain.asker.patience = 0.05
  const { edns } = plain.ask('www.example.', 'A', { options: [{ kind: 'keepalive' }], transport: tcp4 })
  plain.asker.patience = 1
  assert.equal(optionOf(edns, 'keepalive')?.deciseconds, 15)
})

test('RFC8467 §4.2: answers over TLS and HTTPS are padded to 468 octets', () => {
  for (const transport of [tls, https]) {
    const answer = plain.send(question('www.example.', 'A', { options: [] }), transport)
    assert.ok(answer instanceof Uint8Array)
    assert.equal(answer.length, 468)
  }
  const open = plain.send(question('www.example.', 'A', { options: [] }), tcp4)
  assert.ok(open instanceof Uint8Array && open.length < 100)
})

test('RFC8914 §4.21: REFUSED says that we are not authoritative', () => {
  const answer = plain.ask('elsewhere.', 'A', { options: [] })
  assert.deepEqual([answer.header.rcode, answer.header.aa, edeOf(answer)], [REFUSED, false, 20])
  assert.equal(plain.ask('elsewhere.', 'A').edns, undefined)
})

test('RFC8914 §4.25: SERVFAIL for a zone without data says so', () => {
  const server = served()
  server.writer.setZone(Name.parse('lost.'), { ...SERVING, state: STATE_UNAVAILABLE })
  server.writer.publish()
  const answer = server.ask('www.lost.', 'A', { options: [] })
  assert.deepEqual([answer.header.rcode, answer.header.aa, edeOf(answer)], [SERVFAIL, false, 24])
})

test('RFC4892 §3: CHAOS names are refused unless configured', () => {
  const server = served({ chaos: { version: 'Signet', hostname: 'here' } })
  const text = (each: Served, name: string): unknown => {
    const { header, answer } = each.ask(name, 'TXT', { class: 3 })
    return header.rcode === 0 ? new TextDecoder().decode(answer[0]?.rdata.subarray(1)) : header.rcode
  }
  assert.deepEqual(
    ['version.bind.', 'VERSION.server.', 'hostname.bind.', 'id.server.', 'other.bind.'].map((name) =>
      text(server, name),
    ),
    ['Signet', 'Signet', 'here', 'here', REFUSED],
  )
  assert.equal(text(plain, 'version.bind.'), REFUSED)
  assert.equal(server.ask('version.bind.', 'A', { class: 3 }).header.rcode, REFUSED)
})

test('RFC8482 §4.1: ANY is answered with one RRset', () => {
  const { answer } = plain.ask('signed.', 'ANY', { dnssec: true })
  const types = new Set(answer.map(({ type }) => type))
  assert.deepEqual([...types], [2, 46])
})

test('RFC4035 §3.1: a question for RRSIG is answered with all signatures of the name', () => {
  const { answer } = plain.ask('www.signed.', 'RRSIG')
  assert.deepEqual(
    answer.map(({ type, rdata }) => [type, rdata[1]]),
    [[46, 1]],
  )
})

test('RFC1034 §3.7.1: what is asked in all classes is not authoritative', () => {
  const { header, answer } = plain.ask('www.example.', 'A', { class: 255 })
  assert.deepEqual([header.rcode, header.aa, answer.length], [0, false, 1])
})

test('RFC1035 §3.2.4: other classes are refused', () => {
  for (const other of [0, 2, 4, 254])
    assert.equal(plain.ask('www.example.', 'A', { class: other }).header.rcode, REFUSED)
})

test('RFC8906 §3.1: meta types are refused as what they are, unknown types are no data', () => {
  const rcodes = ['OPT', 'TSIG', 'MAILA', 'MAILB', 'TYPE65280'].map(
    (type) => plain.ask('www.example.', type).header.rcode,
  )
  assert.deepEqual(rcodes, [FORMERR, FORMERR, NOTIMP, NOTIMP, 0])
  for (const type of ['AXFR', 'IXFR', 'TKEY']) assert.equal(plain.send(question('example.', type)), 'control')
})

test('RFC8906 §3.1.4: opcodes that nobody knows are NOTIMP, with the question and OPT', () => {
  for (const opcode of [1, 2, 3, 6, 15]) {
    const answer = plain.ask('www.example.', 'A', { bits: opcode << 11, options: [] })
    assert.deepEqual([answer.header.rcode, answer.header.opcode, answer.questions.length], [NOTIMP, opcode, 1])
    assert.ok(answer.edns)
  }
  for (const opcode of [4, 5]) assert.equal(plain.send(question('example.', 'SOA', { bits: opcode << 11 })), 'control')
})

test('RFC1035 §7.3: a response is never answered', () => {
  for (const bits of [FLAG_QR, FLAG_QR | FLAG_AA, FLAG_QR | (5 << 11)]) {
    assert.equal(plain.send(question('www.example.', 'A', { bits })), undefined)
  }
  assert.equal(plain.send(new Uint8Array(11)), undefined)
  assert.equal(plain.send(new Uint8Array(0)), undefined)
})

test('RFC8906 §3.1.1: what cannot be read is FORMERR', () => {
  const query = question('www.example.', 'A', { options: [{ kind: 'cookie', client }] })
  const twoQuestions = query.slice()
  twoQuestions[5] = 2
  const withAnswer = encodeMessage({
    header: headerOf(7, 0),
    questions: [{ name: Name.parse('www.example.'), type: 1, class: 1 }],
    answer: [{ owner: Name.root, type: 1, class: 1, ttl: 0, rdata: new Uint8Array(4) }],
    authority: [],
    additional: [],
  })
  for (const packet of [
    query.subarray(0, 12),
    query.subarray(0, 20),
    query.subarray(0, -1),
    twoQuestions,
    withAnswer,
  ]) {
    const answer = plain.send(packet)
    assert.ok(answer instanceof Uint8Array)
    const { header } = decodeMessage(answer)
    assert.deepEqual([header.rcode, header.qr, header.id], [FORMERR, true, (packet[0] ?? 0) * 256 + (packet[1] ?? 0)])
  }
})

test('RFC3597 §3: RDATA of additional records of a query is not read', () => {
  const query = question('www.example.', 'A', { dnssec: true })
  const malformed = [
    [1, 192, 0, 2],
    [2, 0xc0, 0xff],
    [6, 0],
    [65, 0, 1, 0, 0, 1, 0, 9, 2],
    [43, 0, 1, 13],
  ]
  for (const [type = 0, ...rdata] of malformed) {
    const packet = Uint8Array.of(...query, 0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, rdata.length, ...rdata)
    packet[11] = 2
    const answer = plain.send(packet)
    assert.ok(answer instanceof Uint8Array)
    const { header, answer: records } = decodeMessage(answer)
    assert.deepEqual([header.rcode, records.length], [0, 1], `type ${type}`)
  }
})

test('an error in answering costs one answer, is counted, and is told', () => {
  class BrokenCookies extends ServerCookies {
    override make(): never {
      throw new Error('broken')
    }
  }
  const told: unknown[] = []
  const served = new Served([zoneFrom('example.', ZONE)], {
    cookies: new BrokenCookies([secret]),
    onFault: (error) => told.push(error),
  })
  const broken = served.send(question('www.example.', 'A', { options: [{ kind: 'cookie', client }] }))
  assert.ok(broken instanceof Uint8Array)
  assert.equal(decodeMessage(broken).header.rcode, SERVFAIL)
  assert.deepEqual(told.map(String), ['Error: broken'])
  const next = served.send(question('www.example.', 'A'))
  assert.ok(next instanceof Uint8Array)
  assert.equal(decodeMessage(next).header.rcode, 0)
})
