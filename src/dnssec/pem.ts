/**
 * PEM (RFC 7468): private keys as PKCS#8, and the texts between the lines `-----BEGIN X-----` and `-----END X-----`.
 * A bare key says neither zone nor role: whoever reads one tells them.
 *
 * What it does not do: encrypted PEM (PKCS#12 is the form with a password here).
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import { requireAlgorithm } from './algorithms.ts'
import { exportPublicKey } from './public-key.ts'
import { SigningKey, type SigningKeyParts } from './signing-key.ts'

export type PemBlock = { readonly label: string; readonly text: string }

/** Most octets of a PEM file. */
export const MAX_PEM = 1 << 16

/** The blocks of a PEM file, text around them left out. Throws DnsError `key-invalid` when it is too long or a block does not end. */
export function splitPem(text: string, file: string): PemBlock[] {
  if (text.length > MAX_PEM) throw new DnsError('key-invalid', `${file}: a PEM file has at most ${MAX_PEM} octets`)
  const blocks: PemBlock[] = []
  let label: string | undefined
  let lines: string[] = []
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd()
    const begin = /^-----BEGIN ([A-Z0-9 ]{1,60})-----$/.exec(line)?.[1]
    if (label === undefined) {
      if (begin === undefined) continue
      label = begin
      lines = [line]
      continue
    }
    if (begin !== undefined) break
    lines.push(line)
    if (line === `-----END ${label}-----`) {
      blocks.push({ label, text: `${lines.join('\n')}\n` })
      label = undefined
    }
  }
  if (label !== undefined) throw new DnsError('key-invalid', `${file}: the block '${label}' does not end`)
  return blocks
}

const PRIVATE_LABELS = new Set(['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'])

/** The only private key among the blocks, undefined when there is none. Throws DnsError `key-invalid`. */
export function findPrivateKey(blocks: readonly PemBlock[], file: string): KeyObject | undefined {
  if (
    blocks.some(({ label, text }) => label === 'ENCRYPTED PRIVATE KEY' || text.includes('\nProc-Type: 4,ENCRYPTED'))
  ) {
    throw new DnsError(
      'key-invalid',
      `${file}: the private key is encrypted; decrypt it first (openssl pkey), or use PKCS#12`,
    )
  }
  const keys = blocks.filter(({ label }) => PRIVATE_LABELS.has(label))
  const [block] = keys
  if (block === undefined) return undefined
  if (keys.length > 1) throw new DnsError('key-invalid', `${file}: more than one private key`)
  try {
    return createPrivateKey(block.text)
  } catch {
    throw new DnsError('key-invalid', `${file}: the block '${block.label}' is no private key`)
  }
}

/** What a bare PEM key does not say of itself. The algorithm follows from the key unless it is RSA. */
export type PemKeyDetails = Pick<SigningKeyParts, 'zone' | 'flags'> &
  Partial<Pick<SigningKeyParts, 'algorithm' | 'role' | 'times' | 'friendlyName'>>

/**
 * Reads a PKCS#8 key (or the older `RSA PRIVATE KEY`, `EC PRIVATE KEY`). Throws DnsError `key-invalid` when there is none,
 * or it is of another kind than the algorithm asks for; `usage` when it is RSA and no algorithm is given.
 */
export function parsePemKey(text: string, file: string, details: PemKeyDetails): SigningKey {
  const privateKey = findPrivateKey(splitPem(text, file), file)
  if (privateKey === undefined) throw new DnsError('key-invalid', `${file}: no private key in it`)
  const algorithm = details.algorithm ?? algorithmOfKey(privateKey)
  if (algorithm === undefined) {
    throw new DnsError('usage', `${file}: an RSA key does not say whether it signs with SHA-1, SHA-256 or SHA-512`)
  }
  const publicKey = exportPublicKey(requireAlgorithm(algorithm), privateKey)
  return SigningKey.create({ ...details, algorithm, publicKey, privateKey, source: { form: 'pem', file } })
}

/** The algorithm of the only private key in a PEM text; undefined when there is none, or it could be of several. */
export function algorithmOfPem(text: string, file: string): number | undefined {
  const privateKey = findPrivateKey(splitPem(text, file), file)
  return privateKey === undefined ? undefined : algorithmOfKey(privateKey)
}

/** Undefined for RSA: the same key serves RSA/SHA-1, RSA/SHA-256 and RSA/SHA-512. */
function algorithmOfKey(key: KeyObject): number | undefined {
  const curve = key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType
  return curve === undefined ? undefined : ALGORITHM_OF_CURVE.get(curve)
}

/** By OpenSSL's names of curves (RFC 6605 §4, RFC 8080 §4). */
const ALGORITHM_OF_CURVE: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 13],
  ['secp384r1', 14],
  ['ed25519', 15],
  ['ed448', 16],
])

/** The private half as PKCS#8 PEM. Throws DnsError `key-missing`. */
export function printPemKey(key: SigningKey): string {
  if (key.privateKey === undefined) throw new DnsError('key-missing', `${key.name} has no private key here`)
  return key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}
