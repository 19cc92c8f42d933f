/**
 * Answers as lines that can be compared: a record is `owner TTL TYPE RDATA` in lower case, whoever wrote it. What differs from
 * one signing to the next is hidden the same way on both sides: times, key tags and signatures.
 */
import { Name } from '../../src/dns/name/index.ts'
import { OctetWriter } from '../../src/dns/octets.ts'
import { CLASS_IN, typeMnemonic } from '../../src/dns/rr/index.ts'
import { parseMasterFile, textSource } from '../../src/dns/text/index.ts'
import { type Message, type MessageRecord, rcodeMnemonic, recordText } from '../../src/dns/wire/index.ts'

export const SECTIONS = ['answer', 'authority', 'additional'] as const

export type AnswerText = {
  readonly rcode: string
  /** Of AA and TC. */
  readonly flags: string
  /** Sorted. */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

export type Hiding = {
  /** Times, tag and octets of signatures, and keys. */
  readonly signatures: boolean
  /** The flags of NSEC3. */
  readonly optOut?: boolean
  readonly ttls?: boolean
}

/** Records whose TTL a signer chooses. */
const KEY_TYPES = new Set(['DNSKEY', 'NSEC3PARAM', 'CDS', 'CDNSKEY'])

/** A record in the words of the comparison. */
export function recordLine(record: MessageRecord, hiding: Hiding): string {
  const type = typeMnemonic(record.type)
  const words = recordText(record).split('\t')
  const rdata = (words[4] ?? '').split(' ')
  const covered = type === 'RRSIG' ? (rdata[0] ?? '') : type
  let ttl = String(record.ttl)
  if (hiding.ttls === true || (hiding.signatures && KEY_TYPES.has(covered))) ttl = '[ttl]'
  if (hiding.signatures && type === 'RRSIG') {
    if (ttl === '[ttl]') rdata[3] = ttl
    rdata.splice(4, 3, '[expiry]', '[inception]', '[keytag]')
    rdata.splice(8, rdata.length, '...')
  }
  if (hiding.signatures && type === 'DNSKEY') rdata.splice(3, rdata.length, '...')
  if (hiding.optOut === true && type === 'NSEC3') rdata[1] = '[flags]'
  return `${words[0]} ${ttl} ${type} ${rdata.join(' ')}`.trim().toLowerCase()
}

/** The answer of a server in the words of the comparison. */
export function answerText(message: Message, hiding: Hiding): AnswerText {
  const { header } = message
  const [answer = [], authority = [], additional = []] = SECTIONS.map((section) =>
    message[section].map((record) => recordLine(record, hiding)).sort(),
  )
  return { rcode: rcodeMnemonic(header.rcode), flags: flagsText(header), answer, authority, additional }
}

export function flagsText({ aa, tc }: { aa: boolean; tc: boolean }): string {
  return [aa ? 'aa' : '', tc ? 'tc' : ''].join(' ').trim()
}

/** One record that stands there as a line of a master file, with owner and TTL. */
export function parseRecordLine(text: string): MessageRecord {
  const out = new OctetWriter()
  const records: MessageRecord[] = []
  const sink = {
    out,
    record(ownerAt: number, type: number, ttl: number, rdataAt: number, rdataLength: number): void {
      const rdata = out.octets.slice(rdataAt, rdataAt + rdataLength)
      records.push({ owner: Name.fromOctets(out.octets, ownerAt), type, class: CLASS_IN, ttl, rdata })
    },
  }
  parseMasterFile(textSource(`${text}\n`), sink, { origin: Name.root })
  const [record] = records
  if (record === undefined || records.length > 1) throw new Error(`not one record: ${text}`)
  return record
}

/**
 * What of an answer is not as expected, in lines; none when all is well. Answer and authority hold the same records, in any
 * order. Additional records are the server's choice, so that it may give fewer, but for the addresses of name servers at or
 * below a cut: a referral without them leads nowhere (RFC 9471).
 */
export function differences(got: AnswerText, expected: AnswerText): string[] {
  const lines: string[] = []
  if (got.rcode !== expected.rcode) lines.push(`RCODE ${got.rcode} instead of ${expected.rcode}`)
  if (got.flags !== expected.flags) lines.push(`flags '${got.flags}' instead of '${expected.flags}'`)
  for (const section of SECTIONS) {
    const missing = expected[section].filter((line) => !got[section].includes(line))
    const tooMuch = got[section].filter((line) => !expected[section].includes(line))
    const wanted = section === 'additional' ? missing.filter((line) => isGlue(line, expected)) : missing
    lines.push(...wanted.map((line) => `- ${section}: ${line}`), ...tooMuch.map((line) => `+ ${section}: ${line}`))
    if (new Set(got[section]).size < got[section].length) lines.push(`${section} has a record twice`)
  }
  return lines
}

function isGlue(line: string, { flags, authority }: AnswerText): boolean {
  if (flags.includes('aa')) return false
  const owner = line.slice(0, line.indexOf(' '))
  const cuts = authority.filter((record) => / ns /.test(record)).map((record) => record.slice(0, record.indexOf(' ')))
  return cuts.some((cut) => owner === cut || owner.endsWith(`.${cut}`))
}
