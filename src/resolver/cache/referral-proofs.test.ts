import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { RRSIG } from '../../dns/rr/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { rrsetOf } from './caches.fixture.ts'
import { ReferralProofs } from './referral-proofs.ts'

const HASH = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'

/** An NSEC3 record that `signer` has signed, if nobody has verified it. */
function proofOf(signer: string, ttl = 300): RRset {
  const set = rrsetOf(`${HASH}.${signer === '.' ? '' : signer}`, ttl, 'NSEC3', `1 0 0 - ${HASH} NS`)
  const rrsig = RRSIG.encode({
    typeCovered: 'NSEC3',
    algorithm: 13,
    labels: set.owner.labelCount,
    originalTtl: ttl,
    expiration: 2_000_000_000,
    inception: 1_000_000_000,
    keyTag: 1,
    signer,
    signature: new Uint8Array(64).toBase64(),
  })
  return { ...set, signatures: [rrsig] }
}

function kept(zone: string, proofs: readonly RRset[], now = 1): readonly RRset[] | undefined {
  const cache = new ReferralProofs(100_000)
  const name = Name.parse(zone)
  cache.put(name, proofs, 0)
  const found = cache.find(name, now)
  assert.ok(found === undefined || found.records.every((set) => proofs.includes(set)))
  return found?.records
}

describe('proofs that a zone has no DS', () => {
  const parent = proofOf('example.')
  const above = proofOf('.')

  test('are those of the deepest signer above it', () => {
    assert.deepEqual(kept('sub.example.', [above, parent]), [parent])
    assert.deepEqual(kept('sub.example.', [above]), [above])
    assert.deepEqual(kept('example.', [above, parent]), [above])
  })

  test('are not what the zone itself has signed, or another zone, or nobody', () => {
    assert.equal(kept('example.', [parent]), undefined)
    assert.equal(kept('sub.other.', [parent]), undefined)
    assert.equal(kept('.', [above]), undefined)
    assert.equal(kept('sub.example.', [{ ...parent, signatures: [] }]), undefined)
    assert.equal(kept('sub.example.', [{ ...parent, signatures: [Uint8Array.of(1, 2, 3)] }]), undefined)
  })

  test('are there while all of them are good, whatever became of those of others', () => {
    const short = proofOf('example.', 60)
    assert.equal(kept('sub.example.', [parent, short], 59)?.length, 2)
    assert.equal(kept('sub.example.', [parent, short], 60), undefined)
    assert.deepEqual(kept('sub.example.', [parent, { ...above, security: 'bogus' }]), [parent])
    assert.equal(kept('sub.example.', [{ ...parent, security: 'bogus' }]), undefined)
  })
})
