/** The names at which the signing of a change differs: those that it touches, and those that it occludes or uncovers. */
import type { Name } from '../dns/name/index.ts'
import type { ChangedZone, ZoneView } from '../zone/index.ts'
import { occluderOf, occludesBelow } from './view-rules.ts'

/** In canonical order. */
export function affectedNames(before: ZoneView, after: ChangedZone): Name[] {
  const names = new Map<string, Name>()
  let expanded: Name | undefined
  for (const name of after.touched) {
    names.set(name.key, name)
    // What is below a name that was expanded is among the names already.
    if (expanded !== undefined && name.isAtOrBelow(expanded)) continue
    if (occludesBelow(before, name) === occludesBelow(after, name)) continue
    if (occluderOf(before, name) !== undefined && occluderOf(after, name) !== undefined) continue
    expanded = name
    let below = before.nameAfter(name)
    while (below?.isAtOrBelow(name)) {
      names.set(below.key, below)
      below = before.nameAfter(below)
    }
  }
  return [...names.values()].sort((a, b) => a.compareTo(b))
}
