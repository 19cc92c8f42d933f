/**
 * Names and messages against what others recorded: Kea's wire vectors, whose file names and comments tell what is to come of
 * them, and the captures of dnscap and tcpdump, in which every message is either read, and survives being written and read
 * again, or is refused by a typed error.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { WireError } from '../src/dns/errors.ts'
import { CompressionTable, expandName, Name } from '../src/dns/name/index.ts'
import { OctetWriter } from '../src/dns/octets.ts'
import { typeMnemonic, typeNumber } from '../src/dns/rr/index.ts'
import {
  areOptions,
  decodeMessage,
  EDNS_DO,
  encodeMessage,
  expandRdata,
  HEADER_SIZE,
  type Message,
  MessageBuilder,
  MessageView,
  messageText,
} from '../src/dns/wire/index.ts'
import { content } from '../src/dns/wire/messages.fixture.ts'
import { findMaterial } from './material.ts'
import { type Payload, readCapture } from './pcap.ts'

const kea = findMaterial('kea', 'testdata')
const captures = findMaterial('pcap')
const keaOptions = kea === undefined ? { skip: 'material/kea is not there' } : {}
const pcapOptions = captures === undefined ? { skip: 'material/pcap is not there' } : {}

/** The octets of a vector: hexadecimal text with comments. */
function vector(name: string): Uint8Array {
  const text = readFileSync(join(kea ?? '', name), 'latin1')
  return Uint8Array.fromHex(text.replaceAll(/#.*/g, '').replaceAll(/\s/g, ''))
}

function nameAt(file: string, at: number): string | undefined {
  const octets = vector(file)
  const out = new Uint8Array(255)
  const end = expandName(octets, at, octets.length, out, 0)
  return end < 0 ? undefined : Name.fromOctets(out).toString()
}

/** The message, or what is wrong with it; the view must agree about the shape. */
function outcome(octets: Uint8Array): Message | string {
  const view = new MessageView()
  const fault = view.parse(octets) ?? view.scan()
  try {
    const message = decodeMessage(octets)
    if (fault !== undefined && fault !== 'many-questions') assert.fail(`the view says ${fault}, the objects nothing`)
    return message
  } catch (error) {
    if (error instanceof WireError) return error.message
    throw error
  }
}

function accepted(octets: Uint8Array): Message {
  const message = outcome(octets)
  return typeof message === 'string' ? assert.fail(message) : message
}

test('RFC1035 §4.1.4: names of Kea: pointers backward are followed, others refused', keaOptions, () => {
  assert.equal(nameAt('name_fromWire1', 25), 'Vix.com.')
  assert.equal(nameAt('name_fromWire8', 383), 'vix.com.', 'many hops')
  const refused: [string, number][] = [
    ['name_fromWire2', 25], // a label type of 10
    ['name_fromWire3_1', 25], // a pointer beyond the message
    ['name_fromWire3_2', 25], // forward
    ['name_fromWire4', 550], // more than 255 octets
    ['name_fromWire6', 25], // a pointer beyond the message
    ['name_fromWire7', 25], // half a pointer
    ['name_fromWire10', 0], // more than 255 octets
    ['name_fromWire12', 0], // a label of 64 octets
  ]
  for (const [file, at] of refused) assert.equal(nameAt(file, at), undefined, file)
})

test('RFC1035 §2.3.4: names of Kea: the longest, the most labels, all octets', keaOptions, () => {
  for (const [file, labels] of [
    ['name_fromWire9', 26],
    ['name_fromWire11', 127],
    ['name_fromWire13', 2],
    ['name_fromWire14', undefined],
  ] as const) {
    const text = nameAt(file, 0)
    assert.ok(text !== undefined, file)
    const name = Name.parse(text)
    if (labels !== undefined) assert.equal(name.labelCount, labels, file)
    assert.deepEqual(name.octets, vector(file).subarray(0, name.octets.length), 'and back from its text')
  }
})

test('RFC1035 §4.1.4: names that Kea wrote compressed are written the same', keaOptions, () => {
  // name_toWire4 has a chain of pointers, toWire5 and 6 compare with case: ours never do that; the others say which offset.
  const written = (names: string[], at: number): Uint8Array => {
    const table = new CompressionTable()
    const message = new Uint8Array(0x4100)
    let end = at
    for (const name of names) end = table.write(Name.parse(name).octets, 0, message, end)
    return message.slice(at, end)
  }
  assert.deepEqual(written(['a.example.com.', 'b.example.com.', 'a.example.org.'], 0x3000).length, 15 + 4 + 15)
  assert.deepEqual(written(['a.example.com.', 'a.example.com.', 'b.example.com.'], 0x3fff), vector('name_toWire2'))
})

test('messages of Kea that are well-formed', keaOptions, () => {
  const simple = accepted(vector('message_fromWire1'))
  assert.deepEqual([simple.header.id, simple.header.aa, simple.answer.map((r) => r.ttl)], [0x1035, true, [3600, 7200]])
  for (const [file, dnssecOk, version, udpSize] of [
    ['message_fromWire2', true, 0, 4096],
    ['message_fromWire3', false, 0, 4096],
    ['message_fromWire8', true, 0, 500],
    ['message_fromWire9', true, 1, 4096], // an unknown version is for the server to answer with BADVERS
  ] as const) {
    const { edns } = accepted(vector(file))
    assert.deepEqual([edns?.dnssecOk, edns?.version, edns?.udpSize], [dnssecOk, version, udpSize], file)
  }
  assert.equal(accepted(vector('message_fromWire10.wire')).header.rcode, 16)
  assert.equal(accepted(vector('message_fromWire11.wire')).header.rcode, 0xfff)
  const compressed = accepted(vector('message_fromWire12.wire')).additional.at(-1)
  assert.deepEqual([compressed?.type, compressed?.owner.toString()], [250, 'www.example.com.'])
  for (const n of [17, 18]) assert.equal(accepted(vector(`message_fromWire${n}.wire`)).additional.at(-1)?.type, 250)
  for (const n of [19, 20, 21]) accepted(vector(`message_fromWire${n}.wire`))
})

test('messages of Kea that are malformed', keaOptions, () => {
  for (const [file, why] of [
    ['message_fromWire4', /OPT record outside/],
    ['message_fromWire5', /second OPT/],
    ['message_fromWire6', /not of the root/],
    // Kea takes a pointer to a root for the root; RFC 6891 §6.1.2 says that the octet MUST be 0.
    ['message_fromWire7', /not of the root/],
    ['message_fromWire13.wire', /TSIG is not the last/],
    ['message_fromWire14.wire', /TSIG is not the last/],
    ['message_fromWire15.wire', /TSIG is not the last/],
    ['message_fromWire16.wire', /TSIG is of class ANY/],
  ] as const) {
    assert.match(String(outcome(vector(file))), why, file)
  }
})

test('a message of Kea cut anywhere is refused', keaOptions, () => {
  const whole = vector('message_fromWire22.wire')
  accepted(whole)
  for (let length = 0; length < whole.length; length++) {
    assert.equal(typeof outcome(whole.slice(0, length)), 'string', `${length} octets`)
  }
})

test('every message of Kea that is well-formed survives being written and read', keaOptions, () => {
  const files = readdirSync(kea ?? '').filter((file) => /^(message_(from|to)Wire|tsig_verify)\d+(\.wire)?$/.test(file))
  let read = 0
  for (const file of files) {
    const message = outcome(vector(file))
    if (typeof message === 'string') continue
    read++
    assert.deepEqual(content(decodeMessage(encodeMessage(message))), content(message), file)
  }
  console.log(`kea messages: ${read} of ${files.length} read and written, the others refused`)
  assert.ok(read >= 25)
})

test('messages of Kea as text have the records that Kea prints', keaOptions, () => {
  for (const n of [1, 2, 3]) {
    const lines = (text: string): string[] =>
      text
        .split('\n')
        .map((line) => line.replaceAll(/\s+/g, ' '))
        .filter((line) => line !== '' && !line.startsWith(';;'))
    const expected = readFileSync(join(kea ?? '', `message_toText${n}.txt`), 'latin1').replace(' NOERROR 0', ' 0 0')
    // The error of a TSIG is a number here, a word there.
    const printed = lines(messageText(accepted(vector(`message_toText${n}.wire`))))
    for (const line of lines(expected))
      if (!line.startsWith('; EDNS')) assert.ok(printed.includes(line), `${n}: ${line}`)
  }
})

test('RDATA of Kea: good ones are read, malformed ones refused', keaOptions, () => {
  const read = (type: string, octets: Uint8Array, at: number): boolean => {
    const length = ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)
    const end = at + 2 + length
    const number = typeNumber(type)
    assert.equal(typeMnemonic(number), type)
    return end <= octets.length && expandRdata(number, 1, octets, at + 2, end, new OctetWriter(64))
  }
  for (const [type, base, compressedAt] of [
    ['TSIG', 'rdata_tsig', 13],
    ['TKEY', 'rdata_tkey', 10],
  ] as const) {
    for (let n = 1; n <= 9; n++) {
      const good = read(type, vector(`${base}_fromWire${n}.wire`), n === 4 ? compressedAt : 0)
      assert.equal(good, n <= 4, `${base}_fromWire${n}`)
    }
  }
  for (let n = 2; n <= 5; n++) assert.equal(read('TXT', vector(`rdata_txt_fromWire${n}.wire`), 0), n <= 3, `txt ${n}`)
})

test('RFC6891 §6.1.2: options of Kea: whole ones, and such that overrun', keaOptions, () => {
  const options = (file: string, at: number): boolean => {
    const octets = vector(file)
    const end = at + 2 + (((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0))
    return end <= octets.length && areOptions(octets, at + 2, end)
  }
  assert.ok(options('rdata_opt_fromWire1', 0))
  assert.ok(options('rdata_opt_fromWire1', 2))
  for (const [file, at] of [
    ['rdata_opt_fromWire1', 11],
    ['rdata_opt_fromWire2', 0],
    ['rdata_opt_fromWire3', 0],
    ['rdata_opt_fromWire4', 0],
  ] as const) {
    assert.ok(!options(file, at), `${file} ${at}`)
  }
})

test('RFC6891 §6.1: OPT records of Kea are written as Kea writes them', keaOptions, () => {
  const builder = new MessageBuilder()
  for (const [n, udpSize, flags, extendedRcode] of [
    [1, 4096, 0, 0],
    [2, 4096, EDNS_DO, 0],
    [3, 4096, EDNS_DO, 1],
    [4, 511, EDNS_DO, 0],
  ] as const) {
    builder.begin(0, 0)
    assert.ok(builder.opt(udpSize, flags, extendedRcode))
    assert.deepEqual(builder.copy().slice(HEADER_SIZE), vector(`edns_toWire${n}.wire`), `edns_toWire${n}`)
  }
})

test('RFC8945 §4.2: a TSIG record is written as Kea writes it, its names never compressed', keaOptions, () => {
  const builder = new MessageBuilder()
  const [alone, behind] = [vector('tsigrecord_toWire1.wire'), vector('tsigrecord_toWire2.wire')]
  const owner = Name.parse('www.example.com.').octets
  builder.begin(0, 0)
  // A question whose name it could point to.
  builder.question(owner, 0, 1, 1)
  const start = builder.length
  assert.ok(builder.tail(owner, 0, 250, 255, 0, alone.slice(owner.length + 10)))
  assert.deepEqual(builder.copy().slice(start), alone)
  assert.deepEqual(behind.slice(-alone.length), alone)
  for (let n = 1; n <= 5; n++) {
    // The fourth has its algorithm compressed against a name before it: what a sender may not do.
    const rdata = vector(`rdata_tsig_toWire${n}.wire`)
    const length = ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0)
    if (length !== rdata.length - 2) continue
    assert.ok(expandRdata(250, 255, rdata, 2, rdata.length, new OctetWriter(64)), `rdata_tsig_toWire${n}`)
  }
})

test('RFC1035 §4.1.2: questions of Kea: read compressed, refused when cut or malformed', keaOptions, () => {
  const octets = vector('question_fromWire')
  // Pointers in it count from its own start: names are read there, questions made of them elsewhere.
  assert.equal(nameAt('question_fromWire', 0), 'foo.example.com.')
  assert.equal(nameAt('question_fromWire', 21), 'bar.example.com.')
  const questions = (from: number, to: number): Uint8Array =>
    Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...octets.subarray(from, to))
  assert.equal(accepted(questions(0, 21)).questions[0]?.type, 2)
  assert.equal(typeof outcome(questions(31, 36)), 'string', 'a label of type 11 1111')
  assert.equal(typeof outcome(questions(36, octets.length)), 'string', 'no class')
  const builder = new MessageBuilder()
  builder.begin(0, 0)
  builder.question(Name.parse('foo.example.com.').octets, 0, 2, 1)
  builder.question(Name.parse('bar.example.com.').octets, 0, 1, 3)
  const written = builder.copy().slice(HEADER_SIZE)
  const expected = vector('question_toWire2')
  // A message has 12 octets before them.
  expected[expected.length - 5] = (expected[expected.length - 5] ?? 0) + HEADER_SIZE
  assert.deepEqual(written, expected)
})

