/** The names at which the signing of a change differs: those that it touches, and those that it occludes or uncovers. */
import type { Name } from '../dns/name/index.ts'
import { type ChangedZone, type Steps, sortInSteps, type ZoneView } from '../zone/index.ts'
import { Pace } from './in-steps.ts'
import { occluderOf, occludesBelow } from './view-rules.ts'

/** In canonical order. */
export function* affectedNames(before: ZoneView, after: ChangedZone): Steps<Name[]> {
  const names = new Map<string, Name>()
  const pace = new Pace()
  let expanded: Name | undefined
  for (const name of after.touched) {
    if (pace.isDue()) yield
    names.set(name.key, name)
    // What is below a name that was expanded is among the names already.
    if (expanded !== undefined && name.isAtOrBelow(expanded)) continue
    if (occludesBelow(before, name) === occludesBelow(after, name)) continue
    if (occluderOf(before, name) !== undefined && occluderOf(after, name) !== undefined) continue
    expanded = name
    let below = before.nameAfter(name)
    while (below?.isAtOrBelow(name)) {
      if (pace.isDue()) yield
      names.set(below.key, below)
      below = before.nameAfter(below)
    }
  }
  return yield* sortInSteps([...names.values()], (a, b) => a.compareTo(b))
}
