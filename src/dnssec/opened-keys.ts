/** Private keys that a software store has opened, ready to sign, on whatever thread that is. */
import type { KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { KeyRef, KeySigner, SigningBatch } from '../ports/key-store.ts'
import { Signer } from './signature.ts'

/** What it takes to sign with a key. Sent to another thread, the private half is not copied: a KeyObject refers to what threads share. */
export type OpenedKey = {
  readonly ref: KeyRef
  readonly algorithm: number
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
}

export class OpenedKeys implements KeySigner {
  readonly #keys = new Map<string, { readonly publicKey: Uint8Array; readonly signer: Signer }>()

  constructor(keys: readonly OpenedKey[] = []) {
    for (const key of keys) this.add(key)
  }

  add({ ref, algorithm, publicKey, privateKey }: OpenedKey): void {
    this.#keys.set(ref.fingerprint, { publicKey, signer: new Signer(algorithm, privateKey) })
  }

  has(ref: KeyRef): boolean {
    return this.#keys.has(ref.fingerprint)
  }

  async sign(ref: KeyRef, { data, ends, out, at }: SigningBatch): Promise<void> {
    const { signer } = this.#find(ref)
    let from = 0
    for (let i = 0; i < ends.length; i++) {
      const to = ends[i]!
      signer.sign(data.subarray(from, to), out, at[i]!)
      from = to
    }
  }

  async publicKey(ref: KeyRef): Promise<Uint8Array> {
    return this.#find(ref).publicKey
  }

  #find({ fingerprint, name }: KeyRef) {
    const key = this.#keys.get(fingerprint)
    if (key === undefined) throw new DnsError('key-missing', `${name} has no private key here`)
    return key
  }
}
