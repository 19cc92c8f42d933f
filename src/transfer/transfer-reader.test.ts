import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { decodeMessage, encodeMessage, type Message } from '../dns/wire/index.ts'
import { type RecordTable, walkZone, Zone, type ZoneChange } from '../zone/index.ts'
import type { ReaderLimits } from './reader-limits.ts'
import {
  anyLines,
  axfrQuery,
  changeOf,
  ixfrQuery,
  messageOf,
  SOA_TYPE,
  soaLine,
  soaTable,
  sortedLines,
  tableOf,
  wordOf,
  ZONE,
} from './transfer.fixture.ts'
import { answerAxfr, answerIxfr, answerWithSoa } from './transfer-out.ts'
import { makeSecondaryQuery, readSoaAnswer, TYPE_IXFR } from './transfer-query.ts'
import { type ReaderQuery, TransferReader, type TransferStep } from './transfer-reader.ts'

const AXFR: ReaderQuery = { id: 7, zone: ZONE, form: 'axfr' }
const ixfr = (serial: number): ReaderQuery => ({ id: 7, zone: ZONE, form: 'ixfr', serial })
const asIxfr = (message: Message): void => {
  for (const question of message.questions) question.type = TYPE_IXFR
}

function readAll(query: ReaderQuery, messages: Iterable<Uint8Array>, limits: Partial<ReaderLimits> = {}): TransferStep {
  const reader = new TransferReader(query, limits)
  for (const message of messages) {
    const step = reader.read(message)
    if (step.kind !== 'more') return step
  }
  return reader.end()
}

/** Reads one message with these records; `text` is a master file. */
const readText = (text: string, change?: (message: Message) => void): TransferStep =>
  readAll(AXFR, [messageOf(text, change)])
const readIxfr = (serial: number, text: string): TransferStep => readAll(ixfr(serial), [messageOf(text, asIxfr)])

function fullOf(step: TransferStep): string[] {
  if (step.kind !== 'done' || step.outcome.kind !== 'full') assert.fail(JSON.stringify(step))
  return sortedLines(step.outcome.table)
}

function changesOf(step: TransferStep): readonly ZoneChange[] {
  if (step.kind !== 'done' || step.outcome.kind !== 'incremental') assert.fail(JSON.stringify(step))
  return step.outcome.changes
}

const S1 = soaLine(1)
const S2 = soaLine(2)
const S3 = soaLine(3)
const BODY = 'a A 192.0.2.1\nb A 192.0.2.2\n'

test('RFC5936 §2.2: a whole zone, in one message or in many', () => {
  const expected = sortedLines(tableOf(S1 + BODY))
  assert.deepEqual(fullOf(readText(S1 + BODY + S1)), expected)
  const later = (message: Message): void => {
    message.questions = []
  }
  const pieces = [
    messageOf(S1),
    messageOf('a A 192.0.2.1\n', later),
    messageOf('b A 192.0.2.2\n'),
    messageOf(S1, later),
  ]
  assert.deepEqual(fullOf(readAll(AXFR, pieces)), expected)
})

test('RFC5936 §2.2: until the closing SOA there is nothing', () => {
  const reader = new TransferReader(AXFR)
  assert.equal(reader.read(messageOf(S1 + BODY)).kind, 'more')
  assert.equal(wordOf(reader.end()), 'incomplete')
  assert.equal(reader.records, 3)
})

test('RFC5936 §2.2: duplicates are ignored, once the zone is arranged', () => {
  const step = readText(S1 + BODY + BODY + S1)
  assert.deepEqual(fullOf(step), sortedLines(tableOf(S1 + BODY)))
})

test('RFC5936 §2.2: a transfer that ends with another SOA is refused', () => {
  assert.equal(wordOf(readText(S1 + BODY + S2)), 'soa-mismatch')
  assert.equal(wordOf(readText(`${S1 + BODY}@ 3600 SOA ns hostmaster 1 3600 900 604800 301\n`)), 'soa-mismatch')
  assert.equal(
    wordOf(readText(`${S1 + BODY}@ 60 SOA NS hostmaster 1 3600 900 604800 300\n`)),
    'full',
    'case and TTL may differ',
  )
})

