/** Certificates for tests: an authority and what it signs, and a source whose pair a test may exchange. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { CertificatePair, CertificateSource } from '../ports/index.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const HOUR = 3_600_000

async function makeKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const octets = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return `-----BEGIN PRIVATE KEY-----\n${octets.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`
}

let serial = 1

export class TestAuthority {
  readonly pem: string
  readonly #keys: webcrypto.CryptoKeyPair
  readonly #name: string

  private constructor(name: string, keys: webcrypto.CryptoKeyPair, pem: string) {
    this.#name = name
    this.#keys = keys
    this.pem = pem
  }

  static async make(name = 'Test authority'): Promise<TestAuthority> {
    const keys = await makeKeys()
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: (serial++).toString(16).padStart(4, '0'),
      name: [{ CN: [name] }],
      notBefore: new Date(Date.now() - HOUR),
      notAfter: new Date(Date.now() + HOUR),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    })
    return new TestAuthority(name, keys, certificate.toString('pem'))
  }

  /** A certificate for DNS names and addresses, with its key. */
  async sign(names: readonly string[], validMilliseconds = HOUR): Promise<CertificatePair> {
    const keys = await makeKeys()
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: (serial++).toString(16).padStart(4, '0'),
      subject: [{ CN: [names[0] ?? 'nobody'] }],
      issuer: [{ CN: [this.#name] }],
      notBefore: new Date(Date.now() - HOUR),
      notAfter: new Date(Date.now() + validMilliseconds),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[0-9.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const), value })),
        ),
      ],
    })
    return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
  }
}

export class TestCertificates implements CertificateSource {
  #pair: CertificatePair
  #listeners = new Set<(pair: CertificatePair) => void>()

  constructor(pair: CertificatePair) {
    this.#pair = pair
  }

  current(): CertificatePair {
    return this.#pair
  }

  onChange(listener: (pair: CertificatePair) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  change(pair: CertificatePair): void {
    this.#pair = pair
    for (const listener of this.#listeners) listener(pair)
  }
}
