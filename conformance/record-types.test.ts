/** RDATA that others wrote: dnspython's zone in its normal forms and its SVCB vectors, Kea's wire files. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Name } from '../src/dns/name/index.ts'
import { OctetWriter } from '../src/dns/octets.ts'
import { EntryScanner, Tokens as TokenList, type Tokens } from '../src/dns/presentation/index.ts'
import { isGeneric, parseGeneric, parseRdata, rdataText, recordType, SVCB, typeNumber } from '../src/dns/rr/index.ts'
import { findMaterial } from './material.ts'

const ORIGIN = Name.parse('example.')

/** Calls back for each entry of a text, its tokens at the first. */
function forEachEntry(file: string, body: (tokens: Tokens) => void): void {
  const octets = readFileSync(file)
  let given = false
  const tokens = new TokenList()
  tokens.origin = ORIGIN.octets
  const read = (into: Uint8Array, at: number): number => {
    if (given) return 0
    given = true
    into.set(octets, at)
    return octets.length
  }
  const scanner = new EntryScanner({ file, read }, tokens, octets.length + 1)
  while (scanner.next()) body(tokens)
}

const dnspython = findMaterial('dnspython', 'tests')

test('RFC9460: dnspython svcb_test_vectors', { skip: dnspython === undefined && 'no dnspython material' }, () => {
  const folder = dnspython ?? ''
  const fromText: Uint8Array[] = []
  forEachEntry(join(folder, 'svcb_test_vectors.text'), (tokens) => {
    const out = new OctetWriter()
    SVCB.parse(tokens, out)
    fromText.push(out.copy())
  })
  const fromGeneric: Uint8Array[] = []
  forEachEntry(join(folder, 'svcb_test_vectors.generic'), (tokens) => {
    const out = new OctetWriter()
    assert.ok(isGeneric(tokens))
    parseGeneric(tokens, out)
    fromGeneric.push(out.copy())
  })
  assert.ok(fromText.length > 8)
  assert.deepEqual(fromText, fromGeneric)
  for (const octets of fromText) assert.deepEqual(parseRdata(SVCB.number, rdataText(SVCB.number, octets)), octets)
})

/** `owner TTL IN TYPE RDATA` of a normal form → the record's octets, by owner and type. */
function normalForm(file: string): Map<string, string[]> {
  const records = new Map<string, string[]>()
  forEachEntry(file, (tokens) => {
    if (tokens.string(0).startsWith('$')) return
    const type = typeNumber(tokens.string(3))
    const key = `${tokens.string(0)} ${tokens.string(3)}`
    tokens.cursor = 4
    const out = new OctetWriter()
    const declared = recordType(type)
    if (declared === undefined) parseGeneric(tokens, out)
    else declared.parse(tokens, out)
    const octets = out.copy()
    assert.deepEqual(parseRdata(type, rdataText(type, octets)), octets, key)
    records.set(key, [...(records.get(key) ?? []), octets.toHex()])
  })
  return records
}

test('dnspython example: one zone in its normal forms', {
  skip: dnspython === undefined && 'no dnspython material',
}, () => {
  const folder = dnspython ?? ''
  const first = normalForm(join(folder, 'example1.good'))
  assert.ok(first.size > 130)
  for (const form of ['example2.good', 'example3.good', 'example4.good']) {
    const other = normalForm(join(folder, form))
    for (const [key, octets] of other) {
      const relative = key.replace(/(^|\.)example\. /, ' ').replace(/^ /, '@ ')
      const mine = first.get(key) ?? first.get(relative)
      assert.deepEqual(octets.toSorted(), mine?.toSorted(), `${form}: ${key}`)
    }
    assert.equal(other.size, first.size)
  }
})

const kea = findMaterial('kea', 'testdata')