test('RFC5936 §2.2: what does not begin with the SOA of the zone is refused', () => {
  assert.equal(wordOf(readText(BODY)), 'no-soa')
  assert.equal(wordOf(readText('sub SOA ns hostmaster 1 3600 900 604800 300\n')), 'bad-record')
  assert.equal(wordOf(readText(`${S1}sub SOA ns hostmaster 1 3600 900 604800 300\n${S1}`)), 'bad-record')
  assert.equal(wordOf(readText('')), 'empty')
})

test('RFC5936 §2.2: records after the end', () => {
  assert.equal(wordOf(readText(S1 + BODY + S1 + BODY)), 'after-end')
  const reader = new TransferReader(AXFR)
  assert.equal(wordOf(reader.read(messageOf(S1 + BODY + S1))), 'full')
  assert.equal(wordOf(reader.read(messageOf(BODY))), 'after-end')
})

test('RFC5936 §2.2.1: the header of every message is checked', () => {
  const header = (change: Partial<Message['header']>): string =>
    wordOf(readText(S1 + BODY + S1, (message) => Object.assign(message.header, change)))
  assert.equal(header({ id: 8 }), 'wrong-id')
  assert.equal(header({ qr: false }), 'no-response')
  assert.equal(header({ opcode: 4 }), 'no-response')
  assert.equal(header({ tc: true, aa: false, ra: true }), 'full', 'TC is not considered, AA need not be')
  const refused = readText('', (message) => Object.assign(message.header, { rcode: 5 }))
  assert.deepEqual(refused, { kind: 'failed', reason: 'rcode', text: 'the server answers REFUSED', rcode: 5 })
})

test('RFC5936 §2.2: an error in the middle ends the transfer', () => {
  const error = messageOf('', (message) => Object.assign(message.header, { rcode: 2 }))
  const step = readAll(AXFR, [messageOf(S1 + BODY), error])
  assert.deepEqual([wordOf(step), step.kind === 'failed' && step.rcode], ['rcode', 2])
})

test('RFC5936 §2.2.2: the first message repeats the question; later ones may', () => {
  assert.equal(wordOf(readText(S1 + S1, (message) => message.questions.pop())), 'wrong-question')
  assert.equal(wordOf(readText(S1 + S1, asIxfr)), 'wrong-question')
  const other = (message: Message): void => {
    message.questions = [{ name: Name.parse('sub.example.'), type: 252, class: 1 }]
  }
  assert.equal(wordOf(readText(S1 + S1, other)), 'wrong-question')
  assert.equal(wordOf(readAll(AXFR, [messageOf(S1), messageOf(S1, other)])), 'wrong-question')
})

test('records that are of no use in the zone are refused', () => {
  const change = (edit: (record: Message['answer'][number]) => void): string =>
    wordOf(
      readText(S1 + BODY + S1, (message) => {
        const record = message.answer[1]
        if (record !== undefined) edit(record)
      }),
    )
  assert.equal(
    change((r) => Object.assign(r, { class: 3 })),
    'wrong-class',
  )
  assert.equal(
    change((r) => Object.assign(r, { type: 255, rdata: new Uint8Array(0) })),
    'bad-record',
  )
  assert.equal(
    change((r) => Object.assign(r, { type: 200, rdata: new Uint8Array(4) })),
    'bad-record',
  )
  assert.equal(
    change((r) => Object.assign(r, { type: 65280, rdata: new Uint8Array(4) })),
    'full',
  )
})

/** What came of reading one message whose records were changed, and what was left out of it. */
function readChanged(text: string, changes: Record<number, Partial<Message['answer'][number]>>, query = AXFR) {
  const reader = new TransferReader(query)
  const step = reader.read(
    messageOf(text, (message) => {
      if (query.form === 'ixfr') asIxfr(message)
      for (const [index, change] of Object.entries(changes)) Object.assign(message.answer[Number(index)] ?? {}, change)
    }),
  )
  return { step, outOfZone: reader.outOfZone }
}

