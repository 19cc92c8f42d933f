/**
 * Keys, key tags, DS digests, raw signatures and NSEC3 hashes of the RFCs, as others collected them. What an RRSIG is made
 * over is put together here by hand for the types that these vectors use, so that only the cryptography is on trial.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { Name } from '../src/dns/name/index.ts'
import {
  computeKeyTag,
  matchesDs,
  nsec3Hash,
  parseBindKey,
  parseDnskeyRecord,
  parseKeyRecords,
  verifySignature,
} from '../src/dnssec/index.ts'
import { findMaterial } from './material.ts'

const ROOT = ['rfc-vectors']

/** Reads a file of the material, or says what is missing. */
function load(name: string): { text: string; skip: string | false } {
  const path = findMaterial(...ROOT, name)
  if (path === undefined) return { text: '', skip: `material/rfc-vectors/${name} is not there` }
  return { text: readFileSync(path, 'utf8'), skip: false }
}

type Record = { owner: Name; ttl: number; type: string; fields: string[] }

/** `owner TTL IN TYPE fields…`, parentheses passed over. */
function parseRecord(text: string): Record {
  const [owner = '', ttl = '', , type = '', ...fields] = text.replaceAll(/[()]/g, ' ').trim().split(/\s+/)
  return { owner: Name.parse(owner), ttl: Number(ttl), type, fields }
}

const TYPES: { [type: string]: number } = { A: 1, NS: 2, SOA: 6, MX: 15 }

function u16(value: number): number[] {
  return [value >>> 8, value & 0xff]
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)]
}

function canonicalName(text: string | undefined): number[] {
  return [...Name.parse(text ?? '').toCanonical().octets]
}

function canonicalRdata({ type, fields }: Record): number[] | undefined {
  const [first = '', second, ...numbers] = fields
  if (type === 'A') return first.split('.').map(Number)
  if (type === 'NS') return canonicalName(first)
  if (type === 'MX') return [...u16(Number(first)), ...canonicalName(second)]
  if (type === 'SOA')
    return [...canonicalName(first), ...canonicalName(second), ...numbers.flatMap((n) => u32(Number(n)))]
  return undefined
}

/** Seconds of `YYYYMMDDHHMMSS`, or of a number of seconds. */
function seconds(text = ''): number {
  if (text.length < 14) return Number(text)
  const part = (from: number, to: number) => Number(text.slice(from, to))
  return Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14)) / 1000
}

type Signed = { tag: number; algorithm: number; data: Uint8Array; signature: Uint8Array }

/** What the RRSIG signs (RFC 4034 §3.1.8.1), for sets without wildcards; undefined for types that have no codec here. */
function readSigned(rrsig: Record, rrset: Record[]): Signed | undefined {
  const [covered = '', algorithm, labels, ttl, expiration, inception, tag, signer, ...signature] = rrsig.fields
  const head = [
    ...u16(TYPES[covered] ?? 0),
    Number(algorithm),
    Number(labels),
    ...u32(Number(ttl)),
    ...u32(seconds(expiration)),
    ...u32(seconds(inception)),
    ...u16(Number(tag)),
    ...canonicalName(signer),
  ]
  const rdatas: number[][] = []
  for (const record of rrset) {
    const rdata = canonicalRdata(record)
    if (rdata === undefined || record.owner.labelCount !== Number(labels)) return undefined
    rdatas.push(rdata)
  }
  const owner = [...rrsig.owner.toCanonical().octets]
  const body = rdatas
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap((rdata) => [
      ...owner,
      ...u16(TYPES[covered] ?? 0),
      0,
      1,
      ...u32(Number(ttl)),
      ...u16(rdata.length),
      ...rdata,
    ])
  return {
    tag: Number(tag),
    algorithm: Number(algorithm),
    data: Uint8Array.from([...head, ...body]),
    signature: Buffer.from(signature.join(''), 'base64'),
  }
}

const SECTIONS: { [name: string]: string } = {
  TestRFC6605P256: 'RFC6605 §6.1',
  TestRFC6605P384: 'RFC6605 §6.2',
  TestRFC8080Ed25519Example1: 'RFC8080 §6.1',
  TestRFC8080Ed25519Example2: 'RFC8080 §6.1',
}

