/**
 * Every declared type, run through everything that is derived from its declaration. Records are drawn by the types' own
 * generators; the seed is in the name of a failure.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CompressionTable } from '../../name/index.ts'
import { OctetWriter } from '../../octets.ts'
import type { Draw } from '../field.ts'
import { parseRdata, type RecordType, rdataJson, rdataOfJson, rdataText, recordTypes } from '../index.ts'

const seed = Number(process.env.SIGNET_SEED ?? Date.now() % 0x7fffffff)
const RUNS = Number(process.env.SIGNET_RUNS ?? 60)

/** Draws from a seed: mulberry32. */
function drawFrom(start: number): Draw {
  let state = start >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x100000000) * bound)
  }
}

function forEachRecord(type: RecordType, body: (octets: Uint8Array, draw: Draw) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (start) => {
      const draw = drawFrom(start)
      body(type.encode(type.generate(draw)), draw)
    }),
    { seed, numRuns: RUNS },
  )
}

/** Types whose names a sender may compress: those of RFC 1035 (RFC 3597 §4). */
const COMPRESSING = ['NS', 'MD', 'MF', 'CNAME', 'SOA', 'MB', 'MG', 'MR', 'PTR', 'MINFO', 'MX']
/** Types whose canonical form lowers names: RFC 4034 §6.2 with RFC 6840 §5.1, and the algorithm names of TSIG and TKEY. */
const LOWERING = [
  ...COMPRESSING,
  ...['RP', 'AFSDB', 'RT', 'SIG', 'PX', 'NXT', 'NAPTR', 'KX', 'SRV', 'DNAME', 'A6', 'RRSIG'],
  ...['TKEY', 'TSIG'],
]

/** The RDATA's canonical form. */
function canonical(type: RecordType, octets: Uint8Array): Uint8Array {
  const out = new OctetWriter()
  type.canonical(octets, 0, octets.length, out)
  return out.copy()
}

/** `octets` in the midst of others: 12 before, `padding` behind. */
function embedded(octets: Uint8Array, padding: number): Uint8Array {
  const message = new Uint8Array(octets.length + 300).fill(padding)
  message.fill(0, 0, 12)
  message.set(octets, 12)
  return message
}

function expanded(type: RecordType, message: Uint8Array, at: number, end: number): Uint8Array | undefined {
  const out = new OctetWriter()
  return type.expand(message, at, end, out) ? out.copy() : undefined
}

test('RFC3597 §4, RFC4034 §6.2, RFC6840 §5.1: which types compress and which lower names', () => {
  const mnemonics = (of: (type: RecordType) => boolean): string[] =>
    recordTypes()
      .filter(of)
      .map((type) => type.mnemonic)
      .sort()
  assert.deepEqual(
    mnemonics((type) => type.compressesNames),
    COMPRESSING.toSorted(),
  )
  assert.deepEqual(
    mnemonics((type) => type.lowersNames),
    LOWERING.toSorted(),
  )
})

for (const type of recordTypes()) {
  test(`${type.mnemonic}: all that follows from its declaration (seed ${seed})`, () => {
    forEachRecord(type, (octets, draw) => {
      checkRoundTrips(type, octets)
      checkCanonical(type, octets)
      checkInMessage(type, octets)
      checkDamaged(type, octets, draw)
    })
  })
}

function checkRoundTrips(type: RecordType, octets: Uint8Array): void {
  assert.ok(type.check(octets, 0, octets.length))
  assert.deepEqual(type.encode(type.decode(octets)), octets, 'JSON')
  assert.deepEqual(rdataOfJson(type.number, JSON.parse(JSON.stringify(rdataJson(type.number, octets)))), octets, 'JSON')
  const text = rdataText(type.number, octets)
  assert.equal(text, text.trim())
  if (!text.startsWith('\\#') && type.declaration.only === undefined) {
    assert.deepEqual(parseRdata(type.number, text), octets, text)
  }
  const generic = `\\# ${octets.length} ${octets.toHex()}`
  assert.deepEqual(parseRdata(type.number, generic), octets, 'RFC 3597 form')
}

function checkCanonical(type: RecordType, octets: Uint8Array): void {
  const once = canonical(type, octets)
  assert.deepEqual(canonical(type, once), once, 'canonical form of the canonical form')
  if (!type.lowersNames) assert.deepEqual(once, octets)
  assert.equal(once.length, octets.length)
}

function checkInMessage(type: RecordType, octets: Uint8Array): void {
  assert.deepEqual(expanded(type, embedded(octets, 0xff), 12, 12 + octets.length), octets, 'uncompressed')
  const out = new OctetWriter()
  out.bytes(new Uint8Array(12))
  const names = new CompressionTable()
  type.compress(octets, 0, octets.length, { out, names })
  const again = out.length
  type.compress(octets, 0, octets.length, { out, names })
  const message = out.copy()
  for (const [at, end] of [
    [12, again],
    [again, message.length],
  ] as const) {
    const back = expanded(type, message, at, end)
    assert.ok(back !== undefined)
    // A name may take the case of an equal one that stands before it.
    assert.deepEqual(canonical(type, back), canonical(type, octets), 'compressed')
    if (!type.compressesNames) assert.deepEqual(message.subarray(at, end), octets, 'no pointers')
  }
}

/** Octets cut short or changed: nothing throws, nothing behind the end matters, what is accepted can be written and read again. */
function checkDamaged(type: RecordType, octets: Uint8Array, draw: Draw): void {
  const damaged = octets.slice(0, draw(2) === 0 ? octets.length : draw(octets.length + 1))
  for (let n = draw(4); n > 0 && damaged.length > 0; n--) damaged[draw(damaged.length)] = draw(256)
  const end = 12 + damaged.length
  const verdicts = [0x00, 0x01, 0xc0, 0xff].map((padding) => type.check(embedded(damaged, padding), 12, end))
  assert.ok(new Set(verdicts).size === 1, 'what stands behind the end matters')
  const expansions = [0x00, 0xff].map((padding) => expanded(type, embedded(damaged, padding), 12, end))
  if (!type.lowersNames) assert.deepEqual(expansions[0], expansions[1])
  const text = rdataText(type.number, damaged)
  if (verdicts[0] !== true) {
    assert.ok(text.startsWith('\\# '))
    return
  }
  const unreadable = text.startsWith('\\#') || type.declaration.only !== undefined
  if (!unreadable) assert.deepEqual(parseRdata(type.number, text), damaged, text)
  assert.deepEqual(rdataOfJson(type.number, rdataJson(type.number, damaged)), damaged)
  checkCanonical(type, damaged)
}
