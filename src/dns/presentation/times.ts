/**
 * Durations and instants in presentation format: TTLs with units (`1w2d3h4m5s`, RFC 2308 §4 practice of master files), and the
 * times of RRSIG, SIG and TKEY (RFC 4034 §3.2: YYYYMMDDHHmmSS in UTC, or seconds since 1970).
 */
import type { TextWriter } from './text-writer.ts'
import type { Tokens } from './tokens.ts'

declare const CLOCK: unique symbol

/**
 * Seconds since 1970-01-01T00:00:00Z by the wall clock, which people and NTP set forward and back: what is stored, what signatures
 * are held to. The mark exists for the compiler alone: it keeps a time of one clock from where one of the other is needed.
 */
export type UnixSeconds = number & { readonly [CLOCK]?: 'wall' }

/**
 * Seconds of the steady clock, which only advances: what is waited for. It agreed with the wall clock when the process started,
 * and no longer does once that was set.
 */
export type SteadySeconds = number & { readonly [CLOCK]?: 'steady' }

/** RFC 2181 §8: a TTL is at most 2^31 - 1. */
export const MAX_TTL = 0x7fffffff

function unitSeconds(octet: number): number {
  switch (octet | 0x20) {
    case 0x73:
      return 1
    case 0x6d:
      return 60
    case 0x68:
      return 3600
    case 0x64:
      return 86400
    case 0x77:
      return 604800
    default:
      return 0
  }
}

/** Seconds that a token of digits and units stands for, or -1 when it is no duration, or one beyond 2^32 - 1. */
export function durationOf(tokens: Tokens, token: number): number {
  const { text } = tokens
  const end = tokens.ends[token]!
  let at = tokens.starts[token]!
  if (at === end || tokens.flags[token] !== 0) return -1
  let total = 0
  let value = 0
  let digits = 0
  for (; at < end; at++) {
    const digit = text[at]! - 0x30
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digits++
      if (value > 0xffffffff) return -1
      continue
    }
    const unit = unitSeconds(text[at]!)
    if (unit === 0 || digits === 0) return -1
    total += value * unit
    value = 0
    digits = 0
  }
  total += value
  return total > 0xffffffff ? -1 : total
}

/** Takes a TTL, with or without units. */
export function readTtl(tokens: Tokens, what: string): number {
  const token = tokens.next(what)
  const seconds = durationOf(tokens, token)
  if (seconds < 0) tokens.fail(`expected ${what} (seconds, or a duration such as 1h30m), found '${tokens.show(token)}'`)
  return seconds
}

/** Takes a time of an RRSIG and returns it modulo 2^32, as the wire carries it. */
export function readTime(tokens: Tokens, what: string): number {
  const token = tokens.next(what)
  const length = tokens.ends[token]! - tokens.starts[token]!
  const value = length === 14 ? calendarTime(tokens, token) : tokens.decimal(token, 0xffffffff)
  if (value < 0) tokens.fail(`expected ${what} (YYYYMMDDHHMMSS or seconds since 1970), found '${tokens.show(token)}'`)
  return value % 0x100000000
}

/** Dates read lately, as numbers YYYYMMDD by their lowest bits, and their first seconds. */
const datesRead = new Int32Array(32).fill(-1)
const midnights = new Float64Array(32)

function calendarTime(tokens: Tokens, token: number): number {
  const { text } = tokens
  const at = tokens.starts[token]!
  let date = 0
  for (let i = 0; i < 8; i++) {
    const digit = text[at + i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    date = date * 10 + digit
  }
  let clock = 0
  for (let i = 8; i < 14; i++) {
    const digit = text[at + i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    clock = clock * 10 + digit
  }
  const slot = date & 31
  if (datesRead[slot] !== date) {
    midnights[slot] = calendarSeconds((date / 10000) | 0, ((date / 100) | 0) % 100, date % 100, 0, 0, 0)
    datesRead[slot] = date
  }
  const hour = (clock / 10000) | 0
  const minute = ((clock / 100) | 0) % 100
  const second = clock % 100
  const midnight = midnights[slot]!
  if (midnight < 0 || hour > 23 || minute > 59 || second > 60) return -1
  return midnight + (hour * 60 + minute) * 60 + second
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Seconds since 1970 of a date in UTC (proleptic Gregorian), or -1 when there is no such moment since 1970. */
export function calendarSeconds(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): UnixSeconds {
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > DAYS_IN_MONTH[month - 1]!) return -1
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (month === 2 && day === 29 && !leap) return -1
  if (hour > 23 || minute > 59 || second > 60) return -1
  const leapDays = (y: number): number => Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  const days =
    (year - 1970) * 365 +
    leapDays(year - 1) -
    leapDays(1969) +
    DAYS_BEFORE_MONTH[month - 1]! +
    (leap && month > 2 ? 1 : 0) +
    day -
    1
  return ((days * 24 + hour) * 60 + minute) * 60 + second
}

/** Days written lately, by their lowest bits: a zone's signatures begin and end on few days. */
const REMEMBERED = 32
const rememberedDays = new Int32Array(REMEMBERED).fill(-1)
const dates = new Uint8Array(REMEMBERED * 8)

/** Writes YYYYMMDDHHmmSS. */
export function writeTime(seconds: UnixSeconds, out: TextWriter): void {
  const day = Math.floor(seconds / 86400)
  const slot = day & (REMEMBERED - 1)
  if (rememberedDays[slot] !== day) rememberDay(day, slot)
  const rest = seconds - day * 86400
  const hour = (rest / 3600) | 0
  const minute = ((rest - hour * 3600) / 60) | 0
  out.ensure(14)
  const target = out.octets
  let at = out.length
  for (let i = slot * 8; i < slot * 8 + 8; i++) target[at++] = dates[i]!
  at = twoDigits(hour, target, at)
  at = twoDigits(minute, target, at)
  out.length = twoDigits(rest - hour * 3600 - minute * 60, target, at)
}

/** `2026-11-22 00:00:00 UTC`, for people. */
export function showTime(seconds: UnixSeconds): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function twoDigits(value: number, target: Uint8Array, at: number): number {
  const tens = (value / 10) | 0
  target[at] = 0x30 + tens
  target[at + 1] = 0x30 + value - tens * 10
  return at + 2
}

function rememberDay(day: number, slot: number): void {
  const { year, month, dayOfMonth } = calendarDay(day)
  twoDigits(Math.floor(year / 100), dates, slot * 8)
  twoDigits(year % 100, dates, slot * 8 + 2)
  twoDigits(month, dates, slot * 8 + 4)
  twoDigits(dayOfMonth, dates, slot * 8 + 6)
  rememberedDays[slot] = day
}

/** The date of the day that is `day` days after 1970-01-01 (years from 1970 to 9999). */
export function calendarDay(day: number): { year: number; month: number; dayOfMonth: number } {
  let year = 1970 + Math.floor(day / 365.2425)
  while (dayOf(year + 1) <= day) year++
  while (dayOf(year) > day) year--
  let month = 1
  while (month < 12 && dayOf(year, month + 1) <= day) month++
  return { year, month, dayOfMonth: day - dayOf(year, month) + 1 }
}

function dayOf(year: number, month = 1): number {
  return calendarSeconds(year, month, 1, 0, 0, 0) / 86400
}
