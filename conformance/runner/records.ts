/** Records and questions of replay files: a line each, `owner [TTL] [class] type RDATA`. The RDATA is read by the product where it can be. */
import { Name } from '../../src/dns/name/index.ts'
import { typeNumber } from '../../src/dns/rr/index.ts'
import type { MessageRecord, Question } from '../../src/dns/wire/index.ts'
import { parseLooseRdata } from './loose-rdata.ts'

export type RecordDefaults = { readonly origin: string; readonly ttl: number }

const CLASSES: ReadonlyMap<string, number> = new Map([
  ['IN', 1],
  ['CH', 3],
  ['CHAOS', 3],
  ['HS', 4],
  ['NONE', 254],
  ['ANY', 255],
])

/** Reads a record; what the line leaves open has the default. Throws DnsError or TextError when it is none. */
export function readRecord(line: string, { origin, ttl: defaultTtl }: RecordDefaults): MessageRecord {
  const base = Name.parse(origin)
  const { owner, words, rest } = head(line)
  let ttl = defaultTtl
  let rrClass = 1
  for (const word of words.slice(0, -1)) {
    if (/^[0-9]/.test(word)) ttl = seconds(word)
    else rrClass = classOf(word) ?? 1
  }
  const type = typeOf(words.at(-1) ?? '')
  const rdata = rest === '' && rrClass > 253 ? new Uint8Array(0) : parseLooseRdata(type, rest, base)
  return { owner: ownerName(owner, base), type, class: rrClass, ttl, rdata }
}

/** Reads `owner [class] type`. */
export function readQuestion(line: string, { origin }: RecordDefaults): Question {
  const [owner = '', ...words] = line.replace(/;.*$/, '').trim().split(/\s+/)
  const type = words.pop() ?? ''
  const rrClass = words.map(classOf).find((number) => number !== undefined) ?? 1
  return { name: ownerName(owner, Name.parse(origin)), type: typeOf(type), class: rrClass }
}

/** The words up to the type, and the text behind it. */
function head(line: string): { owner: string; words: string[]; rest: string } {
  const pattern = /\S+/g
  const owner = pattern.exec(line)?.[0] ?? ''
  const words: string[] = []
  for (let found = pattern.exec(line); found !== null; found = pattern.exec(line)) {
    words.push(found[0])
    if (!/^[0-9]+[0-9smhdw]*$/i.test(found[0]) && classOf(found[0]) === undefined) break
  }
  return { owner, words, rest: line.slice(pattern.lastIndex).trim() }
}

function ownerName(text: string, origin: Name): Name {
  return text === '@' ? origin : Name.parse(text, origin)
}

function classOf(word: string): number | undefined {
  const upper = word.toUpperCase()
  const number = /^CLASS([0-9]{1,5})$/.exec(upper)?.[1]
  return number === undefined ? CLASSES.get(upper) : Number(number)
}

function typeOf(word: string): number {
  const type = typeNumber(word.toUpperCase())
  if (type < 0) throw new Error(`unknown record type '${word}'`)
  return type
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

function seconds(word: string): number {
  let sum = 0
  for (const [, digits, unit = 's'] of word.toLowerCase().matchAll(/([0-9]+)([smhdw]?)/g)) {
    sum += Number(digits) * (UNITS[unit] ?? 1)
  }
  return sum
}
