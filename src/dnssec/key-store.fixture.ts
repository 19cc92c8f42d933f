/** What every key store does: one suite, which each store's test runs on a store of its own. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { Name } from '../dns/name/index.ts'
import type { KeyRef, KeySigner, KeyStore, StoredKey } from '../ports/key-store.ts'
import { fingerprintOf, verifySignature } from './index.ts'

const ZONE = Name.parse('Example.')
/** Of every kind; RSA keys are short, since long ones take long to find. */
const ALGORITHMS = [13, 8, 15, 14, 16, 10]

export type StoreUnderTest = {
  /** A store without keys. */
  readonly store: KeyStore
  /** The signing side of the same store as another thread opens it now, from what can be sent to one. */
  readonly openElsewhere: () => KeySigner
  /** Algorithms of keys that it can keep; without it all. */
  readonly algorithms?: readonly number[]
}

/** Batches of messages and the room for their signatures, with some octets between that no signature may touch. */
class Messages {
  readonly data: Uint8Array
  readonly ends: number[] = []
  readonly at: number[] = []
  readonly out: Uint8Array
  readonly #length: number

  constructor(key: StoredKey, count: number) {
    const texts = Array.from({ length: count }, (_, i) =>
      Buffer.from(`${'x'.repeat(i * 7)} message ${i} of ${key.ref.name}`),
    )
    this.#length = SIGNATURE_LENGTH[key.algorithm] ?? 0
    this.data = Buffer.concat([...texts, Buffer.from('not signed')])
    this.out = new Uint8Array(new SharedArrayBuffer(count * (this.#length + 3) + 3)).fill(0xee)
    let end = 0
    for (const [i, text] of texts.entries()) {
      end += text.length
      this.ends.push(end)
      this.at.push(3 + i * (this.#length + 3))
    }
  }

  /** Whether each signature is good, and nothing else was written. */
  areSignedBy(key: StoredKey): boolean {
    const written = new Set<number>()
    const good = this.at.every((at, i) => {
      for (let octet = at; octet < at + this.#length; octet++) written.add(octet)
      const message = this.data.slice(this.ends[i - 1] ?? 0, this.ends[i])
      return verifySignature(key.algorithm, key.publicKey, message, this.out.slice(at, at + this.#length)) === true
    })
    return good && this.out.every((octet, i) => written.has(i) || octet === 0xee)
  }

  get isUntouched(): boolean {
    return this.out.every((octet) => octet === 0xee)
  }
}

/** RFC 3110 §3 for 1024 bits, RFC 6605 §4, RFC 8080 §4. */
const SIGNATURE_LENGTH: Readonly<Record<number, number>> = { 8: 128, 10: 128, 13: 64, 14: 96, 15: 64, 16: 114 }

async function makeKey(store: KeyStore, algorithm: number, zone = ZONE): Promise<StoredKey> {
  return store.generate({ zone, algorithm, role: 'zsk', bits: algorithm < 13 ? 1024 : undefined })
}

/** Registers the tests. `open` makes a new store for each. */
export function testKeyStore(open: () => StoreUnderTest): void {
  it('makes keys, and lists them by zone, as keys that sign', async () => {
    const { store } = open()
    const zsk = await makeKey(store, 15)
    const ksk = await store.generate({ zone: ZONE, algorithm: 13, role: 'ksk' })
    const other = await makeKey(store, 15, Name.parse('example.org.'))
    const names = ({ keys }: { keys: readonly StoredKey[] }): string[] => keys.map(({ ref }) => ref.name).sort()
    assert.deepEqual(names(await store.list(Name.parse('EXAMPLE.'))), [zsk.ref.name, ksk.ref.name].sort())
    const all = await store.list()
    assert.deepEqual(names(all), [zsk.ref.name, ksk.ref.name, other.ref.name].sort())
    assert.deepEqual(all.problems, [])
    for (const made of [zsk, ksk, other]) {
      const key = all.keys.find(({ ref }) => ref.fingerprint === made.ref.fingerprint)
      assert.ok(key !== undefined)
      assert.deepEqual([key.provenance, key.hasPrivateKey], ['signing', true])
      assert.deepEqual([key.role, key.flags, key.algorithm], [made.role, made.flags, made.algorithm])
      assert.deepEqual(Buffer.from(key.publicKey), Buffer.from(made.publicKey))
      assert.ok(key.zone.equals(made.zone))
    }
    assert.deepEqual((await store.list(Name.parse('net.'))).keys, [])
  })

  it('names a key by plain data that says which one it is', async () => {
    const { store } = open()
    const { ref, flags, algorithm, publicKey } = await makeKey(store, 15)
    assert.deepEqual(JSON.parse(JSON.stringify(ref)), ref)
    assert.match(ref.name, /^Kexample\.\+015\+\d{5}$/)
    const rdata = Uint8Array.of(flags >> 8, flags & 255, 3, algorithm, ...publicKey)
    assert.equal(ref.fingerprint, fingerprintOf(rdata))
    assert.deepEqual(Buffer.from(await store.publicKey(structuredClone(ref))), Buffer.from(publicKey))
  })

  it('signs batches of mixed algorithms side by side, each signature in its place', async () => {
    const { store, algorithms = ALGORITHMS } = open()
    const keys: StoredKey[] = []
    for (const algorithm of algorithms) keys.push(await makeKey(store, algorithm))
    const jobs = [...keys, ...keys].map((key, i) => ({ key, messages: new Messages(key, i) }))
    await Promise.all(jobs.map(({ key, messages }) => store.sign(key.ref, messages)))
    for (const { key, messages } of jobs) assert.ok(messages.areSignedBy(key), key.ref.name)
  })

  it('signs where another thread opens it, by a reference that was sent there', async () => {
    const { store, openElsewhere } = open()
    const keys = [await makeKey(store, 13), await makeKey(store, 15)]
    const elsewhere = openElsewhere()
    for (const key of keys) {
      const messages = new Messages(key, 5)
      await elsewhere.sign(structuredClone(key.ref), messages)
      assert.ok(messages.areSignedBy(key))
    }
  })

  it('a key that is not there is an error with its name, here and on another thread, and nothing is written', async () => {
    const { store, openElsewhere } = open()
    const key = await makeKey(store, 15)
    const absent: KeyRef = { name: 'Kexample.+015+00000', fingerprint: 'f'.repeat(64) }
    const mistaken: KeyRef = { name: key.ref.name, fingerprint: absent.fingerprint }
    for (const signer of [store, openElsewhere()]) {
      for (const ref of [absent, mistaken]) {
        const messages = new Messages(key, 2)
        const expected = { code: 'key-missing', message: new RegExp(`^${ref.name.replaceAll(/[.+]/g, '\\$&')} `) }
        await assert.rejects(signer.sign(ref, messages), expected)
        await assert.rejects(signer.publicKey(ref), expected)
        assert.ok(messages.isUntouched)
      }
      const messages = new Messages(key, 2)
      await signer.sign(key.ref, messages)
      assert.ok(messages.areSignedBy(key), 'the others sign as before')
    }
  })

  it('refuses algorithms and sizes that there are not, and stores nothing then', async () => {
    const { store } = open()
    await makeKey(store, 15)
    await assert.rejects(store.generate({ zone: ZONE, algorithm: 3, role: 'zsk' }), { code: 'algorithm-unsupported' })
    await assert.rejects(store.generate({ zone: ZONE, algorithm: 8, bits: 100, role: 'zsk' }), { code: 'usage' })
    assert.equal((await store.list()).keys.length, 1)
  })

  it('RFC4034 §B: gives each key of a zone a tag of its own, by any flags', async () => {
    const { store } = open()
    for (let i = 0; i < 5; i++) await makeKey(store, 15)
    const { keys } = await store.list(ZONE)
    assert.equal(new Set(keys.map(({ ref }) => ref.name)).size, 5)
  })

  it('shows no private half: what it lists can be sent, printed and logged', async () => {
    const { store } = open()
    const made = await makeKey(store, 15)
    const { keys } = await store.list()
    for (const key of [made, ...keys]) {
      assert.equal('privateKey' in key ? key.privateKey : undefined, undefined)
      assert.doesNotMatch(`${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`, /KeyObject|PRIVATE/)
    }
  })
}
