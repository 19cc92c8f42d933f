import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameReader, frameOf } from './frames.ts'

test('RFC1035 §4.2.2: messages come out as they went in, wherever the stream is cut', () => {
  const anyMessages = fc.array(fc.uint8Array({ minLength: 12, maxLength: 3000 }), { maxLength: 8 })
  fc.assert(
    fc.property(anyMessages, fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1 }), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(frameOf))
      const reader = new FrameReader()
      const found: Uint8Array[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + (cuts[i % cuts.length] ?? 1)
        reader.push(stream.subarray(at, end))
        while (reader.next()) found.push(Uint8Array.from(reader.message))
        at = end
      }
      assert.deepEqual(found, messages)
      assert.deepEqual([reader.partial, reader.unread, reader.fault], [false, false, undefined])
    }),
  )
})

test('a message that is not complete takes no more memory than what has come of it, doubled', () => {
  const reader = new FrameReader()
  reader.push(Uint8Array.of(0xff, 0xff))
  assert.equal(reader.next(), false)
  const piece = new Uint8Array(100)
  const before = process.memoryUsage().arrayBuffers
  reader.push(piece)
  assert.equal(reader.next(), false)
  assert.ok(process.memoryUsage().arrayBuffers - before < 32_000)
  assert.ok(reader.partial)
})

test('lengths that no message has: nothing is read after them', () => {
  for (const [length, fault] of [
    [11, 'too-short'],
    [0, 'too-short'],
    [1001, 'too-long'],
  ] as const) {
    const reader = new FrameReader(1000)
    reader.push(
      Buffer.concat([frameOf(new Uint8Array(12)), Uint8Array.of(length >>> 8, length), frameOf(new Uint8Array(12))]),
    )
    assert.deepEqual([reader.next(), reader.next(), reader.next()], [true, false, false])
    assert.equal(reader.fault, fault)
    assert.equal(reader.unread, false)
  }
})

test('pieces that were not read yet are kept in order', () => {
  const reader = new FrameReader()
  const frames = [1, 2, 3].map((octet) => frameOf(new Uint8Array(20).fill(octet)))
  for (const frame of frames) reader.push(frame)
  const found: (number | undefined)[] = []
  while (reader.next()) found.push(reader.message[0])
  assert.deepEqual(found, [1, 2, 3])
})

test('a message too long for its length is refused', () => {
  assert.throws(() => frameOf(new Uint8Array(65536)), RangeError)
})