function captureFiles(): string[] {
  if (captures === undefined) return []
  return readdirSync(captures, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.pcap'))
    .map((file) => join(captures, file))
    .sort()
}

test('every message of the captures is read and survives, or is refused by a typed error', pcapOptions, () => {
  const counts = { files: 0, udp: 0, tcp: 0, read: 0, refused: 0, withEdns: 0, signed: 0 }
  const why: string[] = []
  for (const file of captureFiles()) {
    counts.files++
    const payloads: Payload[] = readCapture(readFileSync(file))
    for (const [i, { transport, octets }] of payloads.entries()) {
      counts[transport]++
      const message = outcome(octets)
      if (typeof message === 'string') {
        counts.refused++
        why.push(`${basename(file)} ${transport} #${i}: ${message}`)
        continue
      }
      counts.read++
      if (message.edns !== undefined) counts.withEdns++
      if (message.additional.at(-1)?.type === 250) counts.signed++
      const place = `${basename(file)} #${i}`
      assert.ok(messageText(message).length > 0)
      assert.deepEqual(content(decodeMessage(encodeMessage(message))), content(message), place)
    }
  }
  console.log(`captures: ${JSON.stringify(counts)}`)
  for (const line of why) console.log(`  refused: ${line}`)
  assert.equal(counts.files, 34)
  assert.ok(counts.read > 100)
})
