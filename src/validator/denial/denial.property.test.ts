/**
 * Random small zones, signed in each way. With just the records that an authority sends, every truth is proved; with all records
 * of denial that the zone has, or any part of them, no untruth ever is. The truth is worked out from plain lists.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answerNaively } from '../../authority/naive-answerer.fixture.ts'
import { type NaiveRecord, recordsOf, soaOf } from '../../authority/naive-zone.fixture.ts'
import { Name } from '../../dns/name/index.ts'
import { A, CNAME, DNAME, DS, MX, NS, NSEC, NSEC3, RRSIG, SOA, TXT } from '../../dns/rr/index.ts'
import { groupRRsets, type RRset } from '../../dnssec/index.ts'
import type { Denial } from '../../signer/index.ts'
import { AT, CountedBudget, SETTINGS, SignedZone } from '../signed-zone.fixture.ts'
import {
  type DenialProof,
  type DenialRecords,
  proveNoData,
  proveNoDs,
  proveNoName,
  proveWildcard,
  readDenial,
} from './index.ts'

const APEX = Name.parse('example.')
const ANY = 255
const TYPES = [A, TXT, NS, DS, CNAME, SOA, MX].map(({ number }) => number)
const NOT_OF_THE_ZONE = [RRSIG, NSEC, NSEC3].map(({ number }) => number)
const RUNS = Number(process.env.NUM_RUNS ?? 60)

const label = fc.constantFrom('a', 'b', '*', 'ns', '\\000', 'z')
const owner = fc.array(label, { maxLength: 4 }).map((labels) => [...labels, 'example.'].join('.'))
const data = fc.constantFrom(
  'A 192.0.2.1',
  'A 192.0.2.2',
  'TXT "t"',
  'TXT "u"',
  'MX 1 a.example.',
  'NS ns.other.',
  'NS ns.other.',
  'DS 1 13 99 00',
  'CNAME c.example.',
  'DNAME other.',
)
const lines = fc.array(
  fc.tuple(owner, data).map(([name, rdata]) => `${name} 300 ${rdata}`),
  { maxLength: 16 },
)
const salt = Uint8Array.of(0xab, 0xcd)
const denial = fc.constantFrom<Denial>(
  { kind: 'nsec' },
  { kind: 'nsec3', iterations: 2, salt, optOut: false },
  { kind: 'nsec3', iterations: 2, salt, optOut: true },
)

/** Leaves out what no zone may hold or what the RFCs leave open (RFC 4592 §4.2, §4.4). */
function legal(records: readonly NaiveRecord[]): NaiveRecord[] {
  const kept: NaiveRecord[] = []
  const has = (name: Name, type?: number): boolean =>
    kept.some((each) => each.owner.equals(name) && (type === undefined || each.type === type))
  for (const record of records) {
    const { owner: name, type } = record
    if (has(name, CNAME.number) || (type === CNAME.number && has(name))) continue
    if (name.isWildcard && [NS, DNAME, DS].some(({ number }) => number === type)) continue
    if (type === DNAME.number && (has(name, DNAME.number) || (has(name, NS.number) && !name.equals(APEX)))) continue
    if (type === NS.number && has(name, DNAME.number) && !name.equals(APEX)) continue
    if (type === DS.number && (name.equals(APEX) || !has(name, NS.number))) continue
    kept.push(record)
  }
  return kept
}

/** What is true of names, told from records. */
class Truth {
  readonly records: readonly NaiveRecord[]

  constructor(records: readonly NaiveRecord[]) {
    this.records = records
  }

  /** The zone without its unsigned delegations, as an opt-out chain has it. */
  withoutUnsignedCuts(): Truth {
    const cuts = this.records.filter(({ owner: name }) => this.isCut(name) && !this.has(name, DS.number))
    return new Truth(this.records.filter(({ owner: name }) => !cuts.some((cut) => name.isAtOrBelow(cut.owner))))
  }

  has(name: Name, ...types: number[]): boolean {
    return this.records.some((record) => record.owner.equals(name) && types.includes(record.type))
  }

  isCut(name: Name): boolean {
    return !name.equals(APEX) && this.has(name, NS.number)
  }

  /** Whether the name is not this zone's to speak of: below a cut, or below a DNAME. */
  isBeyond(name: Name): boolean {
    return this.ancestors(name).some((above) => this.isCut(above) || this.has(above, DNAME.number))
  }

