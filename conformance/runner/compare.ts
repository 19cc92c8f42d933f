/**
 * How well an answer fits what a scenario expects, in levels that hold each the one before (FORMAT §9):
 *
 *     1  RCODE, flags QR RD RA CD AD, no AA that was not expected; the answer section as a set; extended errors that are named
 *     2  of the authority section the SOA and the proofs with their signatures, as a set
 *     3  all sections as multisets, and TTLs where the scenario names them
 *
 * Of an expectation without `all`, only what it names is compared.
 */
import { OctetWriter } from '../../src/dns/octets.ts'
import { rdataText } from '../../src/dns/rr/index.ts'
import {
  EDNS_CO,
  type Edns,
  type EdnsOption,
  encodeOptions,
  type Header,
  type Message,
  type MessageRecord,
  optionOf,
  rcodeMnemonic,
  recordText,
} from '../../src/dns/wire/index.ts'
import type { Dialect, Entry } from './scenario.ts'

export type Level = 0 | 1 | 2 | 3

export type Comparison = {
  readonly level: Level
  /** What differs, in words, each with the level that it keeps from being reached. */
  readonly differences: readonly { readonly level: Level; readonly text: string }[]
  /** AD or data came where SERVFAIL was expected. */
  readonly isWrongAd: boolean
}

const TYPE_SOA = 6
const TYPE_RRSIG = 46
/** Octets of a server cookie (RFC 9018 §4). */
const SERVER_COOKIE = 16
const PROOFS = new Set([47, 50])
const FLAGS = ['qr', 'rd', 'ra', 'cd', 'ad'] as const
const SECTIONS = ['answer', 'authority', 'additional'] as const

type Section = (typeof SECTIONS)[number]

/** What an expectation without `all` may name; the same words in both dialects, and Deckard's own. */
const ALL: Readonly<Record<Dialect, readonly string[]>> = {
  unbound: ['opcode', 'question', 'rcode', 'flags', 'answer', 'authority', 'additional'],
  deckard: ['opcode', 'qtype', 'qname', 'flags', 'rcode', 'answer', 'authority', 'additional'],
}

export function compareAnswer(entry: Entry, got: Message, dialect: Dialect): Comparison {
  const expected = entry.packets[0].message
  const words = new Set(entry.match.map(({ word }) => word))
  if (words.has('all') || words.has('all_noedns')) for (const word of ALL[dialect]) words.add(word)
  const differences: { level: Level; text: string }[] = []
  const differs = (level: Level, text: string): void => {
    differences.push({ level, text })
  }
  compareHeaders(words, expected, got, differs)
  compareEdns(words, expected.edns, got.edns, differs)
  for (const { word, value } of entry.match) if (word === 'ede') compareErrors(value ?? 'any', got, differs)
  compareTypes(words, expected, got, differs)
  for (const section of SECTIONS) {
    if (words.has(section)) compareSection(section, expected, got, words.has('ttl'), differs)
  }
  const worst = Math.min(4, ...differences.map(({ level }) => level)) - 1
  const isWrongAd =
    words.has('rcode') && expected.header.rcode === 2 && got.header.rcode !== 2 && (got.header.ad || hasData(got))
  return { level: levelOf(worst), differences, isWrongAd }
}

type Tell = (level: Level, text: string) => void

function compareHeaders(words: ReadonlySet<string>, expected: Message, got: Message, differs: Tell): void {
  const has = (...names: string[]): boolean => names.some((name) => words.has(name))
  const rcodeBits = 0xf
  if (has('opcode') && got.header.opcode !== expected.header.opcode) differs(1, `opcode ${got.header.opcode}`)
  if (has('rcode') && (got.header.rcode & rcodeBits) !== (expected.header.rcode & rcodeBits)) {
    differs(1, `${rcodeMnemonic(got.header.rcode)} instead of ${rcodeMnemonic(expected.header.rcode)}`)
  }
  if (has('flags')) compareFlags(expected.header, got.header, differs)
  const [asked] = expected.questions
  const [question] = got.questions
  if (has('question', 'qname') && asked?.name.key !== question?.name.key) differs(1, 'another question name')
  if (has('question', 'qtype') && asked?.type !== question?.type) differs(1, 'another question type')
  if (has('qcase') && asked?.name.toString() !== question?.name.toString())
    differs(1, 'another case of the question name')
  if (has('subdomain') && asked && !question?.name.isAtOrBelow(asked.name)) differs(1, 'a question name elsewhere')
  if (has('TCP', 'UDP') && got.header.tc !== expected.header.tc) differs(1, 'TC differs')
}

function compareFlags(expected: Header, got: Header, differs: Tell): void {
  for (const flag of FLAGS) {
    if (got[flag] !== expected[flag]) differs(1, `${flag.toUpperCase()} is ${got[flag] ? 'set' : 'not set'}`)
  }
  if (got.aa && !expected.aa) differs(1, 'AA is set')
  if (!got.aa && expected.aa) differs(3, 'AA is not set')
  if (got.tc !== expected.tc) differs(3, `TC is ${got.tc ? 'set' : 'not set'}`)
}

