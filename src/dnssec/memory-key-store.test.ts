import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryKeyStore, OpenedKeys } from './index.ts'
import { testKeyStore } from './key-store.fixture.ts'
import { ed25519Key, newKey } from './keys.fixture.ts'

describe('a key store in memory', () => {
  testKeyStore(() => {
    const store = new MemoryKeyStore()
    return { store, openElsewhere: () => new OpenedKeys(structuredClone(store.share()).keys) }
  })

  it('takes in keys that were made elsewhere; one without its private half is listed and does not sign', async () => {
    const key = ed25519Key()
    const half = (await newKey(15)).withoutPrivateKey()
    const store = new MemoryKeyStore([key, half])
    assert.equal((await store.list()).keys.length, 2)
    assert.deepEqual(await store.publicKey(key.ref), key.publicKey)
    await assert.rejects(store.publicKey(half.ref), { code: 'key-missing' })
  })

  it('RFC5011 §2.1: knows a key by the same reference when it is revoked', async () => {
    const store = new MemoryKeyStore()
    const key = await store.generate({ zone: ed25519Key().zone, algorithm: 15, role: 'ksk' })
    const revoked = key.revoke()
    assert.notEqual(revoked.tag, key.tag)
    assert.deepEqual(revoked.ref, key.ref)
    assert.deepEqual(await store.publicKey(revoked.ref), key.publicKey)
    assert.equal(revoked.revoke(), revoked)
    assert.notDeepEqual(key.with({ flags: 256, role: 'zsk' }).ref, key.ref, 'another DNSKEY is another key')
  })
})
