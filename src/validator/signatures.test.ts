import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { writeU32 } from '../dns/octets.ts'
import {
  RRSIG_EXPIRATION,
  RRSIG_INCEPTION,
  RRSIG_LABELS,
  RRSIG_ORIGINAL_TTL,
  RRSIG_SIGNER,
  type RRset,
} from '../dnssec/index.ts'
import { fixedPair } from '../signer/fixed-keys.fixture.ts'
import { EXPIRATION, INCEPTION } from '../signer/signing.fixture.ts'
import type { ValidatorSettings } from './settings.ts'
import { type SignatureVerdict, verifyRRset } from './signatures.ts'
import { AT, CountedBudget, SETTINGS, SignedZone } from './signed-zone.fixture.ts'
import { prepareKeys, prepareZoneKey, type ZoneKey } from './zone-keys.ts'

const TEXT = `
example. 3600 SOA ns.example. host.example. 1 7200 3600 1209600 600
example. 3600 NS ns.example.
a.example. 300 A 192.0.2.1
a.example. 300 A 192.0.2.2
a.example. 300 A 10.0.0.1
m.example. 300 MX 10 Mail.Example.
m.example. 300 MX 10 lower.example.
*.w.example. 300 TXT "wild"
`
const zone = new SignedZone(TEXT)
const A = zone.find('a', 'A')

type Asking = { keys?: readonly ZoneKey[]; at?: number; settings?: Partial<ValidatorSettings>; budget?: CountedBudget }

function verify(rrset: RRset, asking: Asking = {}): SignatureVerdict {
  const { keys = zone.keys, at = AT, settings = {}, budget = new CountedBudget() } = asking
  return verifyRRset(rrset, zone.name, keys, at, { ...SETTINGS, ...settings }, budget)
}

function reasonOf(verdict: SignatureVerdict): string {
  if (verdict.ok) return 'ok'
  assert.ok(verdict.detail().length > 0)
  return verdict.reason
}

/** The RRset with its signatures changed. */
function withSignatures(rrset: RRset, change: (rrsig: Uint8Array) => Uint8Array | undefined): RRset {
  const signatures = rrset.signatures.map((each) => {
    const copy = each.slice()
    return change(copy) ?? copy
  })
  return { ...rrset, signatures }
}

function tamper(rrsig: Uint8Array): void {
  rrsig[rrsig.length - 1] = (rrsig[rrsig.length - 1] ?? 0) ^ 1
}

describe('RFC4035 §5.3.1: which signatures may count', () => {
  it('one by a key of the zone, over this type, within its times', () => {
    const verdict = verify(A)
    assert.ok(verdict.ok)
    assert.equal(verdict.signature, A.signatures[0])
    assert.equal(verdict.ttl, 300)
    assert.equal(verdict.wildcardOf, undefined)
    assert.equal(verdict.key.flags, 256)
  })

  it('none: there is no signature', () => {
    assert.equal(reasonOf(verify({ ...A, signatures: [] })), 'signature-missing')
    assert.equal(reasonOf(verify({ ...A, rdatas: [] })), 'signature-missing')
  })

  it('the signer is the zone', () => {
    const other = withSignatures(A, (rrsig) => {
      rrsig[RRSIG_SIGNER + 1] = 0x66
    })
    assert.equal(reasonOf(verify(other)), 'signature-malformed')
    const upper = withSignatures(A, (rrsig) => {
      rrsig[RRSIG_SIGNER + 1] = 0x45
    })
    assert.equal(reasonOf(verify(upper)), 'ok', 'whatever its case')
  })

  it('the type covered is that of the RRset', () => {
    assert.equal(reasonOf(verify({ ...A, type: 28 })), 'signature-malformed')
  })

  it('the owner is within the zone, and has as many labels at least', () => {
    assert.equal(reasonOf(verify({ ...A, owner: Name.parse('a.elsewhere.') })), 'signature-malformed')
    for (const labels of [0, 3]) {
      const changed = withSignatures(A, (rrsig) => {
        rrsig[RRSIG_LABELS] = labels
      })
      assert.equal(reasonOf(verify(changed)), 'signature-malformed', `${labels} labels`)
    }
  })

  it('a key has its tag and algorithm', () => {
    assert.equal(reasonOf(verify(A, { keys: [] })), 'signature-unknown-key')
    const others = zone.keys.map((key) => ({ ...key, algorithm: 13, verify: () => true }))
    assert.equal(reasonOf(verify(A, { keys: others })), 'signature-unknown-key')
    assert.equal(reasonOf(verify(A, { settings: { isSupported: () => false } })), 'algorithm-unsupported')
  })

  it('octets cut short anywhere are no signature', () => {
    const [rrsig = new Uint8Array()] = A.signatures
    for (let length = 0; length < rrsig.length; length++) {
      const cut = { ...A, signatures: [rrsig.slice(0, length)] }
      const reason = reasonOf(verify(cut))
      assert.ok(reason === 'signature-malformed' || reason === 'signature-invalid', `${length}: ${reason}`)
    }
  })

  it('any octets at all are a verdict', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 4 }), (signatures) => {
        assert.notEqual(reasonOf(verify({ ...A, signatures })), 'ok')
      }),
    )
  })
})

