/**
 * Signing keys as self-signed X.509 certificates, which is how Windows Server 2008 R2 keeps them. What the certificate
 * carries, and where:
 *
 * - subject: `CN=<friendly name>` (without one: the key's name), `OU=<role>`, so that any certificate viewer shows it;
 * - subject alternative name: dNSName with the zone, where it is a host name;
 * - a private extension, not critical: SEQUENCE { version INTEGER 1, zone UTF8String, algorithm INTEGER, flags INTEGER,
 *   role UTF8String, friendlyName UTF8String, times SEQUENCE OF SEQUENCE { event UTF8String, instant INTEGER } }.
 *   It is what is read back: RSA/SHA-1, RSA/SHA-256 and RSA/SHA-512 are the same to X.509, and a zone name is more than a
 *   host name. Its OID is a UUID below 1.2.840.113556.1.8000.2554, the arc that Microsoft opened to everyone
 *   for that; 2.25 would be the proper one, but few ASN.1 libraries hold an arc of 128 bits.
 *
 * The certificate signs itself with SHA-256 (SHA-384 for P-384), whatever the DNSSEC algorithm. It proves nothing to anyone;
 * it is an envelope. What it does not do: Ed448 (the library knows no such certificates), chains, revocation.
 */
import { createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import * as asn1js from 'asn1js'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { type Algorithm, requireAlgorithm } from './algorithms.ts'
import { KEY_EVENTS, type KeyEvent, type KeyTimes } from './key-times.ts'
import { exportPublicKey } from './public-key.ts'
import { type KeyRole, type KeySource, SigningKey } from './signing-key.ts'

/** OID of the private extension. */
export const KEY_EXTENSION = '1.2.840.113556.1.8000.2554.5135.33441.5245.17292.34689.303671.819388'

const YEAR_SECONDS = 31_556_952
const VALID_YEARS = 20

/** Makes the certificate, as DER. Throws DnsError `key-missing` without private half, `algorithm-unsupported` for Ed448. */
export async function makeCertificate(key: SigningKey, now: UnixSeconds): Promise<Uint8Array> {
  const row = requireAlgorithm(key.algorithm)
  if (row.curve === 'ed448') {
    throw new DnsError('algorithm-unsupported', 'there is no certificate form for ED448: keep the key as K-file or PEM')
  }
  const { privateKey } = key
  if (privateKey === undefined) throw new DnsError('key-missing', `${key.name} has no private key here`)
  const signing = webAlgorithm(row)
  const serial = randomBytes(16)
  serial[0] = (serial[0] ?? 0) & 0x7f // positive (RFC 5280 §4.1.2.2)
  const zone = key.zone.toString().slice(0, -1)
  const names: x509.JsonGeneralNames = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(zone)
    ? [{ type: 'dns', value: zone }]
    : []
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.toString('hex'),
    name: [{ CN: [(key.friendlyName ?? key.name).slice(0, 64)] }, { OU: [key.role] }],
    notBefore: new Date(now * 1000),
    notAfter: new Date((now + VALID_YEARS * YEAR_SECONDS) * 1000),
    signingAlgorithm: signing,
    keys: {
      privateKey: privateKey.toCryptoKey(signing, true, ['sign']),
      publicKey: createPublicKey(privateKey).toCryptoKey(signing, true, ['verify']),
    },
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      new x509.Extension(KEY_EXTENSION, false, printExtension(key)),
    ],
  })
  return new Uint8Array(certificate.rawData)
}

