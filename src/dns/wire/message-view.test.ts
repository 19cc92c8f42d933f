import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../name/index.ts'
import { OPTION_COOKIE, OPTION_NSID } from './edns-options.ts'
import { FLAG_QR, OPCODE_UPDATE } from './header.ts'
import { encodeMessage } from './message.ts'
import { faultRcode, type MessageFault, MessageView } from './message-view.ts'
import { anyMessage } from './messages.fixture.ts'

const octetsOf = (hex: string): Uint8Array => Uint8Array.fromHex(hex.replaceAll(/\s/g, ''))
const view = new MessageView()

const QUESTION = '03575757 07 4578616d706c65 00 0001 0001'
const OPT = '00 0029 04d0 00 00 8000 0000'
const TSIG = '00 00fa 00ff 00000000 0000'

function fault(hex: string): MessageFault | undefined {
  return view.parse(octetsOf(hex)) ?? view.scan()
}

test('a query with EDNS, read in place', () => {
  const octets = octetsOf(
    `abcd 0110 0001 0000 0000 0001 ${QUESTION} 00 0029 04d0 01 00 c001 0010 0003 0000 000a 0008 0102030405060708`,
  )
  assert.equal(view.parse(octets), undefined)
  assert.deepEqual([view.hasEdns, view.rcode, view.dnssecOk], [false, 0, false], 'before scan there is no EDNS')
  assert.equal(view.scan(), undefined)
  assert.deepEqual([view.id, view.isResponse, view.opcode, view.qtype, view.qclass], [0xabcd, false, 0, 1, 1])
  assert.deepEqual([view.udpSize, view.ednsVersion, view.dnssecOk, view.rcode], [1232, 0, true, 16])
  const name = new Uint8Array(255)
  assert.equal(view.lowerQname(name, 0), view.qnameEnd - 12)
  assert.equal(Name.fromOctets(name).toString(), 'www.example.')
  const cookie = view.optionAt(OPTION_COOKIE)
  assert.equal(view.optionLength(cookie), 8)
  assert.equal(octets[cookie], 1)
  assert.equal(view.optionLength(view.optionAt(OPTION_NSID)), 0)
  assert.equal(view.optionAt(99), -1)
})

test('RFC 9619: one question or none; more are FORMERR', () => {
  assert.equal(fault(`0000 0000 0000 0000 0000 0001 ${OPT}`), undefined, 'a query for a cookie (RFC 7873 §5.4)')
  assert.equal(view.questions, 0)
  assert.equal(fault(`0000 0000 0002 0000 0000 0000 ${QUESTION} ${QUESTION}`), 'many-questions')
  assert.equal(faultRcode('many-questions'), 1)
  assert.equal(view.id, 0, 'the header can be read for the answer')
})

test('faults of header and question', () => {
  assert.equal(view.parse(new Uint8Array(11)), 'no-header')
  assert.equal(faultRcode('no-header'), -1)
  assert.equal(view.parse(new Uint8Array(20), 21), 'no-header')
  assert.equal(view.parse(new Uint8Array(65536)), 'too-long')
  for (const bad of [
    '',
    '00',
    '00 0001',
    '00 0001 00',
    '40',
    'c000 0001 0001',
    'c00c 0001 0001',
    '03414243',
    `${'0161'.repeat(127)}016100 0001 0001`,
  ]) {
    assert.equal(fault(`1234 0000 0001 0000 0000 0000 ${bad}`), 'bad-question', bad)
    assert.equal(view.id, 0x1234)
  }
})

test('after a fault nothing of the packet before is left', () => {
  assert.equal(fault(`abcd 8110 0001 0000 0000 0001 ${QUESTION} ${OPT}`), undefined)
  view.parse(new Uint8Array(3))
  assert.deepEqual(
    [view.id, view.bits, view.hasEdns, view.qtype, view.additionals, view.dnssecOk],
    [0, 0, false, 0, 0, false],
  )
})

test('faults of records', () => {
  const head = '0000 0000 0000'
  for (const cut of ['00', '00 0001 0001 00000000', '00 0001 0001 00000000 0001', 'c0', '03616263']) {
    assert.equal(fault(`${head} 0001 0000 0000 ${cut}`), 'bad-record', cut)
  }
  assert.equal(fault(`${head} ffff ffff ffff 00 0001 0001 00000000 0000`), 'bad-record')
  assert.equal(fault(`${head} 0001 0000 0000 c00c 0001 0001 00000000 0000`), undefined, 'no pointer is followed here')
})

