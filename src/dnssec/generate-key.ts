/** Makes new keys with node:crypto. A key whose tag is taken is thrown away and made anew (RFC 4034 §B: tags may collide). */
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { KeyRequest } from '../ports/key-store.ts'
import { type Algorithm, chooseKeyBits, requireAlgorithm } from './algorithms.ts'
import type { KeyTimes } from './key-times.ts'
import { exportPublicKey } from './public-key.ts'
import { FLAG_SEP, FLAG_ZONE, SigningKey } from './signing-key.ts'

/** A request with what files of keys have beside the key. */
export type DatedKeyRequest = KeyRequest & {
  readonly times?: KeyTimes
  readonly friendlyName?: string | undefined
}

export type GenerateRequest = DatedKeyRequest & {
  /** Keys whose tags, with and without the REVOKE flag, the new one must not take. */
  readonly others?: readonly SigningKey[]
}

const MAX_TRIES = 100

/** Makes a key pair off the main thread. Throws DnsError `algorithm-unsupported`, or `usage` for a size that is not allowed. */
export async function generateKey(request: GenerateRequest): Promise<SigningKey> {
  const { zone, role, times = {}, friendlyName, others = [] } = request
  const row = requireAlgorithm(request.algorithm)
  const bits = chooseKeyBits(row, request.bits)
  const flags = role === 'zsk' ? FLAG_ZONE : FLAG_ZONE | FLAG_SEP
  const taken = new Set(others.flatMap((key) => [key.tag, key.otherTag]))
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const privateKey = await generatePrivateKey(row, bits)
    const publicKey = exportPublicKey(row, privateKey)
    const source = { form: 'generated' } as const
    const parts = { zone, algorithm: row.number, flags, role, publicKey, privateKey, times, friendlyName, source }
    const key = SigningKey.create(parts)
    if (!taken.has(key.tag) && !taken.has(key.otherTag)) return key
  }
  throw new DnsError('key-invalid', `no key tag is free beside the ${others.length} keys of ${zone}`)
}

function generatePrivateKey(row: Algorithm, bits: number): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject) => {
      if (error === null) resolve(privateKey)
      else reject(new DnsError('key-invalid', `no ${row.mnemonic} key could be made: ${error.message}`))
    }
    if (row.curve === '') generateKeyPair('rsa', { modulusLength: bits, publicExponent: 0x10001 }, done)
    else if (row.curve === 'ed25519') generateKeyPair('ed25519', {}, done)
    else if (row.curve === 'ed448') generateKeyPair('ed448', {}, done)
    else generateKeyPair('ec', { namedCurve: row.curve }, done)
  })
}
