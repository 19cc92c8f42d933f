/**
 * PowerDNS' regression tests as data: `command` says what is asked, `expected_result` and its variants for a way of signing what
 * is answered. A line of a result is section, owner, TTL, class, type and RDATA; then come RCODE and flags, then the question.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AnswerText, type Hiding, parseRecordLine, recordLine } from './answer-text.fixture.ts'

export const MODES = ['plain', 'nsec', 'nsec3', 'nsec3-optout'] as const
export type Mode = (typeof MODES)[number]

/** Variants of a result, the one that holds first. */
const VARIANTS: Readonly<Record<Mode, readonly string[]>> = {
  plain: [],
  nsec: ['.dnssec'],
  nsec3: ['.nsec3', '.dnssec'],
  'nsec3-optout': ['.nsec3-optout', '.nsec3', '.dnssec'],
}
/** Files that say that a test is not for a mode. */
const SKIP_FILES: Readonly<Record<Mode, readonly string[]>> = {
  plain: ['skip.nodnssec'],
  nsec: [],
  nsec3: ['skip.nsec3'],
  'nsec3-optout': ['skip.nsec3', 'skip.optout'],
}

export type CaseQuery = {
  readonly name: string
  readonly type: string
  readonly dnssec: boolean
  readonly tcp: boolean
  readonly hiding: Hiding
}

export type CaseAnswer = AnswerText & {
  readonly hasEdns: boolean
  /** Only the NSEC and NSEC3 records of the answer are told; RCODE and flags are not. */
  readonly denialOnly: boolean
}

/** The tests that ask and do not change anything. */
export function caseNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'command')))
    .filter((name) => !name.includes('dyndns') && name !== '00dnssec-grabkeys')
    .sort()
}

/** Whether the test is one for this way of signing. */
export function isFor(folder: string, name: string, mode: Mode): boolean {
  return SKIP_FILES[mode].every((file) => !existsSync(join(folder, name, file)))
}

/** What is asked, in order. */
export function caseQueries(folder: string, name: string): CaseQuery[] {
  const lines = readFileSync(join(folder, name, 'command'), 'utf8').split('\n')
  return lines
    .map((line) => line.trim().replace(/^\w+=\S+ /, ''))
    .filter((line) => line.startsWith('cleandig '))
    .map((line) => {
      const [command = ''] = line.split('|')
      const [, asked = '', type = '', ...options] = command.trim().split(/\s+/)
      const has = (option: string): boolean => options.includes(option)
      const hiding = { signatures: true, optOut: !has('showflags'), ttls: has('hidettl') }
      return { name: asked, type: type.toUpperCase(), dnssec: has('dnssec'), tcp: has('tcp'), hiding }
    })
}

/** What is answered, in the order of the queries. */
export function caseAnswers(folder: string, name: string, mode: Mode, queries: readonly CaseQuery[]): CaseAnswer[] {
  const file = ['', ...VARIANTS[mode].toReversed()]
    .map((variant) => join(folder, name, `expected_result${variant}`))
    .findLast((path) => existsSync(path))
  if (file === undefined) throw new Error(`${name} has no result for ${mode}`)
  const answers: CaseAnswer[] = []
  let lines: string[] = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.startsWith('Reply to question')) {
      answers.push(readReply(lines, queries[answers.length]))
      lines = []
    } else if (line !== '') lines.push(line)
  }
  if (lines.length > 0) answers.push(readReply(lines, queries[answers.length]))
  return answers
}

const RCODE_WORDS: Readonly<Record<string, string>> = {
  '0': 'NOERROR',
  '2': 'SERVFAIL',
  '3': 'NXDOMAIN',
  '4': 'NOTIMP',
  '5': 'REFUSED',
  '6': 'YXDOMAIN',
  '9': 'NOTAUTH',
}

function readReply(lines: readonly string[], query: CaseQuery | undefined): CaseAnswer {
  const hiding = query?.hiding ?? { signatures: true }
  const sections: [string[], string[], string[]] = [[], [], []]
  let hasEdns = false
  let rcode = ''
  let flags = ''
  for (const line of lines) {
    const status = /^Rcode: (\d+) .*TC: (\d), AA: (\d)/.exec(line)
    if (status !== null) {
      rcode = RCODE_WORDS[status[1] ?? ''] ?? `RCODE${status[1]}`
      flags = [status[3] === '1' ? 'aa' : '', status[2] === '1' ? 'tc' : ''].join(' ').trim()
      continue
    }
    const [section = '', owner = '', ttl = '', , type = '', ...rdata] = line.split('\t')
    if (type === 'OPT') hasEdns = true
    else sections[sectionNumber(section)].push(expectedLine(owner, ttl, type, rdata.join(' '), hiding))
  }
  const [answer, authority, additional] = sections.map((section) => [...new Set(section)].sort())
  return {
    rcode,
    flags,
    answer: answer ?? [],
    authority: authority ?? [],
    additional: additional ?? [],
    hasEdns,
    denialOnly: rcode === '',
  }
}

function sectionNumber(text: string): 0 | 1 | 2 {
  return text === '0' ? 0 : text === '1' ? 1 : 2
}

/** A line in the words of the comparison. What PowerDNS' text hides cannot be read as a record, and is brought into shape here. */
function expectedLine(owner: string, ttl: string, type: string, rdata: string, hiding: Hiding): string {
  const isKeyRecord = /^(DNSKEY|NSEC3PARAM|CDS|CDNSKEY)$/
  if (type === 'RRSIG') {
    const words = rdata.split(' ')
    const chosen = isKeyRecord.test(words[0] ?? '')
    if (chosen) words[3] = '[ttl]'
    return `${owner} ${chosen || hiding.ttls ? '[ttl]' : ttl} RRSIG ${words.join(' ')}`.toLowerCase()
  }
  if (type === 'DNSKEY') return `${owner} [ttl] DNSKEY ${rdata}`.toLowerCase()
  const shownTtl = /^\d+$/.test(ttl) ? ttl : '0'
  const flagged = type === 'NSEC3' && rdata.includes('[flags]')
  const record = parseRecordLine(`${owner} ${shownTtl} IN ${type} ${flagged ? rdata.replace('[flags]', '0') : rdata}`)
  return recordLine(record, { ...hiding, optOut: flagged || hiding.optOut === true })
}
