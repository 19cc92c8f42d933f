/** Times as options take them: YYYYMMDDHHMMSS, UNIX seconds, ISO 8601, or relative to now (`+14d`, `-1h`). */
import { DnsError } from '../dns/errors.ts'
import { calendarSeconds, type UnixSeconds } from '../dns/presentation/index.ts'

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  mi: 60,
  h: 3600,
  d: 86400,
  w: 604800,
  mo: 30 * 86400,
  y: 365 * 86400,
}

/** Latest instant that 32 bits hold, as RRSIG records have them. */
const MAX_TIME = 0xffffffff

/** The time at which a command runs: UNIX time in milliseconds. */
export function nowMilliseconds(): number {
  return Date.now()
}

export function now(): UnixSeconds {
  return Math.floor(nowMilliseconds() / 1000)
}

/** Throws DnsError `usage`, which names the option. */
export function parseTime(option: string, text: string, from: UnixSeconds = now()): UnixSeconds {
  const seconds = timeOf(text.trim(), from)
  if (seconds !== undefined && seconds > MAX_TIME) {
    throw new DnsError('usage', `${option}: '${text.slice(0, 40)}' is after 2106-02-07, the last day that 32 bits hold`)
  }
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 0) {
    throw new DnsError(
      'usage',
      `${option}: '${text.slice(0, 40)}' is no time: YYYYMMDDHHMMSS, UNIX seconds, ISO 8601, or relative such as +14d or -1h`,
    )
  }
  return seconds
}

function timeOf(text: string, from: UnixSeconds): number | undefined {
  if (text === 'now') return from
  const relative = /^([+-])([0-9]{1,10})([a-z]{0,2})$/i.exec(text)
  if (relative !== null) {
    const unit = relative[3] === '' ? 1 : UNITS[(relative[3] ?? '').toLowerCase()]
    return unit === undefined ? undefined : from + Number(`${relative[1]}${relative[2]}`) * unit
  }
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (digits !== null) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.slice(1).map(Number)
    return calendarSeconds(year, month, day, hour, minute, second)
  }
  if (/^[0-9]{1,10}$/.test(text)) return Number(text)
  return isoTime(text)
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|([+-])(\d\d):?(\d\d))?)?$/i

/** ISO 8601; UTC where it does not say otherwise, as all forms here. */
function isoTime(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour = 0, minute = 0, second = 0, sign, zoneHours = 0, zoneMinutes = 0] = match
  const local = calendarSeconds(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second))
  if (local < 0) return undefined
  const offset = Number(zoneHours) * 3600 + Number(zoneMinutes) * 60
  return sign === '-' ? local + offset : local - offset
}

/** A duration as options take it: seconds, or a number with a unit (`12h`). Throws DnsError `usage`. */
export function parseDuration(option: string, text: string): number {
  const match = /^([0-9]{1,10})([a-z]{0,2})$/i.exec(text)
  const unit = match?.[2] === '' ? 1 : UNITS[(match?.[2] ?? '').toLowerCase()]
  if (match === null || unit === undefined)
    throw new DnsError('usage', `${option}: '${text.slice(0, 40)}' is no duration such as 3600, 12h or 2d`)
  return Number(match[1]) * unit
}
