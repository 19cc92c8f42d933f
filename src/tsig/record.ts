/**
 * The TSIG record (RFC 8945 §4.2): read from a message, written behind one. What is not exactly as the RFC says is not read
 * at all.
 */
import { DnsError } from '../dns/errors.ts'
import { compressedNameEnd, expandName, MAX_NAME, Name, nameEnd } from '../dns/name/index.ts'
import { copyOctets, OctetWriter, readU16, readU32, readU48 } from '../dns/octets.ts'
import { CLASS_ANY, TSIG } from '../dns/rr/index.ts'
import { MAX_MESSAGE, RECORD_HEAD } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'

export type TsigRecord = {
  readonly keyName: Name
  readonly algorithmName: Name
  readonly timeSigned: UnixSeconds
  readonly fudgeSeconds: number
  readonly mac: Uint8Array
  readonly originalId: number
  /** 0, or why the request was refused: RCODE_BADSIG, RCODE_BADKEY, RCODE_BADTIME, RCODE_BADTRUNC. */
  readonly error: number
  /** With BADTIME the time of the server, 48 bits; otherwise empty. */
  readonly other: Uint8Array
}

/** RFC 8945 §10. */
export const DEFAULT_FUDGE_SECONDS = 300

const NO_OCTETS = new Uint8Array(0)
/** Octets of the RDATA without names, MAC and other data. */
const RDATA_FIXED = 16
/** Offset of ARCOUNT in the header. */
const ARCOUNT_AT = 10

/**
 * The TSIG record at `octets[at, length)`, or undefined: malformed, or not the end of the message. What is read is a copy.
 * A compressed algorithm name (RFC 8945 §4.2), a class other than ANY and a TTL other than 0 count as malformed: no MAC
 * covers how those are written.
 */
export function readTsig(octets: Uint8Array, at: number, length: number): TsigRecord | undefined {
  const ownerEnd = compressedNameEnd(octets, at, length)
  if (ownerEnd < 0 || ownerEnd + RECORD_HEAD > length) return undefined
  if (readU16(octets, ownerEnd) !== TSIG.number || readU16(octets, ownerEnd + 2) !== CLASS_ANY) return undefined
  if (readU32(octets, ownerEnd + 4) !== 0) return undefined
  const rdataAt = ownerEnd + RECORD_HEAD
  if (rdataAt + readU16(octets, ownerEnd + 8) !== length) return undefined
  const owner = new Uint8Array(MAX_NAME)
  if (expandName(octets, at, length, owner, 0) < 0) return undefined
  const algorithmEnd = nameEnd(octets, rdataAt, length)
  if (algorithmEnd < 0 || algorithmEnd + RDATA_FIXED > length) return undefined
  const macAt = algorithmEnd + 10
  const macEnd = macAt + readU16(octets, macAt - 2)
  if (macEnd + 6 > length || macEnd + 6 + readU16(octets, macEnd + 4) !== length) return undefined
  return {
    keyName: Name.fromOctets(owner),
    algorithmName: Name.fromOctets(octets, rdataAt),
    timeSigned: readU48(octets, algorithmEnd),
    fudgeSeconds: readU16(octets, algorithmEnd + 6),
    mac: copyOctets(octets, macAt, macEnd),
    originalId: readU16(octets, macEnd),
    error: readU16(octets, macEnd + 2),
    other: copyOctets(octets, macEnd + 6, length),
  }
}

export function tsigRdata(record: TsigRecord): Uint8Array {
  const { algorithmName, timeSigned, fudgeSeconds, mac, originalId, error, other } = record
  const out = new OctetWriter(128)
  out.bytes(algorithmName.octets)
  out.u48(timeSigned)
  out.u16(fudgeSeconds)
  out.u16(mac.length)
  out.bytes(mac)
  out.u16(originalId)
  out.u16(error)
  out.u16(other.length)
  out.bytes(other)
  return out.copy()
}

/** Octets that a record takes in a message. */
export function tsigSize(keyName: Name, algorithmName: Name, macLength: number, otherLength: number): number {
  return keyName.octets.length + RECORD_HEAD + algorithmName.octets.length + RDATA_FIXED + macLength + otherLength
}

/**
 * A copy of the finished message with the record behind it and counted (RFC 8945 §5.1). Throws DnsError `message-too-long`
 * when the whole is longer than a message can be.
 */
export function appendTsig(message: Uint8Array, record: TsigRecord): Uint8Array {
  const rdata = tsigRdata(record)
  const length = message.length + record.keyName.octets.length + RECORD_HEAD + rdata.length
  if (length > MAX_MESSAGE) throw new DnsError('message-too-long', 'a TSIG record has no room behind the message')
  const out = new OctetWriter(length)
  out.bytes(message)
  out.bytes(record.keyName.octets)
  out.u16(TSIG.number)
  out.u16(CLASS_ANY)
  out.u32(0)
  out.u16(rdata.length)
  out.bytes(rdata)
  out.patchU16(ARCOUNT_AT, readU16(message, ARCOUNT_AT) + 1)
  return out.octets
}

/** The other data of BADTIME (RFC 8945 §5.2.3). */
export function timeOctets(time: UnixSeconds): Uint8Array {
  const out = new OctetWriter(6)
  out.u48(time)
  return out.octets
}

/** A record without a MAC: what is signed besides the message, and what an unsigned error carries (RFC 8945 §5.3.2). */
export function unsignedRecord(
  keyName: Name,
  algorithmName: Name,
  timeSigned: UnixSeconds,
  originalId: number,
  options: { fudgeSeconds?: number; error?: number; other?: Uint8Array } = {},
): TsigRecord {
  const { fudgeSeconds = DEFAULT_FUDGE_SECONDS, error = 0, other = NO_OCTETS } = options
  return { keyName, algorithmName, timeSigned, fudgeSeconds, mac: NO_OCTETS, originalId, error, other }
}
