/**
 * Random zones, random changes: after each change, everything that is worth asking is asked of the image and of the naive
 * reference, and both must say the same.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { A, AAAA, CNAME, DNAME, DS, MX, NS, NSEC, RRSIG, SOA, TXT } from '../dns/rr/index.ts'
import { FLAG_AA, headerBits, type Message, type MessageRecord } from '../dns/wire/index.ts'
import { OPTION_ROTATES } from '../zone/index.ts'
import { TRANSPORT } from './index.ts'
import { answerNaively, type NaiveAnswer } from './naive-answerer.fixture.ts'
import {
  changeBetween,
  lineOf,
  type NaiveRecord,
  type NaiveZone,
  recordsOf,
  type Signing,
  signNaively,
  soaOf,
} from './naive-zone.fixture.ts'
import { Served } from './served.fixture.ts'

const EXAMPLE = Name.parse('example.')
const CHILD = Name.parse('sub.example.')
const OTHER = Name.parse('other.')
const TYPES = [A, AAAA, TXT, NS, DS, CNAME, DNAME, SOA, MX, NSEC, RRSIG].map(({ number }) => number)
const ANY = 255
/** Questions after each change, at the most. */
const QUESTIONS = Number(process.env.QUESTIONS ?? 150)

const label = fc.constantFrom('a', 'b', '*', 'sub', 'ns', 'x-y', '\\000', 'z')
const owner = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, 'example.'].join('.'))
const target = fc.oneof(
  { weight: 4, arbitrary: owner },
  { weight: 1, arbitrary: fc.constantFrom('host.other.', 'no.other.', 'far.away.', 'sub.example.', 'a.sub.example.') },
)
const data = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('A 192.0.2.1', 'A 192.0.2.2', 'A 192.0.2.3', 'AAAA 2001:db8::1', 'TXT "t"', 'TXT "u"'),
  },
  { weight: 1, arbitrary: target.map((name) => `MX 10 ${name}`) },
  { weight: 2, arbitrary: target.map((name) => `NS ${name}`) },
  { weight: 1, arbitrary: fc.constantFrom('DS 1 13 99 00', 'DS 2 13 99 01') },
  { weight: 2, arbitrary: target.map((name) => `CNAME ${name}`) },
  { weight: 1, arbitrary: target.map((name) => `DNAME ${name}`) },
)
const line = fc.tuple(owner, fc.constantFrom(60, 300), data).map(([name, ttl, rdata]) => `${name} ${ttl} ${rdata}`)
const signing = fc.constantFrom<Signing>('unsigned', 'nsec', 'nsec3', 'opt-out')

/** Leaves out what no zone may hold, or what the RFCs leave open: the first of what excludes each other stays. */
function legal(records: readonly NaiveRecord[], apex: Name): NaiveRecord[] {
  const kept: NaiveRecord[] = []
  const holds = (name: Name, ...types: number[]): boolean =>
    kept.some((each) => each.owner.equals(name) && (types.length === 0 || types.includes(each.type)))
  const isAllowed = ({ owner: name, type }: NaiveRecord): boolean => {
    if (holds(name, CNAME.number)) return false
    if (type === CNAME.number) return !name.equals(apex) && !holds(name)
    // RFC 4592 §4.2 and §4.4 leave these open.
    if (name.isWildcard && [NS.number, DNAME.number, DS.number].includes(type)) return false
    if (type === DNAME.number) return !holds(name, DNAME.number, NS.number)
    if (type === NS.number) return name.equals(apex) || !holds(name, DNAME.number)
    return type !== DS.number || !name.equals(apex)
  }
  for (const record of records) {
    const lines = kept.map(lineOf)
    const other = kept.find((each) => each.type === record.type && each.owner.equals(record.owner))
    const same = { ...record, ttl: other?.ttl ?? record.ttl }
    if (isAllowed(same) && !lines.includes(lineOf(same))) kept.push(same)
  }
  return kept.filter(({ owner: name, type }) => type !== DS.number || holds(name, NS.number))
}

function build(lines: readonly string[], serial: number, how: Signing): NaiveZone {
  const records = recordsOf(`${lines.join('\n')}\n`, EXAMPLE)
  return signNaively({ apex: EXAMPLE, records: legal([soaOf(EXAMPLE, serial), ...records], EXAMPLE) }, how)
}