const examples = load('miekg-rfc6605-rfc8080.txt')
for (const [name, section] of Object.entries(SECTIONS)) {
  const part = examples.text.split(/^# /m).find((text) => text.startsWith(`${name}\n`)) ?? ''
  const [dnskey = '', ds = '', plain = '', rrsig = ''] = part
    .slice(name.length)
    .replaceAll(/^(Private-key-format|Algorithm|PrivateKey).*\n/gm, '')
    .split(/^(?=example|www)/m)
    .slice(1)
  const secret = /^Private-key-format[\s\S]*?\nPrivateKey: .*\n/m.exec(part)?.[0] ?? ''

  test(`${section}: key, tag, DS and signature of the example (${name})`, { skip: examples.skip }, () => {
    const key = parseBindKey({ file: 'k.key', text: dnskey }, { file: 'k.private', text: secret })
    const [record] = parseKeyRecords(ds, 'k.ds')
    assert.ok(record?.type === 'DS')
    assert.equal(record.keyTag, key.tag)
    assert.equal(matchesDs(record.rdata, key.zone, key.dnskeyRdata), true)
    const signed = readSigned(parseRecord(rrsig), [parseRecord(plain)])
    assert.ok(signed !== undefined)
    assert.equal(signed.tag, key.tag)
    assert.equal(verifySignature(key.algorithm, key.publicKey, signed.data, signed.signature), true)
    const own = new Uint8Array(key.signer().signatureLength)
    key.signer().sign(signed.data, own, 0)
    assert.equal(verifySignature(key.algorithm, key.publicKey, signed.data, own), true)
    if (key.algorithm === 15) assert.deepEqual([...own], [...signed.signature])
  })
}

/** Its RRSIGs are in rfc-signing.test.ts, as a zone holds them. */
type DnspythonFile = { ds: { owner: string; dnskey: string; ds: string }[] }

const dnspython = load('dnspython-rrsig-ds.json')
const cases: DnspythonFile = dnspython.skip === false ? JSON.parse(dnspython.text) : { ds: [] }

for (const { owner, dnskey, ds } of cases.ds) {
  const type = Number(ds.split(' ')[2])
  const section = { 1: 'RFC4034 §5.1.4', 2: 'RFC4509 §2.1', 4: 'RFC6605 §2' }[type] ?? 'RFC4034 §5.1.4'
  test(`${section}: DS of ${owner} with digest type ${type} (dnspython)`, () => {
    const key = parseDnskeyRecord(`${owner} IN DNSKEY ${dnskey}`, 'dnskey')
    const [record] = parseKeyRecords(`${owner} IN DS ${ds}`, 'ds')
    assert.ok(record?.type === 'DS')
    assert.equal(computeKeyTag(key.rdata), record.keyTag)
    assert.equal(matchesDs(record.rdata, Name.parse(owner.toUpperCase()), key.rdata), true)
  })
}
if (dnspython.skip !== false) test('RFC4034 §5.1.4: vectors of dnspython', { skip: dnspython.skip }, () => {})

const DIGITS = '0123456789abcdefghijklmnopqrstuv'

function base32hex(octets: Uint8Array): string {
  const bits = Array.from(octets, (octet) => octet.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => DIGITS[Number.parseInt(five, 2)]).join('')
}

const netDns = load('net-dns-kat.txt')
test('RFC5155 §A: hashes of the names in the example zone (salt aabbccdd, 12 iterations)', {
  skip: netDns.skip,
}, () => {
  const pairs = [...netDns.text.matchAll(/'([^']+)'\s*=> '([0-9a-v]{32})'/g)]
  assert.ok(pairs.length >= 20)
  const out = new Uint8Array(20)
  for (const [, name = '', expected] of pairs) {
    const { octets } = Name.parse(name).toCanonical()
    nsec3Hash(octets, 0, octets.length, Uint8Array.from([0xaa, 0xbb, 0xcc, 0xdd]), 12, out, 0)
    assert.equal(base32hex(out), expected, name)
  }
})
