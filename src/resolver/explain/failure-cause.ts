/** What failed resolutions have in common: the zone that is to blame, and why. */
import type { Name } from '../../dns/name/index.ts'
import type { Resolution } from '../resolution.ts'
import { type CauseCode, isCauseCode } from './remedies.ts'

/** `zoneInCharge`: the zone that is to answer for a name, as far as delegations are known. */
export function causeOf(
  { security, verdict, failure, attempt }: Resolution,
  name: Name,
  zoneInCharge: (name: Name) => Name,
): { readonly zone: Name; readonly cause: CauseCode } {
  const failed = attempt?.name ?? name
  const reason = security === 'bogus' ? verdict?.reason : undefined
  if (reason !== undefined && isCauseCode(reason)) {
    return { zone: verdict?.zone ?? zoneInCharge(failed), cause: reason }
  }
  const zone = failure?.zone ?? zoneInCharge(failed)
  if (failure?.isSilence === true) return { zone, cause: 'no-reply' }
  if (attempt?.exhausted !== undefined) return { zone, cause: 'work-exceeded' }
  return { zone, cause: failure === undefined ? 'other' : 'no-usable-answer' }
}
