import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXPIRATION, signText } from '../../signer/signing.fixture.ts'
import { checkZonemd, FaultList, VERIFY_SEVERITIES, type VerifyCode, verifyZone } from '../index.ts'
import { zoneOf } from '../zone.fixture.ts'
import { AT, ZoneLines } from './zone-lines.fixture.ts'

const ZONE = `$TTL 3600
@ SOA ns host 1 7200 3600 1209600 3600
@ NS ns
ns A 192.0.2.1
sub NS ns.sub
ns.sub A 192.0.2.2
`

/** Codes of the faults that a signed text has when one word in it is another. */
function codesAfter(signed: string, from: string, to: string): string[] {
  assert.ok(signed.includes(from))
  const report = verifyZone(zoneOf(signed.replace(from, to)), { at: EXPIRATION - 1 })
  return report.faults.map((fault) => fault.code)
}

for (const hash of [1, 2] as const) {
  test(`RFC8976 §4: changed glue and unsigned delegations are told by ZONEMD, and only there (hash ${hash})`, () => {
    const plain = signText(ZONE).text
    const digested = signText(ZONE, { zonemd: [hash] }).text
    const changes = [
      ['192.0.2.2', '192.0.2.3'],
      ['\tNS\tns.sub.example.', '\tNS\tno.sub.example.'],
    ] as const
    assert.deepEqual(codesAfter(digested, '192.0.2.2', '192.0.2.2'), [])
    for (const [from, to] of changes) {
      assert.deepEqual(codesAfter(plain, from, to), [], from)
      assert.deepEqual(codesAfter(digested, from, to), ['zonemd-digest'], from)
    }
  })
}

/** What a zone comes to whose ZONEMD records are these: `scheme hash`, or the whole RDATA where it is longer. */
function judged(...records: readonly string[]): string {
  const zone = ZoneLines.signed({ zonemd: [1, 2] })
  const right = (pair: string): string =>
    zone.lines.find((line) => line.startsWith(`example. 3600 IN ZONEMD 1 ${pair} `)) ?? assert.fail(pair)
  const lines = records.map((text) => {
    if (text === '1 1' || text === '1 2') return right(text)
    return `example. 3600 IN ZONEMD ${text.split(' ').length === 2 ? `1 ${text} ${'AB'.repeat(48)}` : text}`
  })
  zone
    .drop('example.', 'ZONEMD')
    .add(...lines)
    .sign('example.', 'ZONEMD')
  const arranged = zone.zone()
  const faults = new FaultList<VerifyCode>(VERIFY_SEVERITIES)
  const status = checkZonemd(arranged, 1, faults)
  const { verdict, counts } = verifyZone(arranged, { at: AT })
  const found = counts.map(({ code, severity }) => `${code} ${severity}`).sort()
  assert.deepEqual(
    found,
    faults
      .counts()
      .map(({ code, severity }) => `${code} ${severity}`)
      .sort(),
  )
  return [status, verdict, ...found].join(', ')
}

const NOTE = 'zonemd-unsupported note'
const WRONG = `1 1 1 ${'00'.repeat(48)}`

test('RFC8976 §4: a zone whose digests are all of unsupported schemes or hash algorithms is unverified, and not wrong', () => {
  // The root zone of September to December 2023 had the second of these.
  for (const pair of ['1 240', '1 241', '1 254', '240 1', '2 2', '0 1', '1 0', '255 255']) {
    assert.equal(judged(pair), `unverified, good, ${NOTE}`, pair)
  }
  assert.equal(judged('1 240', '1 241', '240 1'), `unverified, good, ${NOTE}`)
})

test('RFC8976 §4: a digest that is supported decides beside those that are not', () => {
  assert.equal(judged('1 1', '1 241'), `verified, good, ${NOTE}`)
  assert.equal(judged(WRONG, '1 241'), `failed, bad, zonemd-digest error, ${NOTE}`)
  assert.equal(judged(WRONG, '1 2', '1 241'), `verified, good, zonemd-digest warning, ${NOTE}`)
})

test('RFC8976 §4: what is wrong with a record whatever its scheme and hash algorithm', () => {
  const digest = 'AB'.repeat(48)
  assert.equal(judged(`2 1 241 ${digest}`), 'failed, bad, zonemd-serial error')
  assert.equal(judged('1 241', `1 1 241 ${'CD'.repeat(48)}`), 'failed, bad, zonemd-repeated error')
  assert.equal(judged('1 240', '1 241', `1 1 241 ${'CD'.repeat(48)}`), `failed, bad, zonemd-repeated error, ${NOTE}`)
  assert.equal(judged(`1 1 241 ${'AB'.repeat(12)}`), `unverified, good, ${NOTE}`)
  assert.equal(judged(`1 1 1 ${'AB'.repeat(47)}`), 'failed, bad, zonemd-length error')
})

test('RFC8976 §4: without a ZONEMD record there is nothing to verify, unless a bitmap names it', () => {
  const zone = ZoneLines.signed({ zonemd: [1] }).drop('example.', 'ZONEMD')
  const { verdict, counts } = verifyZone(zone.zone(), { at: AT })
  assert.deepEqual([verdict, ...counts.map(({ code }) => code)], ['bad', 'nsec-bitmap'])
  assert.equal(checkZonemd(zone.zone(), 1, new FaultList<VerifyCode>(VERIFY_SEVERITIES)), 'absent')
})
