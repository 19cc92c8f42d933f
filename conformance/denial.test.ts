/**
 * The answers of RFC 4035 appendix B and RFC 5155 appendix B as a validator takes them: with the records that stand there each
 * is proved, and without any one of them it is not. The zone of RFC 5155 has its published signatures; that of RFC 4035 is
 * signed here.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { Name } from '../src/dns/name/index.ts'
import { DNSKEY, NS, typeNumber } from '../src/dns/rr/index.ts'
import { textSource } from '../src/dns/text/index.ts'
import { findAlgorithm, groupRRsets, parseKeyTime, type RRset, Verifier } from '../src/dnssec/index.ts'
import { INCEPTION, signText } from '../src/signer/signing.fixture.ts'
import {
  type DenialProof,
  type DenialRecords,
  prepareKeys,
  proveNoData,
  proveNoDs,
  proveNoName,
  proveWildcard,
  readDenial,
  type ValidatorSettings,
  verifyRRset,
} from '../src/validator/index.ts'
import { loadRecords, type RecordTable, Zone } from '../src/zone/index.ts'
import { findMaterial } from './material.ts'

const EXAMPLE = Name.parse('example.')
const SETTINGS: ValidatorSettings = {
  prepareKey: Verifier.create,
  isSupported: (algorithm) => findAlgorithm(algorithm) !== 'unsupported',
  maxNsec3Iterations: 50,
  hardenAlgorithmDowngrade: false,
  skew: { share: 0, leastSeconds: 0, mostSeconds: 0 },
  ignoreTimes: false,
  maxKeySeconds: 86400,
  bogusSeconds: 60,
}
const NO_LIMIT = { takeVerification: () => true, takeHash: () => true }
const EVERY_OUTCOME_BUT_PROOF = ['unproved', 'contradicted']

function material(...parts: string[]): { text: string; skip: string | false } {
  const path = findMaterial(...parts)
  if (path === undefined) return { text: '', skip: `no material ${parts.join('/')}` }
  return { text: readFileSync(path, 'latin1'), skip: false }
}

function setsOf(table: RecordTable, records: Iterable<number>): RRset[] {
  const list = Array.from(records, (index) => ({
    owner: Name.fromOctets(table.octets, table.owner[index] ?? 0),
    type: table.type[index] ?? 0,
    class: 1,
    ttl: table.ttl[index] ?? 0,
    rdata: table.rdataOf(index),
  }))
  return groupRRsets(list, 0)
}

/** The RRsets of denial with these first labels. */
function pick(sets: readonly RRset[], type: 'NSEC' | 'NSEC3', owners: readonly string[]): RRset[] {
  return owners.map((label) => {
    const name = label === '@' ? EXAMPLE : Name.parse(label, EXAMPLE)
    const found = sets.find((set) => set.type === typeNumber(type) && set.owner.equals(name))
    assert.ok(found, label)
    return found
  })
}

/** Proved with all of them, and all are used; not proved without any one. */
function holdProof(
  sets: readonly RRset[],
  expected: string,
  prove: (records: DenialRecords) => DenialProof<string>,
): void {
  const proof = prove(readDenial(EXAMPLE, sets, SETTINGS, NO_LIMIT))
  assert.equal(proof.outcome, expected)
  assert.equal(proof.used.length, sets.length)
  for (const missing of sets) {
    const rest = sets.filter((set) => set !== missing)
    const { outcome } = prove(readDenial(EXAMPLE, rest, SETTINGS, NO_LIMIT))
    assert.ok(EVERY_OUTCOME_BUT_PROOF.includes(outcome), `without ${missing.owner}: ${outcome}`)
  }
}

const name = (text: string): Name => Name.parse(text, EXAMPLE)
const type = (word: string): number => typeNumber(word)

const a4035 = material('rfc-vectors', 'rfc4035-appendix-A.zone')
function sets4035(): RRset[] {
  const { plan } = signText(a4035.text, { zone: EXAMPLE, denial: { kind: 'nsec' } })
  return setsOf(plan.zone.table, plan.order)
}

const CASES_4035: readonly [string, string, string[], string, (records: DenialRecords) => DenialProof<string>][] = [
  ['§B.2', 'name error', ['b', '@'], 'proved', (records) => proveNoName(records, name('ml'))],
  ['§B.3', 'no data', ['ns1'], 'proved', (records) => proveNoData(records, name('ns1'), type('MX'))],
  ['§B.5', 'referral to an unsigned zone', ['b'], 'no-ds', (records) => proveNoDs(records, name('b'))],
  ['§B.6', 'wildcard expansion', ['x.y.w'], 'proved', (records) => proveWildcard(records, name('a.z.w'), name('w'))],
  [
    '§B.7',
    'wildcard no data',
    ['x.y.w', '*.w'],
    'proved',
    (records) => proveNoData(records, name('a.z.w'), type('AAAA')),
  ],
]
for (const [section, what, owners, expected, prove] of CASES_4035) {
  test(`RFC4035 ${section}: ${what}`, { skip: a4035.skip }, () => {
    holdProof(pick(sets4035(), 'NSEC', owners), expected, prove)
  })
}