describe('RFC4034 §3.1.5: times', () => {
  it('both ends are within; a second beyond is not', () => {
    const at = (time: number): string => reasonOf(verify(A, { at: time }))
    assert.equal(at(INCEPTION - 1), 'signature-not-yet-valid')
    assert.equal(at(INCEPTION), 'ok')
    assert.equal(at(EXPIRATION), 'ok')
    assert.equal(at(EXPIRATION + 1), 'signature-expired')
  })

  it('a share of the lifetime is allowed for clocks, within its bounds', () => {
    const lifetime = EXPIRATION - INCEPTION
    const judge = (late: number, skew: ValidatorSettings['skew']): string =>
      reasonOf(verify(A, { at: EXPIRATION + late, settings: { skew } }))
    const wide = { share: 0.1, leastSeconds: 0, mostSeconds: lifetime }
    assert.equal(judge(Math.floor(lifetime / 10), wide), 'ok')
    assert.equal(judge(Math.ceil(lifetime / 10) + 1, wide), 'signature-expired')
    assert.equal(judge(3601, { ...wide, mostSeconds: 3600 }), 'signature-expired')
    assert.equal(judge(3600, { share: 0, leastSeconds: 3600, mostSeconds: 86400 }), 'ok')
    const early = verify(A, {
      at: INCEPTION - 3600,
      settings: { skew: { share: 0, leastSeconds: 3600, mostSeconds: 3600 } },
    })
    assert.equal(reasonOf(early), 'ok')
  })

  it('what begins after its end is never valid', () => {
    const reversed = withSignatures(A, (rrsig) => {
      writeU32(rrsig, RRSIG_INCEPTION, EXPIRATION)
      writeU32(rrsig, RRSIG_EXPIRATION, INCEPTION)
    })
    assert.equal(reasonOf(verify(reversed)), 'signature-times')
    assert.equal(reasonOf(verify(reversed, { at: 0 })), 'signature-times')
  })

  it('serial arithmetic: 2106 comes after 2105, and instants beyond it count', () => {
    const inception = 2 ** 32 - 1000
    const late = new SignedZone(TEXT, { inception, expiration: 2 ** 32 + 1000, now: inception })
    const rrset = late.find('a', 'A')
    assert.equal(reasonOf(verify(rrset, { at: 2 ** 32 - 1 })), 'ok')
    assert.equal(reasonOf(verify(rrset, { at: 2 ** 32 + 1000 })), 'ok')
    assert.equal(reasonOf(verify(rrset, { at: 2 ** 32 + 1001 })), 'signature-expired')
    assert.equal(reasonOf(verify(rrset, { at: 2 ** 32 - 1001 })), 'signature-not-yet-valid')
  })

  it('times that are not looked at', () => {
    assert.equal(reasonOf(verify(A, { at: 0, settings: { ignoreTimes: true } })), 'ok')
  })
})

