/**
 * Server cookies in the interoperable form (RFC 9018 §4): version 1, three reserved octets, the time, and a hash over the
 * client's cookie, these and the client's address. The packet path calls this: octets in, octets out, no allocation.
 *
 * A change of secrets (RFC 9018 §5) goes in three steps, for which the order of the secrets is all that is needed:
 * `[old, new]`, then `[new, old]`, then `[new]`.
 */
import { DnsError } from '../dns/errors.ts'
import { readU32 } from '../dns/octets.ts'
import { CLIENT_COOKIE_SIZE, INTEROPERABLE_SERVER_COOKIE } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { SIPHASH_KEY_LENGTH, SIPHASH_LENGTH, sipHash24, sipHashKey } from './siphash.ts'

/** Most secrets at a time: the one that makes cookies, and two others whose cookies are good. */
export const MAX_COOKIE_SECRETS = 3
/** RFC 9018 §4.3: how old a cookie may be, how far ahead its maker's clock, and from what age on the client gets a new one. */
export const COOKIE_LIFETIME_SECONDS = 3600
export const COOKIE_AHEAD_SECONDS = 300
export const COOKIE_RENEWAL_SECONDS = 1800

const VERSION = 1
/** Octets of the option: the client's cookie and the server's. */
const OPTION_SIZE = CLIENT_COOKIE_SIZE + INTEROPERABLE_SERVER_COOKIE
/** Octets before the address in what is hashed: the client's cookie, version, reserved, time. */
const HASHED_HEAD = 16

/**
 * - `good`: made by us, or by a server with one of our secrets, for this client at this address, within the hour.
 * - `renew`: the same, but older than half an hour, or made with another secret than the first: the client gets a new one.
 * - `bad`: anything else; the client may be anybody, and gets a new one.
 */
export type CookieVerdict = 'good' | 'renew' | 'bad'

export class ServerCookies {
  readonly #keys: readonly Int32Array[]
  readonly #first: Int32Array
  /** What is hashed: the head and an address of 16 octets at the most. */
  readonly #input = new Uint8Array(HASHED_HEAD + 16)
  readonly #hash = new Uint8Array(SIPHASH_LENGTH)

  /** Secrets of 16 octets; the first makes cookies, all check them. Throws DnsError `key-invalid`. */
  constructor(secrets: readonly Uint8Array[]) {
    if (secrets.length > MAX_COOKIE_SECRETS || secrets.some((secret) => secret.length !== SIPHASH_KEY_LENGTH)) {
      throw new DnsError(
        'key-invalid',
        `cookies need 1 to ${MAX_COOKIE_SECRETS} secrets of ${SIPHASH_KEY_LENGTH} octets`,
      )
    }
    this.#keys = secrets.map(sipHashKey)
    const [first] = this.#keys
    if (first === undefined) throw new DnsError('key-invalid', 'cookies need a secret')
    this.#first = first
  }

  /**
   * Writes the 16 octets of a server cookie to `out` at `outAt`: for the client cookie of 8 octets at `client[clientAt]`, and
   * the client's address of 4 or 16 octets at `address[addressAt]`.
   */
  make(
    client: Uint8Array,
    clientAt: number,
    address: Uint8Array,
    addressAt: number,
    addressLength: number,
    now: UnixSeconds,
    out: Uint8Array,
    outAt: number,
  ): void {
    out[outAt] = VERSION
    out[outAt + 1] = 0
    out[outAt + 2] = 0
    out[outAt + 3] = 0
    // Bits beyond the 32 fall away, as serial arithmetic wants (§4.3); `>>>` takes any number modulo 2^32.
    out[outAt + 4] = now >>> 24
    out[outAt + 5] = now >>> 16
    out[outAt + 6] = now >>> 8
    out[outAt + 7] = now
    this.#fill(client, clientAt, out, outAt, address, addressAt, addressLength)
    sipHash24(this.#first, this.#input, 0, HASHED_HEAD + addressLength, out, outAt + 8)
  }

  /**
   * Judges the data of a COOKIE option, `option[at, at + length)`: the client's cookie and the server's behind it. Data of
   * another length than 24, the client's cookie alone among them, is `bad` (RFC 9018 §4.4).
   */
  check(
    option: Uint8Array,
    at: number,
    length: number,
    address: Uint8Array,
    addressAt: number,
    addressLength: number,
    now: UnixSeconds,
  ): CookieVerdict {
    if (length !== OPTION_SIZE) return 'bad'
    const cookieAt = at + CLIENT_COOKIE_SIZE
    if (option[cookieAt] !== VERSION) return 'bad'
    // Serial arithmetic: the distance as 32 bits with a sign.
    const age = (now - readU32(option, cookieAt + 4)) | 0
    if (age > COOKIE_LIFETIME_SECONDS || age < -COOKIE_AHEAD_SECONDS) return 'bad'
    this.#fill(option, at, option, cookieAt, address, addressAt, addressLength)
    const keys = this.#keys
    for (let i = 0; i < keys.length; i++) {
      sipHash24(keys[i]!, this.#input, 0, HASHED_HEAD + addressLength, this.#hash, 0)
      if (this.#isHash(option, cookieAt + 8)) return i > 0 || age > COOKIE_RENEWAL_SECONDS ? 'renew' : 'good'
    }
    return 'bad'
  }

  #fill(
    client: Uint8Array,
    clientAt: number,
    cookie: Uint8Array,
    cookieAt: number,
    address: Uint8Array,
    addressAt: number,
    addressLength: number,
  ): void {
    const input = this.#input
    for (let i = 0; i < 8; i++) input[i] = client[clientAt + i]!
    for (let i = 0; i < 8; i++) input[8 + i] = cookie[cookieAt + i]!
    for (let i = 0; i < addressLength; i++) input[HASHED_HEAD + i] = address[addressAt + i]!
  }

  /** All octets are looked at, so that time does not tell how many were right. */
  #isHash(octets: Uint8Array, at: number): boolean {
    const hash = this.#hash
    let difference = 0
    for (let i = 0; i < SIPHASH_LENGTH; i++) difference |= hash[i]! ^ octets[at + i]!
    return difference === 0
  }
}
