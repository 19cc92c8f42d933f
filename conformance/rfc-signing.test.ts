/**
 * The example zones and vectors of the RFCs, signed and verified as whole RRsets and zones: RFC 4035 A, RFC 5155 A, RFC 8080,
 * RFC 8976 A, RRSIGs that others collected, and zones with ZONEMD.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Name } from '../src/dns/name/index.ts'
import { OctetWriter } from '../src/dns/octets.ts'
import { textSource } from '../src/dns/text/index.ts'
import { findAlgorithm, parseBindKey, RRSIG_SIGNER, verifySignature } from '../src/dnssec/index.ts'
import { fixedPair } from '../src/signer/fixed-keys.fixture.ts'
import { linesOfType, signText } from '../src/signer/signing.fixture.ts'
import { computeZonemd, loadRecords, type RecordTable, writeSignedData, Zone } from '../src/zone/index.ts'
import { findMaterial } from './material.ts'

const example = Name.parse('example.')

/** A file of the material, and why the test is skipped without it. */
function material(...parts: string[]): { text: string; skip: string | false } {
  const path = findMaterial(...parts)
  if (path === undefined) return { text: '', skip: `no material ${parts.join('/')}` }
  return { text: readFileSync(path, 'latin1'), skip: false }
}

/** `owner type RDATA` of the records of a type, in lower case, types of bitmaps in order. */
function chainOf(lines: readonly string[], type: 'NSEC' | 'NSEC3'): string[] {
  const fixed = type === 'NSEC' ? 1 : 5
  return lines
    .map((line) => line.split(/\s+/))
    .filter((fields) => fields[3] === type)
    .map(([owner, , , , ...rdata]) =>
      [owner, ...rdata.slice(0, fixed), ...rdata.slice(fixed).sort()].join(' ').toLowerCase(),
    )
    .sort()
}

const a4035 = material('rfc-vectors', 'rfc4035-appendix-A.zone')
test('RFC4035 §A: the NSEC chain of the example zone', { skip: a4035.skip }, () => {
  const signed = signText(a4035.text, { zone: example, denial: { kind: 'nsec' } })
  assert.deepEqual(
    linesOfType(signed, 'NSEC').map((line) => line.replace(/ 1800 IN NSEC/, '')),
    [
      'example. a.example. NS SOA MX RRSIG NSEC DNSKEY',
      'a.example. ai.example. NS DS RRSIG NSEC',
      'ai.example. b.example. A HINFO AAAA RRSIG NSEC',
      'b.example. ns1.example. NS RRSIG NSEC',
      'ns1.example. ns2.example. A RRSIG NSEC',
      'ns2.example. *.w.example. A RRSIG NSEC',
      '*.w.example. x.w.example. MX RRSIG NSEC',
      'x.w.example. x.y.w.example. MX RRSIG NSEC',
      'x.y.w.example. xx.example. MX RRSIG NSEC',
      'xx.example. example. A HINFO AAAA RRSIG NSEC',
    ],
  )
  const below = signed.lines.filter((line) => /^ns\d\.[ab]\.example\. \d+ IN RRSIG/.test(line))
  assert.deepEqual(below, [])
})

const a5155 = material('rfc-vectors', 'rfc5155-example.zone.signed')
const salted = { kind: 'nsec3', iterations: 12, salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd), optOut: true } as const

test('RFC5155 §A: the NSEC3 chain of the example zone, as it was published', { skip: a5155.skip }, () => {
  const published = chainOf(a5155.text.split('\n'), 'NSEC3')
  assert.equal(published.length, 12)
  assert.deepEqual(chainOf(signText(a5155.text, { zone: example, denial: salted }).lines, 'NSEC3'), published)
  const asBefore = signText(a5155.text, { zone: example })
  assert.deepEqual(chainOf(asBefore.lines, 'NSEC3'), published, 'parameters and opt-out come from the zone')
})

const plain5155 = material('rfc-vectors', 'rfc5155-appendix-A.zone')
test('RFC5155 §A: the NSEC3 chain from the unsigned zone', { skip: plain5155.skip }, () => {
  // The zone's comments tell the hash of every name that is in the chain.
  const hashes = [...plain5155.text.matchAll(/^; H\((\S+)\)\s+= (\S+)/gm)].map(([, , hash = '']) => hash).sort()
  const chain = chainOf(signText(plain5155.text, { zone: example, denial: salted }).lines, 'NSEC3')
  const owners = chain.map((line) => line.split('.')[0] ?? '')
  assert.deepEqual(owners, hashes)
  assert.deepEqual(
    chain.map((line) => line.split(' ')[5]),
    [...owners.slice(1), owners[0]],
  )
  const all = signText(plain5155.text, { zone: example, denial: { ...salted, optOut: false } })
  assert.equal(chainOf(all.lines, 'NSEC3').length, hashes.length + 1, 'without opt-out c.example. has one too')
})

