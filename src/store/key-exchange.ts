/**
 * Keys that come from elsewhere and go elsewhere: one file (or pair of files) of any form in, one out. What lies in a key
 * folder is `key-folder.ts`; here a file may have any name, and says less of its key than a folder's would.
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import {
  type PemKeyDetails,
  parseBindKey,
  parseCertificatePem,
  parseKeyName,
  parsePemKey,
  parsePkcs12,
  printBindKey,
  type SigningKey,
  splitPem,
} from '../dnssec/index.ts'
import { readInputFile } from './input-file.ts'
import { keyFiles, type WriteOptions, writeKey } from './key-folder.ts'
import { parseNamedPemKey } from './named-pem-key.ts'
import { type NewFile, writeNewFiles } from './new-files.ts'
import { reasonOf } from './system-error.ts'

/** Most octets of a file that is read as a key. */
const MAX_FILE = 1 << 20

export type ForeignKeyOptions = {
  /** For PKCS#12. */
  readonly password?: string
  /** What a bare PEM key does not say of itself; also for certificates that do not say which zone their key signs. */
  readonly details?: PemKeyDetails
}

/**
 * Reads the keys of one file: `K*.key`, `K*.private` or their common name (each with the other beside it), a PEM key, a PEM
 * certificate with its key, PKCS#12. Told apart by what is in the file. Throws DnsError as `readInputFile`, `key-invalid`,
 * `usage` when a bare key comes without details.
 */
export async function readForeignKeys(path: string, options: ForeignKeyOptions = {}): Promise<SigningKey[]> {
  const stem = bindStem(path)
  if (stem !== undefined) return [await readBindPair(stem)]
  const octets = readOctets(path)
  if (octets[0] === 0x30) return readPkcs12(path, octets, options)
  const text = octets.toString('utf8')
  if (text.includes('-----BEGIN ')) return [await readPem(path, text, options.details)]
  if (text.startsWith('Private-key-format:')) {
    throw new DnsError('usage', `${path}: a private key file of BIND keeps its name: Kzone.+013+12345.private`)
  }
  return [parseBindKey({ file: path, text })]
}

/** The common part of a BIND key's two paths. */
function bindStem(path: string): string | undefined {
  const stem = path.replace(/\.(key|private)$/, '')
  return parseKeyName(basename(stem)) === undefined ? undefined : stem
}

async function readBindPair(stem: string): Promise<SigningKey> {
  const record = { file: `${stem}.key`, text: readOctets(`${stem}.key`).toString('utf8') }
  const file = `${stem}.private`
  if (!(await isThere(file))) return parseBindKey(record)
  return parseBindKey(record, { file, text: readOctets(file).toString('utf8') })
}

async function readPkcs12(path: string, octets: Buffer, options: ForeignKeyOptions): Promise<SigningKey[]> {
  try {
    return await parsePkcs12(octets, path, options.password ?? '')
  } catch (error) {
    if (!(error instanceof DnsError) || !error.message.endsWith('does not say which zone its key signs')) throw error
    const remedy = `take the key out with \`openssl pkcs12 -in ${path} -nodes\` and import that, with --zone, --algorithm and --role`
    throw new DnsError(error.code, `${error.message}: ${remedy}`)
  }
}

async function readPem(path: string, text: string, details: PemKeyDetails | undefined): Promise<SigningKey> {
  if (details !== undefined) return parsePemKey(text, path, details)
  const named = parseKeyName(basename(path).replace(/\.pem$/, ''))
  const certified = splitPem(text, path).some(({ label }) => label === 'CERTIFICATE')
  if (named !== undefined && !certified) return parseNamedPemKey(text, path, named)
  const remedy = 'say so with --zone, --algorithm and --role'
  try {
    const key = await parseCertificatePem(text, path)
    if (key !== undefined) return key
  } catch (error) {
    if (!(error instanceof DnsError) || !error.message.endsWith('does not say which zone its key signs')) throw error
    throw new DnsError('usage', `${error.message}: ${remedy}`)
  }
  throw new DnsError('usage', `${path}: a bare key does not say which zone it signs: ${remedy}`)
}

function readOctets(path: string): Buffer {
  return readInputFile(path, MAX_FILE, { inherited: true }).octets
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/**
 * Writes a key to `path`: into that folder under the key's own name when it is one (or ends in a slash), else as the file
 * of that name. Returns the paths. Nothing is ever written over. Throws DnsError `usage` when BIND's two files are to become
 * one, `output-failed`.
 */
export async function exportKey(path: string, key: SigningKey, options: WriteOptions): Promise<string[]> {
  if (await isFolder(path)) return writeKey(path, key, options)
  const [file, second] = await keyFiles(key, options)
  if (file === undefined || second !== undefined) {
    throw new DnsError('usage', `${path}: BIND's form is two files: name a folder that is there, or end it in a slash`)
  }
  return writeOne(path, file)
}

/** Writes the DNSKEY record alone, readable for all: as `exportKey`, without the private half. */
export async function exportPublicKey(path: string, key: SigningKey): Promise<string[]> {
  const { name, record } = printBindKey(key)
  const file: NewFile = { name: `${name}.key`, mode: 0o644, content: record }
  return writeOne((await isFolder(path)) ? join(path, file.name) : path, file)
}

async function isFolder(path: string): Promise<boolean> {
  if (/[/\\]$/.test(path)) return true
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function writeOne(path: string, file: NewFile): Promise<string[]> {
  try {
    return await writeNewFiles(dirname(path), [{ ...file, name: basename(path) }])
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('output-failed', `${path}: ${reasonOf(error)}`, { cause: error })
  }
}
