/** A root-anchors.xml signed as IANA does it, by authorities of a test's own. */
import 'reflect-metadata'
import { hash } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import type { UnixSeconds } from '../ports/index.ts'

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}
const YEAR = 31_556_952
const OID_DATA = '1.2.840.113549.1.7.1'

type Holder = {
  readonly certificate: x509.X509Certificate
  readonly keys: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey }
}

export type SignedAnchors = { readonly signature: Uint8Array; readonly root: string }

async function makeHolder(name: string, from: UnixSeconds, issuer?: Holder, isCa = true): Promise<Holder> {
  const keys = await crypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '0102',
    subject: name,
    issuer: issuer?.certificate.subject ?? name,
    notBefore: new Date(from * 1000),
    notAfter: new Date((from + YEAR) * 1000),
    signingAlgorithm: RSA,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions: [new x509.BasicConstraintsExtension(isCa, undefined, true)],
  })
  return { certificate, keys }
}

/** `signer`: the subject of who signs. */
export async function signAnchors(
  xml: Uint8Array,
  at: UnixSeconds,
  signer = 'CN=dnssec@iana.org, E=dnssec@iana.org',
): Promise<SignedAnchors> {
  const root = await makeHolder('CN=Test Root CA', at)
  const own = await makeHolder(signer, at, root, false)
  const certificate = pkijs.Certificate.fromBER(own.certificate.rawData)
  const attribute = (type: string, value: asn1js.AsnType) => new pkijs.Attribute({ type, values: [value] })
  const digest = Uint8Array.from(hash('sha256', xml, 'buffer')).buffer
  const signed = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: OID_DATA }),
    certificates: [certificate],
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            attribute('1.2.840.113549.1.9.3', new asn1js.ObjectIdentifier({ value: OID_DATA })),
            attribute('1.2.840.113549.1.9.4', new asn1js.OctetString({ valueHex: digest })),
          ],
        }),
      }),
    ],
  })
  await signed.sign(own.keys.privateKey, 0, 'SHA-256')
  const info = new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.2', content: signed.toSchema(true) })
  return { signature: new Uint8Array(info.toSchema().toBER()), root: root.certificate.toString('pem') }
}
