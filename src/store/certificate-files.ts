/**
 * The certificate of a server as two PEM files, which something else renews now and then. Both are looked at every few seconds;
 * once they have changed and then stayed as they are from one look to the next, the new pair is read. One that does not load,
 * or whose key belongs to another certificate (half of a renewal), leaves the old one in use, with a word of why.
 *
 * Looking at the files, not watching them, is what works for links that are exchanged and for folders of every file system.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { DnsError } from '../dns/errors.ts'
import type { CertificatePair, CertificateSource, Clock } from '../ports/index.ts'
import { readInputFile } from './input-file.ts'
import { refuseShared, showMode } from './private-file.ts'

export type CertificatePaths = { readonly certificate: string; readonly key: string }

export type CertificateFilesOptions = {
  /** Says which certificates have expired or are not valid yet. */
  readonly clock: Pick<Clock, 'wall'>
  /** How often the files are looked at; 5 unless told. */
  readonly lookSeconds?: number
  /** Hears of pairs that were loaded, that did not load, and of what is wrong with one that did. */
  readonly report?: (event: 'loaded' | 'failed' | 'warning', text: string) => void
}

/** Most octets of either file. */
const MAX_FILE = 1 << 20

export class CertificateFiles implements CertificateSource {
  readonly #paths: CertificatePaths
  readonly #options: CertificateFilesOptions
  readonly #listeners = new Set<(pair: CertificatePair) => void>()
  readonly #timer: NodeJS.Timeout
  #pair: CertificatePair
  /** Marks of the files as they were last read, and as they were at the last look. */
  #readMark: string
  #seenMark: string

  /** Throws DnsError `input-unreadable`, `limit-exceeded` or `key-invalid` when the pair does not load, or all users may read the key. */
  constructor(paths: CertificatePaths, options: CertificateFilesOptions) {
    this.#paths = paths
    this.#options = options
    this.#readMark = markOf(paths)
    this.#seenMark = this.#readMark
    this.#pair = this.#load()
    this.#timer = setInterval(() => this.#look(), (options.lookSeconds ?? 5) * 1000)
    this.#timer.unref()
  }

  current(): CertificatePair {
    return this.#pair
  }

  onChange(listener: (pair: CertificatePair) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reads the files now. Returns whether what they hold is in use; if not, the old pair is. */
  reload(): boolean {
    this.#readMark = markOf(this.#paths)
    this.#seenMark = this.#readMark
    let pair: CertificatePair
    try {
      pair = this.#load()
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      this.#options.report?.('failed', `${error.message}; the certificate that was loaded before stays in use`)
      return false
    }
    if (pair.key === this.#pair.key && pair.certificate === this.#pair.certificate) return true
    this.#pair = pair
    for (const listener of this.#listeners) listener(pair)
    return true
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const mark = markOf(this.#paths)
    const isQuiet = mark === this.#seenMark
    this.#seenMark = mark
    if (isQuiet && mark !== this.#readMark) this.reload()
  }

  #load(): CertificatePair {
    const { clock, report } = this.#options
    const key = readPem(this.#paths.key)
    const certificate = readPem(this.#paths.certificate)
    refuseShared(this.#paths.key, key.stats)
    const parsed = checkPair(this.#paths, certificate.text, key.text)
    if (process.platform !== 'win32' && (key.stats.mode & 0o077) !== 0) {
      const mode = showMode(key.stats)
      report?.('warning', `${this.#paths.key}: its group may read this private key (its mode is ${mode}, not 0600)`)
    }
    const now = clock.wall() * 1000
    if (parsed.validToDate.getTime() < now) {
      report?.('warning', `${this.#paths.certificate}: the certificate expired on ${parsed.validToDate.toISOString()}`)
    } else if (parsed.validFromDate.getTime() > now) {
      const from = parsed.validFromDate.toISOString()
      report?.('warning', `${this.#paths.certificate}: the certificate is not valid before ${from}`)
    }
    report?.('loaded', `${this.#paths.certificate}: valid until ${parsed.validToDate.toISOString()}`)
    return { key: key.text, certificate: certificate.text }
  }
}

/** What tells one state of the files from another, without reading them. */
function markOf({ certificate, key }: CertificatePaths): string {
  return [certificate, key]
    .map((path) => {
      const found = statOf(path)
      return found === undefined
        ? 'absent'
        : `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`
    })
    .join('\n')
}

function statOf(path: string) {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function readPem(path: string): { text: string; stats: Stats } {
  const { octets, stats } = readInputFile(path, MAX_FILE)
  return { text: octets.toString('latin1'), stats }
}

function checkPair(paths: CertificatePaths, certificate: string, key: string): X509Certificate {
  const attempt = <T>(path: string, what: string, make: () => T): T => {
    try {
      return make()
    } catch {
      throw new DnsError('key-invalid', `${path}: there is no ${what} in PEM here`)
    }
  }
  const parsed = attempt(paths.certificate, 'certificate', () => new X509Certificate(certificate))
  const privateKey: KeyObject = attempt(paths.key, 'private key without password', () => createPrivateKey(key))
  if (!parsed.checkPrivateKey(privateKey)) {
    throw new DnsError('key-invalid', `${paths.key}: this is not the private key of ${paths.certificate}`)
  }
  return parsed
}
