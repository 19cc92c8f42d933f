import assert from 'node:assert/strict'
import test from 'node:test'
import { fixedPair } from '../../signer/fixed-keys.fixture.ts'
import { NSEC, NSEC3, OPT_OUT } from '../../signer/signing.fixture.ts'
import {
  checkStructure,
  concludeVerification,
  createVerifiers,
  NOT_CHECKED,
  planVerification,
  type VerifyReport,
  verifyJobs,
  verifyZone,
} from '../index.ts'
import { APEX, AT, KSK, PLAIN, ZoneLines, ZSK } from './zone-lines.fixture.ts'

/** Empty non-terminals above delegations, names that differ in case, a DNAME with names below, types beyond the first window. */
const ODD = `${PLAIN}
x.y.insec2 NS ns1
q.y.insec2 NS ns1
z.mixed.ent NS ns1
z.mixed.ent DS 60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
renamed DNAME other.test.
below.renamed TXT "nobody sees this"
UPPER.Case MX 10 NS1
upper.case TXT "the same name"
odd TYPE1234 \\# 3 010203
\\000.zero TXT "an octet of 0 in a name"
`

function codes(report: VerifyReport): string[] {
  return report.counts.map(({ code }) => code)
}

for (const [name, denial] of Object.entries({ NSEC, NSEC3, 'opt-out': OPT_OUT })) {
  for (const algorithm of [8, 15, 16] as const) {
    test(`a zone signed here with ${name} and algorithm ${algorithm} is good`, () => {
      const zone = ZoneLines.signed({ denial, signWith: fixedPair(algorithm, APEX), zonemd: [2] }, ODD).zone()
      const report = verifyZone(zone, { at: AT })
      assert.deepEqual([report.verdict, codes(report)], ['good', []])
      assert.ok(report.signatures > 20)
    })
  }
  test(`a zone signed with two algorithms and ${name} is good`, () => {
    const signWith = [...fixedPair(8, APEX), ...fixedPair(15, APEX)]
    assert.deepEqual(codes(verifyZone(ZoneLines.signed({ denial, signWith }, ODD).zone(), { at: AT })), [])
  })
}

test('parts of the jobs may be done in any order, and all count', () => {
  const zone = ZoneLines.signed()
    .edit('c.example.', 'TXT', (line) => line.replace('"c"', '"C"'))
    .zone()
  const plan = planVerification(zone, { at: AT })
  const results = new Uint8Array(plan.jobs.count)
  const verifiers = createVerifiers(plan.verifierKeys)
  for (let last = plan.jobs.count; last > 0; last -= 5) {
    verifyJobs(zone.table, zone.records, plan.jobs, Math.max(0, last - 5), last, verifiers, results)
  }
  assert.equal(results.includes(NOT_CHECKED), false)
  checkStructure(plan)
  assert.deepEqual(codes(concludeVerification(plan, results)), ['signature-bogus'])
})

test('a job that nobody did makes the zone bad', () => {
  const plan = planVerification(ZoneLines.signed().zone(), { at: AT })
  const report = concludeVerification(plan, new Uint8Array(plan.jobs.count))
  assert.equal(report.verdict, 'bad')
  assert.equal(report.counts.find(({ code }) => code === 'signature-bogus')?.count, plan.jobs.count)
})

test('RFC4034 §3.1.5: both ends of a signature belong to its time', () => {
  const zone = ZoneLines.signed().sign('a.example.', 'TXT', { inception: AT, expiration: AT }).zone()
  assert.deepEqual(codes(verifyZone(zone, { at: AT })), [])
  assert.deepEqual(codes(verifyZone(zone, { at: AT + 1 })), ['signature-expired'])
  assert.deepEqual(codes(verifyZone(zone, { at: AT - 1 })), ['signature-not-yet-valid'])
})

test('a signature that does not count is a warning where another of its algorithm does', () => {
  const cases = {
    'signature-expired': { inception: AT - 10, expiration: AT - 1 },
    'signature-not-yet-valid': { inception: AT + 1, expiration: AT + 10 },
    'signature-times': { inception: AT + 1, expiration: AT - 1 },
  }
  for (const [code, times] of Object.entries(cases)) {
    const report = verifyZone(
      ZoneLines.signed()
        .sign('a.example.', 'TXT', { ...times, keep: true })
        .zone(),
      { at: AT },
    )
    assert.deepEqual(report.counts, [{ code, severity: 'warning', count: 1 }])
    assert.equal(report.verdict, 'good')
  }
  const stranger = ZoneLines.signed().sign('a.example.', 'TXT', { keys: [...fixedPair(8, APEX)], keep: true })
  assert.deepEqual(verifyZone(stranger.zone(), { at: AT }).counts, [
    { code: 'signature-unknown-key', severity: 'warning', count: 2 },
  ])
})

