/**
 * Differences (IXFR, RFC 1995 §4) that a primary may have made up: what is accepted leads to exactly the version that the sequences
 * say, step by step; what is refused leaves the zone as it was.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import { isNewerSerial } from '../dns/serial.ts'
import { textSource } from '../dns/text/index.ts'
import { encodeMessage, headerOf } from '../dns/wire/index.ts'
import { TransferReader, TYPE_IXFR } from '../transfer/index.ts'
import { loadRecords, Zone } from '../zone/index.ts'
import { bringChanges } from './bring-changes.ts'
import { ServedImage } from './served-image.ts'
import { TurnWatch } from './turn-watch.ts'

const APEX = Name.parse('example.')
const TURNS = new TurnWatch({ debug() {}, info() {}, warn() {}, error() {} })
const OPTIONS = { restricted: false, rotates: false, expires: 0 }
/** Serials wrap between the second and the third. */
const serialOf = (version: number): number => (0xfffffffe + version) >>> 0
const HELD = 0
const POOL = ['a A 10.0.0.1', 'a A 10.0.0.2', 'b MX 10 a', 'b TXT "x"', 'c.d NS e', '@ NS ns']
const HELD_RECORDS: readonly number[] = [0, 2, 5]
const root = Name.parse('.')

/** A record of an answer: the SOA of a version, one of the pool, or one of another class. */
type Item = { readonly soa: number } | { readonly record: number } | 'other class'

const lineOf = (item: Item): string => {
  if (item === 'other class') return POOL[0] ?? ''
  if ('record' in item) return POOL[item.record] ?? ''
  return `@ SOA ns admin ${serialOf(item.soa)} 3600 900 604800 300`
}

function messageOf(items: readonly Item[]): Uint8Array {
  const answer = items.map((item) => {
    const { table } = loadRecords(textSource(`$ORIGIN example.\n$TTL 300\n${lineOf(item)}\n`), root)
    const owner = Name.fromOctets(table.octets, table.owner[0])
    const rrClass = item === 'other class' ? 3 : CLASS_IN
    return { owner, type: table.type[0] ?? 0, class: rrClass, ttl: 300, rdata: table.rdataOf(0) }
  })
  const questions = [{ name: APEX, type: TYPE_IXFR, class: CLASS_IN }]
  return encodeMessage({ header: { ...headerOf(7, 0), qr: true }, questions, answer, authority: [], additional: [] })
}

/**
 * The version and records that the items lead to, when they are difference sequences; undefined when they are not. A record that
 * comes and is there stays; `strict` refuses that too.
 */
function follow(items: readonly Item[], strict: boolean): { version: number; records: number[] } | undefined {
  const records = new Set(HELD_RECORDS)
  const [first, ...rest] = items
  if (first === undefined || first === 'other class' || !('soa' in first)) return undefined
  const last = first.soa
  let version = HELD
  let side: 'between' | 'removing' | 'adding' = 'between'
  for (const [i, item] of rest.entries()) {
    if (item === 'other class') return undefined
    if ('soa' in item) {
      if (side === 'removing') {
        if (!isNewerSerial(serialOf(item.soa), serialOf(version)) || item.soa > last) return undefined
        version = item.soa
        side = 'adding'
      } else if (side === 'adding' && version === last) {
        return item.soa === last && i === rest.length - 1 ? { version, records: [...records].sort() } : undefined
      } else if (item.soa === version) side = 'removing'
      else return undefined
    } else if (side === 'between') return undefined
    else if (side === 'removing') {
      if (!records.delete(item.record)) return undefined
    } else {
      if (strict && records.has(item.record)) return undefined
      records.add(item.record)
    }
  }
  return undefined
}

