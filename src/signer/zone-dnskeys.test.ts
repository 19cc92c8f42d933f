/** Whose the DNSKEY records of a zone are, by what is recorded, and which of them stay. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import type { SigningKey } from '../dnssec/index.ts'
import type { KeyProvenance } from '../ports/key-store.ts'
import { fixedPair } from './fixed-keys.fixture.ts'
import { linesOfType, type SignedText, type SignTextOptions, signText } from './signing.fixture.ts'

const EXAMPLE = Name.parse('example.')
const HEAD = '$TTL 3600\n@ 1800 SOA ns host 7 7200 3600 1209600 600\n@ NS ns\nns A 192.0.2.53\n'
const OWN = fixedPair(15, EXAMPLE)
/** The same algorithm for all: none is warned of. */
const [KSK, ZSK] = fixedPair(16, EXAMPLE)

function as(key: SigningKey | undefined, provenance: KeyProvenance): SigningKey {
  return key?.with({ provenance }) ?? assert.fail()
}

function withKeys(...keys: (SigningKey | undefined)[]): string {
  return `${HEAD}${keys.map((key) => key?.dnskeyText() ?? assert.fail()).join('\n')}\n`
}

function provenances(signed: SignedText): Record<KeyProvenance, number> {
  assert.equal(signed.plan.dnskeys.length, linesOfType(signed, 'DNSKEY').length, 'the plan says it of each')
  const counts = { signing: 0, published: 0, foreign: 0 }
  for (const { provenance } of signed.plan.dnskeys) counts[provenance]++
  return counts
}

function sign(text: string, options: SignTextOptions = {}): SignedText {
  return signText(text, { signWith: OWN, ...options })
}

describe('the DNSKEY records of an input that was not signed', () => {
  it('stay; without a record they are foreign, with one what it says', () => {
    const unknown = sign(withKeys(KSK, ZSK))
    assert.deepEqual(provenances(unknown), { signing: 2, published: 0, foreign: 2 })
    const recorded = sign(withKeys(KSK, ZSK), { recorded: [as(KSK, 'foreign'), as(ZSK, 'published')] })
    assert.deepEqual(provenances(recorded), { signing: 2, published: 1, foreign: 1 })
  })

  it('of a key that could sign and does not now are published', () => {
    const signed = sign(withKeys(ZSK), { recorded: [...OWN, as(ZSK, 'signing')] })
    assert.deepEqual(provenances(signed), { signing: 2, published: 1, foreign: 0 })
  })

  it('of keys that are named are what these are', () => {
    const own = sign(withKeys(...OWN))
    assert.deepEqual(provenances(own), { signing: 2, published: 0, foreign: 0 })
    const named = sign(withKeys(KSK), {
      publish: [as(KSK, 'foreign')],
      signWith: [...OWN, ...fixedPair(8, EXAMPLE), as(ZSK, 'signing')],
    })
    assert.deepEqual(provenances(named), { signing: 5, published: 0, foreign: 1 })
  })
})

describe('the DNSKEY records of an input that was signed before', () => {
  const before = sign(withKeys(KSK), { signWith: [...OWN, as(ZSK, 'signing')] })

  it('stay where they are recorded as foreign, and go otherwise: with a warning where nothing is recorded', () => {
    assert.equal(linesOfType(before, 'DNSKEY').length, 4)
    const known = sign(before.text, { recorded: [...OWN, as(KSK, 'foreign'), as(ZSK, 'signing')] })
    assert.deepEqual(
      [linesOfType(known, 'DNSKEY').length, provenances(known)],
      [3, { signing: 2, published: 0, foreign: 1 }],
    )
    assert.ok(known.plan.warnings.every((warning) => !warning.includes('removed')))
    const unknown = sign(before.text, { recorded: OWN })
    assert.deepEqual(provenances(unknown), { signing: 2, published: 0, foreign: 0 })
    assert.deepEqual(
      unknown.plan.warnings.map((warning) => /key tag (\d+) .* is removed/.exec(warning)?.[1]).sort(),
      [KSK?.tag, ZSK?.tag].map(String).sort(),
    )
  })

  it('RFC5011 §2.1: of another provider stay when that revokes them', () => {
    const revoked = KSK?.revoke() ?? assert.fail()
    const signed = sign(before.text.replaceAll(/DNSKEY\t257 3 16/g, 'DNSKEY\t385 3 16'), {
      recorded: [as(KSK, 'foreign')],
    })
    assert.ok(linesOfType(signed, 'DNSKEY').some((line) => line.endsWith(revoked.dnskeyText().split(' ').at(-1) ?? '')))
    assert.equal(provenances(signed).foreign, 1)
  })

  it('keep their TTL', () => {
    const text = before.text.replaceAll('\t3600\tIN\tDNSKEY', '\t99\tIN\tDNSKEY')
    const signed = sign(text, { recorded: [as(KSK, 'foreign')] })
    assert.deepEqual(new Set(linesOfType(signed, 'DNSKEY').map((line) => line.split(' ')[1])), new Set(['99']))
  })
})