const others: readonly NaiveZone[] = [
  signNaively(
    {
      apex: CHILD,
      records: [
        soaOf(CHILD, 1, 7200),
        ...recordsOf('@ NS ns\nns A 192.0.2.9\na TXT "child"\n*.w CNAME a.example.', CHILD),
      ],
    },
    'nsec',
  ),
  { apex: OTHER, records: [soaOf(OTHER, 1), ...recordsOf('@ NS ns\nhost A 192.0.2.8\nback CNAME a.example.', OTHER)] },
]

/** Names that are worth asking for: those of the zone, above them, beside and below them, and what they point to. */
function suggestions(zones: readonly NaiveZone[]): Name[] {
  const names = new Map<string, Name>()
  const suggest = (name: Name): void => void names.set(name.key, name)
  for (const { apex, records } of zones) {
    for (const { owner: name, type, rdata } of records) {
      if (type === RRSIG.number) continue
      for (let each = name; each.isAtOrBelow(apex) && !each.isRoot; each = each.parent) suggest(each)
      for (const below of ['q', 'A', '*', '~']) suggest(name.child(below))
      suggest(name.child('a').child('q'))
      if ([CNAME.number, DNAME.number, NS.number].includes(type)) suggest(Name.fromOctets(rdata))
    }
  }
  return [...names.values()]
}

function lines(records: readonly (NaiveRecord | MessageRecord)[]): string[] {
  return records.map(lineOf).sort()
}

function compare(message: Message, expected: NaiveAnswer, what: string): void {
  const said = {
    rcode: message.header.rcode,
    aa: (headerBits(message.header) & FLAG_AA) !== 0,
    answer: lines(message.answer),
    authority: lines(message.authority),
  }
  const { rcode, aa } = expected
  const wanted = { rcode, aa, answer: lines(expected.answer), authority: lines(expected.authority) }
  assert.deepEqual(said, wanted, what)
  const glue = lines(message.additional)
  const required = lines(expected.requiredGlue)
  assert.deepEqual(
    required.filter((each) => !glue.includes(each)),
    [],
    `glue that is missing: ${what}`,
  )
  const possible = [...required, ...lines(expected.possibleGlue)]
  assert.deepEqual(
    glue.filter((each) => !possible.includes(each)),
    [],
    `glue that does not belong there: ${what}`,
  )
}

/** Asks a part of all questions, another one for each seed. */
function judge(served: Served, zones: readonly NaiveZone[], seed: number): void {
  const names = suggestions(zones)
  const types = [...TYPES, ANY, 65280]
  const all = names.length * types.length * 2
  const stride = Math.max(1, Math.floor(all / QUESTIONS))
  for (let pick = seed % stride; pick < all; pick += stride) {
    const name = names[pick % names.length] ?? EXAMPLE
    const type = types[Math.floor(pick / names.length) % types.length] ?? A.number
    const dnssec = pick >= all / 2
    const message = served.ask(name, type, { dnssec, transport: TRANSPORT.tcp4 })
    const what = () =>
      `${name} TYPE${type}${dnssec ? ' DO' : ''}\n${zones.flatMap((z) => z.records.map(lineOf)).join('\n')}`
    try {
      compare(message, answerNaively(zones, name, type, dnssec), '')
    } catch (error) {
      throw new Error(`${what()}\n${error instanceof Error ? error.message : error}`)
    }
  }
}

test('answers from the image are those of the naive reference, after every change', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 18 }),
      fc.array(fc.record({ drop: fc.array(fc.nat(20), { maxLength: 4 }), add: fc.array(line, { maxLength: 4 }) }), {
        maxLength: 4,
      }),
      fc.array(signing, { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      fc.nat(0x7fffffff),
      (first, changes, signings, withChild, rotates, seed) => {
        let current = first
        let how = signings[0] ?? 'unsigned'
        let zone = build(current, 1, how)
        const rest = withChild ? others : others.slice(1)
        const served = new Served([zone, ...rest], {}, rotates ? OPTION_ROTATES : 0)
        judge(served, [zone, ...rest], seed)
        changes.forEach(({ drop, add }, i) => {
          current = [...current.filter((_, n) => !drop.includes(n)), ...add]
          // Mostly the chain stays of its kind: that is where a change must repair it.
          if (i % 2 === 1) how = signings[i + 1] ?? how
          const next = build(current, i + 2, how)
          served.writer.changeZone(EXAMPLE, changeBetween(zone, next))
          served.writer.publish()
          zone = next
          judge(served, [zone, ...rest], seed)
        })
      },
    ),
    { numRuns: Number(process.env.NUM_RUNS ?? 60), includeErrorInReport: true },
  )
})