test('RFC5155 §4: two chains of NSEC3, each complete', () => {
  const salted = { kind: 'nsec3', iterations: 1, salt: Uint8Array.of(1), optOut: false } as const
  const both = ZoneLines.signed({ denial: NSEC3 })
  const other = ZoneLines.signed({ denial: salted })
  const isDenial = (line: string): boolean => ['NSEC3', 'NSEC3PARAM'].includes(line.split(' ')[3] ?? '')
  const isItsSignature = (line: string): boolean => ZoneLines.matches(line, line.split(' ')[0] ?? '', 'RRSIG', 'NSEC3')
  both.add(...other.lines.filter((line) => isDenial(line) || isItsSignature(line))).sign('example.', 'NSEC3PARAM')
  assert.deepEqual(codes(verifyZone(both.zone(), { at: AT })), ['nsec3-iterations', 'nsec3-salt'])
  const broken = other.lines.find((line) => line.endsWith(' TXT RRSIG'))?.split(' ')[0] ?? ''
  assert.ok(codes(verifyZone(both.drop(broken, 'NSEC3').zone(), { at: AT })).includes('nsec3-missing'))
})

test('RFC5155 §7.1: a delegation without DS may be left out only where the covering record has opt-out', () => {
  const zone = ZoneLines.signed({ denial: OPT_OUT }, ODD)
  for (const line of zone.lines.filter((one) => one.split(' ')[3] === 'NSEC3')) {
    const owner = line.split(' ')[0] ?? ''
    zone.edit(owner, 'NSEC3', (text) => text.replace(' NSEC3 1 1 ', ' NSEC3 1 0 ')).sign(owner, 'NSEC3')
  }
  const report = verifyZone(zone.zone(), { at: AT })
  assert.deepEqual(codes(report), ['nsec3-missing'])
  const missing = report.faults.map(({ owner }) => owner).sort()
  assert.deepEqual(missing, [
    'insec.example.',
    'insec2.example.',
    'q.y.insec2.example.',
    'x.y.insec2.example.',
    'y.insec2.example.',
  ])
})

test('RFC4035 §5: a trust anchor, as DNSKEY or DS, for a key that signs the keys', () => {
  const zone = ZoneLines.signed().zone()
  const anchor = (kind: 'ds' | 'dnskey', rdata: Uint8Array | 'unsupported') => {
    assert.ok(rdata !== 'unsupported')
    return { zone: APEX, kind, rdata }
  }
  const good = [anchor('dnskey', KSK.dnskeyRdata), anchor('ds', KSK.dsRdata(1)), anchor('ds', KSK.dsRdata(4))]
  for (const one of good) assert.deepEqual(codes(verifyZone(zone, { at: AT, anchors: [one] })), [])
  const mixed = [anchor('ds', ZSK.dsRdata(2)), anchor('ds', KSK.dsRdata(2))]
  assert.deepEqual(codes(verifyZone(zone, { at: AT, anchors: mixed })), [])
  const over = [{ ...anchor('ds', KSK.dsRdata(2)), validUntil: AT }]
  assert.deepEqual(codes(verifyZone(zone, { at: AT, anchors: over })), ['anchor-mismatch'])
  assert.deepEqual(codes(verifyZone(zone, { at: AT, anchors: [] })), ['anchor-mismatch'])
})

test('to validators the SEP flag means nothing: anchors decide', () => {
  const zone = ZoneLines.signed()
    .sign('example.', 'DNSKEY', { keys: [ZSK] })
    .zone()
  const rdata = ZSK.dnskeyRdata
  const report = verifyZone(zone, { at: AT, anchors: [{ zone: APEX, kind: 'dnskey', rdata }] })
  assert.deepEqual(report.counts, [{ code: 'dnskey-sep-unsigned', severity: 'warning', count: 1 }])
})

test('RFC5155 §10.3: more iterations than any validator follows are not followed here', () => {
  const zone = ZoneLines.signed({ denial: NSEC3 })
  zone.edit('example.', 'NSEC3PARAM', (line) => line.replace(' 1 0 0 ', ' 1 0 65535 ')).sign('example.', 'NSEC3PARAM')
  assert.deepEqual(codes(verifyZone(zone.zone(), { at: AT })), ['nsec3param-unsupported'])
})

test('keys of one tag: each is tried, up to a bound', () => {
  const zone = ZoneLines.signed()
  // Swapping two 16-bit words of the public key keeps the tag.
  const octets = Buffer.from(ZSK.publicKey)
  const twins = Array.from({ length: 12 }, (_, i) => {
    const twin = Buffer.from(octets)
    const word = twin.readUInt16BE(0)
    twin.writeUInt16BE(twin.readUInt16BE(2 * i + 2), 0)
    twin.writeUInt16BE(word, 2 * i + 2)
    return `example. 3600 IN DNSKEY 256 3 15 ${twin.toString('base64')}`
  })
  const few = verifyZone(
    zone
      .add(...twins.slice(0, 3))
      .sign('example.', 'DNSKEY')
      .zone(),
    { at: AT },
  )
  assert.deepEqual(codes(few), [])
  const many = planVerification(
    zone
      .add(...twins.slice(3))
      .sign('example.', 'DNSKEY')
      .zone(),
    { at: AT },
  )
  assert.equal(many.jobs.count, 1 + (8 * (few.signatures - 1)) / 4)
})
