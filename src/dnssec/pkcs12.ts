/**
 * PKCS#12 (RFC 7292) for signing keys: one key and its certificate, tied by localKeyId, named by friendlyName. Written with
 * PBES2 (PBKDF2 with HMAC-SHA-256, AES-256-CBC) for key and certificate and a MAC with SHA-256; read with any PBES2.
 *
 * What it does not do: the RC2 and Triple-DES of old exports, integrity by a signature instead of a password.
 */
import { createPrivateKey } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { DnsError } from '../dns/errors.ts'
import { keyFromCertificate } from './certificate.ts'
import type { SigningKey } from './signing-key.ts'

/** Most octets of a file. */
const MAX_PKCS12 = 1 << 20

const ITERATIONS = 50_000
/** More than anyone writes; what a hostile file may cost stays within seconds. */
const MAX_ITERATIONS = 1_000_000

const FRIENDLY_NAME = '1.2.840.113549.1.9.20'
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERT_BAG = '1.2.840.113549.1.12.10.1.3'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'

/** The file's octets. Throws DnsError `key-missing` without private half. */
export async function writePkcs12(key: SigningKey, certificate: Uint8Array, password: string): Promise<Uint8Array> {
  if (key.privateKey === undefined) throw new DnsError('key-missing', `${key.name} has no private key here`)
  const secret = toBuffer(new TextEncoder().encode(password))
  const encryption = {
    password: secret,
    contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
    hmacHashAlgorithm: 'SHA-256',
    iterationCount: ITERATIONS,
  }
  const attributes = bagAttributes(key)
  const pkcs8 = key.privateKey.export({ format: 'der', type: 'pkcs8' })
  const keyBag = new pkijs.PKCS8ShroudedKeyBag({ parsedValue: pkijs.PrivateKeyInfo.fromBER(toBuffer(pkcs8)) })
  await keyBag.makeInternalValues(encryption)
  const certBag = new pkijs.CertBag({
    certId: X509_CERTIFICATE,
    parsedValue: pkijs.Certificate.fromBER(toBuffer(certificate)),
  })
  const contents = (bagId: string, bagValue: pkijs.PKCS8ShroudedKeyBag | pkijs.CertBag) =>
    new pkijs.SafeContents({ safeBags: [new pkijs.SafeBag({ bagId, bagValue, bagAttributes: attributes })] })
  const safe = new pkijs.AuthenticatedSafe({
    parsedValue: {
      safeContents: [
        { privacyMode: 1, value: contents(CERT_BAG, certBag) },
        { privacyMode: 0, value: contents(SHROUDED_KEY_BAG, keyBag) },
      ],
    },
  })
  await safe.makeInternalValues({ safeContents: [encryption, {}] })
  const file = new pkijs.PFX({ parsedValue: { integrityMode: 0, authenticatedSafe: safe } })
  await file.makeInternalValues({
    password: secret,
    iterations: ITERATIONS,
    pbkdf2HashAlgorithm: 'SHA-256',
    hmacHashAlgorithm: 'SHA-256',
  })
  return new Uint8Array(file.toSchema().toBER())
}

function bagAttributes(key: SigningKey): pkijs.Attribute[] {
  const name = new asn1js.BmpString({ value: key.friendlyName ?? key.name })
  const id = new asn1js.OctetString({ valueHex: toBuffer(Uint8Array.from([key.tag >>> 8, key.tag & 0xff])) })
  return [
    new pkijs.Attribute({ type: FRIENDLY_NAME, values: [name] }),
    new pkijs.Attribute({ type: LOCAL_KEY_ID, values: [id] }),
  ]
}

function toBuffer(octets: Uint8Array): ArrayBuffer {
  return Uint8Array.from(octets).buffer
}

/** Reads every private key that has its certificate beside it. Throws DnsError `key-invalid`, also for a wrong password. */
export async function readPkcs12(octets: Uint8Array, file: string, password: string): Promise<SigningKey[]> {
  const fail = (reason: string): never => {
    throw new DnsError('key-invalid', `${file}: ${reason}`)
  }
  if (octets.length > MAX_PKCS12) fail(`a PKCS#12 file has at most ${MAX_PKCS12} octets`)
  const secret = toBuffer(new TextEncoder().encode(password))
  const bags = await readBags(octets, secret).catch((error: unknown) => {
    if (error instanceof Refusal) return fail(error.message)
    return fail('no PKCS#12 file, or the password is wrong')
  })
  const keys: SigningKey[] = []
  for (const bag of bags) {
    if (bag.privateKey === undefined) continue
    const certificate = findCertificate(bags, bag) ?? fail('a private key without its certificate')
    const privateKey = readPrivateKey(bag.privateKey) ?? fail('a private key that does not parse')
    const source = { form: 'pkcs12', file, friendlyName: bag.friendlyName } as const
    keys.push(keyFromCertificate(certificate, privateKey, source))
  }
  if (keys.length === 0) fail('no private key in it')
  return keys
}

