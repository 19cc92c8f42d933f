import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CompressionTable, compressedNameEnd, expandName } from './compression.ts'
import { anyName } from './name.fixture.ts'
import { Name } from './name.ts'

const HEADER = 12

function expanded(message: Uint8Array, at: number, end = message.length): string | undefined {
  const out = new Uint8Array(255 + 2).fill(0xee)
  const to = expandName(message, at, end, out, 1)
  assert.equal(out[0], 0xee)
  assert.equal(out[256], 0xee, 'nothing beyond 255 octets')
  return to < 0 ? undefined : Name.fromOctets(out, 1).toString()
}

const octets = (text: string): number[] => [...Name.parse(text).octets]

test('names of any list come back through compression, and one table serves many messages', () => {
  const table = new CompressionTable()
  fc.assert(
    fc.property(fc.array(fc.tuple(anyName, fc.nat(3)), { maxLength: 40 }), (list) => {
      // Names that end like one before them, too: as zones have them.
      const names: Name[] = []
      for (const [name, turn] of list) {
        const before = names[turn]
        const label = [...name.labels()][0]
        names.push(
          before !== undefined && label !== undefined && before.octets.length < 190
            ? before.child(label.slice())
            : name,
        )
      }
      table.clear()
      const message = new Uint8Array(HEADER + names.length * 256 + 256)
      const places: number[] = []
      let at = HEADER
      for (const name of names) {
        places.push(at)
        at = table.write(name.octets, 0, message, at)
      }
      names.forEach((name, i) => {
        const place = places[i] ?? 0
        const text = expanded(message, place, at)
        assert.ok(text !== undefined && Name.parse(text).equals(name))
        assert.equal(compressedNameEnd(message, place, at), places[i + 1] ?? at)
      })
      if (names.length > 0) assert.ok(at <= HEADER + names.reduce((sum, name) => sum + name.octets.length, 0))
    }),
    { numRuns: 300 },
  )
})

test('a suffix that stands already becomes a pointer, without regard to case', () => {
  const table = new CompressionTable()
  const message = new Uint8Array(600)
  let at = table.write(Name.parse('www.example.org.').octets, 0, message, HEADER)
  assert.equal(at, HEADER + 17)
  const second = at
  at = table.write(Name.parse('ftp.EXAMPLE.org.').octets, 0, message, at)
  assert.deepEqual([...message.subarray(second, at)], [3, 0x66, 0x74, 0x70, 0xc0, HEADER + 4])
  assert.equal(expanded(message, second, at), 'ftp.example.org.')
  const third = at
  at = table.write(Name.parse('WWW.example.org.').octets, 0, message, at)
  assert.deepEqual([...message.subarray(third, at)], [0xc0, HEADER])
  at = table.write(Uint8Array.of(0), 0, message, at)
  assert.equal(at, third + 3, 'the root is written as it is')
})

test('truncate makes the table as if later names had never been written', () => {
  fc.assert(
    fc.property(
      fc.array(anyName, { maxLength: 12 }),
      fc.array(anyName, { maxLength: 12 }),
      anyName,
      (kept, gone, last) => {
        const write = (table: CompressionTable, message: Uint8Array, names: Name[], from: number): number =>
          names.reduce((at, name) => table.write(name.octets, 0, message, at), from)
        const [a, b] = [new CompressionTable(), new CompressionTable()]
        const [x, y] = [new Uint8Array(9000), new Uint8Array(9000)]
        const end = write(a, x, kept, HEADER)
        write(a, x, gone, end)
        a.truncate(end)
        write(b, y, kept, HEADER)
        const again = [last, ...gone, last]
        const to = write(a, x, again, end)
        assert.equal(write(b, y, again, end), to)
        assert.deepEqual(x.subarray(0, to), y.subarray(0, to))
      },
    ),
    { numRuns: 300 },
  )
})

test('names beyond 16 KiB are written in full and never pointed to', () => {
  const table = new CompressionTable()
  const message = new Uint8Array(0x4100)
  const name = Name.parse('late.example.').octets
  const first = table.write(name, 0, message, 0x4000)
  assert.equal(table.write(name, 0, message, first), first + name.length)
  // The first labels stand within reach, the last do not.
  table.clear()
  const edge = table.write(name, 0, message, 0x3fff)
  const again = table.write(name, 0, message, edge)
  assert.deepEqual([...message.subarray(edge, again)], [0xff, 0xff])
  assert.equal(expanded(message, edge, again), 'late.example.')
})

