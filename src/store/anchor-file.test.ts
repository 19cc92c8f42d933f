import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DnsError, TextError } from '../dns/errors.ts'
import { anchorTag, isAnchorValid } from '../dnssec/index.ts'
import { printTrustPoints, TrustPoints } from '../validator/index.ts'
import { SETTINGS } from '../validator/signed-zone.fixture.ts'
import { parseAnchorRecords, parseRootAnchors, readAnchorFile } from './anchor-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-anchors-'))
after(() => rmSync(folder, { recursive: true }))

const DIGEST = 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D'

const xml = (keyDigest: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<TrustAnchor id="X" source="http://data.iana.org/root-anchors/root-anchors.xml">
<Zone>.</Zone>
${keyDigest}
</TrustAnchor>
`
const keyDigest = (changes: Partial<Record<'tag' | 'type' | 'digest' | 'until', string>> = {}): string =>
  `<KeyDigest id="K" validFrom="2017-02-02T00:00:00+00:00"${changes.until ?? ''}>
<KeyTag>${changes.tag ?? '20326'}</KeyTag><Algorithm>8</Algorithm><DigestType>${changes.type ?? '2'}</DigestType>
<Digest>${changes.digest ?? DIGEST}</Digest></KeyDigest>`

test('RFC7958 §2: root-anchors.xml, with the times at which a digest counts', () => {
  const [anchor] = parseRootAnchors(xml(keyDigest({ until: ' validUntil="2019-01-11T00:00:00+00:00"' })), 'a.xml')
  assert.ok(anchor !== undefined)
  assert.equal(anchor.zone.toString(), '.')
  assert.equal(anchorTag(anchor), 20326)
  assert.equal(Buffer.from(anchor.rdata.subarray(4)).toString('hex').toUpperCase(), DIGEST)
  assert.equal(isAnchorValid(anchor, Date.UTC(2017, 1, 1) / 1000), false)
  assert.equal(isAnchorValid(anchor, Date.UTC(2017, 1, 2) / 1000), true)
  assert.equal(isAnchorValid(anchor, Date.UTC(2019, 0, 11) / 1000), false)
})

test('several digests, and one alone', () => {
  assert.equal(parseRootAnchors(xml(keyDigest() + keyDigest({ tag: '1' })), 'a.xml').length, 2)
  assert.equal(parseRootAnchors(xml(keyDigest()), 'a.xml').length, 1)
})

const BAD_XML: Readonly<Record<string, string>> = {
  'an element that is not closed': '<TrustAnchor><Zone>.</Zone>',
  'another document': '<html></html>',
  'an instruction that is not closed': `${xml(keyDigest())}<?`,
  'elements within elements': `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`,
  'no zone': xml(keyDigest()).replace('<Zone>.</Zone>', ''),
  'no digests': xml(''),
  'a tag that is none': xml(keyDigest({ tag: '99999' })),
  'a digest of another length': xml(keyDigest({ digest: 'AB' })),
  'a digest that is none': xml(keyDigest({ digest: 'XYZ' })),
  'a time that is none': xml(keyDigest({ until: ' validUntil="soon"' })),
}

for (const [name, text] of Object.entries(BAD_XML)) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => parseRootAnchors(text, 'a.xml'),
      (error) => error instanceof DnsError && error.code === 'key-invalid' && error.message.startsWith('a.xml'),
    )
  })
}

test('an entity is not expanded', () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY z "20326">]>${xml(keyDigest({ tag: '&z;' })).slice(39)}`
  assert.throws(() => parseRootAnchors(bomb, 'a.xml'), DnsError)
})

test('DS and DNSKEY records as Windows writes them to TrustAnchors.dns', () => {
  const text = `; Database file TrustAnchors.dns for TrustAnchors zone.
secure.contoso.test 1546847232 DNSKEY 257 3 15 ( l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= ) ; key tag = 37458
secure.contoso.test DS 32801 8 2 ( ${DIGEST} )
`
  const anchors = parseAnchorRecords(text, 'TrustAnchors.dns')
  assert.deepEqual(
    anchors.map(({ zone, kind }) => `${zone} ${kind}`),
    ['secure.contoso.test. dnskey', 'secure.contoso.test. ds'],
  )
})

test('a whole zone of anchors, with directives, blank owners and what else a zone has', () => {
  const text = `$TTL 3600
@ SOA ns. host. ( 1 900 600 86400 3600 )
  NS ns.
$ORIGIN contoso.test.
secure [AGE:3616420] DS 32801 8 2 ( ${DIGEST} )
  DNSKEY 257 3 15 ( l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= )
`
  assert.deepEqual(
    parseAnchorRecords(text, 'TrustAnchors.dns').map(({ zone, kind }) => `${zone} ${kind}`),
    ['secure.contoso.test. ds', 'secure.contoso.test. dnskey'],
  )
  assert.throws(() => parseAnchorRecords(`${text}www A 192.0.2.1\n`, 'TrustAnchors.dns'), TextError)
})

test('what is exported is imported: DS, DNSKEY, TrustAnchors.dns', () => {
  const text = `example. DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n. DS 20326 8 2 ${DIGEST}\n`
  const anchors = parseAnchorRecords(text, 'a')
  const { settings, random } = { settings: SETTINGS, random: { bytes: (n: number) => new Uint8Array(n) } }
  const points = new TrustPoints(settings, random, { save() {}, forget() {}, tell() {} })
  points.configure(anchors)
  const sorted = anchors.toSorted((a, b) => a.zone.compareTo(b.zone))
  assert.deepEqual(parseAnchorRecords(printTrustPoints(points.list(), 'windows'), 'w'), sorted)
  const kinds = (form: 'ds' | 'dnskey') =>
    parseAnchorRecords(printTrustPoints(points.list(), form), form).map(({ zone, kind }) => `${zone} ${kind}`)
  assert.deepEqual(kinds('ds'), ['. ds', 'example. ds'])
  assert.deepEqual(kinds('dnskey'), ['example. dnskey'])
})

test('a file: either form by its content, bounded', () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  assert.equal(readAnchorFile(write('x', xml(keyDigest())))[0]?.kind, 'ds')
  assert.equal(readAnchorFile(write('t', `. DS 20326 8 2 ${DIGEST}\n`))[0]?.kind, 'ds')
  const codeOf = (path: string): string | undefined => {
    try {
      readAnchorFile(path)
      return undefined
    } catch (error) {
      return error instanceof DnsError ? error.code : 'other'
    }
  }
  assert.equal(codeOf(write('empty', '; nothing\n')), 'key-invalid')
  assert.equal(codeOf(write('large', ' '.repeat(300_000))), 'limit-exceeded')
  assert.equal(codeOf(join(folder, 'absent')), 'input-unreadable')
  assert.throws(() => readAnchorFile(write('bad', 'example. A 192.0.2.1\n')), TextError)
})
