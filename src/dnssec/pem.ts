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

/** What a bare PEM key does not say of itself. */
export type PemKeyDetails = Pick<SigningKeyParts, 'zone' | 'algorithm' | 'flags'> &
  Partial<Pick<SigningKeyParts, 'role' | 'times' | 'friendlyName'>>

/**
 * Reads a PKCS#8 key (or the older `RSA PRIVATE KEY`, `EC PRIVATE KEY`). Throws DnsError `key-invalid` when there is none,
 * or it is of another kind than the algorithm asks for.
 */
export function parsePemKey(text: string, file: string, details: PemKeyDetails): SigningKey {
  const privateKey = findPrivateKey(splitPem(text, file), file)
  if (privateKey === undefined) throw new DnsError('key-invalid', `${file}: no private key in it`)
  const publicKey = exportPublicKey(requireAlgorithm(details.algorithm), privateKey)
  return SigningKey.create({ ...details, publicKey, privateKey, source: { form: 'pem', file } })
}

/** The private half as PKCS#8 PEM. Throws DnsError `key-missing`. */
export function printPemKey(key: SigningKey): string {
  if (key.privateKey === undefined) throw new DnsError('key-missing', `${key.name} has no private key here`)
  return key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}
