/**
 * The signature beside root-anchors.xml (RFC 9718 §2.2): a detached CMS signature by IANA, whose certificates lead to the ICANN
 * root certification authority. All of it is held to be hostile until it fits: what a signature does not cover must be what it
 * always is, so that no octet of either file can be another one.
 *
 * What it does not do: revocation of certificates, other ways of trust; RFC 9718 §2.3 lets nobody rely on them.
 */
import { hash, verify, X509Certificate } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { DnsError } from '../dns/errors.ts'
import type { TrustAnchor } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { parseRootAnchors } from './anchor-file.ts'
import { ICANN_ROOT_CA } from './icann-root-ca.ts'

const MAX_XML = 1 << 18
const MAX_SIGNATURE = 1 << 16
const MAX_CERTIFICATES = 16
/** From IANA's certificate to the root, both counted. */
const MAX_CHAIN = 5
/** Who signs: in the subject of the certificate. */
const SIGNER = 'emailAddress=dnssec@iana.org'

const OID_SIGNED_DATA = '1.2.840.113549.1.7.2'
const OID_DATA = '1.2.840.113549.1.7.1'
const OID_CONTENT_TYPE = '1.2.840.113549.1.9.3'
const OID_MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const CONTENT_TYPE_DATA: Uint8Array = new Uint8Array(new asn1js.ObjectIdentifier({ value: OID_DATA }).toBER())
/** SHA-1 too: IANA's signatures of 2011 and 2016 have it. */
const SHA1 = '1.3.14.3.2.26'
const DIGESTS: ReadonlyMap<string, string> = new Map([
  [SHA1, 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])
const RSA = '1.2.840.113549.1.1.1'
/** RSA by itself (all that goes with SHA-1), with SHA-256, SHA-384, SHA-512; ECDSA with the same. */
const SIGNATURES: readonly string[] = [
  RSA,
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
]

/**
 * The anchors of a root-anchors.xml whose signature holds at a time. `authorities`: the certificates at which trust begins (PEM).
 * Throws DnsError `key-invalid`, whose text names what does not hold: `certificate expired` when it is only that.
 */
export function checkRootAnchors(
  xml: Uint8Array,
  signature: Uint8Array,
  at: UnixSeconds,
  authorities: readonly string[] = [ICANN_ROOT_CA],
): TrustAnchor[] {
  if (xml.length > MAX_XML) fail(`has more than ${MAX_XML} octets`, 'root-anchors.xml')
  if (signature.length > MAX_SIGNATURE) fail(`has more than ${MAX_SIGNATURE} octets`)
  try {
    requireSignature(xml, signature, at, authorities)
  } catch (error) {
    // The libraries throw at certificates that are no better than noise, each in its own way.
    if (error instanceof DnsError) throw error
    fail('it is malformed')
  }
  return parseRootAnchors(new TextDecoder('latin1').decode(xml), 'root-anchors.xml')
}

function requireSignature(
  xml: Uint8Array,
  signature: Uint8Array,
  at: UnixSeconds,
  authorities: readonly string[],
): void {
  const signerInfo = readSignerInfo(signature)
  const certificates = readCertificates(signature)
  const signer = findSigner(signerInfo, xml, certificates)
  const roots = authorities.map((pem) => new X509Certificate(pem))
  for (const certificate of certificates) requireChain(certificate, certificates, roots)
  for (const certificate of chainOf(signer, certificates, roots)) requireTime(certificate, at)
  if (!signer.subject.split('\n').includes(SIGNER)) fail(`it is signed by ${oneLine(signer.subject)}, not by IANA`)
}

function fail(reason: string, file = 'root-anchors.p7s'): never {
  throw new DnsError('key-invalid', `${file}: ${reason}`)
}

/** The one signed-data in it, in DER to the last octet, with everything that no signature covers as it always is. */
function readSignerInfo(octets: Uint8Array): pkijs.SignerInfo {
  let signed: pkijs.SignedData
  let again: ArrayBuffer
  try {
    const info = pkijs.ContentInfo.fromBER(Uint8Array.from(octets).buffer)
    if (info.contentType !== OID_SIGNED_DATA) fail('it is no signed data of CMS')
    signed = new pkijs.SignedData({ schema: info.content })
    again = asn1js.fromBER(Uint8Array.from(octets).buffer).result.toBER()
  } catch (error) {
    if (error instanceof DnsError) throw error
    return fail('it is no CMS')
  }
  const isDer = Buffer.compare(new Uint8Array(again), octets) === 0
  const { encapContentInfo, digestAlgorithms, signerInfos } = signed
  const [signer, ...others] = signerInfos
  if (signer === undefined || others.length > 0) return fail('it has not exactly one signature')
  const isUsual =
    isDer &&
    signed.version === 1 &&
    encapContentInfo.eContentType === OID_DATA &&
    encapContentInfo.eContent === undefined &&
    signed.crls === undefined &&
    digestAlgorithms.length === 1 &&
    digestAlgorithms.every(({ algorithmId }) => algorithmId === signer.digestAlgorithm.algorithmId) &&
    [...digestAlgorithms, signer.digestAlgorithm, signer.signatureAlgorithm].every(hasNoParameters) &&
    DIGESTS.has(signer.digestAlgorithm.algorithmId) &&
    SIGNATURES.includes(signer.signatureAlgorithm.algorithmId) &&
    (signer.digestAlgorithm.algorithmId !== SHA1 || signer.signatureAlgorithm.algorithmId === RSA) &&
    signer.version === 1 &&
    signer.sid instanceof pkijs.IssuerAndSerialNumber &&
    signer.signedAttrs !== undefined &&
    signer.unsignedAttrs === undefined
  return isUsual ? signer : fail('it is not of the form that IANA gives it')
}

function hasNoParameters({ algorithmParams }: pkijs.AlgorithmIdentifier): boolean {
  return algorithmParams === undefined || algorithmParams instanceof asn1js.Null
}

/** The certificates octet by octet as they stand there: what pkijs would print of them leaves out what it does not know. */
function readCertificates(octets: Uint8Array): X509Certificate[] {
  const certificates: X509Certificate[] = []
  // ContentInfo, its [0], SignedData, certificates [0] (RFC 5652 §3, §5.1).
  const [, content] = childrenOf(asn1js.fromBER(Uint8Array.from(octets).buffer).result)
  const [signed] = childrenOf(content)
  for (const part of childrenOf(signed)) {
    if (part.idBlock.tagClass !== CONTEXT_SPECIFIC || part.idBlock.tagNumber !== 0) continue
    for (const each of childrenOf(part)) certificates.push(readCertificate(new Uint8Array(each.toBER())))
  }
  if (certificates.length > MAX_CERTIFICATES) fail(`it has more than ${MAX_CERTIFICATES} certificates`)
  return certificates
}

const CONTEXT_SPECIFIC = 3

function childrenOf(block: asn1js.AsnType | undefined): readonly asn1js.AsnType[] {
  return block instanceof asn1js.Constructed ? block.valueBlock.value : []
}

function readCertificate(octets: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(octets)
  } catch {
    return fail('it has a certificate that does not parse')
  }
}