test('records outside the zone are left out of a transfer and counted, as when a file is loaded', () => {
  const text = `${S1}a A 192.0.2.1\nb A 192.0.2.2\nb A 192.0.2.3\nb A 192.0.2.4\n${S1}`
  const { step, outOfZone } = readChanged(text, {
    1: { owner: Name.parse('other.net.') },
    3: { owner: Name.root },
    4: { owner: Name.parse('b.example.') },
  })
  assert.deepEqual(fullOf(step), sortedLines(tableOf(`${S1}b A 192.0.2.2\nb A 192.0.2.4\n`)))
  assert.deepEqual(outOfZone, { count: 2, examples: ['other.net. A', '. A'] })
  const many = Array.from({ length: 30 }, (_, i) => `x${i} A 192.0.2.1\n`).join('')
  const foreign = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [i + 1, { owner: Name.parse(`${i}.net.`) }]))
  const left = readChanged(S1 + many + S1, foreign).outOfZone
  assert.deepEqual([left.count, left.examples.length], [30, 10])
})

test('records outside the zone are left out of differences too', () => {
  const text = `${S2}${S1}a A 192.0.2.1\nb A 192.0.2.2\n${S2}c A 192.0.2.3\nd A 192.0.2.4\n${S2}`
  const foreign = { owner: Name.parse('other.net.') }
  const { step, outOfZone } = readChanged(text, { 2: foreign, 6: foreign }, ixfr(1))
  const [change] = changesOf(step)
  assert.ok(change !== undefined)
  assert.deepEqual(sortedLines(change.removed), sortedLines(tableOf(`${S1}b A 192.0.2.2\n`)))
  assert.deepEqual(sortedLines(change.added), sortedLines(tableOf(`${S2}c A 192.0.2.3\n`)))
  assert.equal(outOfZone.count, 2)
})

test('a record outside the zone is judged like others before it is left out', () => {
  const foreign = Name.parse('other.net.')
  const word = (text: string, change: Partial<Message['answer'][number]>): string =>
    wordOf(readChanged(text, { 1: { owner: foreign, ...change } }).step)
  assert.equal(word(S1 + S1 + S1, {}), 'bad-record', 'a SOA delimits the transfer')
  assert.equal(word(S1 + BODY + S1, { class: 3 }), 'wrong-class')
  assert.equal(word(S1 + BODY + S1, { type: 255, rdata: new Uint8Array(0) }), 'bad-record')
  assert.equal(wordOf(readChanged(S1 + S1, { 0: { owner: foreign } }).step), 'bad-record')
  assert.equal(wordOf(readChanged(BODY + S1, { 0: { owner: foreign } }).step), 'no-soa')
  const five = `${S1}${BODY}${BODY}${S1}`
  const all = Object.fromEntries([1, 2, 3, 4].map((i) => [i, { owner: foreign }]))
  const reader = new TransferReader(AXFR, { records: 5 })
  const message = messageOf(five, ({ answer }) => {
    for (const [index, change] of Object.entries(all)) Object.assign(answer[Number(index)] ?? {}, change)
  })
  assert.equal(wordOf(reader.read(message)), 'too-large', 'what is left out counts')
})

test('malformed RDATA is refused', () => {
  const octets = messageOf(`${S1}a TYPE65280 \\# 4 01020304\n${S1}`)
  const at = octets.findIndex((octet, i) => octet === 0xff && octets[i + 1] === 0)
  octets[at] = 0
  octets[at + 1] = 28
  assert.equal(wordOf(readAll(AXFR, [octets])), 'bad-rdata')
  assert.equal(wordOf(readAll(AXFR, [octets.subarray(0, 60)])), 'malformed')
  assert.equal(wordOf(readAll(AXFR, [new Uint8Array(5)])), 'malformed')
})

test('octets after the last record of a message are an error, in a transfer and in the answer to a SOA query', () => {
  const longer = (message: Uint8Array, octets: number): Uint8Array => {
    const out = new Uint8Array(message.length + octets)
    out.set(message)
    return out
  }
  const whole = messageOf(S1 + BODY + S1)
  assert.deepEqual(readAll(AXFR, [longer(whole, 3)]), {
    kind: 'failed',
    reason: 'malformed',
    text: '3 octets follow the last record',
  })
  assert.equal(wordOf(readAll(AXFR, [messageOf(S1), longer(messageOf(BODY), 1)])), 'malformed')
  const soa = messageOf(S1, ({ questions }) => Object.assign(questions[0] ?? {}, { type: SOA_TYPE }))
  assert.equal(readSoaAnswer(soa, ZONE).kind, 'soa')
  assert.deepEqual(readSoaAnswer(longer(soa, 1), ZONE), {
    kind: 'failed',
    text: 'the answer is malformed: 1 octets follow its last record',
  })
})

