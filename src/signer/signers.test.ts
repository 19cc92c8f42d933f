import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { FLAG_REVOKE } from '../dnssec/index.ts'
import { fixedKey } from './fixed-keys.fixture.ts'
import { chooseSigners, dsset, keyset } from './index.ts'
import { linesOfType, signText } from './signing.fixture.ts'

const EXAMPLE = Name.parse('example.')
const ksk = fixedKey(15, 'ksk', EXAMPLE)
const zsk = fixedKey(15, 'zsk', EXAMPLE)
const rsaKsk = fixedKey(8, 'ksk', EXAMPLE)
const rsaZsk = fixedKey(8, 'zsk', EXAMPLE)

const names = (keys: readonly { name: string }[]): string[] => keys.map((key) => key.name)

describe('choosing signers', () => {
  it('a KSK signs keys, a ZSK the zone, a CSK both', () => {
    const two = chooseSigners([ksk, zsk], [], false)
    assert.deepEqual([names(two.keys), names(two.zone)], [[ksk.name], [zsk.name]])
    const csk = fixedKey(15, 'csk', EXAMPLE)
    const one = chooseSigners([csk], [], false)
    assert.deepEqual([names(one.keys), names(one.zone), one.warnings], [[csk.name], [csk.name], []])
  })

  it('RFC4035 §2.2: every algorithm signs all, with the keys that it has', () => {
    const set = chooseSigners([ksk, zsk, rsaKsk, rsaZsk], [], false)
    assert.deepEqual(names(set.keys), [ksk.name, rsaKsk.name])
    assert.deepEqual(names(set.zone), [zsk.name, rsaZsk.name])
    const lone = chooseSigners([ksk, zsk, rsaKsk], [], false)
    assert.deepEqual(names(lone.zone), [zsk.name, rsaKsk.name])
    assert.match(lone.warnings.join(), /algorithm 8 has no zone-signing key/)
    const zones = chooseSigners([zsk], [], false)
    assert.deepEqual(names(zones.keys), [zsk.name])
    assert.match(zones.warnings.join(), /no key-signing key/)
  })

  it('RFC4035 §2.2: an algorithm that would be published and sign nothing is refused', () => {
    assert.throws(() => chooseSigners([ksk, zsk], [rsaKsk], false), { code: 'signing-refused', message: /algorithm 8/ })
  })

  it('no key at all is refused with what to do', () => {
    assert.throws(() => chooseSigners([], [ksk], false), { code: 'key-missing', message: /signet key generate/ })
  })

  it('the same key named twice signs once', () => {
    const set = chooseSigners([ksk, zsk, ksk], [zsk], false)
    assert.deepEqual(
      [names(set.keys), names(set.zone), names(set.published)],
      [[ksk.name], [zsk.name], [ksk.name, zsk.name]],
    )
  })

  it('RFC5011 §2.1: a revoked key signs the DNSKEY RRset and nothing else, and gets no DS', () => {
    const revoked = rsaKsk.with({ flags: rsaKsk.flags | FLAG_REVOKE })
    const set = chooseSigners([revoked, fixedKey(8, 'csk', EXAMPLE).with({ flags: 256, role: 'zsk' })], [], false)
    assert.ok(names(set.keys).includes(revoked.name))
    assert.ok(!names(set.zone).includes(revoked.name))
    assert.ok(!dsset(EXAMPLE, set, [2]).includes(` ${revoked.tag} `))
    assert.throws(() => chooseSigners([revoked], [], false), { code: 'signing-refused', message: /revoked/ })
  })

  it('several keys of one role all sign: double signatures of a rollover', () => {
    const second = fixedKey(16, 'zsk', EXAMPLE)
    const signed = signText('@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS a.\n', {
      signWith: [ksk, zsk, second, fixedKey(16, 'ksk', EXAMPLE)],
    })
    const soa = linesOfType(signed, 'RRSIG').filter((line) => line.includes(' RRSIG SOA '))
    assert.deepEqual(soa.map((line) => line.split(' ')[10]).sort(), [String(second.tag), String(zsk.tag)].sort())
  })
})

describe('what the parent gets', () => {
  const set = chooseSigners([ksk, zsk], [], false)

  it('RFC4034 §5.1: a DS for each key that signs the DNSKEY RRset, and each digest', () => {
    const lines = dsset(EXAMPLE, set, [1, 2, 4]).trimEnd().split('\n')
    assert.equal(lines.length, 3)
    for (const [i, type] of [1, 2, 4].entries()) {
      assert.match(lines[i] ?? '', new RegExp(`^example\\.\\tIN\\tDS\\t${ksk.tag} 15 ${type} [0-9A-F]+$`))
    }
    assert.throws(() => dsset(EXAMPLE, set, [99]), { code: 'algorithm-unsupported' })
  })

  it('keyset holds the DNSKEYs of these keys', () => {
    assert.match(
      keyset(EXAMPLE, set),
      new RegExp(`^example\\.\\tIN\\tDNSKEY\\t257 3 15 \\S+ ; ksk, ED25519, key tag ${ksk.tag}\\n$`),
    )
  })
})
