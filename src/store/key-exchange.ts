/**
 * Keys that come from elsewhere and go elsewhere: one file (or pair of files) of any form in, one out. What lies in a key
 * folder is `key-folder.ts`; here a file may have any name, and says less of its key than a folder's would.
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import {
  algorithmOfPem,
  FLAG_SEP,
  FLAG_ZONE,
  type KeyRole,
  parseBindKey,
  parseCertificatePem,
  parseKeyName,
  parsePemKey,
  parsePkcs12,
  parsePrivateFile,
  printBindKey,
  type SigningKey,
  splitPem,
} from '../dnssec/index.ts'
import { readInputFile } from './input-file.ts'
import { keyFiles, type WriteOptions, writeKey } from './key-folder.ts'
import { parseNamedPemKey, parseNamedPrivateFile } from './named-pem-key.ts'
import { type NewFile, writeNewFiles } from './new-files.ts'
import { refuseShared } from './private-file.ts'
import { reasonOf } from './system-error.ts'

/** Most octets of a file that is read as a key. */
const MAX_FILE = 1 << 20

/** What is told of a key beside its file. */
export type ToldOfKey = {
  readonly zone?: Name
  readonly algorithm?: number
  readonly role?: KeyRole
}

export type ForeignKeyOptions = {
  /** For PKCS#12. */
  readonly password?: string
  /** What the file may not say of itself: a bare PEM key, PowerDNS' private key file, a certificate that names no zone. */
  readonly told?: ToldOfKey
}

/**
 * Reads the keys of one file: `K*.key`, `K*.private` or their common name (each with the other beside it), a private key
 * file under any name, a PEM key, a PEM certificate with its key, PKCS#12. Told apart by what is in the file. Throws DnsError
 * as `readInputFile`, `key-invalid`; `usage` when something of the key is neither told nor follows, or is told wrongly.
 */
export async function readForeignKeys(path: string, options: ForeignKeyOptions = {}): Promise<SigningKey[]> {
  const { told = {} } = options
  const stem = bindStem(path)
  if (stem !== undefined) return [await readNamed(stem, told)]
  const octets = readOctets(path)
  if (octets[0] === 0x30) return (await readPkcs12(path, octets, options)).map((key) => compare(key, path, told))
  const text = octets.toString('utf8')
  if (text.includes('-----BEGIN ')) return [await readPem(path, text, told)]
  if (text.startsWith('Private-key-format:')) return [readPrivate(path, text, told)]
  return [compare(parseBindKey({ file: path, text }), path, told)]
}

/** Holds what is told against what the key says; ksk and csk look the same there. */
function compare(key: SigningKey, path: string, { zone, algorithm, role = key.role }: ToldOfKey): SigningKey {
  if (zone !== undefined && !zone.equals(key.zone)) {
    throw new DnsError('usage', `${path}: the key is of the zone ${key.zone}, not of ${zone}`)
  }
  if (algorithm !== undefined && algorithm !== key.algorithm) {
    throw new DnsError('usage', `${path}: the key is of algorithm ${key.algorithm}, not ${algorithm}`)
  }
  if ((role === 'zsk') !== ((key.flags & FLAG_SEP) === 0)) {
    throw new DnsError('usage', `${path}: the key is a ${key.role}, by its flags ${key.flags}, not a ${role}`)
  }
  return role === key.role ? key : key.with({ role })
}

/** A private key file says the algorithm; the public half follows from it. */
function readPrivate(path: string, text: string, told: ToldOfKey): SigningKey {
  const { zone, flags, role } = demandDetails(path, told, true)
  return compare(parsePrivateFile({ file: path, text }, { zone, flags, role }), path, told)
}

/** Whether the name of the file need not be asked: somebody may have named it by mistake. */
function isToldWhole({ zone, role }: ToldOfKey): boolean {
  return zone !== undefined && role !== undefined
}

