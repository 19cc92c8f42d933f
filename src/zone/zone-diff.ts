/**
 * The difference of two versions of a zone, and a version brought forward by one. Both are a single pass over walks, so that
 * the price is that of reading the versions, with no index built.
 *
 * Owner (whatever its case), type, TTL and RDATA (in canonical form) make a record; RRSIGs are records like others.
 */
import { DnsError } from '../dns/errors.ts'
import { isAtOrBelow, type Name, nameText } from '../dns/name/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import { RecordTable } from './record-table.ts'
import { compareSteps, ownerName, RecordCopier, stepToSoa, walkZone } from './table-walk.ts'
import { Zone } from './zone.ts'
import type { RecordWalk, ZoneChange } from './zone-change.ts'

/**
 * What turns the old version into the new one, or undefined when they are equal. Both serials may be the same: whoever wrote
 * the new version then forgot to raise it. A walk is taken to its end and closed.
 * Throws DnsError `zone-invalid` when a version has no SOA.
 */
export function diffZones(old: RecordWalk | Zone, next: Zone): ZoneChange | undefined {
  return diffWalks(old instanceof Zone ? walkZone(old) : old, walkZone(next), next.apex)
}

/** The same for two walks. */
export function diffWalks(old: RecordWalk, next: RecordWalk, apex: Name): ZoneChange | undefined {
  try {
    return diff(old, next, apex)
  } finally {
    old.close()
    next.close()
  }
}

function diff(old: RecordWalk, next: RecordWalk, apex: Name): ZoneChange | undefined {
  const fromSerial = stepToSoa(old)
  const toSerial = stepToSoa(next)
  const removed = new RecordCopier()
  const added = new RecordCopier()
  const sameSoa = compareSteps(old, next, apex) === 0 && old.ttl === next.ttl
  // The SOA stands in both tables even where it is the same.
  removed.take(old)
  added.take(next)
  let hasOld = old.step()
  let hasNext = next.step()
  while (hasOld || hasNext) {
    const order = !hasOld ? 1 : !hasNext ? -1 : compareSteps(old, next, apex)
    const changed = order !== 0 || old.ttl !== next.ttl
    if (changed && order <= 0) removed.take(old)
    if (changed && order >= 0) added.take(next)
    if (order <= 0) hasOld = old.step()
    if (order >= 0) hasNext = next.step()
  }
  if (sameSoa && removed.table.count === 1 && added.table.count === 1) return undefined
  return { removed: removed.table, added: added.table, fromSerial, toSerial }
}

/**
 * The next version. The walk is taken to its end and closed. Throws DnsError `transfer-failed` when the change is not one of
 * this version: a record that goes is not there, one that comes is there already, a serial is not that of its SOA.
 */
export function applyChange(walk: RecordWalk, change: ZoneChange): Zone {
  try {
    return apply(walk, change)
  } finally {
    walk.close()
  }
}

function apply(walk: RecordWalk, change: ZoneChange): Zone {
  const serial = stepToSoa(walk)
  if (serial !== change.fromSerial) {
    throw refused(`it begins at serial ${change.fromSerial}, the zone has ${serial}`)
  }
  const apex = ownerName(walk)
  const removed = walkTable(apex, change.removed)
  const added = walkTable(apex, change.added)
  const next = new RecordCopier(new RecordTable({ records: 1024, octets: 1 << 16 }))
  let hasRecord = true
  let hasRemoved = removed.step()
  let hasAdded = added.step()
  while (hasRecord || hasRemoved || hasAdded) {
    const removal = !hasRemoved ? 1 : !hasRecord ? -1 : compareSteps(removed, walk, apex)
    if (removal < 0 || (removal === 0 && removed.ttl !== walk.ttl)) {
      throw refused(`${describe(removed)} is to go, but is not there`)
    }
    if (removal === 0) {
      hasRemoved = removed.step()
      hasRecord = walk.step()
      continue
    }
    const addition = !hasAdded ? 1 : !hasRecord ? -1 : compareSteps(added, walk, apex)
    if (addition === 0) throw refused(`${describe(added)} is to come, but is there already`)
    if (addition < 0) {
      next.take(added)
      hasAdded = added.step()
    } else {
      next.take(walk)
      hasRecord = walk.step()
    }
  }
  const zone = Zone.arrange(apex, next.table)
  expectSerial(zone, change.toSerial)
  return zone
}

/** The records of a change in the order of walks. */
function walkTable(apex: Name, table: RecordTable): RecordWalk {
  for (let i = 0; i < table.count; i++) {
    if (isAtOrBelow(table.octets, table.owner[i]!, apex.octets, 0)) continue
    throw refused(`${nameText(table.octets, table.owner[i]!)} is not in ${apex}`)
  }
  return walkZone(Zone.arrange(apex, table))
}

function expectSerial(zone: Zone, serial: number): void {
  const walk = walkZone(zone)
  let found: number
  try {
    found = stepToSoa(walk)
  } catch (error) {
    throw refused('it takes the SOA record away', error)
  }
  if (found !== serial) throw refused(`it leads to serial ${serial}, but its SOA has ${found}`)
}

function describe(walk: RecordWalk): string {
  return `${nameText(walk.octets, walk.ownerAt)} ${typeMnemonic(walk.type)}`
}

function refused(reason: string, cause?: unknown): DnsError {
  return new DnsError('transfer-failed', `the change does not fit the zone: ${reason}`, { cause })
}
