/**
 * A master file that was edited while the zone changed by other ways (updates, re-signing): both sides' changes since the file
 * was last read become one, RRset by RRset. Where both changed the same RRset to different things, nothing is guessed: the
 * conflicts are listed and the zone stays as it is.
 *
 * Records that a machine makes (signatures, chains of denial, managed keys) are never conflicts: the live ones stand, the
 * file's are not looked at, and whoever makes them has to see to them after the merge.
 */
import { DnsError } from '../dns/errors.ts'
import { rdataText, SOA } from '../dns/rr/index.ts'
import { addToSerial, isNewerSerial, type Serial } from '../dns/serial.ts'
import { copyRecord } from './change-algebra.ts'
import { compareSides, type MergeConflict, type RrsetChange } from './merge-sides.ts'
import { mergeSoa, type SoaRecord, withSerial } from './merge-soa.ts'
import { RecordTable } from './record-table.ts'
import type { Zone } from './zone.ts'
import type { ZoneChange } from './zone-change.ts'
import { diffZones } from './zone-diff.ts'

export type { MergeConflict, MergeConflictKind } from './merge-sides.ts'

export type MergeInput = {
  /** The file as it was last read. */
  readonly base: Zone
  /** The file as it is now. */
  readonly file: Zone
  /** What turns `base` into the live version. */
  readonly live: ZoneChange
  /** Types that the server makes itself in this zone. */
  readonly machineMade: ReadonlySet<number>
}

/** Conflicts that are told in full; more are only counted. */
export const KEPT_CONFLICTS = 100

export type Merge =
  /** What turns the live version into the merged one; undefined when the live one has all of the file already. */
  | { readonly kind: 'merged'; readonly change: ZoneChange | undefined }
  | { readonly kind: 'conflicts'; readonly conflicts: readonly MergeConflict[]; readonly count: number }

/**
 * Merges. The new serial is greater than the file's and the live one (RFC 1982). Throws DnsError `state-invalid` when the
 * live change does not begin at the base's serial, `zone-invalid` when a version has no SOA.
 */
export function mergeFile({ base, file, live, machineMade }: MergeInput): Merge {
  const change = diffZones(base, file)
  if (change === undefined) return { kind: 'merged', change: undefined }
  if (change.fromSerial !== live.fromSerial) {
    const serials = `${live.fromSerial}, not at ${change.fromSerial} of the file as it was last read`
    throw new DnsError('state-invalid', `the live changes of ${base.apex} begin at serial ${serials}`)
  }
  const { fromFile, conflicts } = compareSides({ base, file: change, live, machineMade })
  const soa = mergeSoa(base.apex, change, live)
  if (soa.kind === 'conflict') conflicts.unshift(soaConflict(base, soa.file, soa.live))
  if (soa.kind === 'conflict' || conflicts.length > 0) {
    return { kind: 'conflicts', conflicts: conflicts.slice(0, KEPT_CONFLICTS), count: conflicts.length }
  }
  const hasNews = fromFile.length > 0 || soa.isFromFile || isNewerSerial(change.toSerial, live.toSerial)
  if (!hasNews) return { kind: 'merged', change: undefined }
  const toSerial = serialAfter(live.toSerial, change.toSerial)
  const removed = newTable()
  const added = newTable()
  addSoa(removed, base, soa.live)
  addSoa(added, base, withSerial(soa.soa, toSerial))
  copyRrsets(fromFile, change, removed, added)
  return { kind: 'merged', change: { removed, added, fromSerial: live.toSerial, toSerial } }
}

/** A serial after both. Where the two have no order (RFC 1982 §3.2), no serial is: then the live one counts. */
function serialAfter(live: Serial, file: Serial): Serial {
  return addToSerial(isNewerSerial(file, live) ? file : live, 1)
}

function newTable(): RecordTable {
  return new RecordTable({ records: 16, octets: 1024 })
}

function addSoa(table: RecordTable, base: Zone, soa: SoaRecord): void {
  table.add(base.apex.octets, SOA.number, soa.ttl, soa.rdata)
}

function copyRrsets(rrsets: readonly RrsetChange[], from: ZoneChange, removed: RecordTable, added: RecordTable): void {
  for (const rrset of rrsets) {
    for (const index of rrset.removed) copyRecord(from.removed, index, removed)
    for (const index of rrset.added) copyRecord(from.added, index, added)
  }
}

function soaConflict(base: Zone, file: SoaRecord, live: SoaRecord): MergeConflict {
  const owner = base.apex.toString()
  const line = ({ ttl, rdata }: SoaRecord): string => `${owner} ${ttl} IN SOA ${rdataText(SOA.number, rdata)}`
  return { kind: 'both-changed', owner, type: 'SOA', file: [line(file)], live: [line(live)] }
}
