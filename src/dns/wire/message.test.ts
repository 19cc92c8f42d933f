import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError, WireError } from '../errors.ts'
import { Name } from '../name/index.ts'
import { FLAG_QR, FLAG_TC, headerOf, MAX_MESSAGE } from './header.ts'
import { decodeMessage, encodeMessage, type Message, type MessageRecord } from './message.ts'
import { MessageBuilder } from './message-builder.ts'
import { MessageView } from './message-view.ts'
import { anyMessage, anyRecord, content } from './messages.fixture.ts'

const octetsOf = (hex: string): Uint8Array => Uint8Array.fromHex(hex.replaceAll(/\s/g, ''))
const address = (owner: string, last: number): MessageRecord => ({
  owner: Name.parse(owner),
  type: 1,
  class: 1,
  ttl: 300,
  rdata: Uint8Array.of(192, 0, 2, last),
})

function message(parts: Partial<Message> = {}): Message {
  const questions = [{ name: Name.parse('www.example.'), type: 1, class: 1 }]
  return { header: headerOf(0x1234, FLAG_QR), questions, answer: [], authority: [], additional: [], ...parts }
}

test('any message comes back from its octets', () => {
  const builder = new MessageBuilder()
  fc.assert(
    fc.property(anyMessage, (original) => {
      const octets = encodeMessage(original, MAX_MESSAGE, builder)
      const again = decodeMessage(octets)
      assert.deepEqual(content(again), content(original))
      assert.deepEqual(encodeMessage(again), octets, 'and is written the same again')
    }),
    { numRuns: 500 },
  )
})

test('the view sees the same message as the objects do', () => {
  const view = new MessageView()
  fc.assert(
    fc.property(anyMessage, (original) => {
      const octets = encodeMessage(original)
      const fault = view.parse(octets)
      if (original.questions.length > 1) return assert.equal(fault, 'many-questions')
      assert.equal(fault, undefined)
      assert.equal(view.scan(), undefined)
      assert.equal(view.trailing, 0)
      assert.equal(view.rcode, original.header.rcode)
      assert.equal(view.hasEdns, original.edns !== undefined)
      assert.equal(view.dnssecOk, original.edns?.dnssecOk ?? false)
      assert.equal(view.udpSize * (view.hasEdns ? 1 : 0), original.edns?.udpSize ?? 0)
      const { answer, authority, additional } = original
      const seen = [...answer, ...authority, ...additional]
      const cursor = view.records()
      for (const record of seen) {
        assert.ok(cursor.step())
        assert.deepEqual([cursor.type, cursor.class, cursor.ttl], [record.type, record.class, record.ttl])
      }
      assert.equal(cursor.step(), original.edns !== undefined)
      assert.equal(cursor.step(), false)
      assert.equal(cursor.malformed, false)
    }),
  )
})

test('RFC 2181 §9: at every size a message stays well-formed, holds whole RRsets, and says TC when one is missing', () => {
  fc.assert(
    fc.property(anyMessage, fc.array(anyRecord, { maxLength: 6 }), (base, more) => {
      const original: Message = { ...base, answer: [...base.answer, ...more] }
      const whole = encodeMessage(original)
      const least = encodeMessage({ ...original, answer: [], authority: [], additional: [] }).length
      for (let limit = least; limit <= whole.length; limit += 1 + (limit >> 4)) {
        const octets = encodeMessage(original, limit)
        assert.ok(octets.length <= limit)
        const cut = decodeMessage(octets)
        assert.equal(cut.edns === undefined, original.edns === undefined)
        const missing = cut.answer.length < original.answer.length || cut.authority.length < original.authority.length
        assert.equal(cut.header.tc, original.header.tc || missing)
        if (missing && cut.answer.length < original.answer.length) assert.equal(cut.authority.length, 0)
        const key = (r: MessageRecord): string => `${r.owner.key} ${r.type} ${r.class}`
        const after = original.answer[cut.answer.length]
        const last = original.answer[cut.answer.length - 1]
        if (after !== undefined && last !== undefined) assert.notEqual(key(after), key(last), 'no RRset is torn')
      }
    }),
    { numRuns: 60 },
  )
})

test('arbitrary octets are a message or a WireError, soon', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (octets, small) => {
      // Small counts, so that some get past the question.
      if (small) for (let i = 4; i < 12 && i < octets.length; i++) octets[i] = i % 2 === 0 ? 0 : (octets[i] ?? 0) & 3
      try {
        encodeMessage(decodeMessage(octets))
      } catch (error) {
        assert.ok(error instanceof WireError, String(error))
      }
    }),
    { numRuns: 3000 },
  )
})

