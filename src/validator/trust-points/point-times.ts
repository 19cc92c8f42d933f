/**
 * Times of trust points from one clock to the other. While the server runs, hold-down times are waited for by the steady clock:
 * a wall clock that is set forward ends none early, one that is set back prolongs none. Stored, they are times of the wall clock,
 * the only one that a restart knows.
 */

import type { SteadySeconds, UnixSeconds } from '../../dns/presentation/index.ts'
import type { Instant } from '../../ports/index.ts'
import type { PointAnchor, TrustPoint } from './trust-point.ts'

/** A trust point as it is stored, and as people read it. */
export type StoredTrustPoint = TrustPoint<UnixSeconds>

/** How far the wall clock is ahead of the steady one: now, and at most since the start of the server. */
export type WallAhead = { readonly now: number; readonly most: number }

/**
 * The point as it is stored. The beginning of a state is stored as the latest that the wall clock would have called it: whichever
 * of its times was right, no restart finds a hold-down time that is over early.
 */
export function storePoint(point: TrustPoint, ahead: WallAhead): StoredTrustPoint {
  return { ...showPoint(point, ahead.now), anchors: point.anchors.map((anchor) => shiftAnchor(anchor, ahead.most)) }
}

/** The point with times of the wall clock, for people. */
export function showPoint(point: TrustPoint, ahead: number): StoredTrustPoint {
  const shift = (time: SteadySeconds): UnixSeconds => shiftTime(time, ahead)
  const { anchors, lastQueried, lastSuccess, nextProbe } = point
  return {
    ...point,
    anchors: anchors.map((anchor) => shiftAnchor(anchor, ahead)),
    lastQueried: shift(lastQueried),
    lastSuccess: shift(lastSuccess),
    nextProbe: shift(nextProbe),
  }
}

/**
 * The point as it was stored, by the steady clock. What lies ahead of a wall clock that was set back is clamped: the past to now,
 * the next look at the zone's keys to as far ahead as one is ever planned.
 */
export function loadPoint(point: StoredTrustPoint, { wall, steady }: Instant): TrustPoint {
  const past = (time: UnixSeconds): SteadySeconds => shiftTime(Math.min(time, wall), steady - wall)
  const { anchors, lastQueried, lastSuccess, nextProbe, querySeconds } = point
  return {
    ...point,
    anchors: anchors.map((anchor) => ({ ...anchor, since: past(anchor.since) })),
    lastQueried: past(lastQueried),
    lastSuccess: past(lastSuccess),
    nextProbe: shiftTime(Math.min(nextProbe, wall + querySeconds), steady - wall),
  }
}

function shiftAnchor(anchor: PointAnchor, seconds: number): PointAnchor<UnixSeconds> {
  return { ...anchor, since: shiftTime(anchor.since, seconds) }
}

/** 0 means never, on either clock; what was before either of them began counts as their first second. */
function shiftTime(time: number, seconds: number): number {
  return time === 0 ? 0 : Math.max(1, time + seconds)
}
