/** Reads an ENTRY: the words of MATCH, REPLY and ADJUST, and the packet that header words and sections make. */
import { DnsError } from '../../src/dns/errors.ts'
import { Name } from '../../src/dns/name/index.ts'
import {
  decodeMessage,
  decodeOptions,
  EDNS_CO,
  type Edns,
  HEADER_FLAGS,
  headerOf,
  type Message,
  opcodeNumber,
  rcodeNumber,
} from '../../src/dns/wire/index.ts'
import type { Lines } from './lines.ts'
import { readQuestion, readRecord } from './records.ts'
import { type Entry, type MatchWord, type Packet, ScenarioError } from './scenario.ts'

/** In entries `#` begins a comment too. */
const COMMENT = /^[;#]/
/** Words that never stand in an entry. */
const OUTSIDE = /^(ENTRY_BEGIN|RANGE_BEGIN|RANGE_END|STEP|SCENARIO_END)$/
const UDP_SIZE = 1232

/** Those of both dialects (FORMAT §4.1, §10). A word that is not known might ask for anything. */
const MATCH_WORDS: ReadonlySet<string> = new Set([
  ...[
    'opcode',
    'qtype',
    'qname',
    'qcase',
    'subdomain',
    'question',
    'answer',
    'authority',
    'additional',
    'rcode',
    'flags',
  ],
  ...[
    'all',
    'all_noedns',
    'ttl',
    'DO',
    'CO',
    'noedns',
    'edns',
    'ednsdata',
    'nsid',
    'ede',
    'client_cookie',
    'server_cookie',
  ],
  ...['UDP', 'TCP', 'serial', 'answertypes', 'answerrrsigs'],
])
const ADJUST_WORDS =
  /^(copy_id|copy_query|raw_id|do_not_answer|(packet_)?sleep=[0-9]+|copy_ednsdata_assume_clientsubnet|increment_ecs_scope)$/

const OTHER_RCODE_WORDS: ReadonlyMap<string, number> = new Map([['NOTIMPL', 4]])

/** Reads from behind ENTRY_BEGIN to ENTRY_END. */
export function readEntry(lines: Lines): Entry {
  return new EntryReader(lines).read()
}

type Draft = { message: Message; raw?: Uint8Array; section: keyof Sections | 'questions'; ednsData?: Uint8Array }
type Sections = Pick<Message, 'answer' | 'authority' | 'additional'>

const SECTION_WORDS: ReadonlyMap<string, Draft['section']> = new Map([
  ['QUESTION', 'questions'],
  ['ANSWER', 'answer'],
  ['AUTHORITY', 'authority'],
  ['ADDITIONAL', 'additional'],
] as const)

class EntryReader {
  readonly #lines: Lines
  readonly #line: number
  readonly #match: MatchWord[] = []
  readonly #adjust = new Set<string>()
  #isMandatory = false
  #draft = newDraft()

  constructor(lines: Lines) {
    this.#lines = lines
    this.#line = lines.number
  }

  read(): Entry {
    const drafts = [this.#draft]
    for (;;) {
      const line = this.#lines.need('ENTRY_END', COMMENT)
      const [word = ''] = line.split(/\s/)
      if (word.startsWith('ENTRY_END')) break
      if (OUTSIDE.test(word)) this.#lines.fail(`no ENTRY_END for the entry at line ${this.#line}`)
      if (word === 'EXTRA_PACKET') {
        this.#draft = newDraft()
        drafts.push(this.#draft)
      } else this.#take(word, line)
    }
    const [first, ...rest] = drafts.map((draft) => packetOf(draft, this.#lines))
    if (first === undefined) return this.#lines.fail('an entry without a packet')
    return {
      line: this.#line,
      match: this.#match,
      adjust: this.#adjust,
      packets: [first, ...rest],
      isMandatory: this.#isMandatory,
    }
  }

  #take(word: string, line: string): void {
    switch (word) {
      case 'MATCH':
        for (const text of wordsOf(line)) {
          const [name = '', value] = text.split('=', 2)
          if (!MATCH_WORDS.has(name)) this.#lines.fail(`unknown word '${name}' of MATCH`)
          this.#match.push(value === undefined ? { word: name } : { word: name, value })
        }
        return
      case 'REPLY':
      case 'FLAGS':
        for (const text of wordsOf(line)) this.#header(text)
        return
      case 'ADJUST':
        for (const text of wordsOf(line)) {
          if (!ADJUST_WORDS.test(text)) this.#lines.fail(`unknown word '${text}' of ADJUST`)
          this.#adjust.add(text)
        }
        return
      case 'SECTION':
        this.#draft.section = SECTION_WORDS.get(wordsOf(line)[0] ?? '') ?? this.#lines.fail(`unknown section: ${line}`)
        return
      case 'MANDATORY':
        this.#isMandatory = true
        return
      case 'HEX_ANSWER_BEGIN':
        this.#raw(hexBlock(this.#lines, 'HEX_ANSWER_END'))
        return
      case 'HEX_EDNSDATA_BEGIN':
        this.#draft.ednsData = hexBlock(this.#lines, 'HEX_EDNSDATA_END')
        return
      case 'RAW':
        this.#raw(octetsOf(this.#lines.need('hexadecimal', COMMENT), this.#lines))
        return
      default:
        this.#record(line)
    }
  }

  /** Takes octets instead of sections; where they can be read, the message is theirs. */
  #raw(octets: Uint8Array): void {
    this.#draft.raw = octets
  }

  #header(word: string): void {
    const { header, edns } = this.#draft.message
    const flag = HEADER_FLAGS.find(([name]) => name === word.toLowerCase())
    const rcode = OTHER_RCODE_WORDS.get(word) ?? rcodeNumber(word)
    const opcode = opcodeNumber(word)
    if (flag !== undefined) header[flag[0]] = true
    else if (word === 'DO' || word === 'CO') {
      const before = edns ?? newEdns()
      if (word === 'DO') before.dnssecOk = true
      else before.flags |= EDNS_CO
      this.#draft.message.edns = before
    } else if (opcode >= 0) header.opcode = opcode
    else if (rcode >= 0) header.rcode = rcode
    else this.#lines.fail(`unknown word '${word}' of a header`)
  }

  #record(line: string): void {
    const { message, section } = this.#draft
    const origin = /^\$ORIGIN\s+(\S+)/.exec(line)?.[1]
    const ttl = /^\$TTL\s+([0-9]+)/.exec(line)?.[1]
    try {
      if (origin !== undefined) this.#lines.origin = Name.parse(origin, Name.parse(this.#lines.origin)).toString()
      else if (ttl !== undefined) this.#lines.ttl = Number(ttl)
      else if (section === 'questions') message.questions.push(readQuestion(line, this.#lines))
      else message[section].push(readRecord(line, this.#lines))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new ScenarioError(`${error.message}: ${line.slice(0, 80)}`, this.#lines.number)
    }
  }
}

function newDraft(): Draft {
  const message: Message = { header: headerOf(0, 0), questions: [], answer: [], authority: [], additional: [] }
  return { message, section: 'questions' }
}

function newEdns(): Edns {
  return { udpSize: UDP_SIZE, version: 0, dnssecOk: false, flags: 0, options: [] }
}

function packetOf({ message, raw, ednsData }: Draft, lines: Lines): Packet {
  if (ednsData !== undefined) {
    message.edns ??= newEdns()
    try {
      message.edns.options = decodeOptions(ednsData, 0, ednsData.length)
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      lines.fail(`options that cannot be read: ${error.message}`)
    }
  }
  if (raw === undefined) return { message }
  return { message: message.questions.length > 0 ? message : (readable(raw) ?? message), raw }
}

function readable(raw: Uint8Array): Message | undefined {
  try {
    return decodeMessage(raw)
  } catch (error) {
    if (error instanceof DnsError) return undefined
    throw error
  }
}

/** Words behind the first one, up to a comment. */
function wordsOf(line: string): string[] {
  return line
    .replace(/[;#].*$/, '')
    .trim()
    .split(/\s+/)
    .slice(1)
}

function hexBlock(lines: Lines, end: string): Uint8Array {
  return octetsOf(
    lines
      .block(end)
      .map((line) => line.replace(/;.*$/, ''))
      .join(''),
    lines,
  )
}

function octetsOf(hex: string, lines: Lines): Uint8Array {
  const digits = hex.replaceAll(/\s/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) lines.fail('no hexadecimal octets')
  return Uint8Array.fromHex(digits)
}