test('RFC4035 §B.4: referral to a signed zone: its DS cannot be denied', { skip: a4035.skip }, () => {
  const all = readDenial(EXAMPLE, sets4035(), SETTINGS, NO_LIMIT)
  assert.equal(proveNoDs(all, name('a')).outcome, 'contradicted')
  assert.equal(proveNoData(all, name('a'), type('DS')).outcome, 'contradicted')
})

test('RFC4035 §B.8: the child does not tell of its DS', { skip: a4035.skip }, () => {
  const all = readDenial(EXAMPLE, sets4035(), SETTINGS, NO_LIMIT)
  assert.equal(proveNoData(all, EXAMPLE, type('DS')).outcome, 'unproved')
})

const a5155 = material('rfc-vectors', 'rfc5155-example.zone.signed')
function sets5155(): RRset[] {
  const { table } = loadRecords(textSource(a5155.text), EXAMPLE)
  return setsOf(table, Zone.arrange(EXAMPLE, table).records)
}

const AT_5155 = parseKeyTime('20100101000000') ?? INCEPTION

test('RFC5155 §A: every RRset of the example zone is good', { skip: a5155.skip }, () => {
  const sets = sets5155()
  const dnskey = sets.find((set) => set.type === DNSKEY.number)
  assert.ok(dnskey)
  const keys = prepareKeys(dnskey, SETTINGS)
  let good = 0
  for (const set of sets) {
    const verdict = verifyRRset(set, EXAMPLE, keys, AT_5155, SETTINGS, NO_LIMIT)
    if (verdict.ok) good++
    else {
      assert.equal(verdict.reason, 'signature-missing')
      const isGlue = sets.some((cut) => cut.type === NS.number && set.owner.isAtOrBelow(cut.owner))
      assert.ok(isGlue, `${set.owner} ${set.type}`)
    }
  }
  assert.ok(good > 20)
})

const H = {
  example: '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom',
  a: '35mthgpgcu1qg68fab165klnsnk3dpvl',
  ns1: '2t7b4g4vsa5smi47k61mv5bv1a22bojr',
  ns2: 'q04jkcevqvmu85r014c7dkba38o0ji5r',
  w: 'k8udemvp1j2f7eg6jebps17vp3n8i58h',
  wildcard: 'r53bq7cc2uvmubfu5ocmm6pers9tk9en',
  xw: 'b4um86eghhds6nea196smvmlo4ors995',
  yw: 'ji6neoaepv8b5o6k4ev33abha8ht9fgc',
}

// Every span of that zone is opt-out, so that what rests on a next closer name is not secure (§9.2).
const CASES_5155: typeof CASES_4035 = [
  ['§B.1', 'name error', [H.example, H.xw, H.a], 'opt-out', (records) => proveNoName(records, name('a.c.x.w'))],
  ['§B.2', 'no data', [H.ns1], 'proved', (records) => proveNoData(records, name('ns1'), type('MX'))],
  ['§B.2.1', 'empty non-terminal', [H.yw], 'proved', (records) => proveNoData(records, name('y.w'), type('A'))],
  [
    '§B.3',
    'referral to an opt-out unsigned zone',
    [H.a, H.example],
    'opt-out',
    (records) => proveNoDs(records, name('c')),
  ],
  ['§B.4', 'wildcard expansion', [H.ns2], 'opt-out', (records) => proveWildcard(records, name('a.z.w'), name('w'))],
  ['§B.5', 'wildcard no data', [H.w, H.ns2], 'opt-out', (records) => proveNoData(records, name('a.z.w'), type('AAAA'))],
]
for (const [section, what, owners, expected, prove] of CASES_5155) {
  test(`RFC5155 ${section}: ${what}`, { skip: a5155.skip }, () => {
    holdProof(pick(sets5155(), 'NSEC3', owners), expected, prove)
  })
}

test('RFC5155 §B.5: the wildcard that has the type contradicts', { skip: a5155.skip }, () => {
  const { parameters } = readDenial(EXAMPLE, sets5155(), SETTINGS, NO_LIMIT).chains[0] ?? {}
  assert.equal(parameters?.iterations, 12)
  const [wildcard] = pick(sets5155(), 'NSEC3', [H.wildcard])
  assert.ok(wildcard)
  const records = readDenial(EXAMPLE, [wildcard], SETTINGS, NO_LIMIT)
  assert.equal(proveNoData(records, name('*.w'), type('MX')).outcome, 'contradicted')
})

test('RFC5155 §B.6: the child does not tell of its DS', { skip: a5155.skip }, () => {
  const all = readDenial(EXAMPLE, sets5155(), SETTINGS, NO_LIMIT)
  assert.equal(proveNoData(all, EXAMPLE, type('DS')).outcome, 'unproved')
})
