/** Octets that nobody is to read: printing, logging or serializing one shows that it is there, and nothing of it. */
import { inspect } from 'node:util'
import { DnsError } from '../../dns/errors.ts'

const SHOWN = '[secret]'

export class Secret {
  readonly #octets: Uint8Array

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  /** The octets themselves. They are the secret's own: not to be written to, nor to be logged. */
  get octets(): Uint8Array {
    return this.#octets
  }

  get length(): number {
    return this.#octets.length
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [inspect.custom](): string {
    return SHOWN
  }
}

/** RFC 2845 §8 asks for 128 bits; RFC 8945 §8 wants as many as the digest has, of which a warning speaks. */
export const MIN_SECRET_OCTETS = 16
const MAX_SECRET_OCTETS = 512

/**
 * Reads a TSIG secret in base64 (RFC 4648 §4), as `secret` holds it or the file that `secretFile` names, around which white space is passed over.
 * Throws DnsError `configuration-invalid`, whose text names the file, if there is one, and tells nothing of the secret.
 */
export function parseTsigSecret(text: string, file?: string): Secret {
  const word = text.trim()
  const subject = file === undefined ? '' : `${file}: `
  if (word.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(word)) {
    throw new DnsError(
      'configuration-invalid',
      `${subject}is not base64: take the secret as tsig-keygen or keymgr prints it`,
    )
  }
  const octets = Uint8Array.from(Buffer.from(word, 'base64'))
  if (octets.length < MIN_SECRET_OCTETS || octets.length > MAX_SECRET_OCTETS) {
    throw new DnsError(
      'configuration-invalid',
      `${subject}has ${octets.length} octets, and a secret has ${MIN_SECRET_OCTETS} to ${MAX_SECRET_OCTETS}: make one with \`openssl rand -base64 32\``,
    )
  }
  return new Secret(octets)
}

/** Reads a server cookie's secret: 32 hexadecimal digits (RFC 9018 §4.4, the key of SipHash-2-4). */
export function parseCookieSecret(text: string): Secret {
  if (!/^[0-9a-fA-F]{32}$/.test(text)) {
    throw new DnsError('configuration-invalid', 'is not 32 hexadecimal digits: make one with `openssl rand -hex 16`')
  }
  return new Secret(Uint8Array.from(Buffer.from(text, 'hex')))
}

/** 16 octets or more in base64 or hexadecimal. A quote that is not closed can bring a secret into any setting. */
const SECRET_LIKE = /[A-Za-z0-9+/]{22,}={0,2}/g

/** The text without words that may be secrets. */
export function hideSecrets(text: string): string {
  return text.replace(SECRET_LIKE, '…')
}
