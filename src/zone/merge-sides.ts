/**
 * What the two sides of a merge did to each name, and where that does not go together. Only names that both sides changed are
 * looked at closely; all else of the file's side is taken as it is.
 */
import { equalNames, nameText, skipName } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { TextWriter } from '../dns/presentation/index.ts'
import { CNAME, KEY, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { printRecord } from '../dns/text/index.ts'
import { lowerName } from '../dnssec/index.ts'
import { recordKey } from './change-algebra.ts'
import { findNode } from './find-node.ts'
import type { RecordTable } from './record-table.ts'
import type { Zone } from './zone.ts'
import type { ZoneChange } from './zone-change.ts'

/**
 * both-changed: an RRset became one thing in the file and another in the live zone. name-deleted: one side deleted the name,
 * the other gave it new data. cname: together, the sides put a CNAME beside other data.
 */
export type MergeConflictKind = 'both-changed' | 'name-deleted' | 'cname'

export type MergeConflict = {
  readonly kind: MergeConflictKind
  /** In presentation format. */
  readonly owner: string
  /** The type of the RRset; absent where it is about the name as a whole. */
  readonly type?: string
  /** The records as the file has them, one a line; none where it has deleted them. */
  readonly file: readonly string[]
  /** The records of the live zone. */
  readonly live: readonly string[]
}

/** Indices into the tables of one side's change. */
export type RrsetChange = { readonly removed: number[]; readonly added: number[] }

export type Sides = {
  readonly base: Zone
  readonly file: ZoneChange
  readonly live: ZoneChange
  readonly machineMade: ReadonlySet<number>
}

/** What of the file's change is to be applied to the live zone, and what cannot be. The SOA of the apex is not looked at. */
export type ComparedSides = { readonly fromFile: RrsetChange[]; readonly conflicts: MergeConflict[] }

export function compareSides(sides: Sides): ComparedSides {
  const fileNames = groupByName(sides, sides.file)
  const liveNames = groupByName(sides, sides.live)
  const compared: ComparedSides = { fromFile: [], conflicts: [] }
  for (const [key, fileName] of fileNames) {
    const liveName = liveNames.get(key)
    if (liveName === undefined) compared.fromFile.push(...fileName.rrsets.values())
    else compareName(sides, fileName, liveName, compared)
  }
  return compared
}

type NameChanges = { readonly octets: Uint8Array; readonly at: number; readonly rrsets: Map<number, RrsetChange> }

function groupByName({ base, machineMade }: Sides, change: ZoneChange): Map<string, NameChanges> {
  const names = new Map<string, NameChanges>()
  const group = (table: RecordTable, side: 'removed' | 'added'): void => {
    for (let i = 0; i < table.count; i++) {
      const at = table.owner[i]!
      const type = table.type[i]!
      if (machineMade.has(type)) continue
      if (type === SOA.number && equalNames(table.octets, at, base.apex.octets, 0)) continue
      const key = nameKey(table.octets, at)
      const name = names.get(key) ?? { octets: table.octets, at, rrsets: new Map<number, RrsetChange>() }
      names.set(key, name)
      const rrset = name.rrsets.get(type) ?? { removed: [], added: [] }
      name.rrsets.set(type, rrset)
      rrset[side].push(i)
    }
  }
  group(change.removed, 'removed')
  group(change.added, 'added')
  return names
}

const form = new OctetWriter(256)
const decoder = new TextDecoder('latin1')

function nameKey(octets: Uint8Array, at: number): string {
  form.clear()
  lowerName(octets, at, skipName(octets, at), form)
  return decoder.decode(form.octets.subarray(0, form.length))
}

/** Records of one RRset by a key that equal ones share, the TTL in it. */
type Rrset = Map<string, { readonly table: RecordTable; readonly index: number }>
/** An RRset of a name as the file, the live zone and the two together have it. */
type Versions = { readonly type: number; readonly file: Rrset; readonly live: Rrset; readonly merged: Rrset }

function compareName(sides: Sides, fileName: NameChanges, liveName: NameChanges, compared: ComparedSides): void {
  const { base } = sides
  const node = findNode(base, fileName.octets, fileName.at)
  const owner = nameText(fileName.octets, fileName.at)
  const versions: Versions[] = []
  let agrees = true
  for (const type of typesOf(sides, node, fileName, liveName)) {
    const fileChange = fileName.rrsets.get(type)
    const liveChange = liveName.rrsets.get(type)
    const file = rrsetAfter(base, node, type, sides.file, fileChange)
    const live = rrsetAfter(base, node, type, sides.live, liveChange)
    versions.push({ type, file, live, merged: fileChange === undefined ? live : file })
    if (fileChange === undefined) continue
    if (liveChange === undefined) compared.fromFile.push(fileChange)
    else if (!equalRrsets(file, live)) {
      agrees = false
      const conflict: MergeConflict = {
        kind: 'both-changed',
        owner,
        type: typeMnemonic(type),
        file: linesOf([file]),
        live: linesOf([live]),
      }
      compared.conflicts.push(conflict)
    }
  }
  const kind = agrees ? judgeName(versions, node >= 0) : undefined
  if (kind === undefined) return
  const file = linesOf(versions.map((version) => version.file))
  const live = linesOf(versions.map((version) => version.live))
  compared.conflicts.push({ kind, owner, file, live })
}

/** What is wrong with a name whose RRsets go together one by one. */
function judgeName(versions: readonly Versions[], wasThere: boolean): MergeConflictKind | undefined {
  const holds = (side: 'file' | 'live' | 'merged'): boolean => versions.some((version) => version[side].size > 0)
  if (wasThere && holds('merged') && !(holds('file') && holds('live'))) return 'name-deleted'
  const clashes = (side: 'file' | 'live' | 'merged'): boolean => {
    const types = versions.filter((version) => version[side].size > 0).map(({ type }) => type)
    // RFC 2181 §10.1, RFC 4035 §2.5: besides the records of DNSSEC only KEY may stand with a CNAME.
    return types.includes(CNAME.number) && types.some((type) => type !== CNAME.number && type !== KEY.number)
  }
  return clashes('merged') && !clashes('file') && !clashes('live') ? 'cname' : undefined
}

/** Types that the name had or has on a side, in order, without those of the machine. */
function typesOf({ base, machineMade }: Sides, node: number, file: NameChanges, live: NameChanges): number[] {
  const types = new Set([...file.rrsets.keys(), ...live.rrsets.keys()])
  if (node >= 0) {
    for (let position = base.nodes[node]!; position < base.nodes[node + 1]!; position++) {
      const type = base.typeAt(position)
      if (!machineMade.has(type)) types.add(type)
    }
  }
  return [...types].sort((a, b) => a - b)
}

function rrsetAfter(base: Zone, node: number, type: number, change: ZoneChange, rrset: RrsetChange | undefined): Rrset {
  const after: Rrset = new Map()
  const position = node < 0 ? -1 : base.findRrset(node, type)
  if (position >= 0) {
    const end = base.rrsetEnd(position, base.nodes[node + 1]!)
    for (let i = position; i < end; i++) put(after, base.table, base.records[i]!)
  }
  for (const index of rrset?.removed ?? []) after.delete(keyWithTtl(change.removed, index))
  for (const index of rrset?.added ?? []) put(after, change.added, index)
  return after
}

function put(rrset: Rrset, table: RecordTable, index: number): void {
  rrset.set(keyWithTtl(table, index), { table, index })
}

function keyWithTtl(table: RecordTable, index: number): string {
  return `${table.ttl[index]} ${recordKey(table, index)}`
}

function equalRrsets(a: Rrset, b: Rrset): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key))
}

function linesOf(rrsets: readonly Rrset[]): string[] {
  const out = new TextWriter(1024)
  for (const rrset of rrsets) {
    for (const { table, index } of rrset.values()) {
      const { octets, owner, type, ttl, rdata, rdataLength } = table
      printRecord(octets, owner[index]!, type[index]!, ttl[index]!, rdata[index]!, rdataLength[index]!, out)
    }
  }
  return out.toString().replaceAll('\t', ' ').split('\n').slice(0, -1)
}
