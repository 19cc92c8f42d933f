/**
 * What a MAC covers, and the MAC (RFC 8945 §4.3): the MAC before it, the message as it was before its TSIG, then the
 * variables of the record, or in a stream after the first message (§5.3.1) only its timers. The parts are digested in the
 * order in which the methods are called.
 */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'
import { copyOctets, OctetWriter } from '../dns/octets.ts'
import { CLASS_ANY } from '../dns/rr/index.ts'
import { HEADER_SIZE } from '../dns/wire/index.ts'
import { shortestMac } from './algorithms.ts'
import type { TsigKey } from './keys.ts'
import type { TsigRecord } from './record.ts'

export class TsigDigest {
  readonly #hmac: Hmac

  constructor(key: TsigKey) {
    this.#hmac = createHmac(key.algorithm.hash, key.secret)
  }

  /** The request's MAC, or in a stream that of the last signed message, as it was transmitted (§4.3.1). */
  prior(mac: Uint8Array): this {
    this.#hmac.update(Uint8Array.of(mac.length >>> 8, mac.length))
    this.#hmac.update(mac)
    return this
  }

  /** The octets of a message of a stream that came without a TSIG. */
  unsigned(message: Uint8Array): this {
    this.#hmac.update(message)
    return this
  }

  /** `octets[0, end)`, a message without its TSIG, with the ID and the count of additional records that it had then (§4.3.2). */
  message(octets: Uint8Array, end: number, originalId: number, additionals: number): this {
    const header = copyOctets(octets, 0, HEADER_SIZE)
    header[0] = originalId >>> 8
    header[1] = originalId
    header[10] = additionals >>> 8
    header[11] = additionals
    this.#hmac.update(header)
    this.#hmac.update(octets.subarray(HEADER_SIZE, end))
    return this
  }

  /** §4.3.3: all of the record but what is known only after, its names in canonical form. */
  variables(record: TsigRecord): this {
    const out = new OctetWriter(128)
    out.bytes(record.keyName.toCanonical().octets)
    out.u16(CLASS_ANY)
    out.u32(0)
    out.bytes(record.algorithmName.toCanonical().octets)
    writeTimers(record, out)
    out.u16(record.error)
    out.u16(record.other.length)
    out.bytes(record.other)
    this.#hmac.update(out.octets.subarray(0, out.length))
    return this
  }

  timers(record: TsigRecord): this {
    const out = new OctetWriter(8)
    writeTimers(record, out)
    this.#hmac.update(out.octets)
    return this
  }

  /** The MAC, its first `length` octets. The digest is of no use after. */
  mac(length: number): Uint8Array {
    return copyOctets(this.#hmac.digest(), 0, length)
  }
}

/** Time signed and fudge (§4.3.3.1). */
function writeTimers(record: TsigRecord, out: OctetWriter): void {
  out.u48(record.timeSigned)
  out.u16(record.fudgeSeconds)
}

/** Whether a MAC of this length may stand in a message at all: whatever a key's policy is, others are FORMERR (§5.2.2.1). */
export function isMacLength(key: TsigKey, length: number): boolean {
  return length >= shortestMac(key.algorithm) && length <= key.algorithm.macLength
}

/** Compares a MAC, of an allowed length, with what the digest comes to; the time it takes tells nothing of the octets. */
export function hasMac(digest: TsigDigest, mac: Uint8Array): boolean {
  return timingSafeEqual(digest.mac(mac.length), mac)
}

/** The record with the MAC of the digest, to which all that it covers was given. */
export function withMac(record: TsigRecord, digest: TsigDigest, length: number): TsigRecord {
  return { ...record, mac: digest.mac(length) }
}