test('RFC2181 §8: a TTL with its highest bit set is 0', () => {
  const step = readText(S1 + BODY + S1, (message) => {
    for (const record of message.answer.slice(1, 2)) record.ttl = 0xffffffff
  })
  assert.ok(
    fullOf(step).some((line) => line === 'a.example. 0 IN A 192.0.2.1'),
    fullOf(step).join(),
  )
})

test('limits: octets, records, changes', () => {
  const whole = [messageOf(S1 + BODY + S1)]
  assert.equal(wordOf(readAll(AXFR, whole, { records: 3 })), 'too-large')
  assert.equal(wordOf(readAll(AXFR, whole, { records: 4 })), 'full')
  assert.equal(wordOf(readAll(AXFR, whole, { octets: 50 })), 'too-large')
  // A pointer of two octets is a name of many: what counts is also what is kept.
  const long = Array.from(
    { length: 200 },
    (_, i) => `x${i}.${`${'y'.repeat(60)}.`.repeat(3)}example. A 192.0.2.1\n`,
  ).join('')
  const messages = [messageOf(S1 + long + S1)]
  const received = messages.reduce((sum, octets) => sum + octets.length, 0)
  assert.equal(wordOf(readAll(AXFR, messages, { octets: received + 1000 })), 'too-large')
  const two = [messageOf(S3 + S1 + S2 + S2 + S3 + S3, asIxfr)]
  assert.equal(wordOf(readAll(ixfr(1), two, { changes: 1 })), 'too-large')
  assert.equal(wordOf(readAll(ixfr(1), two, { changes: 2 })), 'incremental')
})

test('RFC9103 §7.9.1: messages of padding alone, but not as the first, nor without end', () => {
  const padding = messageOf('', (message) => {
    const options = [{ kind: 'padding' as const, length: 400 }]
    message.edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options }
  })
  const messages = [messageOf(S1), padding, messageOf(BODY), padding, padding, messageOf(S1)]
  assert.deepEqual(fullOf(readAll(AXFR, messages)), sortedLines(tableOf(S1 + BODY)))
  assert.equal(wordOf(readAll(AXFR, [padding, ...messages])), 'empty')
  assert.equal(wordOf(readAll(AXFR, [messageOf(S1), messageOf('')])), 'empty')
  const endless = [messageOf(S1), ...Array.from({ length: 200 }, () => padding), messageOf(S1)]
  assert.equal(wordOf(readAll(AXFR, endless, { records: 100 })), 'too-large')
})

test('RFC1982: an older zone is not taken', () => {
  assert.equal(wordOf(readAll({ ...AXFR, serial: 2 }, [messageOf(S1 + S1)])), 'serial-backward')
  assert.equal(wordOf(readAll({ ...AXFR, serial: 1 }, [messageOf(S2 + S2)])), 'full')
  assert.equal(wordOf(readAll({ ...AXFR, serial: 1 }, [messageOf(S1)])), 'up-to-date', 'nor the same one again')
  assert.equal(wordOf(readAll({ ...AXFR, serial: 0x80000001 }, [messageOf(S1 + S1)])), 'serial-backward')
  assert.equal(wordOf(readIxfr(2, S1)), 'serial-backward')
})

test('RFC1995 §2: the SOA alone says that we are up to date', () => {
  assert.equal(wordOf(readAll(ixfr(3), [answerWithSoa(ixfrQuery(3), soaTable(3))])), 'up-to-date')
  assert.equal(wordOf(readIxfr(1, S1 + BODY + S1)), 'up-to-date', 'even when more follows')
})

test('RFC1995 §2: a newer SOA alone is not enough: by UDP, ask by TCP', () => {
  assert.equal(wordOf(readIxfr(1, S2)), 'incomplete')
})

test('RFC1995 §4: the whole zone in answer to IXFR', () => {
  assert.deepEqual(fullOf(readIxfr(1, S2 + BODY + S2)), sortedLines(tableOf(S2 + BODY)))
})

