/**
 * Serial number arithmetic (RFC 1982) on the 32 bits of a SOA serial, an RRSIG time or a ZONEMD serial.
 * Two serials that are exactly 2^31 apart have no order; `compareSerials` then returns undefined.
 */
import { readU32 } from './octets.ts'

export type Serial = number

const HALF = 0x80000000

/** Negative when `a` is before `b`, 0 when equal, positive when after, undefined when the RFC leaves the order open. */
export function compareSerials(a: Serial, b: Serial): number | undefined {
  const distance = (b - a) >>> 0
  if (distance === 0) return 0
  if (distance === HALF) return undefined
  return distance < HALF ? -1 : 1
}

/** RFC 1982 §3.1: `n` may be at most 2^31 - 1. */
export function addToSerial(serial: Serial, n: number): Serial {
  if (!Number.isInteger(n) || n < 0 || n >= HALF) throw new RangeError('a serial grows by 0 to 2147483647')
  return (serial + n) >>> 0
}

/** Whether a secondary that holds `held` sees `offered` as newer. */
export function isNewerSerial(offered: Serial, held: Serial): boolean {
  const order = compareSerials(offered, held)
  return order !== undefined && order > 0
}

/** Octets of a SOA's RDATA behind its two names: serial, refresh, retry, expire, minimum (RFC 1035 §3.3.13). */
export const SOA_NUMBERS = 20

/** The serial in well-formed SOA RDATA that ends at `rdataEnd`. */
export function soaSerial(octets: Uint8Array, rdataEnd: number): Serial {
  return readU32(octets, rdataEnd - SOA_NUMBERS)
}
