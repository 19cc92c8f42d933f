import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { decodeMessage, encodeMessage, encodeOption, type Message } from '../dns/wire/index.ts'
import { walkZone, Zone, type ZoneChange } from '../zone/index.ts'
import { answerAxfr, answerIxfr, answerIxfrDatagram, answerWithSoa, clientSerial, planIxfr } from './index.ts'
import {
  answerLines,
  axfrQuery,
  changeOf,
  ixfrQuery,
  soaLine,
  soaTable,
  sortedLines,
  tableOf,
  viewOf,
  ZONE,
} from './transfer.fixture.ts'
import { bareSoa, makeSecondaryQuery } from './transfer-query.ts'
import { takeSoa, walkTable } from './walks.ts'

function zoneOf(lines: string): Zone {
  return Zone.arrange(ZONE, tableOf(soaLine(1) + lines))
}

function largeZone(hosts: number): Zone {
  return zoneOf(
    Array.from({ length: hosts }, (_, i) => `host${i} A 192.0.2.${i % 256}\n TXT "${'x'.repeat(40)}"\n`).join(''),
  )
}

const typesOf = (message: Message): number[] => message.answer.map((record) => record.type)

test('RFC5936 §2.2: a transfer begins and ends with the SOA, the question is in the first message only', () => {
  const messages = [...answerAxfr(axfrQuery(), walkZone(largeZone(1000)))].map((octets) => decodeMessage(octets))
  assert.ok(messages.length > 3)
  const all = messages.flatMap(typesOf)
  assert.equal(all.length, 2002)
  assert.deepEqual([all.at(0), all.at(-1), all.filter((type) => type === 6).length], [6, 6, 2])
  assert.deepEqual(
    messages.map((message) => message.questions.length),
    messages.map((_, i) => (i === 0 ? 1 : 0)),
  )
})

test('RFC5936 §2.2.1: ID and RD are copied, QR and AA set, TC not', () => {
  const query = makeSecondaryQuery(0x1234, ZONE, { form: 'axfr' }, { edns: false })
  query[2] = 1
  const messages = [...answerAxfr(viewOf(query), walkZone(largeZone(1000)))]
  for (const octets of messages) {
    const { id, qr, aa, tc, rd, ra, ad, rcode } = decodeMessage(octets).header
    assert.deepEqual([id, qr, aa, tc, rd, ra, ad, rcode], [0x1234, true, true, false, true, false, false, 0])
  }
})

test('RFC5936 §2.2: messages are as full as they may be, and keep what is reserved free', () => {
  const zone = largeZone(1000)
  for (const [messageOctets, reserve] of [
    [16384, 0],
    [16384, 200],
    [600, 100],
    [65535, 300],
  ] as const) {
    const messages = [...answerAxfr(axfrQuery(), walkZone(zone), { messageOctets, reserve })]
    for (const [i, octets] of messages.entries()) {
      assert.ok(octets.length <= messageOctets - reserve)
      if (i < messages.length - 1) assert.ok(octets.length > messageOctets - reserve - 70, `${octets.length}`)
    }
    assert.equal(messages.flatMap((octets) => typesOf(decodeMessage(octets))).length, 2002)
  }
})

test('a record larger than a message aims at gets one of its own', () => {
  const table = tableOf(`${soaLine(1)}a A 192.0.2.1\n`)
  table.add(Name.parse('big.example.').octets, 65280, 5, new Uint8Array(40000))
  table.add(Name.parse('z.example.').octets, 1, 5, new Uint8Array(4))
  const messages = [...answerAxfr(axfrQuery(), walkTable(table))]
  assert.deepEqual(
    messages.map((octets) => typesOf(decodeMessage(octets))),
    [[6, 1], [65280], [1, 6]],
  )
})

test('a record that no message holds is an error of the zone', () => {
  const table = soaTable(1)
  table.add(Name.parse('big.example.').octets, 65280, 5, new Uint8Array(65530))
  assert.throws(() => [...answerAxfr(axfrQuery(), walkTable(table))], { code: 'message-too-long' })
})

test('no message is empty, however little room there is', () => {
  const messages = [...answerAxfr(axfrQuery(), walkZone(largeZone(3)), { messageOctets: 512, reserve: 470 })]
  assert.ok(messages.every((octets) => typesOf(decodeMessage(octets)).length === 1))
  assert.equal(messages.length, 8)
})

