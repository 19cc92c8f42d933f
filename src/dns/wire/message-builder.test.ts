import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../name/index.ts'
import { EDNS_DO } from './edns.ts'
import { FLAG_QR, FLAG_TC, HEADER_SIZE } from './header.ts'
import { decodeMessage } from './message.ts'
import { MessageBuilder } from './message-builder.ts'
import { MessageView } from './message-view.ts'
import { anyMessage } from './messages.fixture.ts'
import { SECTION_ADDITIONAL, SECTION_ANSWER, SECTION_AUTHORITY } from './record-cursor.ts'

const WWW = Name.parse('www.example.').octets
const A = Uint8Array.of(192, 0, 2, 1)
const builder = new MessageBuilder()

function begin(limit: number): void {
  builder.begin(7, FLAG_QR, limit)
  builder.question(WWW, 0, 1, 1)
}

function rrset(section: 1 | 2 | 3, count: number, required: boolean): boolean {
  builder.openGroup(section)
  for (let i = 0; i < count; i++) builder.recordAt(HEADER_SIZE, 1, 1, 300, A, 0, 4)
  return builder.closeGroup(required)
}

test('a group that does not fit is absent as a whole; TC when it was required', () => {
  begin(HEADER_SIZE + 17 + 3 * 16)
  assert.ok(rrset(SECTION_ANSWER, 2, true))
  assert.ok(!rrset(SECTION_ADDITIONAL, 2, false))
  assert.equal(builder.truncated, false)
  assert.ok(rrset(SECTION_ADDITIONAL, 1, false), 'a smaller one may still find room')
  const message = decodeMessage(builder.copy())
  assert.deepEqual([message.answer.length, message.additional.length, message.header.tc], [2, 1, false])

  begin(HEADER_SIZE + 17 + 3 * 16)
  assert.ok(!rrset(SECTION_ANSWER, 4, true))
  assert.ok(builder.truncated)
  assert.ok(!rrset(SECTION_AUTHORITY, 1, true), 'after TC nothing more is added')
  const cut = decodeMessage(builder.copy())
  assert.deepEqual([cut.answer.length, cut.authority.length, cut.header.tc], [0, 0, true])
})

test('names of a group that was taken back are not pointed to', () => {
  begin(HEADER_SIZE + 17 + 100)
  builder.openGroup(SECTION_ANSWER)
  const lost = Name.parse('lost.elsewhere.').octets
  builder.record(lost, 0, 1, 1, 0, A, 0, 4)
  builder.record(lost, 0, 16, 1, 0, new Uint8Array(200), 0, 200)
  assert.ok(!builder.closeGroup(false))
  builder.openGroup(SECTION_ADDITIONAL)
  builder.record(lost, 0, 1, 1, 0, A, 0, 4)
  assert.ok(builder.closeGroup(false))
  assert.equal(decodeMessage(builder.copy()).additional[0]?.owner.toString(), 'lost.elsewhere.')
})

test('RFC1035 §4.1.4: a second question points to the first', () => {
  begin(512)
  builder.question(WWW, 0, 28, 1)
  assert.equal(builder.copy().length, HEADER_SIZE + WWW.length + 4 + 2 + 4)
})

test('room for OPT and TSIG is kept, whatever else comes', () => {
  const key = Name.parse('key.').octets
  const mac = new Uint8Array(60)
  for (let limit = 160; limit < 220; limit++) {
    begin(limit)
    builder.reserveOpt(4)
    builder.reserveTail(key.length + 10 + mac.length)
    rrset(SECTION_ANSWER, 5, true)
    assert.ok(builder.opt(1232, EDNS_DO, 1, 0, Uint8Array.of(0, 3, 0, 0)))
    const unsigned = builder.finish()
    assert.ok(builder.tail(key, 0, 250, 255, 0, mac))
    assert.equal(builder.finish(), unsigned + key.length + 10 + mac.length)
    assert.ok(builder.length <= limit)
    const view = new MessageView()
    assert.equal(view.parse(builder.octets, builder.length) ?? view.scan(), undefined)
    assert.deepEqual([view.tsigAt, view.rcode, view.dnssecOk, view.additionals], [unsigned, 16, true, 2])
  }
})

test('OPT and tail that do not fit are not added', () => {
  begin(39)
  assert.ok(!builder.opt(1232, 0))
  assert.ok(!builder.tail(WWW, 0, 250, 255, 0, A))
  assert.equal(decodeMessage(builder.copy()).edns, undefined)
})

