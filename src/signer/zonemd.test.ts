/** ZONEMD of a zone that is signed (RFC 8976 §3): the digest covers all signatures but its own. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { computeZonemd, loadRecords, Zone } from '../zone/index.ts'
import { linesOfType, NSEC, NSEC3, OPT_OUT, type SignedText, signText } from './signing.fixture.ts'

const TEXT =
  '$TTL 3600\n@ 1800 SOA ns host 7 7200 3600 1209600 600\n@ NS ns\nns A 192.0.2.53\nUPPER.b MX 10 Mail.EXAMPLE.\nsub NS ns.sub\nns.sub A 192.0.2.1\n'

/** The digest of a printed zone, read anew. */
function digestOf(signed: SignedText, hash: 1 | 2): string {
  const apex = Name.parse('example.')
  const { table } = loadRecords(textSource(signed.text), apex)
  return computeZonemd(table, Zone.arrange(apex, table).records, apex, hash).toHex().toUpperCase()
}

describe('ZONEMD', () => {
  it('RFC8976 §3.4: the record has the digest of the zone as it is printed', () => {
    for (const denial of [NSEC, NSEC3, OPT_OUT]) {
      const signed = signText(TEXT, { denial, zonemd: [1, 2], serial: 'increment' })
      assert.deepEqual(linesOfType(signed, 'ZONEMD'), [
        `example. 1800 IN ZONEMD 8 1 1 ${digestOf(signed, 1)}`,
        `example. 1800 IN ZONEMD 8 1 2 ${digestOf(signed, 2)}`,
      ])
    }
  })

  it('RFC8976 §3.2: ZONEMD is in the bitmap of the apex and is signed', () => {
    const signed = signText(TEXT, { zonemd: [1] })
    assert.match(linesOfType(signed, 'NSEC')[0] ?? '', / ZONEMD$/)
    assert.equal(linesOfType(signed, 'RRSIG').filter((line) => line.includes(' RRSIG ZONEMD ')).length, 1)
  })

  it('RFC8976 §3.3.1.1: a ZONEMD below the apex is data like any other', () => {
    const withDigest = (digest: string): string =>
      digestOf(signText(`${TEXT}below ZONEMD 1 1 1 ${digest.repeat(48)}\n`, { zonemd: [1] }), 1)
    assert.notEqual(withDigest('00'), withDigest('11'))
  })

  it('RFC8976 §3.3.1.1: any change of the zone changes the digest, glue and unsigned NS among it', () => {
    const digests = [
      TEXT,
      TEXT.replace('192.0.2.1\n', '192.0.2.2\n'),
      TEXT.replace('ns.sub\nns.sub', 'ns2.sub\nns.sub'),
    ]
    const found = digests.map((text) => linesOfType(signText(text, { zonemd: [1] }), 'ZONEMD')[0])
    assert.equal(new Set(found).size, 3)
  })

  it('RFC8976 §3.1: ZONEMD records of the input are replaced, those below the apex stay', () => {
    const digest = createHash('sha384').update('x').digest('hex').toUpperCase()
    const old = `@ ZONEMD 1 1 1 ${digest}\na ZONEMD 1 1 1 ${digest}\n`
    assert.deepEqual(linesOfType(signText(TEXT + old), 'ZONEMD'), [`a.example. 3600 IN ZONEMD 1 1 1 ${digest}`])
    const renewed = signText(TEXT + old, { zonemd: [1] })
    assert.equal(linesOfType(renewed, 'ZONEMD')[0], `example. 1800 IN ZONEMD 7 1 1 ${digestOf(renewed, 1)}`)
  })

  it('signing again gives the same', () => {
    const once = signText(TEXT, { zonemd: [1, 2] })
    assert.equal(signText(once.text, { zonemd: [1, 2] }).text, once.text)
  })
})
