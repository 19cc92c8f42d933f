/**
 * The instants of a key's life, as BIND's key files carry them (dnssec-settime's terms), and what they say at a moment.
 * A key without any is what tools without timing metadata make of it: published and in use.
 */
import type { UnixSeconds } from '../ports/index.ts'

/** One row an event: our name, the label in `.private` files and `.key` comments. In the order that they are written. */
export const KEY_EVENTS = [
  ['created', 'Created'],
  ['publish', 'Publish'],
  ['activate', 'Activate'],
  ['revoke', 'Revoke'],
  ['inactive', 'Inactive'],
  ['delete', 'Delete'],
  ['dsPublish', 'DSPublish'],
  ['dsRemove', 'DSRemoved'],
  ['syncPublish', 'SyncPublish'],
  ['syncDelete', 'SyncDelete'],
] as const

export type KeyEvent = (typeof KEY_EVENTS)[number][0]

/** When each event was or is due; an absent one is not planned. */
export type KeyTimes = { readonly [event in KeyEvent]?: UnixSeconds }

/** Whether the DNSKEY belongs into the zone at `now`. */
export function isPublishedAt(times: KeyTimes, now: UnixSeconds): boolean {
  if (!hasPlan(times)) return true
  const from = times.publish ?? times.activate
  return from !== undefined && from <= now && !isPast(times.delete, now)
}

/** Whether the key signs at `now`. */
export function isActiveAt(times: KeyTimes, now: UnixSeconds): boolean {
  if (!hasPlan(times)) return true
  return isPast(times.activate, now) && !isPast(times.inactive, now) && !isPast(times.delete, now)
}

function hasPlan(times: KeyTimes): boolean {
  return KEY_EVENTS.some(([event]) => event !== 'created' && times[event] !== undefined)
}

function isPast(instant: UnixSeconds | undefined, now: UnixSeconds): boolean {
  return instant !== undefined && instant <= now
}

/** `YYYYMMDDHHMMSS` in UTC, or undefined when the text is no such instant. */
export function parseKeyTime(text: string): UnixSeconds | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000
  return formatKeyTime(seconds) === text ? seconds : undefined
}

/** The instant as `YYYYMMDDHHMMSS` in UTC. */
export function formatKeyTime(instant: UnixSeconds): string {
  return new Date(instant * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-T:]/g, '')
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The instant as C's ctime writes it, in UTC: `Sun Nov 22 00:34:13 2026`. */
export function describeKeyTime(instant: UnixSeconds): string {
  const date = new Date(instant * 1000)
  const clock = date.toISOString().slice(11, 19)
  const day = String(date.getUTCDate()).padStart(2)
  return `${DAYS[date.getUTCDay()] ?? ''} ${MONTHS[date.getUTCMonth()] ?? ''} ${day} ${clock} ${date.getUTCFullYear()}`
}