test('RFC 8467: padding brings the whole message to the block, its signature included', () => {
  for (let records = 0; records < 30; records += 3) {
    begin(1232)
    builder.reserveOpt(0)
    builder.reserveTail(30)
    rrset(SECTION_ANSWER, records, true)
    assert.ok(builder.opt(1232, 0, 0, 0, new Uint8Array(0), 0, 0, 468))
    assert.ok(builder.tail(Uint8Array.of(0), 0, 250, 255, 0, new Uint8Array(19)))
    assert.ok(builder.finish() % 468 === 0 || builder.length === 1232, String(builder.length))
  }
})

test('recordAt expands an owner that no pointer reaches', () => {
  builder.begin(1, 0, 65535)
  builder.openGroup(SECTION_ANSWER)
  builder.record(WWW, 0, 65280, 1, 0, new Uint8Array(20000), 0, 20000)
  const place = builder.record(Name.parse('far.example.').octets, 0, 1, 1, 0, A, 0, 4)
  assert.ok(place >= 0x4000)
  builder.recordAt(place, 1, 1, 0, A, 0, 4)
  assert.ok(builder.closeGroup(true))
  const owners = decodeMessage(builder.copy()).answer.map((record) => record.owner.toString())
  assert.deepEqual(owners, ['www.example.', 'far.example.', 'far.example.'])
})

/** Two A records as they stand ready: a pointer to the question's name, type, class, TTL, length, address. */
const READY = Uint8Array.fromHex('c00c000100010000012c0004c0000201c00c000100010000012c0004c0000202')

test('RFC1035 §4.1.4: records that stand ready have their owner written out where no pointer reaches it', () => {
  for (const name of ['far.example.', '.']) {
    builder.begin(1, 0, 65535)
    builder.openGroup(SECTION_ANSWER)
    builder.record(WWW, 0, 65280, 1, 0, new Uint8Array(20000), 0, 20000)
    builder.readyFor(Name.parse(name).octets, 0, READY, 0, READY.length, 2)
    const place = builder.record(Name.parse(name).octets, 0, 1, 1, 0, A, 0, 4)
    builder.ready(place, READY, 0, READY.length, 2)
    assert.ok(builder.closeGroup(true))
    const { answer } = decodeMessage(builder.copy())
    assert.deepEqual(
      answer.map(({ owner, rdata }) => `${owner} ${rdata.at(-1) ?? 0}`),
      ['www.example. 0', ...[1, 2, 1, 1, 2].map((last) => `${name} ${last}`)],
    )
  }
})

test('records that stand ready and cannot fit are not even copied', () => {
  const many = new Uint8Array(READY.length * 10_000)
  for (let at = 0; at < many.length; at += READY.length) many.set(READY, at)
  const other = new MessageBuilder()
  other.begin(7, FLAG_QR, 1232)
  other.openGroup(SECTION_ANSWER)
  other.readyFor(WWW, 0, many, 0, many.length, 20_000)
  assert.equal(other.closeGroup(true), false)
  assert.ok(other.octets.length < 10_000)
  assert.equal(decodeMessage(other.copy()).header.tc, true)
})

test('record tells where its owner stands, through pointers', () => {
  begin(512)
  builder.openGroup(SECTION_ANSWER)
  assert.equal(builder.record(WWW, 0, 1, 1, 0, A, 0, 4), HEADER_SIZE)
  const other = builder.record(Name.parse('mail.example.').octets, 0, 1, 1, 0, A, 0, 4)
  assert.equal(other, HEADER_SIZE + 17 + 16)
  assert.equal(builder.record(Name.parse('MAIL.example.').octets, 0, 1, 1, 0, A, 0, 4), other)
})

test('the header may be changed until finish; sections do not go back', () => {
  begin(512)
  rrset(SECTION_AUTHORITY, 1, true)
  assert.throws(() => builder.openGroup(SECTION_ANSWER), RangeError)
  builder.id = 0xbeef
  builder.bits |= FLAG_TC | 3
  const message = decodeMessage(builder.copy())
  assert.deepEqual([message.header.id, message.header.tc, message.header.rcode], [0xbeef, true, 3])
})

test('a question that does not fit is left out', () => {
  begin(20)
  const message = decodeMessage(builder.copy())
  assert.deepEqual([message.questions.length, message.header.tc], [0, true])
})

test('copyQuestion keeps the octets of any question', () => {
  const view = new MessageView()
  fc.assert(
    fc.property(anyMessage, ({ questions: [question] }) => {
      if (question === undefined) return
      const other = new MessageBuilder()
      other.begin(1, 0)
      other.question(question.name.octets, 0, question.type, question.class)
      const octets = other.copy()
      assert.equal(view.parse(octets), undefined)
      builder.begin(1, 0)
      builder.copyQuestion(view)
      assert.deepEqual(builder.copy(), octets)
    }),
  )
})
