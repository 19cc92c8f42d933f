/** The names at which the signing of a change differs: those that it touches, and those that it occludes or uncovers. */
import type { Name } from '../dns/name/index.ts'
import { type ChangedZone, type Steps, sortInSteps, type ZoneView } from '../zone/index.ts'
import { Pace } from './in-steps.ts'
import { occluderOf, occludesBelow } from './view-rules.ts'

/** In canonical order. */
export function* affectedNames(before: ZoneView, after: ChangedZone): Steps<Name[]> {
  const names = new Map<string, Name>()
  const pace = new Pace()
  for (const name of after.touched) {
    names.set(name.key, name)
    if (pace.isDue()) yield
    if (occludesBelow(before, name) === occludesBelow(after, name)) continue
    // What is below an occluded name stays so, or one above it is the one that occludes or uncovers.
    if (occluderOf(before, name) !== undefined || occluderOf(after, name) !== undefined) continue
    let below = before.nameAfter(name)
    while (below?.isAtOrBelow(name)) {
      names.set(below.key, below)
      if (pace.isDue()) yield
      below = before.nameAfter(below)
    }
  }
  return yield* sortInSteps([...names.values()], (a, b) => a.compareTo(b))
}