test('versions without a SOA make no differences', () => {
  const without = { ...changeOf(1, 2, '', ''), removed: tableOf('a A 192.0.2.1\n') }
  assert.throws(() => [...answerIxfr(ixfrQuery(1), soaTable(2), [without])], { code: 'state-invalid' })
  assert.throws(() => [...answerIxfr(ixfrQuery(1), tableOf('a A 192.0.2.1\n'), [])], { code: 'state-invalid' })
  assert.throws(() => takeSoa(walkTable(tableOf('a A 192.0.2.1\n'))), { code: 'state-invalid' })
})

test('the SOA of a walk', () => {
  const zone = zoneOf('a A 192.0.2.1\n')
  assert.deepEqual(sortedLines(takeSoa(walkZone(zone))), sortedLines(soaTable(1)))
})

test('a walk that does not begin with a SOA is refused, and closed', () => {
  const table = tableOf('a A 192.0.2.1\n')
  const walk = walkTable(table)
  let closed = 0
  const watched = Object.assign(walk, { close: () => closed++ })
  assert.throws(() => [...answerAxfr(axfrQuery(), watched)], { code: 'state-invalid' })
  assert.equal(closed, 1)
})

test('the walk is closed when the client goes away', () => {
  const walk = walkZone(largeZone(1000))
  let closed = 0
  const messages = answerAxfr(axfrQuery(), Object.assign(walk, { close: () => closed++ }))
  messages.next()
  assert.equal(closed, 0)
  messages.return()
  assert.equal(closed, 1)
})

test('RFC5936 §3.4: names keep their case', () => {
  const zone = zoneOf('A.b NS X.Example.\nc.B NS x.eXample.\na.B.b MX 1 A.b\n')
  const lines = answerLines([...answerAxfr(axfrQuery(Name.parse('EXAMPLE.')), walkZone(zone))])
  const hex = (name: string): string => Name.parse(name).octets.toHex()
  assert.deepEqual(lines.slice(1, -1), [
    `A.b.example. 3600 2 ${hex('X.Example.')}`,
    `a.B.b.example. 3600 15 0001${hex('A.b.example.')}`,
    `c.B.example. 3600 2 ${hex('x.eXample.')}`,
  ])
})

test('names are compressed: owners that follow each other, and in RDATA', () => {
  const [message] = [...answerAxfr(axfrQuery(), walkZone(zoneOf('a NS ns\na NS ns2\nb NS ns\n')))]
  assert.ok(message !== undefined)
  // Header, question, two SOAs (pointer, 10, RDATA), and the three records.
  assert.equal(
    message.length,
    12 + 13 + 2 + 10 + (5 + 13 + 20) + (4 + 10 + 2) + (2 + 10 + 6) + (4 + 10 + 2) + (2 + 10 + 2 + 2 + 20),
  )
})

test('RFC9103 §6.3.4: OPT in each message when the query has one, options in the first', () => {
  const options = new OctetWriter()
  encodeOption({ kind: 'expire', seconds: 1234 }, options)
  const query = viewOf(makeSecondaryQuery(1, ZONE, { form: 'axfr' }))
  const edns = { udpSize: 1232, options: options.copy() }
  const messages = [...answerAxfr(query, walkZone(largeZone(1000)), { edns, reserve: 100 })]
  const decoded = messages.map((octets) => decodeMessage(octets).edns)
  assert.deepEqual(decoded[0]?.options, [{ kind: 'expire', seconds: 1234 }])
  assert.ok(decoded.length > 3 && decoded.slice(1).every((each) => each?.options.length === 0))
  assert.ok(messages.every((octets) => octets.length <= 16284))
  const [plain] = [...answerAxfr(axfrQuery(), walkZone(zoneOf('')), { edns })]
  assert.equal(decodeMessage(plain ?? new Uint8Array(0)).edns, undefined)
})

test('the view of the query may see other packets before the messages are taken', () => {
  const view = axfrQuery(ZONE, 7)
  const messages = answerAxfr(view, walkZone(zoneOf('')))
  view.parse(makeSecondaryQuery(9, Name.parse('other.'), { form: 'soa' }))
  const [first] = [...messages]
  assert.deepEqual(decodeMessage(first ?? new Uint8Array(0)).header.id, 7)
})

const JOURNAL: ZoneChange[] = [
  changeOf(1, 2, 'nezu A 133.69.136.5\n', 'jain-bb A 133.69.136.4\njain-bb A 192.41.197.2\n'),
  changeOf(2, 3, 'jain-bb A 133.69.136.4\n', 'jain-bb A 133.69.136.3\n'),
]

