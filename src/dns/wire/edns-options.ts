/**
 * The options of EDNS (RFC 6891 §6.1.2): codes, what makes the data of each well-formed, and their object form. The checks
 * work on octets in place and allocate nothing; `decodeOption` and `encodeOption` are for everyone else.
 *
 * An option that is not known, or whose data is malformed, is kept as it came (`kind: 'raw'`): what to do about a malformed
 * one differs from option to option, and `optionFault` tells it from an unknown one.
 */
import { Name, nameEnd } from '../name/index.ts'
import { copyOctets, type OctetWriter, readU16, readU32 } from '../octets.ts'

export const OPTION_NSID = 3
export const OPTION_DAU = 5
export const OPTION_DHU = 6
export const OPTION_N3U = 7
export const OPTION_CLIENT_SUBNET = 8
export const OPTION_EXPIRE = 9
export const OPTION_COOKIE = 10
export const OPTION_KEEPALIVE = 11
export const OPTION_PADDING = 12
export const OPTION_CHAIN = 13
export const OPTION_KEY_TAG = 14
export const OPTION_EDE = 15
export const OPTION_REPORT_CHANNEL = 18
export const OPTION_ZONEVERSION = 19

const MNEMONICS: ReadonlyMap<number, string> = new Map([
  [1, 'LLQ'],
  [2, 'UL'],
  [OPTION_NSID, 'NSID'],
  [OPTION_DAU, 'DAU'],
  [OPTION_DHU, 'DHU'],
  [OPTION_N3U, 'N3U'],
  [OPTION_CLIENT_SUBNET, 'CLIENT-SUBNET'],
  [OPTION_EXPIRE, 'EXPIRE'],
  [OPTION_COOKIE, 'COOKIE'],
  [OPTION_KEEPALIVE, 'TCP-KEEPALIVE'],
  [OPTION_PADDING, 'PADDING'],
  [OPTION_CHAIN, 'CHAIN'],
  [OPTION_KEY_TAG, 'KEY-TAG'],
  [OPTION_EDE, 'EDE'],
  [16, 'CLIENT-TAG'],
  [17, 'SERVER-TAG'],
  [OPTION_REPORT_CHANNEL, 'REPORT-CHANNEL'],
  [OPTION_ZONEVERSION, 'ZONEVERSION'],
])

/** `COOKIE`, or `OPT65001` for a code without a mnemonic. */
export function optionMnemonic(code: number): string {
  return MNEMONICS.get(code) ?? `OPT${code}`
}

/** RFC 7873 §4: the client's part has 8 octets, the server's 8 to 32 (16 in RFC 9018's interoperable form). */
export const CLIENT_COOKIE_SIZE = 8
export const MIN_SERVER_COOKIE = 8
export const MAX_SERVER_COOKIE = 32
export const INTEROPERABLE_SERVER_COOKIE = 16

export type EdnsOption =
  /** The server's identifier; empty in a query, which asks for it (RFC 5001 §2). */
  | { kind: 'nsid'; identifier: Uint8Array }
  /** Algorithms that a validator understands: for signatures, DS digests, NSEC3 hashes (RFC 6975 §3). */
  | { kind: 'dau' | 'dhu' | 'n3u'; algorithms: number[] }
  /** Family 1 or 2; the address has just the octets that `source` bits need (RFC 7871 §6). */
  | { kind: 'client-subnet'; family: number; source: number; scope: number; address: Uint8Array }
  /** Seconds until a secondary's copy expires; absent in a query (RFC 7314 §2). */
  | { kind: 'expire'; seconds?: number }
  | { kind: 'cookie'; client: Uint8Array; server?: Uint8Array }
  /** The server's idle timeout in units of 100 ms; absent in a query (RFC 7828 §3.1). */
  | { kind: 'keepalive'; deciseconds?: number }
  /** Zero octets (RFC 7830 §3). */
  | { kind: 'padding'; length: number }
  /** The lowest name that the client can validate already (RFC 7901 §4). */
  | { kind: 'chain'; trustPoint: Name }
  /** Tags of the trust anchors that a validator holds (RFC 8145 §4.1). */
  | { kind: 'key-tag'; tags: number[] }
  /** An extended error: INFO-CODE and a text for people, which may be empty (RFC 8914 §2). */
  | { kind: 'ede'; infoCode: number; text: string }
  /** Domain to which a resolver may report what failed (RFC 9567 §5). */
  | { kind: 'report-channel'; agent: Name }
  /**
   * Version of the zone that answered: labels of its name, type 0 for the SOA serial, the version's octets. Absent in a query,
   * which asks for it (RFC 9660 §2).
   */
  | { kind: 'zoneversion'; zone?: { labels: number; type: number; version: Uint8Array } }
  | { kind: 'raw'; code: number; data: Uint8Array }

