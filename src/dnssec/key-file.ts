/**
 * BIND's key files, both ways: `K*.key`, a DNSKEY record under comments, and `K*.private`, lines of `Label: value` in
 * format v1.2 (no timing metadata; ldns writes it) or v1.3. Texts only: folders are the store's.
 *
 * What it does not do: keys in a PKCS#11 token (`Engine:`, `Label:`), K files of TSIG and SIG(0), BIND's `.state` files.
 */
import { DnsError, TextError, type TextPlace } from '../dns/errors.ts'
import { KEY_PROVENANCES, type KeyProvenance } from '../ports/key-store.ts'
import { type Algorithm, requireAlgorithm } from './algorithms.ts'
import { type DnskeyRecord, MAX_KEY_TEXT, parseDnskeyRecord } from './key-record.ts'
import { describeKeyTime, formatKeyTime, KEY_EVENTS, type KeyEvent, type KeyTimes, parseKeyTime } from './key-times.ts'
import { exportPrivateFields, importPrivateFields, privateFieldLabels } from './private-key.ts'
import { exportPublicKey } from './public-key.ts'
import { type KeyRole, SigningKey, type SigningKeyParts } from './signing-key.ts'

/** One text and what to call it in errors. */
export type NamedText = { readonly file: string; readonly text: string }

/**
 * Reads a key from its record and, where it is at hand, its private file. Timing comes from the private file, else from the
 * comments above the record. Throws TextError `key-invalid` (with the place, never with private values), or DnsError
 * `key-invalid` when the halves do not belong together, `algorithm-unsupported` for a private key of such.
 */
export function parseBindKey(record: NamedText, secret?: NamedText): SigningKey {
  const dnskey = parseDnskeyRecord(record.text, record.file)
  const comments = parseComments(record.text)
  const source = { form: 'bind', file: secret?.file ?? record.file } as const
  const common = { ...publicParts(dnskey), ...comments, source }
  if (secret === undefined) return atFile(record.file, () => SigningKey.create(common))
  const { algorithm, fields, times } = parsePrivateText(secret)
  if (algorithm !== dnskey.algorithm) {
    throw new TextError(
      `the private key is of algorithm ${algorithm}, the DNSKEY of ${dnskey.algorithm}`,
      { file: secret.file, line: 2, column: 1 },
      'key-invalid',
    )
  }
  const row = requireAlgorithm(algorithm)
  const privateKey = atFile(secret.file, () => importPrivateFields(row, fields))
  const timed = Object.keys(times).length > 0 ? times : comments.times
  return atFile(secret.file, () => SigningKey.create({ ...common, times: timed, privateKey }))
}

/** What a private file alone does not say of its key. */
export type BareKeyDetails = Pick<SigningKeyParts, 'zone' | 'flags'> &
  Partial<Pick<SigningKeyParts, 'role' | 'friendlyName'>>

/**
 * Reads a key from its private file alone, as PowerDNS exports it: the algorithm stands there, and the public half follows
 * from the private one. Throws as `parseBindKey`.
 */
export function parsePrivateFile(secret: NamedText, details: BareKeyDetails): SigningKey {
  const { algorithm, fields, times } = parsePrivateText(secret)
  const row = requireAlgorithm(algorithm)
  const source = { form: 'bind', file: secret.file } as const
  return atFile(secret.file, () => {
    const privateKey = importPrivateFields(row, fields)
    const publicKey = exportPublicKey(row, privateKey)
    return SigningKey.create({ ...details, algorithm, publicKey, privateKey, times, source })
  })
}

function publicParts(record: DnskeyRecord) {
  const { owner, algorithm, flags, publicKey } = record
  return { zone: owner, algorithm, flags, publicKey }
}

/** Names the file in errors that know none. */
function atFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DnsError) || error instanceof TextError) throw error
    throw new DnsError(error.code, `${file}: ${error.message}`)
  }
}

const COMBINED = 'combined-signing key'
const FRIENDLY = 'FriendlyName'
const PROVENANCE = 'Provenance'

type Comments = {
  times: KeyTimes
  friendlyName: string | undefined
  provenance: KeyProvenance | undefined
  role?: KeyRole
}

/** Times, role, friendly name and provenance from the comments of a `.key` file; what does not parse there is a comment like any other. */
function parseComments(text: string): Comments {
  const times: { [event in KeyEvent]?: number } = {}
  let friendlyName: string | undefined
  let provenance: KeyProvenance | undefined
  let combined = false
  for (const line of text.split('\n')) {
    if (!line.startsWith(';')) continue
    const match = /^;\s*([A-Za-z]+):\s*(.*\S)/.exec(line)
    const [, label = '', value = ''] = match ?? []
    const event = KEY_EVENTS.find(([, name]) => name === label)?.[0]
    const instant = parseKeyTime(value.slice(0, 14))
    if (event !== undefined && instant !== undefined) times[event] = instant
    else if (label === FRIENDLY) friendlyName = value
    else if (label === PROVENANCE) provenance = KEY_PROVENANCES.find((known) => known === value) ?? provenance
    else if (line.includes(COMBINED)) combined = true
  }
  return { times, friendlyName, provenance, ...(combined ? { role: 'csk' as const } : {}) }
}

type PrivateText = { algorithm: number; fields: Map<string, string>; times: KeyTimes }