function compareEdns(
  words: ReadonlySet<string>,
  expected: Edns | undefined,
  got: Edns | undefined,
  differs: Tell,
): void {
  const has = (word: string): boolean => words.has(word)
  const cookie = optionOf(got, 'cookie')
  if (has('DO') && got?.dnssecOk !== true) differs(1, 'no DO')
  if (has('CO') && ((got?.flags ?? 0) & EDNS_CO) === 0) differs(1, 'no CO')
  if (has('noedns') && got !== undefined) differs(1, 'EDNS')
  if (has('edns') && got?.version !== expected?.version) differs(1, `EDNS version ${got?.version ?? 'none'}`)
  if (has('client_cookie') && (cookie === undefined || cookie.server !== undefined))
    differs(1, 'no client cookie alone')
  if (has('server_cookie') && cookie?.server?.length !== SERVER_COOKIE) differs(1, 'no server cookie')
  if (has('nsid') && nsidText(got) !== nsidText(expected)) differs(1, `NSID ${nsidText(got)}`)
  if (has('ednsdata') && optionsText(words, got) !== optionsText(words, expected)) differs(1, 'other EDNS options')
}

function nsidText(edns: Edns | undefined): string {
  return optionOf(edns, 'nsid')?.identifier.toHex() ?? 'none'
}

/** The options in wire form but for those that other words speak of. */
function optionsText(words: ReadonlySet<string>, edns: Edns | undefined): string {
  const isCut = ({ kind }: EdnsOption): boolean =>
    (kind === 'ede' && words.has('ede')) ||
    (kind === 'cookie' && (words.has('client_cookie') || words.has('server_cookie')))
  const out = new OctetWriter(64)
  encodeOptions(edns?.options.filter((option) => !isCut(option)) ?? [], out)
  return out.copy().toHex()
}

/** Deckard: which types there are in the answer section, and of which its signatures are. */
function compareTypes(words: ReadonlySet<string>, expected: Message, got: Message, differs: Tell): void {
  const types = ({ answer }: Message): string => [...new Set(answer.map(({ type }) => type))].sort().join(' ')
  const signed = ({ answer }: Message): string =>
    [...new Set(answer.filter(({ type }) => type === TYPE_RRSIG).map(typeCovered))].sort().join(' ')
  if (words.has('answertypes') && types(got) !== types(expected)) differs(1, `types ${types(got)} in the answer`)
  if (words.has('answerrrsigs') && signed(got) !== signed(expected))
    differs(1, `signatures of ${signed(got)} in the answer`)
}

function compareErrors(value: string, got: Message, differs: Tell): void {
  const codes = (got.edns?.options ?? []).flatMap((option) => (option.kind === 'ede' ? [option.infoCode] : []))
  if (value === 'any' ? codes.length === 0 : !codes.includes(Number(value))) {
    differs(1, `extended errors ${codes.length === 0 ? 'none' : codes.join(' ')}, expected ${value}`)
  }
}

function compareSection(section: Section, expected: Message, got: Message, withTtl: boolean, differs: Tell): void {
  const level = section === 'answer' ? 1 : 2
  if (section !== 'additional') {
    const told = section === 'authority' ? isNeeded : everything
    tell(difference(expected[section].filter(told), got[section].filter(told), setKey), section, level, differs)
  }
  const key = withTtl ? ttlKey : setKey
  tell(difference(expected[section], got[section], key), `${section} as a whole`, 3, differs)
  if (expected[section].length !== got[section].length) {
    differs(3, `${section} has ${got[section].length} records, expected ${expected[section].length}`)
  }
}

function tell({ missing, extra }: Difference, what: string, level: Level, differs: Tell): void {
  for (const text of missing) differs(level, `- ${what}: ${text}`)
  for (const text of extra) differs(level, `+ ${what}: ${text}`)
}

type Difference = { readonly missing: string[]; readonly extra: string[] }

function difference(
  expected: readonly MessageRecord[],
  got: readonly MessageRecord[],
  key: (record: MessageRecord) => string,
): Difference {
  const wanted = new Map(expected.map((record) => [key(record), record]))
  const have = new Map(got.map((record) => [key(record), record]))
  const only = (of: Map<string, MessageRecord>, without: Map<string, MessageRecord>): string[] =>
    [...of].filter(([id]) => !without.has(id)).map(([, record]) => recordText(record))
  return { missing: only(wanted, have), extra: only(have, wanted) }
}

function everything(): boolean {
  return true
}

/** What a negative answer, or one from a wildcard, cannot do without. */
function isNeeded(record: MessageRecord): boolean {
  const covered = record.type === TYPE_RRSIG ? typeCovered(record) : record.type
  return covered === TYPE_SOA || PROOFS.has(covered)
}

function typeCovered({ rdata }: MessageRecord): number {
  return ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0)
}

/** Names count without their case, also those in RDATA. */
function setKey({ owner, type, class: rrClass, rdata }: MessageRecord): string {
  return `${owner} ${rrClass} ${type} ${rdataText(type, rdata)}`.toLowerCase()
}

function ttlKey(record: MessageRecord): string {
  return `${record.ttl} ${setKey(record)}`
}

function hasData(message: Message): boolean {
  return message.answer.length > 0
}

function levelOf(number: number): Level {
  return number <= 0 ? 0 : number === 1 ? 1 : number === 2 ? 2 : 3
}