test('RFC 6891 §6.1.1: one OPT, in the additional section, of the root, its options whole', () => {
  const head = '0000 0000 0000'
  assert.equal(fault(`${head} 0000 0000 0002 ${OPT} ${OPT}`), 'bad-edns')
  assert.equal(fault(`${head} 0001 0000 0000 ${OPT}`), 'bad-edns')
  assert.equal(fault(`${head} 0000 0001 0000 ${OPT}`), 'bad-edns')
  assert.equal(fault(`${head} 0000 0000 0001 0161 ${OPT}`), 'bad-edns')
  for (const options of [
    '0001 00',
    '0003 0003 000000',
    '0004 0003 0001',
    '0005 0003 0002 00',
    '0004 0003 ffff',
    '0005 0003 0000 00',
  ]) {
    assert.equal(fault(`${head} 0000 0000 0001 00 0029 04d0 00000000 ${options}`), 'bad-edns', options)
  }
})

test('RFC 8945 §5.1: TSIG is the last record of the additional section, class ANY', () => {
  const head = '0000 0000 0000'
  assert.equal(fault(`${head} 0000 0000 0002 ${OPT} ${TSIG}`), undefined)
  assert.equal(view.tsigAt, 12 + 11)
  assert.equal(fault(`${head} 0000 0000 0002 ${TSIG} ${OPT}`), 'bad-signature')
  assert.equal(fault(`${head} 0000 0000 0002 ${TSIG} ${TSIG}`), 'bad-signature')
  assert.equal(fault(`${head} 0001 0000 0000 ${TSIG}`), 'bad-signature')
  assert.equal(fault(`${head} 0000 0000 0001 00 00fa 0001 00000000 0000`), 'bad-signature')
  assert.equal(fault(`${head} 0000 0000 0001 00 0018 00ff 00000000 0002 0000`), undefined)
  assert.deepEqual([view.tsigAt, view.sig0At], [-1, 12])
})

test('octets behind the last record are counted', () => {
  assert.equal(fault(`0000 2800 0000 0000 0000 0001 ${OPT} 0102`), undefined)
  assert.equal(view.trailing, 2)
  assert.equal(view.opcode, OPCODE_UPDATE)
})

test('answersTo: ID, QR, OPCODE and the question, its case on demand', () => {
  const query = new MessageView()
  const answer = new MessageView()
  const tell = (header: string, question: string): boolean[] => {
    query.parse(octetsOf(`0007 0000 0001 0000 0000 0000 ${QUESTION}`))
    answer.parse(octetsOf(`${header} 0001 0000 0000 0000 ${question}`))
    return [answer.answersTo(query), answer.answersTo(query, true)]
  }
  assert.deepEqual(tell('0007 8000', QUESTION), [true, true])
  assert.deepEqual(tell('0007 8000', QUESTION.replace('57', '77')), [true, false])
  for (const header of ['0008 8000', '0007 0000', '0007 a800']) assert.deepEqual(tell(header, QUESTION), [false, false])
  assert.deepEqual(tell('0007 8000', '03575757 07 4578616d706c66 00 0001 0001'), [false, false])
  assert.deepEqual(tell('0007 8000', QUESTION.replace('0001 0001', '0002 0001')), [false, false])
})

test('arbitrary octets never throw, never read beyond the length, and every walk ends', () => {
  const bits = fc.constantFrom(0, 1, 0xc0, 12, 41, 250, 255)
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(bits, { maxLength: 300 }).map((a) => Uint8Array.from(a)),
  )
  fc.assert(
    fc.property(hostile, fc.nat(40), (octets, behind) => {
      // The same octets with other octets behind them must look the same.
      const told: unknown[] = []
      for (const filler of [0, 0xc0, 0xff]) {
        const buffer = Uint8Array.of(...octets, ...new Uint8Array(behind).fill(filler))
        const fault = view.parse(buffer, octets.length) ?? view.scan()
        const cursor = view.records()
        let records = 0
        while (cursor.step()) {
          records++
          assert.ok(cursor.rdataEnd <= octets.length && cursor.next <= octets.length && cursor.ownerAt < cursor.rdataAt)
        }
        assert.ok(records * 11 <= octets.length)
        told.push(
          JSON.stringify([
            fault,
            records,
            view.qtype,
            view.optAt,
            view.tsigAt,
            view.rcode,
            view.trailing,
            view.qnameEnd,
          ]),
        )
      }
      assert.equal(new Set(told).size, 1)
    }),
    { numRuns: 2000 },
  )
})

test('a message cut anywhere is refused, unless only its end is missing from the counts', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(), (message, cut) => {
      if (message.questions.length > 1) return
      const octets = encodeMessage(message)
      const length = cut % octets.length
      assert.notEqual(view.parse(octets, length) ?? view.scan(), undefined)
      assert.equal((view.bits & FLAG_QR) !== 0, length >= 12 && message.header.qr)
    }),
  )
})