/** The octets of a Kea file: hexadecimal with comments after #. */
function keaOctets(file: string): Uint8Array {
  const digits = readFileSync(file, 'utf8').replace(/#.*$/gm, '').replace(/\s+/g, '')
  return Uint8Array.fromHex(digits)
}

/** A file, the type, where the RDLENGTH of one of its records stands, and whether the RDATA is good. */
const KEA: readonly (readonly [file: string, type: string, lengthAt: number, good: boolean])[] = [
  ['rdata_in_a_fromWire', 'A', 0, true],
  ['rdata_in_a_fromWire', 'A', 6, false],
  ['rdata_in_a_fromWire', 'A', 12, false],
  ['rdata_in_a_fromWire', 'A', 19, false],
  ['rdata_in_aaaa_fromWire', 'AAAA', 0, true],
  ['rdata_in_aaaa_fromWire', 'AAAA', 18, false],
  ['rdata_in_aaaa_fromWire', 'AAAA', 36, false],
  ['rdata_in_aaaa_fromWire', 'AAAA', 55, false],
  ['rdata_ns_fromWire', 'NS', 0, true],
  ['rdata_ns_fromWire', 'NS', 18, false],
  ['rdata_ns_fromWire', 'NS', 36, false],
  ['rdata_ns_fromWire', 'NS', 55, true],
  ['rdata_ns_fromWire', 'NS', 63, false],
  ['rdata_ns_fromWire', 'NS', 71, false],
  ['rdata_soa_fromWire', 'SOA', 0, true],
  ['rdata_dhcid_fromWire', 'DHCID', 0, true],
  ['rdata_rrsig_fromWire1', 'RRSIG', 0, true],
  ['rdata_rrsig_fromWire2.wire', 'RRSIG', 0, false],
  ['rdata_txt_fromWire1', 'TXT', 0, true],
  ['rdata_txt_fromWire2.wire', 'TXT', 0, true],
  ['rdata_txt_fromWire3.wire', 'TXT', 0, true],
  ['rdata_txt_fromWire4.wire', 'TXT', 0, false],
  ['rdata_txt_fromWire5.wire', 'TXT', 0, false],
  ['rdata_opt_fromWire1', 'OPT', 0, true],
  ['rdata_opt_fromWire2', 'OPT', 0, false],
  ['rdata_opt_fromWire3', 'OPT', 0, false],
  ['rdata_opt_fromWire4', 'OPT', 0, false],
  ['rdata_unknown_fromWire', 'TYPE65280', 0, true],
  ...[1, 2, 3].map((n) => [`rdata_tsig_fromWire${n}.wire`, 'TSIG', 0, true] as const),
  ['rdata_tsig_fromWire4.wire', 'TSIG', 13, true],
  ...[5, 6, 7, 8, 9].map((n) => [`rdata_tsig_fromWire${n}.wire`, 'TSIG', 0, false] as const),
  ...[1, 2, 3].map((n) => [`rdata_tkey_fromWire${n}.wire`, 'TKEY', 0, true] as const),
  ['rdata_tkey_fromWire4.wire', 'TKEY', 10, true],
  ...[5, 6, 7, 8, 9].map((n) => [`rdata_tkey_fromWire${n}.wire`, 'TKEY', 0, false] as const),
]

for (const [file, mnemonic, lengthAt, good] of KEA) {
  const path = findMaterial('kea', 'testdata', file)
  test(`kea ${file} at ${lengthAt}: ${good ? 'accepted' : 'refused'}`, {
    skip: path === undefined && `no ${file}`,
  }, () => {
    const octets = keaOctets(path ?? '')
    const at = lengthAt + 2
    const end = at + ((octets[lengthAt] ?? 0) << 8) + (octets[lengthAt + 1] ?? 0)
    const type = typeNumber(mnemonic)
    const out = new OctetWriter()
    const accepted = end <= octets.length && (recordType(type)?.expand(octets, at, end, out) ?? true)
    assert.equal(accepted, good)
    if (accepted && recordType(type)?.declaration.only === undefined) {
      const rdata = recordType(type) === undefined ? octets.slice(at, end) : out.copy()
      assert.deepEqual(parseRdata(type, rdataText(type, rdata)), rdata)
    }
  })
}

test('kea: each rdata file is tried', { skip: kea === undefined && 'no kea material' }, () => {
  const tried = new Set(KEA.map(([file]) => file))
  const left = readdirSync(kea ?? '').filter((file) => file.startsWith('rdata_') && !file.endsWith('.spec'))
  // What messages are written as (…toWire…) belongs to the tests of messages.
  assert.deepEqual(
    left.filter((file) => !tried.has(file) && !file.includes('_toWire')),
    [],
  )
})
