/**
 * The certificate forms of keys behind a door that opens when needed: the libraries for X.509 and PKCS#12 take longer to
 * load than most commands to run.
 */
import type { UnixSeconds } from '../ports/index.ts'
import { findPrivateKey, splitPem } from './pem.ts'
import type { SigningKey } from './signing-key.ts'

/**
 * Reads a PEM file that holds a certificate and its key, as `printCertificatePem` writes it. Undefined when the file has no
 * certificate. Throws DnsError `key-invalid` when the two do not belong together, or the certificate speaks of no zone.
 */
export async function parseCertificatePem(text: string, file: string): Promise<SigningKey | undefined> {
  const blocks = splitPem(text, file)
  const certificate = blocks.find(({ label }) => label === 'CERTIFICATE')
  if (certificate === undefined) return undefined
  const { keyFromCertificate } = await import('./certificate.ts')
  const octets = Buffer.from(certificate.text.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  return keyFromCertificate(octets, findPrivateKey(blocks, file), { form: 'certificate', file })
}

/**
 * A self-signed certificate and the key, as one PEM text. Throws DnsError `key-missing` without private half,
 * `algorithm-unsupported` for Ed448.
 */
export async function printCertificatePem(key: SigningKey, now: UnixSeconds): Promise<string> {
  const { makeCertificate, toPem } = await import('./certificate.ts')
  const { printPemKey } = await import('./pem.ts')
  return toPem(await makeCertificate(key, now)) + printPemKey(key)
}

/** Reads every key of a PKCS#12 file. Throws DnsError `key-invalid`, also for a wrong password. */
export async function parsePkcs12(octets: Uint8Array, file: string, password: string): Promise<SigningKey[]> {
  const { readPkcs12 } = await import('./pkcs12.ts')
  return readPkcs12(octets, file, password)
}

/** The key and its certificate as PKCS#12: AES-256 and SHA-256 throughout. The password may be empty. */
export async function printPkcs12(key: SigningKey, password: string, now: UnixSeconds): Promise<Uint8Array> {
  const { makeCertificate } = await import('./certificate.ts')
  const { writePkcs12 } = await import('./pkcs12.ts')
  return writePkcs12(key, await makeCertificate(key, now), password)
}