/** What an image holds: serial and records as lines. */
function contentOf(image: ServedImage): string[] {
  const walk = image.walk(APEX)
  if (walk === undefined) throw new Error('there is a zone')
  const lines: string[] = []
  while (walk.step()) {
    const owner = Name.fromOctets(walk.octets, walk.ownerAt).key
    lines.push(`${owner} ${walk.type} ${walk.octets.slice(walk.rdataAt, walk.rdataEnd).toHex()}`.toLowerCase())
  }
  walk.close()
  return lines.sort()
}

function imageOf(version: number, records: readonly number[]): ServedImage {
  const text = [{ soa: version }, ...records.map((record) => ({ record }))].map(lineOf).join('\n')
  const image = new ServedImage()
  image.put(Zone.arrange(APEX, loadRecords(textSource(`$TTL 300\n${text}\n`), APEX).table), OPTIONS)
  return image
}

/** Takes the answer as a secondary does. Returns whether it was accepted as differences. */
async function take(image: ServedImage, messages: readonly Uint8Array[]): Promise<boolean> {
  const reader = new TransferReader({ id: 7, zone: APEX, form: 'ixfr', serial: serialOf(HELD) })
  let step = reader.end()
  for (const message of messages) step = reader.read(message)
  if (step.kind !== 'done' || step.outcome.kind !== 'incremental') return false
  try {
    await bringChanges(image.reader, APEX, step.outcome.changes, TURNS, async (change) => {
      const staged = image.stage(APEX)
      try {
        staged.apply(change)
      } catch (error) {
        staged.abandon()
        throw error
      }
      image.publish([{ staged, options: OPTIONS }])
    })
    return true
  } catch (error) {
    if (error instanceof DnsError && error.code === 'transfer-failed') return false
    throw error
  }
}

const anyItem: fc.Arbitrary<Item> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(4).map((soa) => ({ soa })) },
  { weight: 8, arbitrary: fc.nat(POOL.length - 1).map((record) => ({ record })) },
  { weight: 1, arbitrary: fc.constant('other class' as const) },
)
const someRecords = fc.array(
  fc.nat(POOL.length - 1).map((record): Item => ({ record })),
  { maxLength: 4 },
)
/** Sequences in good order, whose records may be anything. */
const ordered = fc
  .array(fc.tuple(someRecords, someRecords), { minLength: 1, maxLength: 4 })
  .map((changes) => [
    { soa: changes.length },
    ...changes.flatMap(([removed, added], i): Item[] => [{ soa: i }, ...removed, { soa: i + 1 }, ...added]),
    { soa: changes.length },
  ])
/** The same, with items that are left out, come twice, or are something else. */
const spoilt = fc
  .tuple(
    ordered,
    fc.array(fc.tuple(fc.nat(30), fc.constantFrom(0, 1), fc.array(anyItem, { maxLength: 2 })), { maxLength: 2 }),
  )
  .map(([items, spoils]) => {
    const result = [...items]
    for (const [at, drop, insert] of spoils) result.splice(at % result.length, drop, ...insert)
    return result
  })

test('property: differences lead to what they say, or change nothing', async () => {
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(ordered, spoilt, fc.array(anyItem, { minLength: 1, maxLength: 12 })),
      fc.nat(6),
      async (items, cut) => {
        const image = imageOf(HELD, HELD_RECORDS)
        const before = contentOf(image)
        const parts = cut === 0 ? [items] : [items.slice(0, cut), items.slice(cut)].filter((part) => part.length > 0)
        const isTaken = await take(image, parts.map(messageOf))
        const expected = follow(items, false)
        if (!isTaken) {
          assert.deepEqual(contentOf(image), before)
          assert.equal(follow(items, true), undefined, 'what is in good order is accepted')
          return
        }
        accepted++
        assert.ok(expected !== undefined, 'what is accepted is in good order')
        assert.deepEqual(contentOf(image), contentOf(imageOf(expected.version, expected.records)))
      },
    ),
    { numRuns: 1500 },
  )
  assert.ok(accepted > 50, `${accepted} accepted`)
})
