/** Replies with any records whatever: they are read or refused, and what is read can be written, printed and sent to a client. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN, rdataJson, rdataText, recordTypes } from '../dns/rr/index.ts'
import {
  decodeMessage,
  MessageBuilder,
  SECTION_ADDITIONAL,
  SECTION_ANSWER,
  SECTION_AUTHORITY,
  TOLERATE_ODD,
} from '../dns/wire/index.ts'
import type { RRset } from '../dnssec/index.ts'
import { readReply } from './reply.ts'
import type { Resolution } from './resolution.ts'
import { ResponseWriter } from './respond.ts'

const NAME = Name.parse('www.example.')
const NOW = 1_700_000_000
const SECTIONS = [SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL] as const

type Drawn = { readonly type: number; readonly rdata: Uint8Array; readonly section: (typeof SECTIONS)[number] }

/** Well-formed RDATA that is cut off, continued or changed in an octet, and octets that never were any. */
const drawnRecord: fc.Arbitrary<Drawn> = fc
  .record({
    declared: fc.constantFrom(...recordTypes().filter(({ declaration }) => declaration.only === undefined)),
    seed: fc.integer({ min: 1, max: 0x7fffffff }),
    section: fc.constantFrom(...SECTIONS),
    change: fc.constantFrom('cut', 'longer', 'octet', 'none', 'random'),
    at: fc.nat(300),
    octets: fc.uint8Array({ maxLength: 30 }),
  })
  .map(({ declared, seed, section, change, at, octets }) => {
    let state = seed
    const values = declared.generate((bound) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return Math.floor((state / 0x80000000) * bound)
    })
    const good = declared.encode(values)
    const place = good.length === 0 ? 0 : at % good.length
    const changed = {
      cut: () => good.slice(0, place),
      longer: () => Uint8Array.of(...good, ...octets),
      octet: () => good.map((octet, i) => (i === place ? octet ^ (1 + (at % 255)) : octet)),
      none: () => good,
      random: () => octets,
    }
    return { type: declared.number, rdata: changed[change](), section }
  })

function messageOf(records: readonly Drawn[]): Uint8Array {
  const builder = new OctetBuilder()
  for (const section of SECTIONS) for (const record of records) if (record.section === section) builder.add(record)
  return builder.octets()
}

/** A message whose RDATA is written as it is: the builder of the server compresses names, which malformed RDATA does not survive. */
class OctetBuilder {
  readonly #octets: number[]
  readonly #counts = [1, 0, 0, 0]

  constructor() {
    const builder = new MessageBuilder()
    builder.begin(1, 0x8400)
    builder.question(NAME.octets, 0, 1, CLASS_IN)
    this.#octets = [...builder.copy()]
  }

  add({ type, rdata, section }: Drawn): void {
    this.#counts[section] = (this.#counts[section] ?? 0) + 1
    const { length } = rdata
    this.#octets.push(0xc0, 12, type >>> 8, type & 255, 0, 1, 0, 0, 1, 44, length >>> 8, length & 255, ...rdata)
  }

  octets(): Uint8Array {
    const octets = Uint8Array.from(this.#octets)
    this.#counts.forEach((count, i) => {
      octets[5 + i * 2] = count
    })
    return octets
  }
}

function recordsOf(sets: readonly RRset[]): string[] {
  return sets.flatMap(({ type, rdatas, signatures }) => [
    ...rdatas.map((rdata) => `${type} ${rdata.length}`),
    ...signatures.map((rdata) => `46 ${rdata.length}`),
  ])
}

const writer = new ResponseWriter({ udpSize: 1232, isMinimal: false })

test('no reply throws, whatever its RDATA, and what is read of it reaches a client unchanged', () => {
  const outcomes = { read: 0, refused: 0 }
  fc.assert(
    fc.property(fc.array(drawnRecord, { minLength: 1, maxLength: 4 }), (records) => {
      const reply = readReply(messageOf(records), NOW, NAME)
      if (reply === undefined) {
        outcomes.refused++
        return
      }
      outcomes.read++
      const { answer, authority, additional } = reply
      for (const set of [...answer, ...authority, ...additional]) {
        for (const rdata of set.rdatas) {
          rdataJson(set.type, rdata)
          rdataText(set.type, rdata)
        }
      }
      const resolution: Resolution = {
        rcode: 0,
        security: 'insecure',
        answer,
        authority,
        additional,
        remarks: [],
        isStale: false,
        expires: NOW + 300,
      }
      const flags = { recursionDesired: true, checkingDisabled: false, authenticData: false, hasEdns: true }
      const query = { id: 1, name: NAME, type: 1, class: CLASS_IN, ...flags, dnssecOk: true, limit: 65_535 }
      const octets = writer.write(query, resolution, NOW)
      const again = decodeMessage(octets, octets.length, NAME, TOLERATE_ODD)
      assert.deepEqual(
        again.answer.map(({ type, rdata }) => `${type} ${rdata.length}`),
        recordsOf(answer),
      )
    }),
    { numRuns: 1200 },
  )
  assert.ok(outcomes.read > 200 && outcomes.refused > 40, JSON.stringify(outcomes))
})

test('no octets throw', () => {
  fc.assert(
    fc.property(
      fc.array(drawnRecord, { maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255))),
      (records, pokes) => {
        const octets = messageOf(records)
        for (const [at, value] of pokes) if (at < octets.length) octets[at] = value
        readReply(octets, NOW, NAME)
      },
    ),
    { numRuns: 1200 },
  )
})