test('RFC4034 §3.1.8.1: every RRSIG of the example zone of RFC 5155 verifies', { skip: a5155.skip }, () => {
  const verdicts = verifyAll(a5155.text, example)
  assert.equal(verdicts.length, (a5155.text.match(/IN RRSIG/g) ?? []).length)
  assert.deepEqual(
    verdicts.filter(({ good }) => !good),
    [],
  )
})

const examples = material('rfc-vectors', 'miekg-rfc6605-rfc8080.txt')
for (const part of examples.text.split(/^# /m).filter((text) => text.startsWith('TestRFC8080'))) {
  const name = part.slice(0, part.indexOf('\n'))
  test(`RFC8080 §6.1: the zone signer makes the signature of the example (${name})`, () => {
    const [, dnskey = ''] = /^(example\.com\. 3600 IN DNSKEY [^)]*\))/m.exec(part) ?? []
    const [secret = ''] = /^Private-key-format[\s\S]*?\nPrivateKey: .*\n/m.exec(part) ?? []
    const key = parseBindKey({ file: 'k.key', text: dnskey }, { file: 'k.private', text: secret }).with({ role: 'csk' })
    const [, expected = ''] = /RRSIG MX[^(]*\([^(]*\(\s*([^)]*)\)/.exec(part) ?? []
    const text = '@ 3600 SOA a b 1 2 3 4 5\n@ 3600 NS a\n@ 3600 MX 10 mail\n'
    const times = { inception: 1438207200, expiration: 1440021600 }
    const signed = signText(text, { zone: 'example.com.', signWith: [key], ...times })
    const line = linesOfType(signed, 'RRSIG').find((one) => one.includes(' RRSIG MX '))
    assert.equal(line?.split(' ').slice(12).join(''), expected.replaceAll(/\s/g, ''))
  })
}
if (examples.skip !== false) test('RFC8080 §6.1: signatures of the examples', { skip: examples.skip }, () => {})

type Verdict = { readonly rrset: string; readonly good: boolean | 'unsupported' }

/** Verifies every RRSIG of a text that holds DNSKEYs, RRsets and RRSIGs, at the time of the signature. */
function verifyAll(text: string, apex: Name): Verdict[] {
  const { table } = loadRecords(textSource(text), apex, { defaultTtl: 3600 })
  const { records } = Zone.arrange(apex, table)
  const keys = Array.from(records).filter((index) => table.type[index] === 48)
  const verdicts: Verdict[] = []
  for (const index of records) if (table.type[index] === 46) verdicts.push(verifyOne(table, records, index, keys))
  return verdicts
}

function verifyOne(table: RecordTable, records: Uint32Array, rrsig: number, keys: readonly number[]): Verdict {
  const rdata = table.rdataOf(rrsig)
  const covered = ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0)
  const owner = Name.fromOctets(table.octets, table.owner[rrsig])
  const from = records.findIndex(
    (index) => table.type[index] === covered && Name.fromOctets(table.octets, table.owner[index]).equals(owner),
  )
  let to = from
  while (
    to < records.length &&
    table.type[records[to] ?? 0] === covered &&
    Name.fromOctets(table.octets, table.owner[records[to] ?? 0]).equals(owner)
  )
    to++
  const data = new OctetWriter(1024)
  writeSignedData(table, records, from, to, table.rdata[rrsig] ?? 0, data)
  const signer = Name.fromOctets(rdata, RRSIG_SIGNER)
  const signature = rdata.subarray(RRSIG_SIGNER + signer.octets.length)
  const algorithm = rdata[2] ?? 0
  const candidates = keys.map((key) => table.rdataOf(key)).filter((key) => key[3] === algorithm)
  const results = candidates.map((key) => verifySignature(algorithm, key.subarray(4), data.copy(), signature))
  const good = findAlgorithm(algorithm) === 'unsupported' ? 'unsupported' : results.includes(true)
  return { rrset: `${owner} ${covered}`, good }
}

