/** What a master file and changes by other ways come to. */
import { applyChange, diffZones, mergeFile, walkZone, type Zone, type ZoneChange } from '../zone/index.ts'
import type { Conflicts } from './version-task.ts'

export type Merged =
  /** Both in one. `change`: from the live version to it; undefined when that is the same. */
  { readonly zone: Zone; readonly change: ZoneChange | undefined } | { readonly conflicts: Conflicts }

const NO_MACHINE_MADE: ReadonlySet<number> = new Set()

/** `base`: the file as it was last taken; `live`: what other ways made of it since. */
export function mergeLive(file: Zone, base: Zone, live: Zone): Merged {
  const changes = diffZones(base, live)
  if (changes === undefined) return { zone: file, change: diffZones(live, file) }
  const merge = mergeFile({ base, file, live: changes, machineMade: NO_MACHINE_MADE })
  if (merge.kind === 'conflicts') {
    const details = merge.conflicts.map(({ owner, type, kind }) => `${owner} ${type}: ${kind}`)
    return { conflicts: { count: merge.count, details } }
  }
  const { change } = merge
  return change === undefined
    ? { zone: live, change: undefined }
    : { zone: applyChange(walkZone(live), change), change }
}
