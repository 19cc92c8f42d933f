/**
 * Prepares a version of a zone so that nothing is left to do for the thread that publishes it: read or taken from a transfer,
 * arranged, judged, compared with the published version, and written into the image where that is not a small change.
 */
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { openZoneFile, StateReader, type ZoneFileMark, ZoneFileMarker } from '../store/index.ts'
import {
  applyChange,
  buildZone,
  changeFromShared,
  describeWindowsTtl,
  diffZones,
  type ExtentSource,
  findExcess,
  firstSignatureExpiry,
  ImageMemory,
  ImageWalk,
  type LoadedRecords,
  loadRecords,
  RecordTable,
  shareChange,
  stepToSoa,
  walkZone,
  Zone,
  type ZoneChange,
} from '../zone/index.ts'
import { judgeVersion } from './judge-version.ts'
import { type Merged, mergeLive } from './merge-live.ts'
import type { JudgedVersion, PreparedVersion, VersionNote, VersionSource, VersionTask } from './version-task.ts'

/** A change of more records than this is published as a whole version. */
const LARGE_CHANGE = 500

type FileSource = Extract<VersionSource, { kind: 'file' }>

type Arranged = {
  readonly zone: Zone
  readonly loaded?: LoadedRecords
  readonly mark?: ZoneFileMark
  readonly damage?: string
  readonly notes: readonly VersionNote[]
}

/**
 * `extents`: memory of the task's image. `jobs`: workers for signatures. Rejects with DnsError: the file cannot be read, there is no
 * SOA, the change does not fit.
 */
export async function prepareVersion(
  task: VersionTask,
  extents: ExtentSource | undefined,
  jobs: number,
): Promise<PreparedVersion> {
  const apex = Name.fromOctets(task.apex, 0)
  const arranged = arrange(apex, task)
  if (arranged.zone.soa < 0) throw new DnsError('zone-invalid', missingSoa(task.source, apex))
  const judged = await judge(arranged, task, jobs)
  const { source, image } = task
  const isJudgedOnly = source.kind === 'change' && image?.builds !== true
  if (extents === undefined || image === undefined || isJudgedOnly || judged.refusal !== undefined)
    return { ...judged, isSame: false }
  const live = source.kind === 'file' && source.merges !== undefined ? readLive(apex, source.merges) : undefined
  if (live !== undefined) return { ...judged, ...prepareMerged(arranged, live, image.published === 0, extents) }
  const compares = image.published !== 0 && image.compares
  const change = compares ? diffZones(walkPublished(image.buffer, image.published), arranged.zone) : undefined
  if (compares && change === undefined) return { ...judged, isSame: true }
  return { ...judged, isSame: false, ...publishable(arranged.zone, change, change === undefined, extents) }
}

/** A change that is small is told; what is not is written into the image as a whole, and the change is told too. */
function publishable(zone: Zone, change: ZoneChange | undefined, isWhole: boolean, extents: ExtentSource) {
  const isLarge = change !== undefined && change.removed.count + change.added.count > LARGE_CHANGE
  return {
    ...(change !== undefined && { change: shareChange(change) }),
    ...((isWhole || isLarge) && { built: buildZone(extents, zone) }),
  }
}

/** What other ways have made of the file as it was last taken. Undefined when that cannot be read: the file counts alone. */
type LiveChanges = { readonly base: Zone; readonly live: Zone; readonly takenHash: string | undefined }

function readLive(apex: Name, path: string): LiveChanges | undefined {
  const state = new StateReader(path)
  try {
    const base = state.copies.loadBase(apex)
    const live = state.copies.load(apex)
    if (base.kind !== 'loaded' || live.kind !== 'loaded') return undefined
    return { base: base.zone, live: live.zone, takenHash: state.zones.primary(apex)?.fileHash }
  } finally {
    state.close()
  }
}