type DnspythonFile = {
  rrsig: { name: string; dnskeys: string[]; rrset: string[]; rrsig: string[]; bad_rrset: string[] | null }[]
}
const dnspython = material('rfc-vectors', 'dnspython-rrsig-ds.json')
const file: DnspythonFile = dnspython.skip === false ? JSON.parse(dnspython.text) : { rrsig: [] }
for (const { name, dnskeys, rrset, rrsig, bad_rrset: badRrset } of file.rrsig) {
  test(`RFC4035 §5.3.2: the signature over ${name}, as a zone holds it`, () => {
    const lines = (records: readonly string[]): string => records.map((record) => `${record}\n`).join('')
    const around = lines([...dnskeys, ...rrsig])
    // Some vectors sign the DNSKEY RRset that is among the keys already.
    const verdicts = verifyAll(around + lines(rrset), Name.root)
    assert.ok(verdicts.length > 0)
    const expected = verdicts.map(({ good }) => (good === 'unsupported' ? good : true))
    assert.deepEqual(
      verdicts.map(({ good }) => good),
      expected,
    )
    if (badRrset === null || expected.includes('unsupported')) return
    const bad = verifyAll(around + lines(badRrset), Name.root)
    assert.ok(bad.length > 0 && bad.every(({ good }) => good === false))
  })
}
if (dnspython.skip !== false) test('RFC4035 §5.3.2: vectors of dnspython', { skip: dnspython.skip }, () => {})

/** What ZONEMD records of a zone say and what the zone's digest is, by hash algorithm; scheme SIMPLE only. */
function digests(text: string, apex: Name): { told: string[]; computed: string[] } {
  const { table } = loadRecords(textSource(text), apex)
  const { records } = Zone.arrange(apex, table)
  const told: string[] = []
  const computed: string[] = []
  for (const index of records) {
    if (table.type[index] !== 63 || !Name.fromOctets(table.octets, table.owner[index]).equals(apex)) continue
    const rdata = table.rdataOf(index)
    const hash = rdata[5]
    if (rdata[4] !== 1 || (hash !== 1 && hash !== 2)) continue
    told.push(`${hash} ${rdata.subarray(6).toHex()}`)
    computed.push(`${hash} ${computeZonemd(table, records, apex, hash).toHex()}`)
  }
  return { told, computed }
}

const A8976: readonly [section: string, file: string, apex: string, digests: number][] = [
  ['RFC8976 §A.1', 'A.1.Simple-EXAMPLE-Zone', 'example.', 1],
  ['RFC8976 §A.2', 'A.2.Complex-EXAMPLE-Zone', 'example.', 1],
  ['RFC8976 §A.3', 'A.3.EXAMPLE-Zone-with-multiple-digests', 'example.', 2],
  ['RFC8976 §A.4', 'A.4.The-URI.ARPA-Zone', 'uri.arpa.', 1],
  ['RFC8976 §A.5', 'A.5.The-ROOT-SERVERS.NET-Zone', 'root-servers.net.', 1],
]
for (const [section, name, apex, count] of A8976) {
  const { text, skip } = material('rfc-vectors', 'rfc8976', name)
  test(`${section}: the digest of ${name}`, { skip }, () => {
    const { told, computed } = digests(text, Name.parse(apex))
    assert.equal(told.length, count)
    assert.deepEqual(computed, told)
  })
}

const plainZones: readonly [section: string, file: string, apex: string][] = [
  ['RFC8976 §A.1', 'A.1.Simple-EXAMPLE-Zone', 'example.'],
  ['RFC8976 §A.5', 'A.5.The-ROOT-SERVERS.NET-Zone', 'root-servers.net.'],
]
for (const [section, name, apex] of plainZones) {
  const { text, skip } = material('rfc-vectors', 'rfc8976', name)
  test(`${section}: ${name} keeps a right digest when it is signed`, { skip }, () => {
    const zone = Name.parse(apex)
    const { told, computed } = digests(
      signText(text, { zone, zonemd: [1, 2], signWith: fixedPair(15, zone) }).text,
      zone,
    )
    assert.equal(told.length, 2)
    assert.deepEqual(computed, told)
  })
}

/** Zones whose outcome here is another one: zone-material.test.ts and docs/verdicts.md say which and why. */
const ELSEWHERE: ReadonlySet<string> = new Set(['22-lots-rr-types', '80-mixed-classes'])

const folder = findMaterial('zonemd', 'zones')
for (const name of folder === undefined ? [] : readdirSync(folder).sort()) {
  const config = readFileSync(join(folder ?? '', name, 'config'), 'utf8')
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(config)?.[1] ?? ''
  if (value('expected_result') !== 'success' || ELSEWHERE.has(name)) continue
  test(`RFC8976 §3.3.1: the digest of zonemd/${name}`, () => {
    const text = readFileSync(join(folder ?? '', name, value('zonefile')), 'latin1')
    const { told, computed } = digests(text, Name.parse(value('origin')))
    assert.ok(told.length > 0)
    assert.deepEqual(computed, told)
  })
}
if (folder === undefined) test('RFC8976 §3.3.1: zones with ZONEMD', { skip: 'no material zonemd/zones' }, () => {})
