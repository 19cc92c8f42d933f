import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DnsError, TextError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { anchorTag, matchesAnchor, type TrustAnchor } from '../../dnssec/index.ts'
import { ED25519_RECORD } from '../../dnssec/keys.fixture.ts'
import { parseAutotrust, printAutotrust } from './autotrust-text.ts'
import { findClockDoubt } from './clock-doubt.ts'
import { signalName, signalOption } from './key-tag-signals.ts'
import { decodeTrustPoint, encodeTrustPoint } from './point-codec.ts'
import type { StoredTrustPoint } from './point-times.ts'
import { ROOT_ANCHORS, ROOT_ANCHORS_SINCE } from './root-anchors.ts'
import { sentinelOutcome } from './sentinel.ts'
import { effectiveAnchors } from './trust-point.ts'

const KEY = 'l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4='
const DIGEST = 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D'

const SAVED = `; autotrust trust anchor file
;;id: example.com. 1
;;last_queried: 1251100000 ;;Mon Aug 24 07:46:40 2009
;;last_success: 1251100001 ;;Mon Aug 24 07:46:41 2009
;;next_probe_time: 1251105400 ;;Mon Aug 24 09:16:40 2009
;;query_failed: 3
;;query_interval: 5400
;;retry_time: 3600
example.com.\t10800\tIN\tDNSKEY\t257 3 15 ${KEY} ;{id = 3613 (ksk), size = 256b} ;;state=1 [ ADDPEND ] ;;count=2 ;;lastchange=1251000000 ;;Sun Aug 23 04:00:00 2009
example.com.\t10800\tIN\tDNSKEY\t385 3 15 ${KEY} ;;state=4 [ REVOKED ] ;;count=0 ;;lastchange=7 ;;x
example.com.\t10800\tIN\tDNSKEY\t257 3 15 ${KEY} ;;state=0 [  START  ] ;;count=0 ;;lastchange=0 ;;x
`

describe("Unbound's file of a trust point", () => {
  it('the saved form is read and printed with the same fields', () => {
    const point = parseAutotrust(SAVED, 'example.key')
    assert.equal(String(point.zone), 'example.com.')
    const { lastQueried, lastSuccess, nextProbe, failures, querySeconds, retrySeconds } = point
    assert.deepEqual(
      [lastQueried, lastSuccess, nextProbe, failures, querySeconds, retrySeconds],
      [1251100000, 1251100001, 1251105400, 3, 5400, 3600],
    )
    assert.deepEqual(
      point.anchors.map(({ state, seen, since }) => [state, seen, since]),
      [
        ['AddPend', 2, 1251000000],
        ['Revoked', 0, 7],
      ],
    )
    assert.deepEqual(parseAutotrust(printAutotrust(point), 'again'), point)
    assert.match(printAutotrust(point), /^;;last_queried: 1251100000 ;;Mon Aug 24 07:46:40 2009$/m)
  })

  it('plain records too, also over several lines, with signatures beside', () => {
    const text = `${ED25519_RECORD}example.com. 60 IN DS 1 8 2 (\n  ${DIGEST} ) ; a comment\nexample.com. RRSIG DNSKEY 8 2 0 ( 1\n 2 )\n`
    const point = parseAutotrust(text, 'plain')
    assert.deepEqual(
      point.anchors.map(({ kind, state, origin }) => `${kind} ${state} ${origin}`),
      ['dnskey Valid configured', 'ds DSPending configured'],
    )
    assert.equal(point.configured.length, 2)
  })

  it('a revoked point validates nothing', () => {
    const point = parseAutotrust(`;;REVOKED\n${ED25519_RECORD}`, 'r')
    assert.ok(point.isRevoked)
    assert.deepEqual(effectiveAnchors(point), [])
    assert.match(printAutotrust(point), /^;;REVOKED$/m)
  })

  it('what is none is refused, with its line', () => {
    assert.throws(() => parseAutotrust('; nothing\n', 'x'), DnsError)
    assert.throws(() => parseAutotrust(`${ED25519_RECORD}${ED25519_RECORD.replace('com', 'org')}`, 'x'), /anchors of/)
    assert.throws(() => parseAutotrust('\n\nexample. DNSKEY 257 3 15 !!\n', 'x'), TextError)
  })
})

describe('the form in which a trust point is kept', () => {
  const point = parseAutotrust(SAVED, 'example.key')

  it('reads back as it was', () => {
    const [first] = point.anchors
    const rich: StoredTrustPoint = {
      ...point,
      anchors: [
        { ...(first ?? assert.fail()), vouchers: [Uint8Array.of(1, 1, 3, 15, 9)], validFrom: 1, validUntil: 2 },
      ],
      configured: ROOT_ANCHORS.map((anchor) => ({ ...anchor, zone: point.zone })),
      lastResult: 'its keys "verify"',
    }
    assert.deepEqual(decodeTrustPoint(encodeTrustPoint(rich)), rich)
  })

  it('what is damaged is a sentence', () => {
    const text = encodeTrustPoint(point)
    for (const bad of [
      '',
      '{',
      '[]',
      'null',
      text.replace('Revoked', 'revoked'),
      text.replace('"rdata":"', '"rdata":"!'),
    ]) {
      assert.equal(typeof decodeTrustPoint(bad), 'string', bad.slice(0, 40))
    }
    assert.match(String(decodeTrustPoint(text.replace('"version":1', '"version":2'))), /version 2/)
    for (let i = 0; i < text.length; i += 3) decodeTrustPoint(text.slice(0, i))
  })
})