/** The certificate whose key signed the file: over the attributes, one of which is the digest of the file (RFC 5652 §5.4). */
function findSigner(
  signer: pkijs.SignerInfo,
  xml: Uint8Array,
  certificates: readonly X509Certificate[],
): X509Certificate {
  const certificate = certificates.find((each) => isNamed(each, signer.sid))
  if (certificate === undefined) return fail('the certificate of its signer is missing')
  const digest = DIGESTS.get(signer.digestAlgorithm.algorithmId) ?? ''
  const attributes = signer.signedAttrs
  const isOfFile =
    attributeOf(attributes, OID_CONTENT_TYPE)?.equals(CONTENT_TYPE_DATA) === true &&
    attributeOf(attributes, OID_MESSAGE_DIGEST)?.equals(octetString(hash(digest, xml, 'buffer'))) === true
  const signature = new Uint8Array(signer.signature.valueBlock.valueHexView)
  const signed = new Uint8Array(attributes?.encodedValue ?? new ArrayBuffer(0))
  if (!isOfFile || !verifies(digest, signed, certificate, signature))
    fail('the signature does not fit root-anchors.xml')
  return certificate
}

function verifies(digest: string, signed: Uint8Array, { publicKey }: X509Certificate, signature: Uint8Array): boolean {
  try {
    return verify(digest, signed, publicKey, signature)
  } catch {
    return false
  }
}

/** Whether the issuer and serial number of a certificate are these, octet by octet. */
function isNamed(certificate: X509Certificate, sid: unknown): boolean {
  if (!(sid instanceof pkijs.IssuerAndSerialNumber)) return false
  const { issuer, serialNumber } = pkijs.Certificate.fromBER(Uint8Array.from(certificate.raw).buffer)
  return equalDer(issuer.toSchema(), sid.issuer.toSchema()) && equalDer(serialNumber, sid.serialNumber)
}

function equalDer(a: asn1js.AsnType, b: asn1js.AsnType): boolean {
  return Buffer.compare(Buffer.from(a.toBER()), Buffer.from(b.toBER())) === 0
}

/** DER of the one value of an attribute that is there once. */
function attributeOf(attributes: pkijs.SignedAndUnsignedAttributes | undefined, type: string): Buffer | undefined {
  const [found, ...others] = attributes?.attributes.filter((each) => each.type === type) ?? []
  const [value, ...more] = found?.values ?? []
  if (others.length > 0 || more.length > 0 || !(value instanceof asn1js.BaseBlock)) return undefined
  return Buffer.from(value.toBER())
}

/** Of at most 127 octets. */
function octetString(octets: Uint8Array): Uint8Array {
  return Uint8Array.of(4, octets.length, ...octets)
}

/** From a certificate to a root, both included; shorter when the way ends before. */
function chainOf(
  from: X509Certificate,
  certificates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): X509Certificate[] {
  const isRoot = (each: X509Certificate): boolean => roots.some((root) => root.raw.equals(each.raw))
  const chain = [from]
  for (let last = from; !isRoot(last) && chain.length < MAX_CHAIN; ) {
    const issuer = [...roots, ...certificates].find(
      (each) => each.ca && each !== last && last.checkIssued(each) && last.verify(each.publicKey),
    )
    if (issuer === undefined || chain.includes(issuer)) break
    chain.push(issuer)
    last = issuer
  }
  return chain
}

/** Every certificate that came with it must lead to a root, those that are not needed too. */
function requireChain(
  certificate: X509Certificate,
  certificates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): void {
  const end = chainOf(certificate, certificates, roots).at(-1)
  if (end !== undefined && roots.some((root) => root.raw.equals(end.raw))) return
  fail(`the certificate of ${oneLine(certificate.subject)} does not lead to the ICANN root certification authority`)
}

function requireTime(certificate: X509Certificate, at: UnixSeconds): void {
  const name = oneLine(certificate.subject)
  if (at * 1000 > certificate.validToDate.getTime()) {
    fail(`certificate expired: that of ${name} was valid until ${certificate.validTo}`)
  }
  if (at * 1000 < certificate.validFromDate.getTime()) {
    fail(`certificate not yet valid: that of ${name} is valid from ${certificate.validFrom}`)
  }
}

function oneLine(subject: string): string {
  return subject.replaceAll('\n', ', ')
}
