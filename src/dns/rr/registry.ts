/**
 * The record types that are declared, by number and by mnemonic. Types without a declaration are handled by RFC 3597: their
 * mnemonic is TYPE and a number, their RDATA opaque octets.
 *
 * Mnemonics are looked up from octets, since that happens for every record of a zone file.
 */
import type { Tokens } from '../presentation/index.ts'
import type { RecordType } from './record-type.ts'

/** Types below this number are found in an array without holes; one with them is looked up as slowly as a map. */
const LOW = 512
const lowTypes: (RecordType | undefined)[] = new Array<RecordType | undefined>(LOW).fill(undefined)
const highTypes = new Map<number, RecordType>()
const mnemonics = new Map<number, string>()

/** Upper-case mnemonics by a hash of their octets; the slots hold index + 1 into `words`. */
const SLOTS = 1024
const slots = new Uint16Array(SLOTS)
const words: { word: string; number: number }[] = []

function hashOf(octetAt: (i: number) => number, length: number): number {
  let hash = length
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + octetAt(i)) | 0
  return (hash ^ (hash >>> 10)) & (SLOTS - 1)
}

/** Makes a mnemonic known. A type may have several; the first given is the one that is printed. */
export function registerMnemonic(number: number, word: string): void {
  if (!mnemonics.has(number)) mnemonics.set(number, word)
  words.push({ word, number })
  let slot = hashOf((i) => word.charCodeAt(i), word.length)
  while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
  slots[slot] = words.length
}

export function registerType(type: RecordType): void {
  if (recordType(type.number) !== undefined) throw new Error(`type ${type.number} is declared twice`)
  if (type.number < LOW) lowTypes[type.number] = type
  else highTypes.set(type.number, type)
  registerMnemonic(type.number, type.mnemonic)
  for (const alias of type.declaration.aliases ?? []) registerMnemonic(type.number, alias)
}

/** The declared type of this number, or undefined. */
export function recordType(number: number): RecordType | undefined {
  return number < LOW ? lowTypes[number] : highTypes.get(number)
}

/** All declared types, in the order of their numbers. */
export function recordTypes(): RecordType[] {
  const types = [...lowTypes, ...highTypes.values()].filter((type) => type !== undefined)
  return types.sort((a, b) => a.number - b.number)
}

/** `MX`, or `TYPE65280` for a type without a mnemonic (RFC 3597 §5). */
export function typeMnemonic(number: number): string {
  return mnemonics.get(number) ?? `TYPE${number}`
}

/** The number that a mnemonic (in any case) or TYPEnnn stands for, or -1. */
export function typeNumber(word: string): number {
  const upper = word.toUpperCase()
  const slot = findWord((i) => upper.charCodeAt(i), upper.length)
  if (slot >= 0) return slot
  return /^TYPE[0-9]{1,5}$/.test(upper) && Number(upper.slice(4)) <= 65535 ? Number(upper.slice(4)) : -1
}

/** The type that the word in a token names, or -1. */
export function typeOfToken(tokens: Tokens, token: number): number {
  const { text } = tokens
  const start = tokens.starts[token]!
  const length = tokens.ends[token]! - start
  if (length > 10 || tokens.flags[token] !== 0) return -1
  let hash = length
  for (let i = 0; i < length; i++) {
    const octet = text[start + i]!
    hash = (Math.imul(hash, 31) + (octet >= 0x61 && octet <= 0x7a ? octet - 32 : octet)) | 0
  }
  for (let slot = (hash ^ (hash >>> 10)) & (SLOTS - 1); slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
    const entry = words[slots[slot]! - 1]
    if (entry !== undefined && tokens.is(token, entry.word)) return entry.number
  }
  return length > 4 && (text[start]! | 0x20) === 0x74 ? typeNumber(tokens.string(token)) : -1
}

function findWord(octetAt: (i: number) => number, length: number): number {
  for (let slot = hashOf(octetAt, length); slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
    const entry = words[slots[slot]! - 1]
    if (entry === undefined || entry.word.length !== length) continue
    let i = 0
    while (i < length && entry.word.charCodeAt(i) === octetAt(i)) i++
    if (i === length) return entry.number
  }
  return -1
}