test('RFC1995 §4: difference sequences, across messages', () => {
  const parts = [S3 + S1, BODY, S2, 'c A 192.0.2.3\n', S2, 'c A 192.0.2.3\n', S3, 'd A 192.0.2.4\n', S3]
  const messages = parts.map((text) => messageOf(text, asIxfr))
  const changes = changesOf(readAll(ixfr(1), messages))
  assert.deepEqual(
    changes.map(({ fromSerial, toSerial }) => [fromSerial, toSerial]),
    [
      [1, 2],
      [2, 3],
    ],
  )
  assert.deepEqual(
    changes.map(({ removed, added }) => [sortedLines(removed).length, sortedLines(added).length]),
    [
      [3, 2],
      [2, 2],
    ],
  )
  assert.deepEqual(changesOf(readIxfr(1, parts.join(''))).length, 2)
})

test('RFC1995 §6: condensed versions', () => {
  assert.deepEqual(changesOf(readIxfr(1, `${S3}${S1}a A 192.0.2.1\n${S3}${BODY}${S3}`)).length, 1)
})

test('RFC1995 §4: the last change leads to the very SOA that the transfer begins and ends with', () => {
  const other = S3.replace('SOA ns', 'SOA elsewhere')
  assert.notEqual(other, S3)
  assert.equal(wordOf(readIxfr(1, S3 + S1 + other + BODY + S3)), 'soa-mismatch')
  assert.equal(wordOf(readIxfr(1, S3 + S1 + S3 + BODY + other)), 'soa-mismatch')
})

test('RFC1995 §4: sequences that do not chain', () => {
  const S4 = soaLine(4)
  assert.equal(wordOf(readIxfr(1, S3 + S2 + S3 + S3)), 'broken-chain', 'begins elsewhere')
  assert.equal(wordOf(readIxfr(1, S4 + S1 + S2 + S3 + S4 + S4)), 'broken-chain', 'a gap')
  assert.equal(wordOf(readIxfr(1, S3 + S1 + S1 + S3)), 'broken-chain', 'a change that changes nothing')
  assert.equal(wordOf(readIxfr(2, S3 + S2 + S1 + S3)), 'broken-chain', 'backward')
  assert.equal(wordOf(readIxfr(1, S3 + S1 + S4 + S3)), 'broken-chain', 'beyond the end')
  assert.equal(wordOf(readIxfr(1, S3 + S1 + S4)), 'broken-chain', 'and that is said at once, however much is to follow')
  assert.equal(wordOf(readIxfr(1, S3 + S1 + S3 + S2)), 'soa-mismatch', 'ends with another SOA')
  assert.equal(wordOf(readIxfr(1, S3 + S1 + S2 + S2)), 'incomplete')
})

test('RFC7314 §3: the EXPIRE option of the answer', () => {
  const reader = new TransferReader(AXFR)
  const edns = {
    udpSize: 1232,
    version: 0,
    dnssecOk: false,
    flags: 0,
    options: [{ kind: 'expire' as const, seconds: 77 }],
  }
  reader.read(messageOf(S1 + S1, (message) => Object.assign(message, { edns })))
  assert.equal(reader.expireSeconds, 77)
  assert.equal(new TransferReader(AXFR).expireSeconds, undefined)
})

test('RFC7314 §4, RFC1995 §3: the queries of a secondary', () => {
  const query = decodeMessage(makeSecondaryQuery(5, ZONE, { form: 'ixfr', soa: soaTable(9).rdataOf(0) }))
  assert.deepEqual(
    query.questions.map((q) => [q.name.toString(), q.type, q.class]),
    [['example.', 251, 1]],
  )
  assert.deepEqual([query.authority.length, query.answer.length, query.header.rd], [1, 0, false])
  assert.deepEqual(query.edns?.options, [{ kind: 'expire' }])
  encodeMessage(query)
})

test('property: AXFR out and in gives the same records', () => {
  fc.assert(
    fc.property(anyLines, fc.integer({ min: 512, max: 3000 }), fc.nat(100), (lines, messageOctets, reserve) => {
      const zone = Zone.arrange(ZONE, tableOf(S1 + lines.map((line) => `${line}\n`).join('')))
      const messages = answerAxfr(axfrQuery(), walkZone(zone), { messageOctets, reserve })
      assert.deepEqual(fullOf(readAll(AXFR, messages)), sortedLines(zone.table))
    }),
    { numRuns: 100 },
  )
})