  exists(name: Name): boolean {
    return this.records.some((record) => record.owner.isAtOrBelow(name))
  }

  /** Names above, from the parent to the apex. */
  ancestors(name: Name): Name[] {
    const found: Name[] = []
    for (let each = name; !each.equals(APEX); each = each.parent) found.push(each.parent)
    return found
  }

  /** The name that answers for this one: itself, or the wildcard below its closest encloser. */
  source(name: Name): Name | undefined {
    if (this.exists(name)) return name
    const wildcard = this.ancestors(name)
      .find((above) => this.exists(above))
      ?.child('*')
    return wildcard !== undefined && this.exists(wildcard) ? wildcard : undefined
  }

  isNoName(name: Name): boolean {
    return !this.isBeyond(name) && this.source(name) === undefined
  }

  isNoData(name: Name, type: number): boolean {
    const source = this.isBeyond(name) ? undefined : this.source(name)
    if (source === undefined) return false
    if (this.isCut(source) && type !== DS.number) return false
    if (type === ANY) return !this.records.some((record) => record.owner.equals(source))
    return !this.has(source, type, CNAME.number)
  }
}

type Sample = { readonly zone: SignedZone; readonly truth: Truth; readonly reduced: Truth; readonly optOut: boolean }

function sampleOf(texts: readonly string[], how: Denial): Sample {
  const records = legal([soaOf(APEX, 1), ...recordsOf(`@ NS ns.other.\n${texts.join('\n')}\n`, APEX)])
  const zone = new SignedZone(textOf(records), { denial: how })
  const truth = new Truth(zone.records.filter(({ type }) => !NOT_OF_THE_ZONE.includes(type) && type !== 51))
  const optOut = how.kind === 'nsec3' && how.optOut
  return { zone, truth, reduced: optOut ? truth.withoutUnsignedCuts() : truth, optOut }
}

function textOf(records: readonly NaiveRecord[]): string {
  return records
    .map(({ owner: name, type, rdata }) => `${name} 300 TYPE${type} \\# ${rdata.length} ${rdata.toHex()}\n`)
    .join('')
}

/** Names of the zone, above, beside and below them. */
function namesAround({ truth }: Sample): Name[] {
  const names = new Map<string, Name>()
  for (const { owner: name } of truth.records) {
    for (const each of [name, ...truth.ancestors(name)]) {
      names.set(each.key, each)
      for (const below of ['q', '*', 'a', '\x00', '~']) names.set(each.child(below).key, each.child(below))
      const deep = each.child('a').child('q')
      names.set(deep.key, deep)
    }
  }
  return [...names.values()]
}

function describe({ zone }: Sample): string {
  return zone.records
    .filter(({ type }) => type !== RRSIG.number)
    .map(({ owner: name, type }) => `${name} ${type}`)
    .join('\n')
}

function prepare(sets: readonly RRset[]): DenialRecords {
  return readDenial(APEX, sets, SETTINGS, new CountedBudget())
}

/** Holds whatever is told to the truth. */
function judge(sample: Sample, records: DenialRecords, name: Name): void {
  const { truth, reduced } = sample
  const what = (proof: DenialProof<string>, of: string): string =>
    `${name} ${of}: ${proof.outcome}\n${describe(sample)}`
  const isSpared = !reduced.isBeyond(name) && !reduced.exists(name)

  const noName = proveNoName(records, name)
  if (noName.outcome === 'proved') assert.ok(truth.isNoName(name), what(noName, 'no name'))
  if (noName.outcome === 'opt-out') assert.ok(isSpared, what(noName, 'no name'))
  if (noName.outcome === 'contradicted') assert.ok(!reduced.isNoName(name), what(noName, 'no name'))

  for (const type of [...TYPES, ANY]) {
    const noData = proveNoData(records, name, type)
    if (noData.outcome === 'proved') assert.ok(truth.isNoData(name, type), what(noData, `no ${type}`))
    if (noData.outcome === 'opt-out') assert.ok(isSpared, what(noData, `no ${type}`))
    if (noData.outcome === 'contradicted') {
      assert.ok(!(truth.isNoData(name, type) && reduced.isNoData(name, type)), what(noData, `no ${type}`))
    }
  }

  const noDs = proveNoDs(records, name)
  const isCut = truth.isCut(name) && !truth.isBeyond(name)
  if (noDs.outcome === 'no-ds') assert.ok(isCut && !truth.has(name, DS.number), what(noDs, 'no DS'))
  if (noDs.outcome === 'contradicted') assert.ok(isCut && truth.has(name, DS.number), what(noDs, 'no DS'))
  if (noDs.outcome === 'not-a-cut') assert.ok(!truth.isCut(name) && !truth.isBeyond(name), what(noDs, 'no DS'))
  if (noDs.outcome === 'opt-out') assert.ok(isSpared, what(noDs, 'no DS'))

  for (const encloser of truth.ancestors(name)) {
    // The wildcard below it was signed by the zone.
    if (truth.isBeyond(encloser.child('*'))) continue
    const nextCloser = [name, ...truth.ancestors(name)].find((each) => each.parent.equals(encloser)) ?? name
    const wildcard = proveWildcard(records, name, encloser)
    if (wildcard.outcome === 'proved') {
      assert.ok(!truth.isBeyond(nextCloser) && !truth.exists(nextCloser), what(wildcard, `wildcard below ${encloser}`))
    }
    if (wildcard.outcome === 'opt-out') {
      assert.ok(!reduced.exists(nextCloser), what(wildcard, `wildcard below ${encloser}`))
    }
  }
}

