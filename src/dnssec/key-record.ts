/**
 * DNSKEY and DS records as text, one or several with comments and parentheses: what `K*.key`, `*.ds`, `dsset-` and
 * trust-anchor files hold.
 *
 * What it does not do: directives and blank owners. Names without a final dot are taken as absolute.
 */
import { TextError, type TextPlace } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { OctetWriter, readU16 } from '../dns/octets.ts'
import { durationOf, EntryScanner, Tokens } from '../dns/presentation/index.ts'
import { CLASS_IN, classOfToken, DNSKEY, DS, typeOfToken } from '../dns/rr/index.ts'
import { textSource } from '../dns/text/index.ts'

export type DnskeyRecord = {
  readonly type: 'DNSKEY'
  readonly owner: Name
  /** Seconds; undefined when the text does not say. */
  readonly ttl: number | undefined
  readonly flags: number
  readonly algorithm: number
  readonly publicKey: Uint8Array
  readonly rdata: Uint8Array
  readonly place: TextPlace
}

export type DsRecord = {
  readonly type: 'DS'
  readonly owner: Name
  readonly ttl: number | undefined
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: Uint8Array
  readonly rdata: Uint8Array
  readonly place: TextPlace
}

/** Most octets of a text of keys. */
export const MAX_KEY_TEXT = 1 << 16

/** Reads every record. Throws TextError `key-invalid` at the first that is no DNSKEY or DS record in class IN. */
export function parseKeyRecords(text: string, file: string): (DnskeyRecord | DsRecord)[] {
  if (text.length > MAX_KEY_TEXT) {
    return fail(`a file of keys has at most ${MAX_KEY_TEXT} octets`, { file, line: 1, column: 1 })
  }
  const tokens = new Tokens()
  const scanner = new EntryScanner(textSource(text, file), tokens)
  const records: (DnskeyRecord | DsRecord)[] = []
  try {
    while (scanner.next()) records.push(readRecord(tokens))
  } catch (error) {
    if (error instanceof TextError) fail(error.reason, error.place)
    throw error
  }
  return records
}

/** Reads the one DNSKEY record of a `K*.key` file. */
export function parseDnskeyRecord(text: string, file: string): DnskeyRecord {
  const records = parseKeyRecords(text, file)
  const [record] = records
  if (record?.type !== 'DNSKEY' || records.length !== 1) {
    const place = records[1]?.place ?? record?.place ?? { file, line: 1, column: 1 }
    return fail(`expected exactly one DNSKEY record, found ${records.length} records`, place)
  }
  return record
}

function fail(reason: string, place: TextPlace): never {
  throw new TextError(reason, place, 'key-invalid')
}

/** Reads the record of one entry: owner, TTL and class in either order or missing, type, RDATA. */
function readRecord(tokens: Tokens): DnskeyRecord | DsRecord {
  const out = new OctetWriter(512)
  const place = { file: tokens.source.file, ...tokens.source.lineAt(tokens.starts[0] ?? 0) }
  tokens.name(out, 'the name of a zone')
  const owner = Name.fromOctets(out.octets)
  out.clear()
  let ttl: number | undefined
  let token = tokens.next('DNSKEY or DS')
  for (let words = 0; words < 2; words++) {
    const duration = durationOf(tokens, token)
    if (duration < 0 && classOfToken(tokens, token) !== CLASS_IN) break
    if (duration >= 0) ttl = duration
    token = tokens.next('DNSKEY or DS')
  }
  const type = typeOfToken(tokens, token)
  if (type !== DNSKEY.number && type !== DS.number) tokens.fail(`expected DNSKEY or DS, found '${tokens.show(token)}'`)
  const head = { owner, ttl, place }
  if (type === DS.number) {
    DS.parse(tokens, out)
    const rdata = out.copy()
    const [, , algorithm = 0, digestType = 0] = rdata
    if (rdata.length === 4) tokens.fail('the digest is missing', tokens.count)
    return { type: 'DS', ...head, keyTag: readU16(rdata, 0), algorithm, digestType, digest: rdata.slice(4), rdata }
  }
  DNSKEY.parse(tokens, out)
  const rdata = out.copy()
  const [, , protocol, algorithm = 0] = rdata
  // Flags, protocol: the second word behind the type.
  if (protocol !== 3) tokens.fail('the protocol of a DNSKEY is 3', token + 2)
  if (rdata.length === 4) tokens.fail('the public key is missing', tokens.count)
  return { type: 'DNSKEY', ...head, flags: readU16(rdata, 0), algorithm, publicKey: rdata.slice(4), rdata }
}