test('a changed octet of a good message never makes anything but a message or a WireError', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(), fc.nat(255), fc.nat(3), (original, place, value, cut) => {
      const octets = encodeMessage(original)
      octets[place % octets.length] = value
      try {
        decodeMessage(octets, octets.length - Math.min(cut, octets.length))
      } catch (error) {
        assert.ok(error instanceof WireError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('65,535 records that are not there, or are all pointers, cost little', () => {
  const octets = new Uint8Array(MAX_MESSAGE)
  octets.fill(0xff, 4, 12)
  assert.throws(() => decodeMessage(octets), WireError)
  octets.fill(0, 4, 12)
  octets.fill(0xff, 6, 8)
  // Owners that are chains of pointers, each to the one before.
  for (let at = 12; at + 12 <= octets.length; at += 12) {
    const target = at === 12 ? 0 : at - 12
    octets[at] = target < 0x4000 ? 0xc0 | (target >> 8) : 0xff
    octets[at + 1] = target < 0x4000 ? target : 0xf0
  }
  const started = performance.now()
  assert.throws(() => decodeMessage(octets), WireError)
  assert.ok(performance.now() - started < 1000)
})

test('RFC 2136 §2.5.2: RDATA may be absent in the classes ANY and NONE, and only there', () => {
  const of = (rrClass: number): Message =>
    message({ authority: [{ owner: Name.parse('a.'), type: 1, class: rrClass, ttl: 0, rdata: new Uint8Array(0) }] })
  for (const rrClass of [254, 255])
    assert.equal(decodeMessage(encodeMessage(of(rrClass))).authority[0]?.rdata.length, 0)
  assert.throws(() => encodeMessage(of(1)), DnsError)
  const octets = encodeMessage(of(255))
  octets[octets.length - 7] = 1
  assert.throws(
    () => decodeMessage(octets),
    (error) => error instanceof WireError && error.code === 'rdata-malformed',
  )
})

test('octets behind the last record are ignored', () => {
  const octets = encodeMessage(message({ answer: [address('www.example.', 1)] }))
  const longer = Uint8Array.of(...octets, 1, 2, 3)
  assert.deepEqual(content(decodeMessage(longer)), content(decodeMessage(octets)))
})

test('a first question that points into the header is refused, by objects and view alike', () => {
  const octets = octetsOf('0161 0000 0001 0000 0000 0000 c000 0001 0001')
  assert.throws(() => decodeMessage(octets), WireError)
  assert.equal(new MessageView().parse(octets), 'bad-question')
  const second = octetsOf('0007 0000 0002 0000 0000 0000 0161 00 0001 0001 c00c 0002 0001')
  assert.equal(decodeMessage(second).questions[1]?.name.toString(), 'a.')
})

test('OPT: a second one, one in another section, one of another owner are refused', () => {
  const head = '0000 0000 0000'
  const opt = '00 0029 1000 00000000 0000'
  assert.ok(decodeMessage(octetsOf(`${head} 0000 0000 0001 ${opt}`)).edns)
  for (const bad of [
    `0000 0000 0002 ${opt} ${opt}`,
    `0001 0000 0000 ${opt}`,
    `0000 0001 0000 ${opt}`,
    `0000 0000 0001 0161 ${opt}`,
  ]) {
    assert.throws(() => decodeMessage(octetsOf(`${head} ${bad}`)), WireError, bad)
  }
})

test('RFC 8945 §5.1: a TSIG is the last record or the message is refused', () => {
  const tsig = '00 00fa 00ff 00000000 0011 00 000000000000 012c 0000 0000 0000 0000'
  const a = '00 0001 0001 00000000 0004 c0000201'
  const good = decodeMessage(octetsOf(`0000 0000 0000 0000 0000 0002 ${a} ${tsig}`))
  assert.deepEqual(
    good.additional.map((record) => record.type),
    [1, 250],
  )
  const edns = { udpSize: 512, version: 0, dnssecOk: false, flags: 0, options: [] }
  const again = decodeMessage(encodeMessage({ ...good, edns }))
  assert.deepEqual(
    again.additional.map((record) => record.type),
    [1, 250],
    'behind OPT, too',
  )
  for (const bad of [
    `0000 0000 0002 ${tsig} ${a}`,
    `0001 0000 0000 ${tsig}`,
    `0000 0000 0002 ${tsig} ${tsig}`,
    `0000 0000 0001 ${tsig.replace('00ff', '0001')}`,
  ]) {
    assert.throws(() => decodeMessage(octetsOf(`0000 0000 0000 ${bad}`)), WireError, bad)
  }
})

test('what cannot be said is refused with a typed error', () => {
  const code = (parts: Partial<Message>, limit?: number): string => {
    try {
      encodeMessage(message(parts), limit)
    } catch (error) {
      return error instanceof DnsError ? error.code : String(error)
    }
    return 'none'
  }
  assert.equal(code({ header: headerOf(1, 0, 1) }), 'usage')
  assert.equal(code({ answer: [{ ...address('a.', 1), rdata: Uint8Array.of(1, 2) }] }), 'rdata-malformed')
  const edns = {
    udpSize: 1232,
    version: 0,
    dnssecOk: false,
    flags: 0,
    options: [{ kind: 'padding' as const, length: 600 }],
  }
  assert.equal(code({ edns }, 512), 'message-too-long')
})

test('an RRset larger than a message sets TC', () => {
  const rdata = new Uint8Array(65535)
  const big: MessageRecord = { owner: Name.parse('big.'), type: 65280, class: 1, ttl: 0, rdata }
  const octets = encodeMessage(message({ answer: [big, big] }))
  assert.equal(((octets[2] ?? 0) << 8) & FLAG_TC, FLAG_TC)
  assert.equal(decodeMessage(octets).answer.length, 0)
})
