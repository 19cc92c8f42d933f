/** The codec of dnstap: payloads as Protocol Buffers, control frames of Frame Streams. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { WireError } from '../../dns/errors.ts'
import {
  type ControlFrame,
  ControlFrameReader,
  DNSTAP_CONTENT,
  encodeControl,
  sealDataFrame,
} from './control-frames.ts'
import { readFields, readFrames } from './dnstap.fixture.ts'
import { TapEncoder } from './dnstap-message.ts'

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : assert.fail('a number is there'))
const octetsOf = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : assert.fail('octets are there'))

test('dnstap.proto: a response carries who, when, over what and the message itself', () => {
  const encoder = new TapEncoder({ identity: 'ns1', version: 'signet 0.2' })
  const message = Uint8Array.of(1, 2, 3, 4)
  const payload = encoder.encode({
    kind: 'auth-response',
    protocol: 'tls',
    asker: { address: Uint8Array.of(192, 0, 2, 1), port: 54321 },
    answerer: { address: Uint8Array.of(192, 0, 2, 53), port: 853 },
    query: { at: { seconds: 1_800_000_000, nanoseconds: 999_999_999 } },
    response: { at: { seconds: 1_800_000_001, nanoseconds: 5 }, message },
    zone: Uint8Array.of(0),
  })
  const outer = readFields(payload)
  assert.equal(outer.get(15)?.[0], 1)
  assert.equal(String(Buffer.from(octetsOf(outer.get(1)?.[0]))), 'ns1')
  assert.equal(String(Buffer.from(octetsOf(outer.get(2)?.[0]))), 'signet 0.2')
  const inner = readFields(octetsOf(outer.get(14)?.[0]))
  const expected: [number, number | Uint8Array][] = [
    [1, 2],
    [2, 1],
    [3, 3],
    [4, Uint8Array.of(192, 0, 2, 1)],
    [5, Uint8Array.of(192, 0, 2, 53)],
    [6, 54321],
    [7, 853],
    [8, 1_800_000_000],
    [9, 999_999_999],
    [11, Uint8Array.of(0)],
    [12, 1_800_000_001],
    [13, 5],
    [14, message],
  ]
  assert.deepEqual(
    [...inner].map(([field, values]) => [field, values[0]]).sort((a, b) => numberOf(a[0]) - numberOf(b[0])),
    expected,
  )
})

test('dnstap.proto: any message and any time come out as they went in, whatever was encoded before', () => {
  const encoder = new TapEncoder({})
  const property = fc.property(
    fc.uint8Array({ maxLength: 70_000, size: 'max' }),
    fc.nat(0xffffffff),
    fc.nat(999_999_999),
    fc.nat(65535),
    fc.boolean(),
    (message, seconds, nanoseconds, port, v6) => {
      const address = new Uint8Array(v6 ? 16 : 4).fill(7)
      const query = { at: { seconds, nanoseconds }, message }
      const payload = encoder.encode({ kind: 'auth-query', protocol: 'udp', asker: { address, port }, query })
      const inner = readFields(octetsOf(readFields(payload).get(14)?.[0]))
      assert.deepEqual(octetsOf(inner.get(10)?.[0]), message)
      assert.deepEqual([inner.get(8)?.[0], inner.get(9)?.[0]], [seconds, nanoseconds])
      assert.deepEqual([inner.get(2)?.[0], inner.get(6)?.[0]], [v6 ? 2 : 1, port])
    },
  )
  fc.assert(property, { numRuns: 50 })
})

test('Frame Streams: a data frame is its length and the payload', () => {
  assert.deepEqual(readFrames(sealDataFrame(Uint8Array.of(0, 0, 0, 0, 9, 8, 7))), [{ data: Uint8Array.of(9, 8, 7) }])
})

test('Frame Streams: control frames read back, in pieces of any size', () => {
  const kind = fc.constantFrom('accept', 'start', 'stop', 'ready', 'finish')
  const contents = fc.array(fc.constantFrom(DNSTAP_CONTENT, '', 'x'.repeat(200)), { maxLength: 2 })
  const frames = fc.array(fc.record({ kind, contents }, { noNullPrototype: true }), { maxLength: 4 })
  const property = fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, sizes) => {
    const stream = Buffer.concat(sent.map((frame) => encodeControl(frame)))
    const reader = new ControlFrameReader()
    const got: ControlFrame[] = []
    for (let at = 0, i = 0; at < stream.length; i++) {
      const size = sizes[i % sizes.length] ?? 1
      got.push(...reader.take(stream.subarray(at, at + size)))
      at += size
    }
    assert.deepEqual(got, sent)
  })
  fc.assert(property)
})

test('Frame Streams: the octets of ACCEPT are those that a collector sends', () => {
  const octets = Buffer.concat([Buffer.from('000000000000002200000001000000010000001670726f746f6275663a', 'hex')])
  const whole = Buffer.concat([octets, Buffer.from('dnstap.Dnstap')])
  assert.deepEqual(encodeControl({ kind: 'accept', contents: [DNSTAP_CONTENT] }), new Uint8Array(whole))
})

test('Frame Streams: what a peer may not send is an error, not memory', () => {
  const refuse = (hex: string): void => {
    assert.throws(() => new ControlFrameReader().take(Buffer.from(hex, 'hex')), WireError, hex)
  }
  refuse('00000001')
  refuse('ffffffff')
  refuse('0000000000000003')
  refuse('0000000000000201')
  refuse('00000000ffffffff')
  refuse('000000000000000400000009')
  refuse('00000000000000080000000100000001')
  refuse('000000000000000c000000010000000200000000')
  refuse('000000000000000c000000010000000100000001')
})
