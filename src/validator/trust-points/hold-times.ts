/** How long an anchor stays in a state before the next (RFC 5011 §2.4). */
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import type { PointAnchor } from './trust-point.ts'

const DAY_SECONDS = 86_400
/** RFC 5011 §2.4.1, §2.4.2. */
export const ADD_HOLD_SECONDS: number = 30 * DAY_SECONDS
export const REMOVE_HOLD_SECONDS: number = 30 * DAY_SECONDS
/** An anchor that was not seen for so long is given up, as long as there is another. No RFC says so; a year is what others wait. */
export const MISSING_SECONDS: number = 366 * DAY_SECONDS

/** When an anchor may come into its next state at the earliest, by time alone; undefined of one that only the zone can move. */
export function nextStateAt(anchor: PointAnchor): SteadySeconds | undefined {
  switch (anchor.state) {
    case 'AddPend':
      return anchor.since + anchor.holdSeconds
    case 'Missing':
      return anchor.since + MISSING_SECONDS
    case 'Revoked':
      return anchor.since + REMOVE_HOLD_SECONDS
    default:
      return undefined
  }
}