/** Throws DnsError `usage`, which asks for what is missing and for nothing else. */
function demandDetails(path: string, { zone, role, algorithm }: ToldOfKey, isAlgorithmKnown: boolean) {
  const missing = [
    ...(zone === undefined ? ['--zone (the zone that it signs)'] : []),
    ...(role === undefined ? ['--role (ksk, zsk or csk)'] : []),
    ...(algorithm === undefined && !isAlgorithmKnown ? ['--algorithm'] : []),
  ]
  if (zone === undefined || role === undefined || missing.length > 0) {
    throw new DnsError('usage', `${path}: the key does not say all of itself: say it with ${missing.join(' and ')}`)
  }
  const flags = role === 'zsk' ? FLAG_ZONE : FLAG_ZONE | FLAG_SEP
  return { zone, role, flags, ...(algorithm === undefined ? {} : { algorithm }) }
}

/** The common part of a BIND key's two paths. */
function bindStem(path: string): string | undefined {
  const stem = path.replace(/\.(key|private)$/, '')
  return parseKeyName(basename(stem)) === undefined ? undefined : stem
}

/** A key by its name: the record, the private file, or both. */
async function readNamed(stem: string, told: ToldOfKey): Promise<SigningKey> {
  const file = `${stem}.private`
  const named = parseKeyName(basename(stem))
  const hasPrivate = await isThere(file)
  if (hasPrivate && named !== undefined && !(await isThere(`${stem}.key`))) {
    const text = readOctets(file).toString('utf8')
    return isToldWhole(told)
      ? readPrivate(file, text, told)
      : compare(parseNamedPrivateFile(text, file, named), file, told)
  }
  const record = { file: `${stem}.key`, text: readOctets(`${stem}.key`).toString('utf8') }
  if (!hasPrivate) return compare(parseBindKey(record), record.file, told)
  return compare(parseBindKey(record, { file, text: readOctets(file).toString('utf8') }), file, told)
}

async function readPkcs12(path: string, octets: Buffer, options: ForeignKeyOptions): Promise<SigningKey[]> {
  try {
    return await parsePkcs12(octets, path, options.password ?? '')
  } catch (error) {
    if (!(error instanceof DnsError) || !error.message.endsWith('does not say which zone its key signs')) throw error
    const remedy = `take the key out with \`openssl pkcs12 -in ${path} -nodes\` and import that, with --zone and --role`
    throw new DnsError(error.code, `${error.message}: ${remedy}`)
  }
}

async function readPem(path: string, text: string, told: ToldOfKey): Promise<SigningKey> {
  const certified = splitPem(text, path).some(({ label }) => label === 'CERTIFICATE')
  const named = parseKeyName(basename(path).replace(/\.pem$/, ''))
  if (certified) {
    const key = await readCertificate(path, text)
    if (key !== undefined) return compare(key, path, told)
  } else if (named !== undefined && !isToldWhole(told)) return compare(parseNamedPemKey(text, path, named), path, told)
  return parsePemKey(text, path, demandDetails(path, told, algorithmOfPem(text, path) !== undefined))
}

/** Undefined when the certificate does not say which zone its key signs. */
async function readCertificate(path: string, text: string): Promise<SigningKey | undefined> {
  try {
    return await parseCertificatePem(text, path)
  } catch (error) {
    if (error instanceof DnsError && error.message.endsWith('does not say which zone its key signs')) return undefined
    throw error
  }
}

/** Throws DnsError as `readInputFile`, and when all users may read a private key. */
function readOctets(path: string): Buffer {
  const { octets, stats } = readInputFile(path, MAX_FILE, { inherited: true })
  if (holdsPrivateKey(octets)) refuseShared(path, stats)
  return octets
}

/** PKCS#12, a private key file, or PEM. */
function holdsPrivateKey(octets: Buffer): boolean {
  return octets[0] === 0x30 || octets.includes('Private-key-format:') || octets.includes('PRIVATE KEY-----')
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
