/**
 * A folder of signing keys: `K*.key` with `K*.private`, PEM files (a key, or a certificate with its key) and PKCS#12 files.
 * Reads what belongs to a zone, finds one key by name, tag or friendly name, and writes new ones: mode 0600 from the first
 * octet on, complete or not at all, never over a file that is there.
 */
import { readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import {
  findPrivateKey,
  parseBindKey,
  parseCertificatePem,
  parseKeyName,
  parsePkcs12,
  printCertificatePem,
  printPemKey,
  printPkcs12,
  printRecordedKey,
  type SigningKey,
  splitPem,
  zoneFileText,
} from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { readInputFile } from './input-file.ts'
import { parseNamedPemKey } from './named-pem-key.ts'
import { makeFolder, type NewFile, writeNewFiles, writeTemporary } from './new-files.ts'
import { readPrivateFile, refuseShared } from './private-file.ts'
import { reasonOf } from './system-error.ts'

/** Most octets of a file that is read as a key. */
const MAX_FILE = 1 << 20

/** What a folder gave for a zone. */
export type FolderKeys = {
  readonly keys: readonly SigningKey[]
  /** Files that looked like keys of the zone and could not be read. Whoever signs should not go on over them. */
  readonly problems: readonly DnsError[]
  /** Files that were not read although their names begin or end as those of keys, each with the reason. */
  readonly passedOver: readonly PassedOver[]
}

export type PassedOver = { readonly file: string; readonly reason: string }

export type FolderOptions = {
  /** Only keys of this zone; without it all. */
  readonly zone?: Name
  /** Only files that may hold the key of this name. */
  readonly name?: string
  /** For PKCS#12 files. */
  readonly password?: string
  /** Whether keys in certificate forms are read; they are without this. */
  readonly readsCertificates?: boolean
}

/** Reads the keys of a folder, by file name. Throws DnsError `input-unreadable` when the folder cannot be listed. */
export async function readKeyFolder(folder: string, options: FolderOptions = {}): Promise<FolderKeys> {
  return readFiles(folder, await listFolder(folder), options)
}

/**
 * Reads a key from the files that are named by it. The folder is not listed, which takes long where it holds the keys of thousands of
 * zones; certificate forms may have other names and are found by `readKeyFolder` only.
 */
export async function readNamedKey(folder: string, name: string, options: FolderOptions = {}): Promise<FolderKeys> {
  const names = ['key', 'private', 'pem', 'p12', 'pfx'].map((ending) => `${name}.${ending}`)
  const present = await Promise.all(names.map((file) => isThere(join(folder, file))))
  return readFiles(folder, new Set(names.filter((_, i) => present[i])), { ...options, name })
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function readFiles(folder: string, names: ReadonlySet<string>, options: FolderOptions): Promise<FolderKeys> {
  const keys: SigningKey[] = []
  const problems: DnsError[] = []
  for (const name of [...names].filter((file) => isToBeRead(file, options)).sort()) {
    try {
      for (const key of await readKeyFile(folder, name, names, options)) {
        if (options.zone === undefined || key.zone.equals(options.zone)) keys.push(key)
      }
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      problems.push(error)
    }
  }
  return { keys, problems, passedOver: findPassedOver(names, options.zone) }
}

function isToBeRead(file: string, { zone, name, readsCertificates = true }: FolderOptions): boolean {
  return mayHoldKeyOf(file, zone, name) && (readsCertificates || !/\.(p12|pfx)$/.test(file))
}

/** A key that is named as one counts once, whatever files it has. */
function findPassedOver(names: ReadonlySet<string>, zone: Name | undefined): PassedOver[] {
  const found = new Map<string, string>()
  for (const file of [...names].sort()) {
    if (mayHoldKeyOf(file, zone) || !LIKE_KEY_FILE.test(file)) continue
    const stem = KEY_FILE.exec(file)?.[1] ?? ''
    if (parseKeyName(stem) !== undefined) found.set(stem, 'of another zone')
    else found.set(file, 'a key has a name like Kexample.+013+12345.key')
  }
  return Array.from(found, ([file, reason]) => ({ file, reason }))
}

const LIKE_KEY_FILE = /^K.*\+|^[^.].*\.private$/i

/** Most files that a message names. */
const NAMED_FILES = 5

/** Says that a folder has no key (of a zone), and which files were passed over. */
export function describeNoKeys(folder: string, passedOver: readonly PassedOver[], zone?: Name): string {
  const head = `${folder}: there are no keys${zone === undefined ? '' : ` of ${zone}`}`
  if (passedOver.length === 0) return head
  const named = passedOver.slice(0, NAMED_FILES).map(({ file, reason }) => `${file} (${reason})`)
  const rest = passedOver.length - named.length
  return `${head}; passed over: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

async function listFolder(folder: string): Promise<Set<string>> {
  try {
    return new Set(await readdir(folder))
  } catch (error) {
    throw new DnsError('input-unreadable', `${folder}: ${reasonOf(error)}`, { cause: error })
  }
}

const KEY_FILE = /^(?!\.)(.+)\.(key|private|pem|p12|pfx)$/

/** Decides by the file's name alone where that says enough. A file named by its key is of that key's zone. */
function mayHoldKeyOf(file: string, zone: Name | undefined, name?: string): boolean {
  const match = KEY_FILE.exec(file)
  if (match === null) return false
  const [, stem = '', extension] = match
  const named = parseKeyName(stem)
  if (named === undefined) return extension !== 'key' && extension !== 'private'
  if (name !== undefined && stem !== name) return false
  if (zone === undefined) return true
  // ldns keeps the zone's upper case, and writes odd octets as in presentation format.
  const zoneText = named.zoneText.toLowerCase()
  return zoneText === zoneFileText(zone).toLowerCase() || zoneText === zone.toString().toLowerCase()
}

async function readKeyFile(folder: string, name: string, names: ReadonlySet<string>, options: FolderOptions) {
  const { password = '', readsCertificates = true } = options
  const [, stem = '', extension] = KEY_FILE.exec(name) ?? []
  const file = join(folder, name)
  if (extension === 'key') {
    const record = { file, text: readText(file) }
    const secret = join(folder, `${stem}.private`)
    if (!names.has(`${stem}.private`)) return [parseBindKey(record)]
    return [parseBindKey(record, { file: secret, text: readPrivateFile(secret, MAX_FILE).toString('utf8') })]
  }
  if (extension === 'private') {
    if (names.has(`${stem}.key`)) return []
    throw new DnsError('key-missing', `${file}: the file ${stem}.key is missing beside it`)
  }
  if (extension === 'pem') {
    const { octets, stats } = readInputFile(file, MAX_FILE)
    const text = octets.toString('utf8')
    const certified = readsCertificates ? await parseCertificatePem(text, file) : undefined
    if (certified?.privateKey !== undefined) refuseShared(file, stats)
    if (certified !== undefined) return [certified]
    const named = parseKeyName(stem)
    // A PEM file may be anything (a server's certificate, a public key): only one named as a key is taken for one.
    if (named === undefined || findPrivateKey(splitPem(text, file), file) === undefined) return []
    refuseShared(file, stats)
    return [parseNamedPemKey(text, file, named)]
  }
  return parsePkcs12(readPrivateFile(file, MAX_FILE), file, password)
}

function readText(file: string): string {
  return readInputFile(file, MAX_FILE).octets.toString('utf8')
}

/**
 * The one key that a person means: by name (`Kexample.+013+12345`, or with the ending of its file), key tag, or friendly name. Throws DnsError `key-missing`
 * when there is none, `usage` when it could be several; the message lists them.
 */
export function pickKey(keys: readonly SigningKey[], selector: string): SigningKey {
  const tag = /^\d{1,5}$/.test(selector) ? Number(selector) : -1
  const name = selector.replace(/\.(key|private|pem|p12|pfx)$/, '')
  const matches: SigningKey[] = []
  for (const key of keys) {
    if (key.name !== name && key.tag !== tag && key.friendlyName !== selector) continue
    const known = matches.findIndex((other) => other.sameKeyAs(key) && other.flags === key.flags)
    if (known < 0) matches.push(key)
    else if (matches[known]?.hasPrivateKey === false) matches[known] = key
  }
  const [match] = matches
  if (match !== undefined && matches.length === 1) return match
  const candidates = (matches.length > 0 ? matches : keys).map((key) => describeCandidate(key)).join(', ')
  if (matches.length > 1) throw new DnsError('usage', `'${selector}' could be any of ${candidates}`)
  throw new DnsError(
    'key-missing',
    `no key '${selector}'; there ${keys.length === 0 ? 'are none' : `is ${candidates}`}`,
  )
}

function describeCandidate(key: SigningKey): string {
  return key.friendlyName === undefined ? key.name : `${key.name} (${key.friendlyName})`
}

export type KeyForm = 'bind' | 'pem' | 'certificate' | 'pkcs12'

export type WriteOptions = {
  readonly form: KeyForm
  /** For PKCS#12; may be empty. */
  readonly password?: string
  /** From when certificates are valid. */
  readonly now: UnixSeconds
}

/**
 * Writes a new key and returns the paths of its files. The folder is made when absent (mode 0700). Throws DnsError
 * `output-failed` when a file of that name is there or cannot be written, and what the form itself throws.
 */
export async function writeKey(folder: string, key: SigningKey, options: WriteOptions): Promise<string[]> {
  const files = await keyFiles(key, options)
  try {
    await makeFolder(folder, 0o700)
    return await writeNewFiles(folder, files)
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('output-failed', `${folder}: ${reasonOf(error)}`, { cause: error })
  }
}

/**
 * Writes a key again that was read from this folder, with other dates, in the form that it has. Each file is replaced as a
 * whole. Throws DnsError `output-failed`; `usage` when the key came from elsewhere or its file has another name.
 */
export async function rewriteKey(
  folder: string,
  key: SigningKey,
  options: Omit<WriteOptions, 'form'>,
): Promise<string[]> {
  const { form, file } = key.source
  if (form === 'generated' || file === undefined) throw new DnsError('usage', `${key.name} is in no file yet`)
  const present = await listFolder(folder)
  const files = await keyFiles(key, { ...options, form })
  const paths: string[] = []
  try {
    for (const item of files) {
      if (!present.has(item.name)) throw new DnsError('usage', `${join(folder, item.name)} is not there to be replaced`)
      const path = join(folder, item.name)
      await rename(await writeTemporary(folder, item), path)
      paths.push(path)
    }
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('output-failed', `${folder}: ${reasonOf(error)}`, { cause: error })
  }
  return paths
}

/** Endings of the files that a key is kept in. BIND's private half comes first: who finds the record finds it too. */
const ENDINGS: Readonly<Record<KeyForm, readonly string[]>> = {
  bind: ['private', 'key'],
  pem: ['pem'],
  certificate: ['pem'],
  pkcs12: ['p12'],
}

/** The paths of a key pair that is kept in a folder in that form. */
export function pathsOfKey(folder: string, name: string, form: KeyForm): string[] {
  return ENDINGS[form].map((ending) => join(folder, `${name}.${ending}`))
}

const SECRET = 0o600
const PUBLIC = 0o644

/** The files that a key is made of in a form. Throws what the form itself throws. */
export async function keyFiles(key: SigningKey, options: WriteOptions): Promise<NewFile[]> {
  const { form, now, password = '' } = options
  if (form === 'pem') return [{ name: `${key.name}.pem`, mode: SECRET, content: printPemKey(key) }]
  if (form === 'certificate') {
    return [{ name: `${key.name}.pem`, mode: SECRET, content: await printCertificatePem(key, now) }]
  }
  if (form === 'pkcs12') {
    return [{ name: `${key.name}.p12`, mode: SECRET, content: await printPkcs12(key, password, now) }]
  }
  const { name, record, secret } = printRecordedKey(key)
  if (secret === undefined && key.hasPrivateKey)
    throw new DnsError('key-missing', `${name} was not opened: it cannot be written`)
  // The private half first: who finds the record finds it too.
  const files = secret === undefined ? [] : [{ name: `${name}.private`, mode: SECRET, content: secret }]
  return [...files, { name: `${name}.key`, mode: PUBLIC, content: record }]
}