test('a full table goes on without new pointers', () => {
  const table = new CompressionTable()
  const message = new Uint8Array(8000)
  let at = HEADER
  for (let i = 0; i < 400; i++) at = table.write(Name.parse(`n${i}.`).octets, 0, message, at)
  const first = table.write(Name.parse('n0.').octets, 0, message, at)
  assert.equal(first, at + 2)
  const unknown = table.write(Name.parse('n399.').octets, 0, message, first)
  assert.equal(unknown, first + Name.parse('n399.').octets.length)
})

test('pointers that go forward, to themselves or in a circle are refused', () => {
  const at12 = (...tail: number[]): Uint8Array => Uint8Array.of(...new Uint8Array(12), ...tail)
  assert.equal(expanded(at12(0xc0, 12), 12), undefined, 'to itself')
  assert.equal(expanded(at12(0xc0, 14, 1, 0x61, 0), 12), undefined, 'forward')
  assert.equal(expanded(at12(0xc0, 14, 0xc0, 12), 14), undefined, 'two in a circle')
  assert.equal(expanded(at12(1, 0x61, 0xc0, 12), 12), undefined, 'to the labels that led to it')
  assert.equal(expanded(at12(1, 0x61, 0xc0, 14), 12), undefined, 'to the pointer itself')
  assert.equal(expanded(at12(1, 0x61, 0xc0, 13), 12), undefined, 'into its own label')
  assert.equal(expanded(at12(...octets('a.'), 0xc0, 12), 15), 'a.')
  assert.equal(expanded(at12(0xc0, 12, ...octets('a.'), 1, 0x62, 0xc0, 14), 17), 'b.a.')
})

test('a pointer may not lead to labels that run into the name itself, nor beyond the message', () => {
  const message = new Uint8Array(64)
  message[5] = 40
  message[12] = 0xc0
  message[13] = 5
  assert.equal(expanded(message, 12, 14), undefined)
  // The buffer goes on with octets of another packet; the message ends at 10.
  const stale = Uint8Array.of(...new Uint8Array(4), 6, 0x61, 0, 0, 0xc0, 4, 0x62, 0x63, 0, 0)
  assert.equal(expanded(stale, 8, 10), undefined)
})

test('a chain of pointers alone is followed for 127 steps at the most', () => {
  const chain = (n: number): Uint8Array => {
    const message = new Uint8Array(HEADER + 1 + n * 2)
    for (let i = 0; i < n; i++) {
      const target = i === 0 ? HEADER : HEADER + 1 + (i - 1) * 2
      message[HEADER + 1 + i * 2] = 0xc0 | (target >> 8)
      message[HEADER + 2 + i * 2] = target
    }
    return message
  }
  for (const n of [1, 2, 127]) assert.equal(expanded(chain(n), chain(n).length - 2), '.')
  for (const n of [128, 8000]) assert.equal(expanded(chain(n), chain(n).length - 2), undefined)
})

test('expanded names have 255 octets at the most', () => {
  const tail = Name.parse('a.'.repeat(126)).octets
  const message = (label: string): Uint8Array =>
    Uint8Array.of(...new Uint8Array(12), ...tail, ...octets(label).slice(0, -1), 0xc0, 12)
  assert.equal(expanded(message('b.'), 12 + tail.length), `b.${'a.'.repeat(126)}`)
  assert.equal(expanded(message('bb.'), 12 + tail.length), undefined)
})

test('reserved label types and cut names are refused', () => {
  for (const first of [0x40, 0x41, 0x80, 0xbf]) {
    const message = Uint8Array.of(...new Uint8Array(12), first, 0, 0)
    assert.equal(expanded(message, 12), undefined)
    assert.equal(compressedNameEnd(message, 12, 15), -1)
  }
  const cut = Uint8Array.of(...new Uint8Array(12), 3, 0x61, 0x62)
  assert.equal(expanded(cut, 12), undefined)
  assert.equal(compressedNameEnd(cut, 12, 15), -1)
  assert.equal(expanded(Uint8Array.of(...new Uint8Array(12), 0xc0), 12), undefined)
  assert.equal(compressedNameEnd(Uint8Array.of(0xc0), 0, 1), -1)
  assert.equal(expanded(new Uint8Array(0), 0), undefined)
})

test('any octets: expandName stays within its room and agrees with compressedNameEnd', () => {
  const pointers = fc.array(fc.constantFrom(0, 1, 2, 3, 0xc0, 0xc1, 12, 14, 16, 18, 63, 64), { maxLength: 80 })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 400 }),
        pointers.map((a) => Uint8Array.from(a)),
      ),
      fc.nat(40),
      (message, at) => {
        const name = expanded(message, at)
        if (name !== undefined) assert.ok(compressedNameEnd(message, at, message.length) > at)
      },
    ),
    { numRuns: 2000 },
  )
})
