/** The timers of a secondary zone: those of its SOA (RFC 1034 §4.3.5) within bounds, the expire timer with EDNS EXPIRE (RFC 7314). */
import { readU32 } from '../dns/octets.ts'
import { type Serial, soaSerial } from '../dns/serial.ts'
import type { Random, SteadySeconds } from '../ports/index.ts'

/** What a SOA says to secondaries. */
export type SoaTimers = {
  readonly serial: Serial
  readonly refreshSeconds: number
  readonly retrySeconds: number
  readonly expireSeconds: number
}

export type SecondarySettings = {
  /** Bounds of what the SOA asks for, so that neither a flood nor years of silence come of it. */
  readonly refreshBounds: readonly [minSeconds: number, maxSeconds: number]
  readonly retryBounds: readonly [minSeconds: number, maxSeconds: number]
  readonly expireBounds: readonly [minSeconds: number, maxSeconds: number]
  /** First pause after a failure while there is no zone and so no SOA; doubled with each further one, up to the second. */
  readonly emptyRetrySeconds: readonly [first: number, most: number]
  /** First pause of a primary whose transfer cannot be used; doubled with each further one, up to the second. */
  readonly pauseSeconds: readonly [first: number, most: number]
  /** Part of an interval by which it may be shortened at random: secondaries of many zones spread out. */
  readonly jitter: number
  /** A persisted zone is checked within this time after the start. */
  readonly startSpreadSeconds: number
  /** Whether to ask for differences before the whole zone. */
  readonly ixfr: boolean
}

const DAY = 86400

export const DEFAULT_SECONDARY_SETTINGS: SecondarySettings = {
  refreshBounds: [2, 28 * DAY],
  retryBounds: [1, 14 * DAY],
  expireBounds: [3, 168 * DAY],
  emptyRetrySeconds: [5, 3600],
  pauseSeconds: [1, 300],
  jitter: 0.1,
  startSpreadSeconds: 5,
  ixfr: true,
}

/** The timers in well-formed SOA RDATA. */
export function soaTimers(rdata: Uint8Array, rdataEnd: number = rdata.length): SoaTimers {
  return {
    serial: soaSerial(rdata, rdataEnd),
    refreshSeconds: readU32(rdata, rdataEnd - 16),
    retrySeconds: readU32(rdata, rdataEnd - 12),
    expireSeconds: readU32(rdata, rdataEnd - 8),
  }
}

export function clamp(seconds: number, [min, max]: readonly [number, number]): number {
  return Math.min(Math.max(seconds, min), max)
}

/** An interval, shortened at random by up to the jitter's part of it; at least a second. */
export function jittered(seconds: number, random: Random, settings: SecondarySettings): number {
  return Math.max(1, Math.round(seconds * (1 - settings.jitter * fraction(random))))
}

/** A random number from 0 to below 1. */
export function fraction(random: Random): number {
  return readU32(random.bytes(4), 0) / 0x100000000
}

export function refreshInterval(timers: SoaTimers, random: Random, settings: SecondarySettings): number {
  return jittered(clamp(timers.refreshSeconds, settings.refreshBounds), random, settings)
}

export function retryInterval(timers: SoaTimers, random: Random, settings: SecondarySettings): number {
  return jittered(clamp(timers.retrySeconds, settings.retryBounds), random, settings)
}

/** The pause after the `failures`-th round in which no primary gave a zone, while there is none. */
export function emptyInterval(failures: number, random: Random, settings: SecondarySettings): number {
  return growing(settings.emptyRetrySeconds, failures, random, settings)
}

/** The pause of a primary after its `failures`-th transfer in a row that cannot be used. */
export function pauseInterval(failures: number, random: Random, settings: SecondarySettings): number {
  return growing(settings.pauseSeconds, failures, random, settings)
}

function growing(
  [first, most]: readonly [number, number],
  failures: number,
  random: Random,
  settings: SecondarySettings,
): number {
  return jittered(Math.min(first * 2 ** Math.min(failures - 1, 30), most), random, settings)
}

/**
 * When a zone expires that was found good now. `edns`: what the primary's EXPIRE option said. After a transfer it replaces the
 * SOA's value; after a check it may only move the moment that was set before further away; the SOA's value is always the most
 * (RFC 7314 §4).
 */
export function expiryAfter(
  timers: SoaTimers,
  now: SteadySeconds,
  edns: number | undefined,
  before: SteadySeconds | undefined,
  settings: SecondarySettings,
): SteadySeconds {
  const most = now + clamp(timers.expireSeconds, settings.expireBounds)
  if (edns === undefined) return most
  const asked = now + edns
  return Math.min(most, before === undefined ? asked : Math.max(asked, before))
}