/** The file and what other ways made of it. `isFirst`: nothing of it is published yet. */
function prepareMerged(
  { zone: file, mark }: Arranged,
  { base, live, takenHash }: LiveChanges,
  isFirst: boolean,
  extents: ExtentSource,
) {
  const merged: Merged = mark?.hash === takenHash ? { zone: live, change: undefined } : mergeLive(file, base, live)
  const { zone, change } = 'conflicts' in merged ? { zone: live, change: undefined } : merged
  return {
    ...factsOf(zone),
    ...('conflicts' in merged && { conflicts: merged.conflicts }),
    ...(change !== undefined && { file: file.table.share() }),
    ...publishable(zone, change, isFirst, extents),
    isSame: change === undefined && !isFirst,
  }
}

async function judge(arranged: Arranged, task: VersionTask, jobs: number): Promise<JudgedVersion> {
  const { zone, loaded, mark, damage } = arranged
  const { limits, rules, at } = task
  const excess = limits && findExcess(zone, limits)
  const { notes, refusal } =
    excess === undefined ? await judgeVersion(zone, rules, at, jobs, loaded) : { notes: [], refusal: excess }
  return {
    ...factsOf(zone),
    notes: [...arranged.notes, ...notes],
    ...(refusal !== undefined && { refusal }),
    ...(mark !== undefined && { mark }),
    ...(damage !== undefined && { damage }),
  }
}

function factsOf(zone: Zone) {
  return {
    serial: stepToSoa(walkZone(zone)),
    soa: zone.table.rdataOf(zone.soa),
    records: zone.records.length,
    signatures: firstSignatureExpiry(zone),
  }
}

function arrange(apex: Name, { source, image }: VersionTask): Arranged {
  switch (source.kind) {
    case 'file':
      return readFile(apex, source)
    case 'saved':
      return readSaved(apex, source.state)
    case 'table':
      return { zone: Zone.arrange(apex, RecordTable.fromShared(source.table)), notes: [] }
    case 'change': {
      if (image === undefined || image.published === 0)
        throw new DnsError('state-invalid', `no version of ${apex} is held`)
      const published = walkPublished(image.buffer, image.published)
      return { zone: applyChange(published, changeFromShared(source.change)), notes: [] }
    }
  }
}

/** The version that was last committed, or what is left of it. Throws DnsError `state-invalid` when that is nothing. */
function readSaved(apex: Name, path: string): Arranged {
  const state = new StateReader(path)
  try {
    const found = state.copies.load(apex)
    if (found.kind === 'loaded') return { zone: found.zone, notes: [] }
    const reason = found.kind === 'damaged' ? found.reason : `no version of ${apex} was saved`
    if (found.kind === 'absent' || found.rest === undefined) throw new DnsError('state-invalid', reason)
    return { zone: found.rest, damage: reason, notes: [] }
  } finally {
    state.close()
  }
}

function readFile(apex: Name, { file, format, includes }: FileSource): Arranged {
  const marker = new ZoneFileMarker()
  const input = openZoneFile(file, { ...includes, marker })
  try {
    const loaded = loadRecords(input.source, apex, { include: input.include, textLength: input.size, format })
    const { table, windowsTtl } = loaded
    const zone = Zone.arrange(apex, table)
    const notes: VersionNote[] = []
    const fields = { zone: apex.toString(), file }
    if (windowsTtl !== undefined) notes.push({ level: 'info', fields, message: describeWindowsTtl(windowsTtl) })
    return { zone, loaded, mark: marker.finish(), notes }
  } finally {
    input.close()
  }
}

function missingSoa(source: VersionSource, apex: Name): string {
  return source.kind === 'file' ? `${source.file}: there is no SOA record of ${apex}` : 'the zone has no SOA'
}

/** The published version, which the asker holds. */
function walkPublished(buffer: SharedArrayBuffer, unit: number): ImageWalk {
  return new ImageWalk(new ImageMemory(buffer), unit, () => {})
}
