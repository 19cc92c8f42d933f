/**
 * Proofs that take long to compute (CVE-2023-50868). Zones of more than 150 iterations are insecure, as with Unbound
 * (`val-nsec3-keysize-iterations`); RFC 9276 §3.2 leaves the number to us. Of a name 64 ancestors are hashed, 4 chains are looked at, and
 * 20,000 rounds of SHA-1 are what one query may cost.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { NSEC3 } from '../../src/dns/rr/index.ts'
import type { MessageRecord } from '../../src/dns/wire/index.ts'
import { fixedKey } from '../../src/signer/fixed-keys.fixture.ts'
import { saying } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import { recordOf, signRecord } from '../internet/records.ts'
import type { ZoneOptions } from '../internet/zones.ts'
import { ATTACK, stillServes, withinCosts } from './attacker.fixture.ts'

const VICTIM = { text: 'www A 192.0.2.1' }
/** What `Limits.hashRounds` allows, and the proofs of the zones above. */
const MOST_ROUNDS = 20_000

function signedWith(iterations: number): ZoneOptions {
  const denial = { kind: 'nsec3', iterations, salt: new Uint8Array(8), optOut: false } as const
  return { text: 'www A 192.0.2.9', signing: { denial } }
}

/** A name of as many labels as a name can have. */
function deepName(below: string): Name {
  return Name.parse(`${'a.'.repeat(Math.floor((253 - below.length) / 2))}${below}`)
}

describe('RFC9276 §3.2: iterations', () => {
  it('2,500 of them: insecure, and no hash is computed', () => {
    const internet = new Internet({ '.': {}, 'victim.': VICTIM, 'attack.': signedWith(2500) })
    const resolver = internet.resolver()
    for (const name of [Name.parse('nothing.attack.'), deepName('attack.')]) {
      const { rcode, security, remarks } = resolver.resolve(name, 'A')
      assert.deepEqual([rcode, security, remarks[0]?.code], [3, 'insecure', 27])
      withinCosts(resolver.costs, { verifications: 8, hashes: 0, exchanges: 14 })
    }
    assert.equal(resolver.resolve('www.attack.', 'A').security, 'secure')
    stillServes(resolver)
  })

  it('150 of them, and a name of 120 labels: bounded, and told in the end', () => {
    const internet = new Internet({ '.': {}, 'victim.': VICTIM, 'attack.': signedWith(150) })
    const resolver = internet.resolver()
    const near = resolver.resolve('nothing.attack.', 'A')
    assert.deepEqual([near.rcode, near.security], [3, 'secure'])
    withinCosts(resolver.costs, { hashRounds: 4 * 151 })
    const far = resolver.resolve(deepName('attack.'), 'A')
    assert.ok(far.security === 'secure' || far.verdict?.reason === 'work-exceeded', far.security)
    withinCosts(resolver.costs, { hashRounds: MOST_ROUNDS, exchanges: 14 })
    stillServes(resolver)
  })
})

describe('RFC5155 §8.2: chains of many salts', () => {
  for (const iterations of [0, 150]) {
    it(`40 of them with ${iterations} iterations, none of which proves anything`, () => {
      const internet = new Internet({ '.': {}, 'victim.': VICTIM, 'attack.': signedWith(iterations) })
      const zsk = fixedKey(15, 'zsk', ATTACK)
      const proofs: MessageRecord[] = Array.from({ length: 40 }, (_, n) => {
        const hash = n.toString(16).padStart(2, '0')
        const rdata = new Uint8Array(5 + 8 + 1 + 20)
        rdata.set([1, 0, iterations >> 8, iterations & 255, 8, n])
        rdata.set([20, n, 1], 13)
        return recordOf(`${hash}${'0'.repeat(30)}.attack.`, 'NSEC3', rdata)
      })
      const soa = recordOf('attack.', 'SOA', 'ns.attack. host.invalid. 1 7200 3600 1209600 300')
      const authority = [soa, ...proofs].flatMap((record) => signRecord(record, zsk))
      assert.equal(authority[2]?.type, NSEC3.number)
      const name = deepName('attack.')
      const host = internet.host('attack.')
      const lie = saying(() => ({ authority }))
      host.spoil((reply, asked) => (asked.message.questions[0]?.type === 1 ? lie(reply, asked) : reply))
      const resolver = internet.resolver()
      const { rcode, security } = resolver.resolve(name, 'A')
      assert.deepEqual([rcode, security], [2, 'bogus'])
      withinCosts(resolver.costs, { verifications: 64, hashes: 1000, hashRounds: MOST_ROUNDS, exchanges: 16 })
      stillServes(resolver)
    })
  }
})