describe('anchors of the root', () => {
  it('RFC9718: the two that come with the program', () => {
    assert.deepEqual(ROOT_ANCHORS.map(anchorTag), [20326, 38696])
    // KSK-2017 as the root shows it.
    const key =
      'AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU='
    const rdata = Uint8Array.from([1, 1, 3, 8, ...Uint8Array.fromBase64(key)])
    assert.ok(ROOT_ANCHORS.some((anchor) => matchesAnchor(anchor, rdata)))
  })
})

describe('RFC8145: which keys are trusted here', () => {
  const anchorOf = (tag: number): TrustAnchor => ({
    zone: Name.root,
    kind: 'ds',
    rdata: Uint8Array.of(tag >>> 8, tag & 255, 8, 2, 1),
  })

  it('§5.1: by the name that is asked for', () => {
    assert.equal(String(signalName(Name.root, [anchorOf(17476)])), '_ta-4444.')
    const several = [1589, 43547, 31406, 1589].map(anchorOf)
    assert.equal(String(signalName(Name.parse('example.com.'), several)), '_ta-0635-7aae-aa1b.example.com.')
    assert.equal(signalName(Name.root, []), undefined)
    const many = Array.from({ length: 40 }, (_, i) => anchorOf(i))
    assert.equal(signalName(Name.root, many)?.octets[0], 63)
    assert.equal(signalName(Name.parse(`${`${'a'.repeat(60)}.`.repeat(4)}`), [anchorOf(1)])?.labelCount, 5)
  })

  it('§4.1: by the EDNS option', () => {
    assert.deepEqual([...signalOption([anchorOf(20326), anchorOf(999)])], [0x03, 0xe7, 0x4f, 0x66])
  })
})

describe('RFC8509 §2: the sentinel', () => {
  const TAGS = [20326]
  const outcome = (name: string, changes: { type?: number; cd?: boolean; status?: 'secure' | 'insecure' } = {}) =>
    sentinelOutcome(
      { name: Name.parse(name), type: changes.type ?? 1, checkingDisabled: changes.cd ?? false },
      changes.status ?? 'secure',
      TAGS,
    )

  it('tells whether a key is trusted', () => {
    assert.equal(outcome('root-key-sentinel-is-ta-20326.example.'), 'as-it-is')
    assert.equal(outcome('root-key-sentinel-not-ta-20326.example.'), 'servfail')
    assert.equal(outcome('ROOT-key-sentinel-is-ta-02326.example.'), 'servfail')
    assert.equal(outcome('root-key-sentinel-not-ta-02326.example.'), 'as-it-is')
  })

  it('is silent unless every condition is met', () => {
    assert.equal(outcome('root-key-sentinel-not-ta-20326.example.', { type: 16 }), 'as-it-is')
    assert.equal(outcome('root-key-sentinel-not-ta-20326.example.', { cd: true }), 'as-it-is')
    assert.equal(outcome('root-key-sentinel-not-ta-20326.example.', { status: 'insecure' }), 'as-it-is')
    assert.equal(outcome('root-key-sentinel-is-ta-1.example.'), 'as-it-is')
    assert.equal(outcome('www.root-key-sentinel-not-ta-20326.example.'), 'as-it-is')
    assert.equal(outcome('.'), 'as-it-is')
  })
})

describe('a clock that is plainly wrong', () => {
  const NOW = ROOT_ANCHORS_SINCE + 1e7
  const kindOf = (now: number, lastKnown?: number, anchors: readonly TrustAnchor[] = []) =>
    findClockDoubt(now, { lastKnown, anchors })?.kind

  it('is named with its reason', () => {
    assert.equal(kindOf(NOW, NOW - 5), undefined)
    assert.equal(kindOf(NOW, NOW + 60), undefined, 'clocks are set back a little')
    assert.equal(kindOf(NOW, NOW + 86_400), 'behind-known')
    assert.equal(kindOf(0), 'before-program')
    assert.equal(kindOf(NOW + 1e9, NOW), 'far-ahead')
    const [root] = ROOT_ANCHORS
    const later = { ...(root ?? assert.fail()), validFrom: NOW + 1000 }
    assert.equal(kindOf(NOW, undefined, [later]), 'before-anchors')
    assert.equal(kindOf(NOW, undefined, [later, ...ROOT_ANCHORS]), undefined)
    assert.match(findClockDoubt(0, { lastKnown: NOW, anchors: [] })?.text ?? '', /the clock says 1970-01-01T00:00:00Z/)
  })
})