describe('RFC4034 §3.1.8.1: what is signed', () => {
  it('§6.2: the owner in lower case', () => {
    assert.equal(reasonOf(verify({ ...A, owner: Name.parse('A.eXample.') })), 'ok')
  })

  it('§6.2: names in RDATA in lower case', () => {
    const mx = zone.find('m', 'MX')
    const rdatas = mx.rdatas.map((rdata) => rdata.map((octet) => (octet >= 0x61 && octet <= 0x7a ? octet - 32 : octet)))
    assert.equal(reasonOf(verify({ ...mx, rdatas })), 'ok')
  })

  it('§6.3: records in canonical order, each once, however they came', () => {
    const [first = new Uint8Array()] = A.rdatas
    const shuffled = fc.shuffledSubarray([...A.rdatas, first.slice(), first.slice()], { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(shuffled, (rdatas) => {
        assert.equal(reasonOf(verify({ ...A, rdatas })), 'ok')
      }),
    )
  })

  it('§6.3: many records as well', () => {
    const lines = Array.from({ length: 600 }, (_, i) => `many.example. 60 TXT "${i}"`)
    const many = new SignedZone(`${TEXT}${lines.join('\n')}\n`).find('many', 'TXT')
    assert.equal(reasonOf(verify({ ...many, rdatas: many.rdatas.toReversed() })), 'ok')
  })

  it('one octet changed anywhere does not fit', () => {
    const [rrsig = new Uint8Array()] = A.signatures
    const seen = new Set<string>()
    for (let i = 0; i < rrsig.length; i++) {
      for (const bit of [1, 0x80]) {
        const changed = rrsig.slice()
        changed[i] = (changed[i] ?? 0) ^ bit
        seen.add(reasonOf(verify({ ...A, signatures: [changed] })))
      }
    }
    assert.ok(!seen.has('ok'))
    assert.ok(seen.has('signature-invalid'))
  })

  it('a record more, less or other does not fit', () => {
    const more = [...A.rdatas, Uint8Array.of(9, 9, 9, 9)]
    assert.equal(reasonOf(verify({ ...A, rdatas: more })), 'signature-invalid')
    assert.equal(reasonOf(verify({ ...A, rdatas: A.rdatas.slice(1) })), 'signature-invalid')
    assert.equal(reasonOf(verify({ ...A, owner: Name.parse('b.example.') })), 'signature-invalid')
  })
})

describe('RFC4035 §5.3.2: wildcards', () => {
  const wild = zone.find('*.w', 'TXT')

  it('an expanded one names its closest encloser', () => {
    const verdict = verify({ ...wild, owner: Name.parse('x.Y.w.example.') })
    assert.ok(verdict.ok)
    assert.equal(verdict.wildcardOf?.toString(), 'w.example.')
  })

  it('the wildcard itself is no expansion', () => {
    const verdict = verify(wild)
    assert.ok(verdict.ok)
    assert.equal(verdict.wildcardOf, undefined)
  })

  it('a wildcard below it is one', () => {
    const verdict = verify({ ...wild, owner: Name.parse('*.v.w.example.') })
    assert.ok(verdict.ok)
    assert.equal(verdict.wildcardOf?.toString(), 'w.example.')
  })
})

describe('RFC4035 §5.3.3: how long it may be kept', () => {
  const ttlOf = (rrset: RRset, at = AT): number => {
    const verdict = verify(rrset, { at, settings: { skew: { share: 1, leastSeconds: 0, mostSeconds: 1e9 } } })
    return verdict.ok ? verdict.ttl : -1
  }

  it('the least of TTL, original TTL and the time that is left', () => {
    assert.equal(ttlOf({ ...A, ttl: 20 }), 20)
    assert.equal(ttlOf({ ...A, ttl: 86400 }), 300)
    assert.equal(ttlOf(A, EXPIRATION - 17), 17)
    assert.equal(ttlOf(A, EXPIRATION + 17), 0)
  })

  it('the original TTL is part of what is signed', () => {
    const raised = withSignatures(A, (rrsig) => writeU32(rrsig, RRSIG_ORIGINAL_TTL, 86400) ?? rrsig)
    assert.equal(reasonOf(verify(raised)), 'signature-invalid')
  })
})

describe('several signatures', () => {
  const [good = new Uint8Array()] = A.signatures
  const bad = good.slice()
  tamper(bad)
  const expired = new SignedZone(TEXT, { expiration: INCEPTION + 1 }).find('a', 'A').signatures[0] ?? bad
  const unknown = good.slice()
  unknown[16] = (unknown[16] ?? 0) ^ 1

  it('any good one suffices (RFC6840 §5.4)', () => {
    for (const signatures of [
      [bad, good],
      [expired, unknown, good],
      [new Uint8Array(3), good],
    ]) {
      assert.equal(reasonOf(verify({ ...A, signatures })), 'ok')
    }
  })

  it('what is told is what came nearest', () => {
    const told = (...signatures: Uint8Array[]): string => {
      const there = reasonOf(verify({ ...A, signatures }))
      assert.equal(reasonOf(verify({ ...A, signatures: signatures.toReversed() })), there)
      return there
    }
    assert.equal(told(unknown, expired), 'signature-expired')
    assert.equal(told(expired, bad), 'signature-invalid')
    assert.equal(told(unknown, new Uint8Array(2)), 'signature-unknown-key')
  })

  it('words for a person', () => {
    const verdict = verify({ ...A, signatures: [expired, unknown] })
    assert.ok(!verdict.ok)
    assert.match(
      verdict.detail(),
      /^the signature by key \d+ \(ED25519\) expired at 20260101000001, \d+ \w+ ago, nor is the other one good$/,
    )
  })
})

describe('CVE-2023-50387: keys and signatures made to cost', () => {
  const [rrsig = new Uint8Array()] = A.signatures
  const real = zone.keys.find((key) => key.flags === 256)

  /** Keys that have the tag and algorithm of the real one, and are none. */
  function colliding(count: number): ZoneKey[] {
    assert.ok(real)
    const { rdata, tag, algorithm, flags } = real
    return Array.from({ length: count }, () => ({ rdata, tag, algorithm, flags, verify: () => false }))
  }

  function forged(count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, i) => {
      const copy = rrsig.slice()
      writeU32(copy, copy.length - 4, i)
      return copy
    })
  }

  for (const count of [9, 500]) {
    it(`${count} keys of one tag, ${count} signatures: bounded work`, () => {
      const budget = new CountedBudget()
      const verdict = verify({ ...A, signatures: forged(count) }, { keys: colliding(count), budget })
      assert.equal(reasonOf(verdict), 'work-exceeded')
      assert.ok(budget.verifications <= 32, String(budget.verifications))
    })
  }

  it('two keys that collide by chance harm nothing', () => {
    assert.ok(real)
    assert.equal(reasonOf(verify(A, { keys: [...colliding(3), real] })), 'ok')
  })

  it('no more than so many signatures of one RRset, and each that fails counts twice', () => {
    const budget = new CountedBudget()
    assert.equal(reasonOf(verify({ ...A, signatures: forged(300) }, { budget })), 'work-exceeded')
    assert.equal(budget.verifications, 16)
  })

  it('a budget that is spent ends it', () => {
    const budget = new CountedBudget({ verifications: 0 })
    assert.equal(reasonOf(verify(A, { budget })), 'work-exceeded')
  })

  it('much data under one signature counts as several', () => {
    const budget = new CountedBudget()
    const long = Name.parse(`${'l'.repeat(60)}.${'m'.repeat(60)}.${'n'.repeat(60)}.example.`)
    const rdatas = Array.from({ length: 3000 }, (_, i) => long.child(`h${i}`).octets)
    verify({ ...A, type: 2, rdatas, signatures: [rrsig.with(1, 2)] }, { budget })
    assert.ok(budget.verifications >= 9 && budget.verifications <= 16, String(budget.verifications))
  })

  it('what cannot count costs nothing', () => {
    const budget = new CountedBudget()
    verify({ ...A, signatures: [new Uint8Array(9)] }, { budget })
    verify(A, { at: EXPIRATION + 1, budget })
    verify(A, { keys: [], budget })
    assert.equal(budget.verifications, 0)
  })
})