/** RFC 9660 §3: the version is the 32 bits of the SOA serial. */
export const ZONEVERSION_SOA_SERIAL = 0

const ADDRESS_BITS: readonly (number | undefined)[] = [undefined, 32, 128]

/** Whether `octets[at, end)` is a well-formed client subnet (RFC 7871 §6): known family, exact address, no bits beyond source. */
export function isClientSubnet(octets: Uint8Array, at: number, end: number): boolean {
  if (end - at < 4) return false
  const bits = ADDRESS_BITS[readU16(octets, at)]
  const source = octets[at + 2]!
  if (bits === undefined || source > bits || octets[at + 3]! > bits) return false
  if (end - at - 4 !== (source + 7) >> 3) return false
  return (source & 7) === 0 || (octets[end - 1]! & (0xff >> (source & 7))) === 0
}

/** Whether data of this length is a cookie: the client's part alone, or with the server's (RFC 7873 §4, §5.2.2). */
export function isCookieLength(length: number): boolean {
  return (
    length === CLIENT_COOKIE_SIZE ||
    (length >= CLIENT_COOKIE_SIZE + MIN_SERVER_COOKIE && length <= CLIENT_COOKIE_SIZE + MAX_SERVER_COOKIE)
  )
}

/** What is wrong with the data of an option, or undefined: it is well-formed, or of a code that is not known here. */
export function optionFault(code: number, octets: Uint8Array, at: number, end: number): string | undefined {
  const length = end - at
  switch (code) {
    case OPTION_CLIENT_SUBNET:
      return isClientSubnet(octets, at, end) ? undefined : 'a client subnet of another shape than RFC 7871 §6 says'
    case OPTION_EXPIRE:
      return length === 0 || length === 4 ? undefined : 'EXPIRE has no or 4 octets (RFC 7314 §2)'
    case OPTION_COOKIE:
      return isCookieLength(length) ? undefined : 'a cookie has 8 or 16 to 40 octets (RFC 7873 §4)'
    case OPTION_KEEPALIVE:
      return length === 0 || length === 2 ? undefined : 'a keepalive timeout has no or 2 octets (RFC 7828 §3.1)'
    case OPTION_CHAIN:
      return nameEnd(octets, at, end) === end ? undefined : 'CHAIN holds one uncompressed name (RFC 7901 §4)'
    case OPTION_KEY_TAG:
      return length > 0 && length % 2 === 0 ? undefined : 'key tags have 2 octets each (RFC 8145 §4.1)'
    case OPTION_EDE:
      return length >= 2 ? undefined : 'an extended error has at least 2 octets (RFC 8914 §2)'
    case OPTION_REPORT_CHANNEL:
      return nameEnd(octets, at, end) === end ? undefined : 'an agent domain is one uncompressed name (RFC 9567 §5)'
    case OPTION_ZONEVERSION:
      if (length === 0 || (length >= 2 && (octets[at + 1] !== ZONEVERSION_SOA_SERIAL || length === 6))) return undefined
      return 'a zone version has no octets or 2 and those of its type (RFC 9660 §2)'
    default:
      return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** The object form of the option data `octets[at, end)`, in memory of its own. */
export function decodeOption(code: number, octets: Uint8Array, at: number, end: number): EdnsOption {
  const known = optionFault(code, octets, at, end) === undefined ? decodeKnown(code, octets, at, end) : undefined
  return known ?? { kind: 'raw', code, data: copyOctets(octets, at, end) }
}

function decodeKnown(code: number, octets: Uint8Array, at: number, end: number): EdnsOption | undefined {
  switch (code) {
    case OPTION_NSID:
      return { kind: 'nsid', identifier: copyOctets(octets, at, end) }
    case OPTION_DAU:
      return { kind: 'dau', algorithms: [...octets.subarray(at, end)] }
    case OPTION_DHU:
      return { kind: 'dhu', algorithms: [...octets.subarray(at, end)] }
    case OPTION_N3U:
      return { kind: 'n3u', algorithms: [...octets.subarray(at, end)] }
    case OPTION_CLIENT_SUBNET: {
      const [source = 0, scope = 0] = octets.subarray(at + 2, at + 4)
      return {
        kind: 'client-subnet',
        family: readU16(octets, at),
        source,
        scope,
        address: copyOctets(octets, at + 4, end),
      }
    }
    case OPTION_EXPIRE:
      return at === end ? { kind: 'expire' } : { kind: 'expire', seconds: readU32(octets, at) }
    case OPTION_COOKIE: {
      const middle = at + CLIENT_COOKIE_SIZE
      const client = copyOctets(octets, at, middle)
      return middle === end
        ? { kind: 'cookie', client }
        : { kind: 'cookie', client, server: copyOctets(octets, middle, end) }
    }
    case OPTION_KEEPALIVE:
      return at === end ? { kind: 'keepalive' } : { kind: 'keepalive', deciseconds: readU16(octets, at) }
    case OPTION_PADDING:
      // RFC 7830 §3 only says that the octets SHOULD be zero: others are kept as they are.
      return octets.subarray(at, end).every((octet) => octet === 0) ? { kind: 'padding', length: end - at } : undefined
    case OPTION_CHAIN:
      return { kind: 'chain', trustPoint: Name.fromOctets(octets, at) }
    case OPTION_KEY_TAG:
      return { kind: 'key-tag', tags: Array.from({ length: (end - at) / 2 }, (_, i) => readU16(octets, at + i * 2)) }
    case OPTION_EDE:
      return decodeExtendedError(octets, at, end)
    case OPTION_REPORT_CHANNEL:
      return { kind: 'report-channel', agent: Name.fromOctets(octets, at) }
    case OPTION_ZONEVERSION: {
      if (at === end) return { kind: 'zoneversion' }
      const [labels = 0, type = 0] = octets.subarray(at, at + 2)
      return { kind: 'zoneversion', zone: { labels, type, version: copyOctets(octets, at + 2, end) } }
    }
    default:
      return undefined
  }
}

/** Undefined when the text is no UTF-8. */
function decodeExtendedError(octets: Uint8Array, at: number, end: number): EdnsOption | undefined {
  try {
    return { kind: 'ede', infoCode: readU16(octets, at), text: utf8.decode(octets.subarray(at + 2, end)) }
  } catch {
    return undefined
  }
}

export function optionCode(option: EdnsOption): number {
  return option.kind === 'raw' ? option.code : CODES[option.kind]
}

const CODES: Readonly<Record<Exclude<EdnsOption['kind'], 'raw'>, number>> = {
  nsid: OPTION_NSID,
  dau: OPTION_DAU,
  dhu: OPTION_DHU,
  n3u: OPTION_N3U,
  'client-subnet': OPTION_CLIENT_SUBNET,
  expire: OPTION_EXPIRE,
  cookie: OPTION_COOKIE,
  keepalive: OPTION_KEEPALIVE,
  padding: OPTION_PADDING,
  chain: OPTION_CHAIN,
  'key-tag': OPTION_KEY_TAG,
  ede: OPTION_EDE,
  'report-channel': OPTION_REPORT_CHANNEL,
  zoneversion: OPTION_ZONEVERSION,
}

/** Appends the option with its code and length. Throws RangeError when its data is longer than 65,535 octets. */
export function encodeOption(option: EdnsOption, out: OctetWriter): void {
  out.u16(optionCode(option))
  out.u16(0)
  const from = out.length
  encodeData(option, out)
  if (out.length - from > 0xffff) throw new RangeError('the data of an EDNS option has at most 65535 octets')
  out.patchU16(from - 2, out.length - from)
}

function encodeData(option: EdnsOption, out: OctetWriter): void {
  switch (option.kind) {
    case 'nsid':
      out.bytes(option.identifier)
      break
    case 'dau':
    case 'dhu':
    case 'n3u':
      out.bytes(Uint8Array.from(option.algorithms))
      break
    case 'client-subnet':
      out.u16(option.family)
      out.u8(option.source)
      out.u8(option.scope)
      out.bytes(option.address)
      break
    case 'expire':
      if (option.seconds !== undefined) out.u32(option.seconds)
      break
    case 'cookie':
      out.bytes(option.client)
      if (option.server !== undefined) out.bytes(option.server)
      break
    case 'keepalive':
      if (option.deciseconds !== undefined) out.u16(option.deciseconds)
      break
    case 'padding':
      out.bytes(new Uint8Array(option.length))
      break
    case 'chain':
      out.bytes(option.trustPoint.octets)
      break
    case 'key-tag':
      for (const tag of option.tags) out.u16(tag)
      break
    case 'ede':
      out.u16(option.infoCode)
      out.bytes(encoder.encode(option.text))
      break
    case 'report-channel':
      out.bytes(option.agent.octets)
      break
    case 'zoneversion':
      if (option.zone === undefined) break
      out.u8(option.zone.labels)
      out.u8(option.zone.type)
      out.bytes(option.zone.version)
      break
    case 'raw':
      out.bytes(option.data)
      break
  }
}
