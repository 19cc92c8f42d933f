/** The line of packets from a worker to the control thread: all of them, whole, in their order; nobody sleeps while packets wait. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { HandOverLine, TO_ANSWER, TO_REFRESH } from './hand-over-line.ts'

const octets = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill)

test('property: what is added comes out as it went in, in its order, unless there was no room', () => {
  const packet = fc.record({
    kind: fc.constantFrom(TO_ANSWER, TO_REFRESH),
    socket: fc.nat(255),
    name: fc.constantFrom(16, 28),
    control: fc.constantFrom(0, 28, 40),
    length: fc.integer({ min: 0, max: 4096 }),
  })
  const turn = fc.record({
    packets: fc.array(packet, { maxLength: 60 }),
    repeat: fc.integer({ min: 1, max: 12 }),
    reads: fc.nat(900),
  })
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
      const writer = new HandOverLine()
      const reader = new HandOverLine(writer.buffer)
      const expected: string[] = []
      let fill = 0
      const tell = (kind: number, socket: number, ...parts: Uint8Array[]): string =>
        [kind, socket, ...parts.map((part) => `${part.length}:${part[0] ?? ''}:${part.at(-1) ?? ''}`)].join(' ')
      const read = (most: number): void => {
        for (let more = true; more && most > 0; more = reader.rest()) {
          reader.look()
          while (reader.next()) {
            const { kind, socket, name, control, packet: octetsRead } = reader
            assert.equal(tell(kind, socket, name, control, octetsRead), expected.shift())
            most--
          }
        }
      }
      for (const { packets, repeat, reads } of turns) {
        for (let n = 0; n < repeat; n++) {
          for (const { kind, socket, name, control, length } of packets) {
            fill = (fill + 1) & 0xff
            const [a, b, c] = [octets(name, fill), octets(control, fill + 1), octets(length, fill + 2)]
            if (writer.add(kind, socket, { name: a, control: b }, c)) expected.push(tell(kind, socket, a, b, c))
            else assert.ok(expected.length > 100)
          }
          writer.flush()
        }
        read(reads)
      }
      read(Number.POSITIVE_INFINITY)
      assert.deepEqual(expected, [])
    }),
    { numRuns: 30 },
  )
})

test('the control thread is told once, and again after it has seen all', () => {
  const writer = new HandOverLine()
  const reader = new HandOverLine(writer.buffer)
  const add = (): boolean =>
    writer.add(TO_ANSWER, 0, { name: octets(16, 1), control: octets(0, 0) }, octets(30, 2)) && writer.flush()
  assert.equal(writer.flush(), false)
  assert.deepEqual([add(), add()], [true, false])
  reader.look()
  while (reader.next());
  assert.deepEqual([add(), reader.rest()], [false, true])
  reader.look()
  while (reader.next());
  assert.equal(reader.rest(), false)
  assert.equal(add(), true)
})

test('what is added while the control thread goes to rest is seen: by its second look, or by the worker', ({
  mock,
}) => {
  const writer = new HandOverLine()
  const reader = new HandOverLine(writer.buffer)
  const add = (): boolean =>
    writer.add(TO_ANSWER, 0, { name: octets(16, 1), control: octets(0, 0) }, octets(30, 2)) && writer.flush()
  const readAll = (): void => {
    reader.look()
    while (reader.next());
  }
  const store = Atomics.store.bind(Atomics)
  let told: boolean | undefined
  const AWAKE = 32
  // The worker adds a packet just before, or just after, the control thread says that it rests.
  for (const isBefore of [true, false]) {
    add()
    readAll()
    const method = mock.method(Atomics, 'store', (words: Int32Array, at: number, value: number): number => {
      if (at !== AWAKE) return store(words, at, value)
      method.mock.restore()
      if (isBefore) told = add()
      store(words, at, value)
      if (!isBefore) told = add()
      return value
    })
    const looksAgain = reader.rest()
    assert.deepEqual([told, looksAgain], isBefore ? [false, true] : [true, false], 'one of the two, and only one')
    readAll()
    assert.equal(reader.rest(), false)
  }
})

test('no turn takes more than 64 packets', () => {
  const line = new HandOverLine()
  const reader = new HandOverLine(line.buffer)
  for (let i = 0; i < 100; i++) line.add(TO_ANSWER, 0, { name: octets(16, 1), control: octets(0, 0) }, octets(30, 2))
  line.flush()
  const take = (): number => {
    let count = 0
    reader.look()
    while (reader.next()) count++
    return count
  }
  assert.deepEqual([take(), reader.rest(), take(), reader.rest()], [64, true, 36, false])
})

test('between two threads nothing is lost', async () => {
  const line = new HandOverLine()
  const reader = new HandOverLine(line.buffer)
  const worker = new Worker(new URL('./hand-over.fixture.ts', import.meta.url), {
    workerData: { buffer: line.buffer, packets: 50_000 },
  })
  const ended = once(worker, 'exit')
  let seen = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (): void => {
    reader.look()
    while (reader.next()) {
      const { packet } = reader
      assert.equal(new DataView(packet.buffer, packet.byteOffset).getUint32(0), seen)
      assert.ok(packet.subarray(4).every((octet) => octet === (seen & 0xff)))
      seen++
    }
    if (reader.rest()) setImmediate(look)
    if (seen === 50_000) resolve()
  }
  worker.on('message', look)
  await Promise.all([promise, ended])
})