function webAlgorithm(row: Algorithm) {
  if (row.family === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  if (row.curve === 'ed25519') return { name: 'Ed25519' }
  return { name: 'ECDSA', namedCurve: row.curve, hash: row.curve === 'P-384' ? 'SHA-384' : 'SHA-256' }
}

export function toPem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** Which of the certificate's own words are replaced by what its container says. */
export type KeyContainer = KeySource & { readonly friendlyName?: string | undefined }

/**
 * The key that a certificate speaks of. Throws DnsError `key-invalid` when it is malformed, carries no word of a zone, or
 * its public key is not that of the private key.
 */
export function keyFromCertificate(
  certificate: Uint8Array,
  privateKey: KeyObject | undefined,
  container: KeyContainer,
): SigningKey {
  const { friendlyName: bagName, ...source } = container
  const fail = (reason: string): never => {
    throw new DnsError('key-invalid', `${source.file ?? 'certificate'}: ${reason}`)
  }
  const subjectKey = readSubjectKey(certificate) ?? fail('the certificate does not parse')
  const details = readDetails(certificate) ?? fail('the certificate does not say which zone its key signs')
  try {
    const row = requireAlgorithm(details.algorithm)
    const publicKey = exportPublicKey(row, subjectKey)
    const friendlyName = bagName ?? details.friendlyName
    return SigningKey.create({
      ...details,
      friendlyName,
      zone: Name.parse(details.zone),
      publicKey,
      privateKey,
      source,
    })
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    throw new DnsError(error.code, `${source.file ?? 'certificate'}: ${error.message}`)
  }
}

function readSubjectKey(octets: Uint8Array): KeyObject | undefined {
  try {
    return new X509Certificate(octets).publicKey
  } catch {
    return undefined
  }
}

function readDetails(certificate: Uint8Array): ExtensionDetails | undefined {
  try {
    const extension = findExtension(certificate)
    return extension === undefined ? undefined : parseExtension(extension)
  } catch {
    return undefined // nested without end, for one: the parser of the library recurses
  }
}

/** The contents of our extension. Node does not give extensions it does not know, hence a walk through the structure. */
function findExtension(certificate: Uint8Array): ArrayBuffer | undefined {
  const { result } = asn1js.fromBER(Uint8Array.from(certificate))
  const body = childrenOf(result)[0]
  const holder = childrenOf(body).find((part) => part.idBlock.tagClass === 3 && part.idBlock.tagNumber === 3)
  for (const extension of childrenOf(childrenOf(holder)[0])) {
    const [oid, ...rest] = childrenOf(extension)
    const value = rest.at(-1)
    if (!(oid instanceof asn1js.ObjectIdentifier) || !(value instanceof asn1js.OctetString)) continue
    if (oid.valueBlock.toString() === KEY_EXTENSION) return value.getValue()
  }
  return undefined
}

function childrenOf(block: asn1js.AsnType | undefined): asn1js.AsnType[] {
  return block instanceof asn1js.Constructed ? block.valueBlock.value : []
}

function printExtension(key: SigningKey): ArrayBuffer {
  const times = KEY_EVENTS.flatMap(([event]) => {
    const instant = key.times[event]
    return instant === undefined ? [] : [sequence(text(event), integer(instant))]
  })
  const { zone, algorithm, flags, role, friendlyName = '' } = key
  return sequence(
    integer(1),
    text(zone.toString()),
    integer(algorithm),
    integer(flags),
    text(role),
    text(friendlyName),
    sequence(...times),
  ).toBER()
}

function sequence(...value: asn1js.AsnType[]): asn1js.Sequence {
  return new asn1js.Sequence({ value })
}

function text(value: string): asn1js.Utf8String {
  return new asn1js.Utf8String({ value })
}

function integer(value: number): asn1js.Integer {
  return asn1js.Integer.fromBigInt(BigInt(Math.trunc(value)))
}

type ExtensionDetails = {
  zone: string
  algorithm: number
  flags: number
  role: KeyRole
  friendlyName: string | undefined
  times: KeyTimes
}

function parseExtension(octets: ArrayBuffer): ExtensionDetails | undefined {
  const [version, zone, algorithm, flags, role, friendlyName, times] = childrenOf(asn1js.fromBER(octets).result)
  if (readInteger(version) !== 1) return undefined
  const parsed = {
    zone: readText(zone),
    algorithm: readInteger(algorithm),
    flags: readInteger(flags),
    role: (['ksk', 'zsk', 'csk'] as const).find((known) => known === readText(role)),
    friendlyName: readText(friendlyName) || undefined,
    times: readTimes(childrenOf(times)),
  }
  if (parsed.zone === undefined || parsed.algorithm === undefined) return undefined
  if (parsed.flags === undefined || parsed.role === undefined) return undefined
  const { zone: zoneText, algorithm: number, flags: bits, role: word } = parsed
  return { ...parsed, zone: zoneText, algorithm: number, flags: bits, role: word }
}

function readTimes(entries: asn1js.AsnType[]): KeyTimes {
  const times: { [event in KeyEvent]?: UnixSeconds } = {}
  for (const entry of entries) {
    const [name, instant] = childrenOf(entry)
    const event = KEY_EVENTS.find(([known]) => known === readText(name))?.[0]
    const seconds = readInteger(instant)
    if (event !== undefined && seconds !== undefined) times[event] = seconds
  }
  return times
}

function readText(block: asn1js.AsnType | undefined): string | undefined {
  return block instanceof asn1js.Utf8String ? block.getValue() : undefined
}

function readInteger(block: asn1js.AsnType | undefined): number | undefined {
  if (!(block instanceof asn1js.Integer)) return undefined
  const value = Number(block.toBigInt())
  return Number.isSafeInteger(value) ? value : undefined
}
