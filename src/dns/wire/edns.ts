/**
 * EDNS (RFC 6891): the OPT pseudo-record as an object, its octets, and how much padding a message gets (RFC 8467).
 *
 * The OPT record says other things with the fields of a record: its class is the sender's UDP payload size, its TTL the upper 8
 * bits of the RCODE, the version and 16 flags.
 */
import { WireError } from '../errors.ts'
import { type OctetWriter, readU16 } from '../octets.ts'
import { decodeOption, type EdnsOption, encodeOption } from './edns-options.ts'

export const TYPE_OPT = 41
/** Octets of an OPT record without options: root, type, class, TTL, length. */
export const OPT_SIZE = 11
/** The flag DNSSEC OK among the 16 of the TTL (RFC 3225 §3). */
export const EDNS_DO = 0x8000
/** The flag Compact Answers OK (RFC 9824 §5.1). */
export const EDNS_CO = 0x4000
/** RFC 6891 §6.2.3: values below are taken as 512. */
export const MIN_UDP_PAYLOAD = 512
/** What fits every network without fragments (the value of DNS flag day 2020: 1280 of IPv6 less its and UDP's headers). */
export const DEFAULT_UDP_PAYLOAD = 1232

export type Edns = {
  /** The sender's UDP payload size as it stands there, be it below 512. */
  udpSize: number
  version: number
  dnssecOk: boolean
  /** The other 15 flags. */
  flags: number
  options: EdnsOption[]
}

/** Offset after the option whose code stands at `at`, or -1 when it does not fit into the RDATA that ends at `end`. */
export function optionEnd(octets: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1
  const after = at + 4 + readU16(octets, at + 2)
  return after <= end ? after : -1
}

/** Whether `octets[at, end)` is a sequence of options: each whole, none left over. */
export function areOptions(octets: Uint8Array, at: number, end: number): boolean {
  while (at < end) {
    at = optionEnd(octets, at, end)
    if (at < 0) return false
  }
  return true
}

/** Offset of the data of the first option of this code in well-formed options, or -1. Its length stands two octets before. */
export function findOption(octets: Uint8Array, at: number, end: number, code: number): number {
  while (at < end) {
    if (readU16(octets, at) === code) return at + 4
    at += 4 + readU16(octets, at + 2)
  }
  return -1
}

/** The options in `octets[at, end)` as objects. Throws WireError when they are no such sequence. */
export function decodeOptions(octets: Uint8Array, at: number, end: number): EdnsOption[] {
  const options: EdnsOption[] = []
  while (at < end) {
    const after = optionEnd(octets, at, end)
    if (after < 0) throw new WireError('an EDNS option is longer than the OPT record', at)
    options.push(decodeOption(readU16(octets, at), octets, at + 4, after))
    at = after
  }
  return options
}

export function encodeOptions(options: readonly EdnsOption[], out: OctetWriter): void {
  for (const option of options) encodeOption(option, out)
}

/** The object form of an OPT record: of its class, TTL and RDATA. The upper RCODE bits go to the message's header. */
export function decodeEdns(rrClass: number, ttl: number, octets: Uint8Array, at: number, end: number): Edns {
  return {
    udpSize: rrClass,
    version: (ttl >>> 16) & 0xff,
    dnssecOk: (ttl & EDNS_DO) !== 0,
    flags: ttl & 0x7fff,
    options: decodeOptions(octets, at, end),
  }
}

/** The 16 flags of an EDNS object. */
export function ednsFlags(edns: Edns): number {
  return (edns.flags & 0x7fff) | (edns.dnssecOk ? EDNS_DO : 0)
}

/** RFC 8467 §4.1: queries are padded to a multiple of 128 octets, responses to one of 468. */
export const QUERY_PADDING_BLOCK = 128
export const RESPONSE_PADDING_BLOCK = 468

/**
 * Octets of padding data (after the option's own 4 octets) for a message of `length` octets that has no padding option yet,
 * or -1 when there is no room for the option. Where the next multiple of `block` is beyond `limit`, the message is padded up
 * to the limit (RFC 8467 §4.1).
 */
export function paddingLength(length: number, block: number, limit: number): number {
  const least = length + 4
  if (least > limit) return -1
  return Math.min(Math.ceil(least / block) * block, limit) - least
}

/** The first option of a kind, or undefined. */
export function optionOf<K extends EdnsOption['kind']>(
  edns: Edns | undefined,
  kind: K,
): Extract<EdnsOption, { kind: K }> | undefined {
  const isKind = (option: EdnsOption): option is Extract<EdnsOption, { kind: K }> => option.kind === kind
  return edns?.options.find(isKind)
}