function parsePrivateText({ file, text }: NamedText): PrivateText {
  const fail = (reason: string, line: number, column = 1): never => {
    const place: TextPlace = { file, line, column }
    throw new TextError(reason, place, 'key-invalid')
  }
  if (text.length > MAX_KEY_TEXT) fail(`a private key file has at most ${MAX_KEY_TEXT} octets`, 1)
  const times: { [event in KeyEvent]?: number } = {}
  const fields = new Map<string, string>()
  let minor = -1
  let row: Algorithm | undefined
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.trimEnd()
    if (line === '') continue
    const at = index + 1
    const match = /^([A-Za-z0-9-]{1,40}):[ \t]*(.*)$/.exec(line)
    const [, label, value = ''] = match ?? []
    if (label === undefined) fail("expected 'Label: value'", at)
    else if (minor < 0) {
      if (label !== 'Private-key-format') fail("expected 'Private-key-format: v1.3' first", at)
      minor = Number(/^v1\.(\d{1,4})$/.exec(value)?.[1] ?? fail('only format v1 is known here', at))
    } else if (row === undefined) {
      if (label !== 'Algorithm') fail("expected 'Algorithm: ' next", at)
      row = readAlgorithm(value, (reason) => fail(reason, at))
    } else if (label === 'Engine' || label === 'Label') {
      fail('the private key lies in a token (PKCS#11), which is not supported', at)
    } else if (fields.has(label)) fail(`${label} stands there twice`, at)
    else if (privateFieldLabels(row).includes(label)) fields.set(label, value)
    else {
      const event = KEY_EVENTS.find(([, name]) => name === label)?.[0]
      // Labels that are not known here (BIND's DNSKEYChange, Predecessor, MaxTTL …) do not matter for signing.
      if (event !== undefined) times[event] = parseKeyTime(value) ?? fail(`${label} is no YYYYMMDDHHMMSS`, at)
    }
  }
  if (row === undefined) return fail("the file ends before 'Algorithm: '", 1)
  const missing = privateFieldLabels(row).find((label) => !fields.has(label))
  if (missing !== undefined) fail(`${missing} is missing`, text.split('\n').length)
  return { algorithm: row.number, fields, times }
}

function readAlgorithm(value: string, fail: (reason: string) => never): Algorithm {
  const number = /^(\d{1,3})(\s|$)/.exec(value)?.[1] ?? fail("expected 'Algorithm: ' and a number")
  return requireAlgorithm(Number(number))
}

/** A key as its two files. `secret` is undefined when the key has no private half. */
export type BindKeyTexts = { readonly name: string; readonly record: string; readonly secret: string | undefined }

/** Writes a key in BIND's form, v1.3. Without a private half only the record. */
export function printBindKey(key: SigningKey): BindKeyTexts {
  return { name: key.name, record: printRecord(key, false), secret: printPrivate(key) }
}

/**
 * The same with the key's provenance in the record, as it is kept in a folder. That a key without a private half is the zone's own is
 * stated only where it was recorded before.
 */
export function printRecordedKey(key: SigningKey): BindKeyTexts {
  return { ...printBindKey(key), record: printRecord(key, key.isRecorded || key.hasPrivateKey) }
}

/** The line of a `.key` file that records whose the key is. Of several the last counts. */
export function provenanceComment(provenance: KeyProvenance): string {
  return `; ${PROVENANCE}: ${provenance}`
}

const ROLE_WORDS = { ksk: 'key-signing key', zsk: 'zone-signing key', csk: COMBINED } as const

function printRecord(key: SigningKey, statesProvenance: boolean): string {
  const revoked = key.isRevoked ? 'revoked ' : ''
  const lines = [`; This is a ${revoked}${ROLE_WORDS[key.role]}, keyid ${key.tag}, for ${key.zone}`]
  if (key.friendlyName !== undefined) lines.push(`; ${FRIENDLY}: ${printable(key.friendlyName)}`)
  if (statesProvenance) lines.push(provenanceComment(key.provenance))
  for (const [event, label] of KEY_EVENTS) {
    const instant = key.times[event]
    if (instant !== undefined) lines.push(`; ${label}: ${formatKeyTime(instant)} (${describeKeyTime(instant)})`)
  }
  lines.push(key.dnskeyText())
  return `${lines.join('\n')}\n`
}

/** On one line, whatever was given. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').trim()
}

/** BIND's own spellings where they are not IANA's. */
const BIND_MNEMONICS: ReadonlyMap<number, string> = new Map([[7, 'NSEC3RSASHA1']])

function printPrivate(key: SigningKey): string | undefined {
  const { privateKey } = key
  if (privateKey === undefined) return undefined
  const row = requireAlgorithm(key.algorithm)
  const mnemonic = BIND_MNEMONICS.get(row.number) ?? row.mnemonic
  const lines = ['Private-key-format: v1.3', `Algorithm: ${row.number} (${mnemonic})`]
  for (const [label, value] of exportPrivateFields(row, privateKey)) lines.push(`${label}: ${value}`)
  for (const [event, label] of KEY_EVENTS) {
    const instant = key.times[event]
    if (instant !== undefined) lines.push(`${label}: ${formatKeyTime(instant)}`)
  }
  return `${lines.join('\n')}\n`
}