describe('keys of a zone', () => {
  const dnskey = zone.find('example.', 'DNSKEY')

  it('RFC4034 §2.1: zone keys of protocol 3; RFC5011 §2.1: not revoked', () => {
    assert.equal(prepareKeys(dnskey, SETTINGS).length, 2)
    const [rdata = new Uint8Array()] = dnskey.rdatas
    const changed = (at: number, octet: number): RRset => {
      const copy = rdata.slice()
      copy[at] = octet
      return { ...dnskey, rdatas: [copy] }
    }
    assert.equal(prepareKeys(changed(0, 0), SETTINGS).length, 0)
    assert.equal(prepareKeys(changed(1, 0x81), SETTINGS).length, 0)
    assert.equal(prepareKeys(changed(2, 2), SETTINGS).length, 0)
    assert.equal(prepareKeys({ ...dnskey, rdatas: [new Uint8Array(), rdata.slice(0, 4)] }, SETTINGS).length, 0)
  })

  it('a key is made ready when it is first asked, and once', () => {
    let imports = 0
    const settings: ValidatorSettings = {
      ...SETTINGS,
      prepareKey: (...key) => {
        imports++
        return SETTINGS.prepareKey(...key)
      },
    }
    const keys = prepareKeys(dnskey, settings)
    assert.equal(imports, 0)
    verify(A, { keys })
    verify(A, { keys })
    assert.equal(imports, 1)
  })

  it('one that is none of its algorithm verifies nothing', () => {
    const key = prepareZoneKey(Uint8Array.of(1, 0, 3, 15, 1, 2, 3), SETTINGS)
    assert.equal(key.verify(new Uint8Array(3), new Uint8Array(64)), false)
    const unknown = prepareZoneKey(Uint8Array.of(1, 0, 3, 253, 1, 2, 3), SETTINGS)
    assert.equal(unknown.verify(new Uint8Array(3), new Uint8Array(64)), false)
  })
})

it('every RRset of signed zones is good, whatever the algorithm', () => {
  for (const algorithm of [8, 15, 16] as const) {
    const signed = new SignedZone(TEXT, { signWith: fixedPair(algorithm, zone.name) })
    let count = 0
    for (const rrset of signed.sets) {
      assert.equal(reasonOf(verify(rrset, { keys: signed.keys })), 'ok', `${rrset.owner} ${rrset.type}`)
      count++
    }
    assert.ok(count > 8)
  }
})