type Bag = {
  readonly privateKey?: Uint8Array
  readonly certificate?: Uint8Array
  readonly friendlyName: string | undefined
  readonly localKeyId: string | undefined
}

function findCertificate(bags: readonly Bag[], key: Bag): Uint8Array | undefined {
  const certificates = bags.filter((bag) => bag.certificate !== undefined)
  const tied = certificates.find((bag) => bag.localKeyId !== undefined && bag.localKeyId === key.localKeyId)
  return (tied ?? (certificates.length === 1 ? certificates[0] : undefined))?.certificate
}

function readPrivateKey(pkcs8: Uint8Array) {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}

/** A reason that may be told as it is. */
class Refusal extends Error {}

async function readBags(octets: Uint8Array, password: ArrayBuffer): Promise<Bag[]> {
  const file = pkijs.PFX.fromBER(toBuffer(octets))
  checkIterations(file.macData?.iterations ?? 1)
  if (file.authSafe.contentType !== pkijs.ContentInfo.DATA)
    throw new Refusal('integrity by a signature is not supported')
  await file.parseInternalValues({ password, checkIntegrity: true })
  const bags: Bag[] = []
  for (const part of file.parsedValue?.authenticatedSafe?.safeContents ?? []) {
    const contents = pkijs.SafeContents.fromBER(await openPart(part, password))
    for (const bag of contents.safeBags) bags.push(await readBag(bag, password))
  }
  return bags
}

async function openPart(part: pkijs.ContentInfo, password: ArrayBuffer): Promise<ArrayBuffer> {
  if (part.contentType === pkijs.ContentInfo.ENCRYPTED_DATA) {
    const data = new pkijs.EncryptedData({ schema: part.content })
    return decrypt(data, password)
  }
  if (part.content instanceof asn1js.OctetString) return part.content.getValue()
  throw new Refusal('a part that is encrypted for a recipient is not supported')
}

function decrypt(data: pkijs.EncryptedData, password: ArrayBuffer): Promise<ArrayBuffer> {
  const { algorithmId, algorithmParams } = data.encryptedContentInfo.contentEncryptionAlgorithm
  if (algorithmId !== PBES2) {
    throw new Refusal('it is encrypted in an old way; write it anew with AES-256 (openssl pkcs12 -export, version 3)')
  }
  const scheme = new pkijs.PBES2Params({ schema: algorithmParams })
  if (scheme.keyDerivationFunc.algorithmId !== PBKDF2) throw new Refusal('its key derivation is not PBKDF2')
  checkIterations(new pkijs.PBKDF2Params({ schema: scheme.keyDerivationFunc.algorithmParams }).iterationCount)
  return data.decrypt({ password })
}

function checkIterations(iterations: number): void {
  if (iterations >= 1 && iterations <= MAX_ITERATIONS) return
  throw new Refusal(`its password is stretched ${iterations} times; at most ${MAX_ITERATIONS} are accepted`)
}

async function readBag(bag: pkijs.SafeBag, password: ArrayBuffer): Promise<Bag> {
  const { bagId, bagValue } = bag
  const names = { friendlyName: readFriendlyName(bag), localKeyId: readLocalKeyId(bag) }
  if (bagId === SHROUDED_KEY_BAG && bagValue instanceof pkijs.PKCS8ShroudedKeyBag) {
    const encryptedContentInfo = new pkijs.EncryptedContentInfo({
      contentEncryptionAlgorithm: bagValue.encryptionAlgorithm,
      encryptedContent: bagValue.encryptedData,
    })
    const privateKey = new Uint8Array(await decrypt(new pkijs.EncryptedData({ encryptedContentInfo }), password))
    return { ...names, privateKey }
  }
  if (bagId === KEY_BAG && bagValue instanceof pkijs.PrivateKeyInfo) {
    return { ...names, privateKey: new Uint8Array(bagValue.toSchema().toBER()) }
  }
  if (bagId === CERT_BAG && bagValue instanceof pkijs.CertBag && bagValue.certValue instanceof asn1js.OctetString) {
    return { ...names, certificate: new Uint8Array(bagValue.certValue.getValue()) }
  }
  return names
}

function readFriendlyName(bag: pkijs.SafeBag): string | undefined {
  const value = attributeOf(bag, FRIENDLY_NAME)
  return value instanceof asn1js.BmpString ? value.getValue() : undefined
}

function readLocalKeyId(bag: pkijs.SafeBag): string | undefined {
  const value = attributeOf(bag, LOCAL_KEY_ID)
  return value instanceof asn1js.OctetString ? Buffer.from(value.getValue()).toString('hex') : undefined
}

function attributeOf(bag: pkijs.SafeBag, type: string): unknown {
  return bag.bagAttributes?.find((attribute) => attribute.type === type)?.values[0]
}