test('property: the changes of random versions, IXFR out and in, are the same changes', () => {
  const versions = fc.array(anyLines, { minLength: 2, maxLength: 5 })
  fc.assert(
    fc.property(versions, fc.nat(0xffffffff), fc.integer({ min: 512, max: 3000 }), (lines, first, messageOctets) => {
      const serial = (i: number): number => (first + i) >>> 0
      const text = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('')
      const changes = lines.slice(1).map((now, i) => {
        const before = lines[i] ?? []
        const gone = before.filter((line) => !now.includes(line))
        const come = now.filter((line) => !before.includes(line))
        return changeOf(serial(i), serial(i + 1), text(gone), text(come))
      })
      const messages = answerIxfr(ixfrQuery(first), soaTable(serial(changes.length)), changes, { messageOctets })
      const read = changesOf(readAll(ixfr(first), messages))
      const content = (list: readonly ZoneChange[]): unknown =>
        list.map((c) => [c.fromSerial, c.toSerial, sortedLines(c.removed), sortedLines(c.added)])
      assert.deepEqual(content(read), content(changes))
    }),
    { numRuns: 60 },
  )
})

test('an account answers for the memory of what is read before it is allocated', () => {
  const long = Array.from({ length: 3000 }, (_, i) => `x${i} TXT "${'y'.repeat(100)}"\n`)
  const whole = [S1, ...long, S1].map((text) => messageOf(text))
  const differences = [S2, S1, ...long.slice(0, 1500), S2, ...long.slice(1500), S2].map((text) =>
    messageOf(text, asIxfr),
  )
  const accounted = (query: ReaderQuery, messages: readonly Uint8Array[], limit = Number.POSITIVE_INFINITY) => {
    let [used, most] = [0, 0]
    const take = (octets: number): void => {
      if (used + octets > limit) throw new DnsError('limit-exceeded', 'no more')
      used += octets
      most = Math.max(most, used)
    }
    const give = (octets: number): void => {
      used -= octets
    }
    const reader = new TransferReader(query, {}, { take, give })
    let step: TransferStep = { kind: 'more' }
    for (const message of messages) {
      step = reader.read(message)
      if (step.kind !== 'more') break
    }
    return { step, used, most }
  }
  const memoryOf = (table: RecordTable): number => table.octets.length + table.owner.length * 16
  const full = accounted(AXFR, whole)
  if (full.step.kind !== 'done' || full.step.outcome.kind !== 'full') assert.fail('the whole zone')
  assert.equal(full.used, memoryOf(full.step.outcome.table) + 2 * 1024 * 64)
  assert.ok(full.most >= full.used)
  const part = accounted(ixfr(1), differences)
  const changes = changesOf(part.step)
  const tables = changes.flatMap(({ removed, added }) => [removed, added])
  const firstTable = 64 * 16 + 4096
  const own = tables.reduce((sum, table) => sum + memoryOf(table), firstTable)
  assert.equal(part.used, own + 2 * 1024 * 512)
  for (const [query, messages, { most }] of [
    [AXFR, whole, full],
    [ixfr(1), differences, part],
  ] as const) {
    assert.equal(accounted(query, messages, most).step.kind, 'done')
    assert.equal(wordOf(accounted(query, messages, most - 1).step), 'too-large')
  }
})

test('RFC1995 §4: differences of more records than the limit are refused; of a whole zone that limit does not tell', () => {
  const text = `${S2}${S1}${BODY}${S2}${S2}`
  assert.equal(wordOf(readAll(ixfr(1), [messageOf(text, asIxfr)], { changedRecords: 6 })), 'incremental')
  assert.equal(wordOf(readAll(ixfr(1), [messageOf(text, asIxfr)], { changedRecords: 5 })), 'too-large')
  assert.equal(wordOf(readAll(ixfr(1), [messageOf(S2 + BODY + BODY + S2, asIxfr)], { changedRecords: 5 })), 'full')
})
