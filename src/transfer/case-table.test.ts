import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { expandName, MAX_NAME, Name } from '../dns/name/index.ts'
import { anyName } from '../dns/name/name.fixture.ts'
import { CaseTable } from './case-table.ts'

const HEADER = 12

/** Writes names one after the other; returns the message and where each stands. */
function writeAll(table: CaseTable, names: readonly Name[], message: Uint8Array, from = HEADER): number[] {
  let at = from
  return names.map((name) => {
    const start = at
    at = table.write(name.octets, 0, message, at)
    return start
  })
}

function readAt(message: Uint8Array, at: number): string {
  const out = new Uint8Array(MAX_NAME)
  const end = expandName(message, at, message.length, out, 0)
  assert.ok(end > 0)
  return out.subarray(0, end).toHex()
}

test('RFC5936 §3.4: names are equal only with their case', () => {
  const message = new Uint8Array(1000)
  const names = ['a.Example.', 'b.Example.', 'b.example.', 'A.Example.', 'a.Example.'].map((text) => Name.parse(text))
  const at = writeAll(new CaseTable(), names, message)
  assert.deepEqual(
    at.map((start, i) => (at[i + 1] ?? start) - start),
    [11, 4, 11, 4, 0],
  )
  const [first = 0, , , , last = 0] = at
  assert.deepEqual([message[last], message[last + 1]], [0xc0, first])
})

test('property: what is written is read again, octet for octet', () => {
  fc.assert(
    fc.property(fc.array(anyName, { maxLength: 60 }), (names) => {
      const table = new CaseTable()
      const message = new Uint8Array(HEADER + names.length * MAX_NAME)
      const starts = writeAll(table, names, message)
      assert.deepEqual(
        starts.map((start) => readAt(message, start)),
        names.map((name) => name.octets.toHex()),
      )
    }),
  )
})

test('property: what was taken back is not pointed to', () => {
  fc.assert(
    fc.property(
      fc.array(anyName, { minLength: 1, maxLength: 20 }),
      fc.array(anyName, { maxLength: 20 }),
      fc.nat(),
      (a, b, n) => {
        const table = new CaseTable()
        const message = new Uint8Array(HEADER + (a.length + b.length) * MAX_NAME)
        const starts = writeAll(table, a, message)
        const cut = starts[n % starts.length] ?? HEADER
        table.truncate(cut)
        message.fill(0xff, cut)
        const again = writeAll(table, b, message, cut)
        assert.deepEqual(
          again.map((start) => readAt(message, start)),
          b.map((name) => name.octets.toHex()),
        )
      },
    ),
  )
})

test('names of one message are none of the next, however many there were', () => {
  const table = new CaseTable()
  const message = new Uint8Array(100)
  const name = Name.parse('a.example.')
  for (let i = 0; i < 600_000; i++) {
    table.clear()
    if (i % 1000 > 0) continue
    assert.equal(table.write(name.octets, 0, message, HEADER), HEADER + 11)
    assert.equal(table.write(name.octets, 0, message, HEADER + 11), HEADER + 13)
  }
})

test('RFC1035 §4.1.4: names beyond 16 KiB, and beyond what the table holds, are written in full', () => {
  const table = new CaseTable()
  const message = new Uint8Array(70000)
  const names = Array.from({ length: 3000 }, (_, i) => Name.parse(`n${i}.`))
  const starts = writeAll(table, names, message)
  assert.deepEqual(
    starts.map((start) => readAt(message, start)),
    names.map((name) => name.octets.toHex()),
  )
  const far = 0x4000
  table.clear()
  assert.equal(table.write(names[0]?.octets ?? new Uint8Array(1), 0, message, far), far + 4)
  assert.equal(table.write(names[0]?.octets ?? new Uint8Array(1), 0, message, far + 4), far + 8)
})