test('RFC1995 §7: the example, as an incremental answer', () => {
  const lines = answerLines([...answerIxfr(ixfrQuery(1), soaTable(3), JOURNAL)])
  const words = lines.map((line) => {
    const [owner, , type, data = ''] = line.split(' ')
    return type === '6' ? `SOA ${Number.parseInt(data.slice(-40, -32), 16)}` : `${owner} ${data}`
  })
  assert.deepEqual(words, [
    'SOA 3',
    'SOA 1',
    'nezu.example. 85458805',
    'SOA 2',
    'jain-bb.example. 85458804',
    'jain-bb.example. c029c502',
    'SOA 2',
    'jain-bb.example. 85458804',
    'SOA 3',
    'jain-bb.example. 85458803',
    'SOA 3',
  ])
})

test('RFC1995 §4: the old SOA comes first in what goes, wherever the table has it', () => {
  const change = changeOf(1, 2, '', '')
  const removed = tableOf('a A 192.0.2.1\n')
  removed.add(ZONE.octets, 6, 5, change.removed.rdataOf(0))
  const lines = answerLines([...answerIxfr(ixfrQuery(1), soaTable(2), [{ ...change, removed }])])
  assert.deepEqual(
    lines.map((line) => line.split(' ')[2]),
    ['6', '6', '1', '6', '6'],
  )
})

test('RFC1995 §2: which form an answer has', () => {
  const form = (client: number, current: number, octets?: number): string =>
    planIxfr(client, current, JOURNAL, octets).form
  assert.equal(form(3, 3), 'up-to-date')
  assert.equal(form(4, 3), 'up-to-date')
  assert.equal(form(1, 3), 'incremental')
  assert.equal(form(2, 3), 'incremental')
  assert.equal(form(0, 3), 'full', 'the journal does not reach')
  assert.equal(form(1, 4), 'full', 'the journal ends too early')
  assert.equal(form(1, 3, 100), 'full', 'RFC1995 §5: larger than the zone')
  assert.equal(form(3, 0x80000003), 'full', 'RFC1982 §3.2: no order')
  assert.equal(
    planIxfr(
      1,
      3,
      [JOURNAL[0], JOURNAL[0]].filter((change) => change !== undefined),
    ).form,
    'full',
    'a gap',
  )
  const plan = planIxfr(2, 3, JOURNAL)
  assert.deepEqual(plan.form === 'incremental' && plan.changes.map((change) => change.fromSerial), [2])
})

test('RFC1982: serials wrap', () => {
  const wrap = changeOf(0xffffffff, 1, '', 'a A 192.0.2.1\n')
  assert.equal(planIxfr(0xffffffff, 1, [wrap]).form, 'incremental')
  assert.equal(planIxfr(1, 0xffffffff, [wrap]).form, 'up-to-date')
})

test('RFC1995 §2: a client that is up to date gets the SOA alone', () => {
  const { header, questions, answer } = decodeMessage(answerWithSoa(ixfrQuery(3), soaTable(3)))
  assert.deepEqual([header.aa, questions.length, answer.length], [true, 1, 1])
  assert.equal([...answerIxfr(ixfrQuery(3), soaTable(3), [])].length, 1)
  assert.equal(answerLines([...answerIxfr(ixfrQuery(3), soaTable(3), [])]).length, 1)
})

test('RFC1995 §4: by UDP, the differences when they fit, otherwise the SOA', () => {
  const query = ixfrQuery(1)
  assert.equal(answerLines([answerIxfrDatagram(query, soaTable(3), JOURNAL, 1232)]).length, 11)
  const long = changeOf(3, 4, '', Array.from({ length: 100 }, (_, i) => `h${i} A 192.0.2.1\n`).join(''))
  assert.equal(answerLines([answerIxfrDatagram(query, soaTable(4), [...JOURNAL, long], 1232)]).length, 1)
  const big = soaTable(2)
  big.add(ZONE.octets, 65280, 5, new Uint8Array(2000))
  const one: ZoneChange = { ...changeOf(1, 2, '', ''), added: big }
  assert.equal(answerLines([answerIxfrDatagram(query, soaTable(2), [one], 1232)]).length, 1)
  assert.equal(answerLines([answerIxfrDatagram(query, soaTable(2), [one], 4096)]).length, 5)
})

test('RFC1995 §3: the serial of the client stands in the authority section', () => {
  assert.equal(clientSerial(ixfrQuery(4711)), 4711)
  assert.equal(clientSerial(axfrQuery()), undefined)
  const other = decodeMessage(makeSecondaryQuery(1, ZONE, { form: 'ixfr', soa: bareSoa(5) }))
  const [question] = other.questions
  assert.ok(question !== undefined)
  question.name = Name.parse('other.')
  assert.equal(clientSerial(viewOf(encodeMessage(other))), undefined, 'a SOA of another zone')
})
