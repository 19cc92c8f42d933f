/** Keys in the memory of the process: for programs that have their keys from elsewhere, and for tests. They end with it. */
import type { Name } from '../dns/name/index.ts'
import type { KeyList, KeyRef, KeyStore, SigningBatch } from '../ports/key-store.ts'
import { type DatedKeyRequest, generateKey } from './generate-key.ts'
import { type OpenedKey, OpenedKeys } from './opened-keys.ts'
import type { SigningKey } from './signing-key.ts'

export type SharedMemoryKeys = { readonly kind: 'memory'; readonly keys: readonly OpenedKey[] }

export class MemoryKeyStore implements KeyStore {
  readonly #listed: SigningKey[] = []
  readonly #opened: OpenedKey[] = []
  readonly #signers = new OpenedKeys()

  /** Takes in keys. It signs with those whose private half was opened. */
  constructor(keys: readonly SigningKey[] = []) {
    for (const key of keys) this.#add(key)
  }

  #add(key: SigningKey): SigningKey {
    const { ref, algorithm, publicKey, privateKey } = key
    const listed = key.withoutPrivateKey()
    this.#listed.push(listed)
    if (privateKey !== undefined) {
      const opened = { ref, algorithm, publicKey, privateKey }
      this.#opened.push(opened)
      this.#signers.add(opened)
    }
    return listed
  }

  async list(zone?: Name): Promise<KeyList & { readonly keys: readonly SigningKey[] }> {
    return { keys: this.#listed.filter((key) => zone === undefined || key.zone.equals(zone)), problems: [] }
  }

  async generate(request: DatedKeyRequest): Promise<SigningKey> {
    const { keys: others } = await this.list(request.zone)
    return this.#add(await generateKey({ ...request, others }))
  }

  sign(ref: KeyRef, batch: SigningBatch): Promise<void> {
    return this.#signers.sign(ref, batch)
  }

  publicKey(ref: KeyRef): Promise<Uint8Array> {
    return this.#signers.publicKey(ref)
  }

  /** What `openSharedKeys` makes signers of in another thread. */
  share(): SharedMemoryKeys {
    return { kind: 'memory', keys: this.#opened }
  }
}
