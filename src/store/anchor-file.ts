/**
 * Files of trust anchors: DS and DNSKEY records as text (dsset- and keyset- files, the TrustAnchors.dns of Windows), or the
 * root-anchors.xml that IANA publishes (RFC 7958), with the times at which each digest counts.
 *
 * What this does not do: check the signature beside root-anchors.xml; anchors are as trustworthy as the way they came.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { DnsError, TextError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import type { UnixSeconds } from '../dns/presentation/index.ts'
import { DNSKEY, DS, NS, RRSIG, SOA } from '../dns/rr/index.ts'
import { parseMasterFile, textSource } from '../dns/text/index.ts'
import { findDigestType, parseKeyRecords, type TrustAnchor } from '../dnssec/index.ts'
import type { InputOptions } from './input-file.ts'
import { reasonOf } from './system-error.ts'
import { readTextOctets } from './text-file.ts'

/** Most octets of a file of anchors. */
const MAX_FILE = 1 << 18

/** Throws DnsError as `readTextOctets`, or `key-invalid` (mostly with a place) when the file holds no anchors. */
export function readAnchorFile(path: string, options?: InputOptions): TrustAnchor[] {
  const text = readTextOctets(path, MAX_FILE, options).toString('latin1')
  const anchors = text.trimStart().startsWith('<') ? parseRootAnchors(text, path) : parseAnchorRecords(text, path)
  if (anchors.length === 0) throw new DnsError('key-invalid', `${path}: there is no trust anchor in this file`)
  return anchors
}

/**
 * DS and DNSKEY records, as in dsset- and keyset- files, or a whole master file of them (TrustAnchors.dns), whose SOA, NS and
 * RRSIG records are passed over.
 */
export function parseAnchorRecords(text: string, file: string): TrustAnchor[] {
  try {
    return parseKeyRecords(text, file).map((record) => ({
      zone: record.owner,
      kind: record.type === 'DS' ? 'ds' : 'dnskey',
      rdata: record.rdata,
    }))
  } catch (error) {
    // What is no plain list of records may be a zone file; if it is neither, the first word on it is the clearer one.
    if (!(error instanceof TextError)) throw error
    const anchors = parseZoneOfAnchors(text, file)
    if (anchors === undefined) throw error
    return anchors
  }
}

const BESIDE: ReadonlySet<number> = new Set([SOA.number, NS.number, RRSIG.number])

function parseZoneOfAnchors(text: string, file: string): TrustAnchor[] | undefined {
  const out = new OctetWriter(512, { limit: 4 * MAX_FILE })
  const anchors: TrustAnchor[] = []
  let isOther = false
  const sink = {
    out,
    record(ownerAt: number, type: number, _ttl: number, rdataAt: number, length: number): void {
      if (type !== DS.number && type !== DNSKEY.number) {
        isOther ||= !BESIDE.has(type)
        return
      }
      const rdata = out.octets.slice(rdataAt, rdataAt + length)
      isOther ||= length <= 4
      anchors.push({ zone: Name.fromOctets(out.octets, ownerAt), kind: type === DS.number ? 'ds' : 'dnskey', rdata })
    },
  }
  try {
    parseMasterFile(textSource(text, file), sink, { origin: Name.root, defaultTtl: 3600, maxGenerated: 0 })
  } catch (error) {
    if (error instanceof DnsError) return undefined
    throw error
  }
  return isOther || anchors.length === 0 ? undefined : anchors
}

/** The XML of RFC 7958 §2.1: a zone, and the digests of its keys. Nothing outside the file is ever fetched. */
export function parseRootAnchors(text: string, file: string): TrustAnchor[] {
  const root = child(parseXml(text, file), 'TrustAnchor')
  const zoneText = textOf(root, 'Zone')
  const digests = child(root, 'KeyDigest')
  if (zoneText === undefined || !Array.isArray(digests)) {
    throw new DnsError('key-invalid', `${file}: expected a TrustAnchor with a Zone and KeyDigests (RFC 7958 §2.1)`)
  }
  const zone = Name.parse(zoneText)
  return digests.map((digest: unknown, i) => readDigest(digest, zone, `${file}: KeyDigest ${i + 1}`))
}

function parseXml(text: string, file: string): unknown {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => name === 'KeyDigest',
  })
  try {
    const valid = XMLValidator.validate(text)
    if (valid === true) return parser.parse(text)
    const { line, col, msg } = valid.err
    throw new TextError(`this is no XML: ${msg}`, { file, line, column: col }, 'key-invalid')
  } catch (error) {
    if (error instanceof DnsError) throw error
    // The parser finds what the validator does not see, or runs out of stack in elements within elements.
    throw new DnsError('key-invalid', `${file}: this is no XML: ${reasonOf(error)}`, { cause: error })
  }
}

function readDigest(digest: unknown, zone: Name, place: string): TrustAnchor {
  const tag = wholeOf(digest, 'KeyTag', 65535, place)
  const algorithm = wholeOf(digest, 'Algorithm', 255, place)
  const digestType = wholeOf(digest, 'DigestType', 255, place)
  const hex = textOf(digest, 'Digest')?.replaceAll(/\s/g, '') ?? ''
  const known = findDigestType(digestType)
  if (!/^([0-9A-Fa-f]{2})+$/.test(hex) || (known !== 'unsupported' && hex.length !== known.length * 2)) {
    throw new DnsError('key-invalid', `${place}: the Digest is no digest of type ${digestType} in hexadecimal`)
  }
  const rdata = Uint8Array.from([tag >>> 8, tag & 255, algorithm, digestType, ...Buffer.from(hex, 'hex')])
  const validFrom = timeOf(digest, 'validFrom', place)
  const validUntil = timeOf(digest, 'validUntil', place)
  return {
    zone,
    kind: 'ds',
    rdata,
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  }
}

function child(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.getOwnPropertyDescriptor(value, name)?.value
}

function textOf(value: unknown, name: string): string | undefined {
  const found = child(value, name)
  return typeof found === 'string' ? found.trim() : undefined
}

function wholeOf(value: unknown, name: string, max: number, place: string): number {
  const text = textOf(value, name) ?? ''
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= max) return Number(text)
  throw new DnsError('key-invalid', `${place}: ${name} is no number from 0 to ${max}`)
}

function timeOf(value: unknown, name: string, place: string): UnixSeconds | undefined {
  const text = textOf(value, name)
  if (text === undefined) return undefined
  const milliseconds = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) throw new DnsError('key-invalid', `${place}: ${name} is no time of ISO 8601`)
  return Math.floor(milliseconds / 1000)
}
