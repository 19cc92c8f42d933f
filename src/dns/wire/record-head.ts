/** The fixed part of a record, in place: type and class, and owners that are pointers. */
import { readU16 } from '../octets.ts'

/** Octets of a record without its owner and RDATA. */
export const RECORD_HEAD = 10
/** Names beyond the first 16 KiB cannot be pointed to (RFC 1035 §4.1.4). */
export const POINTER_LIMIT = 0x4000

export function writeTypeAndClass(octets: Uint8Array, at: number, type: number, rrClass: number): void {
  octets[at] = type >>> 8
  octets[at + 1] = type
  octets[at + 2] = rrClass >>> 8
  octets[at + 3] = rrClass
}

/** Lets the pointers that begin the records in `octets[at, end)` point to `target`, which is below POINTER_LIMIT. */
export function pointOwners(octets: Uint8Array, at: number, end: number, target: number): void {
  if (target >= POINTER_LIMIT) throw new RangeError('no pointer reaches this offset of the message')
  while (at < end) {
    octets[at] = 0xc0 | (target >>> 8)
    octets[at + 1] = target
    at += 2 + RECORD_HEAD + readU16(octets, at + RECORD_HEAD)
  }
}
