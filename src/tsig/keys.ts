/**
 * Keys of TSIG: a name, an algorithm and a shared secret, and the set of those that a server knows. The secret lies in a
 * KeyObject, which prints nothing of it, whatever logs or inspects a key.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { readTsigAlgorithm, shortestMac, type TsigAlgorithm } from './algorithms.ts'

export type TsigKey = {
  readonly name: Name
  readonly algorithm: TsigAlgorithm
  readonly secret: KeyObject
  /** Octets of the MACs that are sent. An answer's is as long as its request's, when that is longer (RFC 8945 §7). */
  readonly macLength: number
  /** Octets that a MAC must have to be accepted. */
  readonly leastMacLength: number
}

export type TsigKeyText = {
  readonly name: string
  /** `hmac-sha256`; with truncation `hmac-sha256-128`. */
  readonly algorithm: string
  /** In base64. */
  readonly secret: string
}

export type TsigKeyOptions = {
  /** HMAC-MD5 is refused without. */
  readonly allowMd5?: boolean
  /** The shortest MAC that is accepted, octets; by default as long as those that are sent. */
  readonly leastMacLength?: number
}

/**
 * A key from its octets. Throws DnsError `algorithm-unsupported`, or `key-invalid` for an empty secret or a least length that
 * RFC 8945 §5.2.2.1 does not allow; no text of an error holds a part of the secret.
 */
export function newTsigKey(name: Name, algorithm: string, secret: Uint8Array, options: TsigKeyOptions = {}): TsigKey {
  const { algorithm: found, macLength } = readTsigAlgorithm(algorithm)
  if (found.weak && options.allowMd5 !== true) {
    throw new DnsError('algorithm-unsupported', `the key ${name} is for ${found.mnemonic}, which is not switched on`)
  }
  if (secret.length === 0) throw new DnsError('key-invalid', `the secret of the key ${name} is empty`)
  const leastMacLength = options.leastMacLength ?? macLength
  if (leastMacLength < shortestMac(found) || leastMacLength > macLength) {
    const range = `${shortestMac(found)} to ${macLength}`
    throw new DnsError('key-invalid', `the shortest MAC of the key ${name} has ${range} octets, not ${leastMacLength}`)
  }
  return { name: name.toCanonical(), algorithm: found, secret: createSecretKey(secret), macLength, leastMacLength }
}

/** A key as configurations write it. Throws as `newTsigKey`, `Name.parse`, and `key-invalid` for what is no base64. */
export function parseTsigKey(text: TsigKeyText, options: TsigKeyOptions = {}): TsigKey {
  const name = Name.parse(text.name)
  let secret: Uint8Array
  try {
    secret = Uint8Array.fromBase64(text.secret)
  } catch {
    // The reason that the language gives may quote the text.
    throw new DnsError('key-invalid', `the secret of the key ${name} is no base64`)
  }
  return newTsigKey(name, text.algorithm, secret, options)
}

/**
 * The keys that a server knows. A key is found by its name and its algorithm together, so that no other algorithm can be put
 * in its place (RFC 8945 §10).
 */
export class TsigKeys {
  readonly #keys = new Map<string, TsigKey>()

  /** Throws DnsError `key-invalid` when two keys have the same name and algorithm. */
  constructor(keys: Iterable<TsigKey> = []) {
    for (const key of keys) {
      const index = indexOf(key.name, key.algorithm.name)
      if (this.#keys.has(index)) {
        throw new DnsError('key-invalid', `two keys are named ${key.name} with ${key.algorithm.mnemonic}`)
      }
      this.#keys.set(index, key)
    }
  }

  /** The key of this name and this algorithm's name, without regard to case, or undefined. */
  find(name: Name, algorithm: Name): TsigKey | undefined {
    return this.#keys.get(indexOf(name, algorithm))
  }

  [Symbol.iterator](): Iterator<TsigKey> {
    return this.#keys.values()
  }
}

/** Both names end in a dot and no text of a name holds a bare space, so that no two pairs share a string. */
function indexOf(name: Name, algorithm: Name): string {
  return `${name.key} ${algorithm.key}`
}