test('no untruth is ever proved, with all records of denial or any part of them', () => {
  fc.assert(
    fc.property(lines, denial, fc.infiniteStream(fc.boolean()), (texts, how, coins) => {
      const sample = sampleOf(texts, how)
      const names = namesAround(sample)
      const all = prepare(sample.zone.denial)
      for (const name of names) judge(sample, all, name)
      const part = prepare(sample.zone.denial.filter(() => coins.next().value === true))
      for (const name of names) judge(sample, part, name)
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  )
})

test('every truth is proved with the records that an authority sends, and all of them are used', () => {
  fc.assert(
    fc.property(lines, denial, (texts, how) => {
      const sample = sampleOf(texts, how)
      const { zone, optOut, truth, reduced } = sample
      const naive = { apex: APEX, records: zone.records }
      for (const name of namesAround(sample)) {
        for (const type of TYPES) {
          // Whether there is a DS at the apex is for the parent to say.
          if (type === DS.number && name.equals(APEX)) continue
          const answer = answerNaively([naive], name, type, true)
          const sets = groupRRsets(
            answer.authority.map((record) => ({ ...record, class: 1 })),
            AT,
          )
          const proofs = sets.filter((set) => set.type === NSEC.number || set.type === NSEC3.number)
          const records = prepare(proofs)
          const what = `${name} ${type}\n${describe(sample)}`
          const hold = (proof: DenialProof<string>, ...wanted: string[]): void => {
            // A name above unsigned delegations only is not in the chain: a wildcard above it may seem to stand in for it.
            const isHidden = [name, ...truth.ancestors(name)].some(
              (each) => truth.exists(each) && !reduced.exists(each),
            )
            if (isHidden && proof.outcome === 'contradicted') return
            assert.ok([...wanted, ...(optOut ? ['opt-out'] : [])].includes(proof.outcome), `${proof.outcome}: ${what}`)
            if (proof.outcome !== 'opt-out') assert.equal(proof.used.length, proofs.length, `all used: ${what}`)
            for (const used of proof.used) assert.ok(proofs.includes(used), what)
          }
          const [first] = answer.answer
          if (first !== undefined) {
            const signature = answer.answer.find((record) => record.type === RRSIG.number && record.owner.equals(name))
            const labels = signature?.rdata[3] ?? name.labelCount
            const expanded = name.labelCount - (name.isWildcard ? 1 : 0) - labels
            // One link only: what an alias leads to has proofs of its own.
            if (expanded <= 0 || first.type === CNAME.number || first.type === DNAME.number) continue
            let encloser = name
            while (encloser.labelCount > labels) encloser = encloser.parent
            hold(proveWildcard(records, name, encloser), 'proved')
          } else if (answer.rcode === 3) hold(proveNoName(records, name), 'proved')
          else if (answer.aa) hold(proveNoData(records, name, type), 'proved')
          else {
            const cut = answer.authority.find((record) => record.type === NS.number)?.owner ?? name
            if (!answer.authority.some((record) => record.type === DS.number)) hold(proveNoDs(records, cut), 'no-ds')
          }
        }
      }
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  )
})
