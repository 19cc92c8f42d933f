/**
 * Copies of zones: a version saved whole, brought forward by the journal. A secondary serves from it at once after a restart; a
 * primary keeps its live version in one, and the file as last read (`base`) in another, to which an edited file is compared.
 *
 * A copy is written in parts; which copy counts is one row, set in the transaction that ends the writing. So at any instant
 * there is the old one or the new one, and the journal fits it.
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { Serial } from '../dns/serial.ts'
import {
  applyChange,
  combineChanges,
  RecordTable,
  type RecordWalk,
  stepToSoa,
  walkZone,
  Zone,
  type ZoneChange,
} from '../zone/index.ts'
import { decodePart, PartWriter } from './change-codec.ts'
import type { Database } from './database.ts'
import { COPY_SEQ, type Journal, RESTORED_FROM } from './journal.ts'
import type { Statement } from './statement.ts'
import type { ZoneRows } from './zone-rows.ts'

/** zone: a version that was served. base: the master file as it was last read. */
export type CopyKind = 'zone' | 'base'

export type LoadedCopy =
  | { readonly kind: 'loaded'; readonly zone: Zone; readonly serial: Serial }
  | { readonly kind: 'absent' }
  /** `rest`: the newest version that can still be read, when there is one. */
  | { readonly kind: 'damaged'; readonly reason: string; readonly rest: Zone | undefined }

export type CopyOptions = {
  /**
   * Whether this is the version that is served under its serial, from which the journal goes on; a copy of the zone always is.
   * A base is while the zone has not changed since the file was read, and no longer when the two were merged.
   */
  readonly isServed?: boolean
  /** Octets of a part; a megabyte unless told. */
  readonly partOctets?: number
}

/** Octets of a part; a record may stand out. */
const PART_OCTETS = 1 << 20
/** A journal shorter than this is never worth a new copy. */
const LEAST_DUE_OCTETS = 1 << 20

export class ZoneCopies {
  readonly #database: Database
  readonly #rows: ZoneRows
  readonly #journal: Journal
  readonly #find: Statement
  readonly #parts: Statement
  readonly #delete: Statement
  readonly #due: Statement
  readonly #writing: CopyStatements

  constructor(database: Database, rows: ZoneRows, journal: Journal) {
    this.#database = database
    this.#rows = rows
    this.#journal = journal
    this.#find = database.prepare('SELECT id, serial, seq, parts, octets FROM zone_copy WHERE zone = ? AND kind = ?')
    this.#parts = database.prepare('SELECT content FROM zone_copy_part WHERE copy = ? ORDER BY part')
    this.#delete = database.prepare('DELETE FROM zone_copy WHERE zone = ? AND kind = ?')
    this.#due = database.prepare(`
      SELECT coalesce(sum(octets), 0) AS behind,
        (SELECT octets FROM ${RESTORED_FROM}) AS copy
      FROM journal WHERE zone = ?1 AND seq > ${COPY_SEQ}`)
    this.#writing = {
      find: this.#find,
      begin: database.prepare('INSERT INTO zone_copy (zone, serial, seq, parts, octets) VALUES (?, ?, 0, 0, 0)'),
      part: database.prepare('INSERT INTO zone_copy_part (copy, part, content) VALUES (?, ?, ?)'),
      replace: this.#delete,
      finish: database.prepare('UPDATE zone_copy SET kind = ?, seq = ?, parts = ?, octets = ? WHERE id = ?'),
      abandon: database.prepare('DELETE FROM zone_copy WHERE id = ?'),
    }
  }

  /** Takes away what was being written when the last server ended. */
  dropUnfinished(): void {
    this.#database.transact(() => this.#database.prepare('DELETE FROM zone_copy WHERE kind IS NULL').run())
  }

  /** Saves a version in one go, in a transaction of its own or of the caller's. The walk is taken to its end and closed. */
  save(zone: Name, kind: CopyKind, walk: RecordWalk, options: CopyOptions = {}): void {
    try {
      this.#database.transact(() => {
        const writer = this.begin(zone, kind, walk, options)
        while (writer.step());
        writer.finish()
      })
    } finally {
      walk.close()
    }
  }

  /**
   * Begins to save a version in steps of about a megabyte, between which others have their turn. The walk is closed by `finish` and
   * `abandon`, and when this throws: DnsError `zone-invalid` when it has no SOA.
   */
  begin(zone: Name, kind: CopyKind, walk: RecordWalk, options: CopyOptions = {}): CopyWriter {
    const task = {
      zone,
      kind,
      walk,
      isServed: options.isServed ?? kind === 'zone',
      partOctets: options.partOctets ?? PART_OCTETS,
    }
    try {
      return new CopyWriter(this.#database, this.#writing, this.#rows, this.#journal, task)
    } catch (error) {
      walk.close()
      throw error
    }
  }

  /** The zone as it was last committed: the copy and the journal behind it. */
  load(zone: Name): LoadedCopy {
    const copy = this.#readCopy(zone, 'zone') ?? this.#readCopy(zone, 'base')
    if (copy === undefined || (typeof copy !== 'string' && copy.seq === NOT_SERVED)) return { kind: 'absent' }
    if (typeof copy === 'string') return { kind: 'damaged', reason: copy, rest: undefined }
    const found = this.#journal.readAfter(zone, copy.seq, copy.serial)
    if (found.kind === 'changes') return bringForward(copy.zone, found.changes)
    if (found.kind === 'beyond') return { kind: 'loaded', zone: copy.zone, serial: copy.serial }
    const rest = bringForward(copy.zone, found.good)
    return { kind: 'damaged', reason: found.reason, rest: rest.kind === 'loaded' ? rest.zone : copy.zone }
  }

  /** The master file as it was last read. */
  loadBase(zone: Name): LoadedCopy {
    const copy = this.#readCopy(zone, 'base')
    if (copy === undefined) return { kind: 'absent' }
    if (typeof copy === 'string') return { kind: 'damaged', reason: copy, rest: undefined }
    return { kind: 'loaded', zone: copy.zone, serial: copy.serial }
  }

  /** The version and the reach of a copy, or what is wrong with it. */
  #readCopy(zone: Name, kind: CopyKind): { zone: Zone; serial: Serial; seq: number } | string | undefined {
    const row = this.#rows.find(zone)
    if (row === undefined) return undefined
    return this.#database.read(() => {
      const copy = this.#find.get(row, kind)
      if (copy === undefined) return undefined
      const octets = Math.min(Number(copy.octets), MAX_RESERVED)
      const table = new RecordTable({ records: Math.ceil(octets / RECORD_OCTETS) + 16, octets: octets + 1024 })
      let parts = 0
      for (const { content } of this.#parts.iterate(Number(copy.id))) {
        const fault = content instanceof Uint8Array ? decodePart(content, zone, table) : 'truncated'
        if (fault !== undefined) return `the copy of ${zone} cannot be read (${fault})`
        parts++
      }
      const serial = Number(copy.serial)
      const arranged = Zone.arrange(zone, table)
      if (parts !== Number(copy.parts) || !isVersion(arranged, serial)) {
        return `the copy of ${zone} is not whole`
      }
      return { zone: arranged, serial, seq: Number(copy.seq) }
    })
  }

  /** Whether the journal behind the copy has grown beyond a share of the copy, so that a new one would make the next start quicker. */
  isDue(zone: Name, share = 0.5): boolean {
    const row = this.#rows.find(zone)
    const held = this.#journal.state(zone)
    if (row === undefined || held === undefined || held.octets <= LEAST_DUE_OCTETS) return false
    const found = this.#database.read(() => this.#due.get(row))
    if (found === undefined || found.copy === null) return false
    return Number(found.behind) > Math.max(LEAST_DUE_OCTETS, Number(found.copy) * share)
  }

  /** The serial of a copy, without reading it. */
  serialOf(zone: Name, kind: CopyKind): Serial | undefined {
    const row = this.#rows.find(zone)
    if (row === undefined) return undefined
    const found = this.#database.read(() => this.#find.get(row, kind))
    return found === undefined ? undefined : Number(found.serial)
  }

  /** Octets that are read to load a zone; undefined when none is kept. */
  octetsOf(zone: Name): number | undefined {
    const row = this.#rows.find(zone)
    const found = row === undefined ? undefined : this.#database.read(() => this.#due.get(row))
    return found === undefined || found.copy === null ? undefined : Number(found.copy) + Number(found.behind)
  }

  remove(zone: Name, kind: CopyKind): void {
    const row = this.#rows.find(zone)
    if (row !== undefined) this.#database.transact(() => this.#delete.run(row, kind))
  }
}

/** The number of the last change in a copy that is no version of the served zone. */
const NOT_SERVED = -1
/** A guess at the octets of a record, to reserve columns by. */
const RECORD_OCTETS = 48
/** What a row says of its length is believed up to here. */
const MAX_RESERVED = 1 << 29

function isVersion(zone: Zone, serial: Serial): boolean {
  try {
    return stepToSoa(walkZone(zone)) === serial
  } catch {
    return false
  }
}

function bringForward(zone: Zone, changes: readonly ZoneChange[]): LoadedCopy {
  try {
    const next = changes.length === 0 ? zone : applyChange(walkZone(zone), combineChanges(changes))
    return { kind: 'loaded', zone: next, serial: stepToSoa(walkZone(next)) }
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    return {
      kind: 'damaged',
      reason: `the journal of ${zone.apex} does not fit its copy: ${error.message}`,
      rest: zone,
    }
  }
}

type CopyStatements = {
  readonly find: Statement
  readonly begin: Statement
  readonly part: Statement
  readonly replace: Statement
  readonly finish: Statement
  readonly abandon: Statement
}

type CopyTask = {
  readonly zone: Name
  readonly kind: CopyKind
  readonly walk: RecordWalk
  readonly isServed: boolean
  readonly partOctets: number
}

/** A copy that is being written: it counts from `finish` on. */
export class CopyWriter {
  readonly #database: Database
  readonly #statements: CopyStatements
  readonly #journal: Journal
  readonly #task: CopyTask
  readonly #part: PartWriter
  readonly #serial: Serial
  readonly #zoneRow: number
  readonly #id: number
  #hasRecord = true
  #parts = 0
  #octets = 0

  constructor(database: Database, statements: CopyStatements, rows: ZoneRows, journal: Journal, task: CopyTask) {
    this.#database = database
    this.#statements = statements
    this.#journal = journal
    this.#task = task
    this.#part = new PartWriter()
    this.#serial = stepToSoa(task.walk)
    const begun = this.#attempt(() => {
      const zoneRow = rows.findOrMake(task.zone)
      return { zoneRow, id: Number(statements.begin.run(zoneRow, this.#serial).lastInsertRowid) }
    })
    this.#zoneRow = begun.zoneRow
    this.#id = begun.id
  }

  /** One transaction. What fails is the end of this copy: the walk is let go of. */
  #attempt<T>(write: () => T): T {
    try {
      return this.#database.transact(write)
    } catch (error) {
      this.#task.walk.close()
      throw error
    }
  }

  /** Number of the copy. */
  get id(): number {
    return this.#id
  }

  /** Writes the next part; false when all is written. */
  step(): boolean {
    if (!this.#hasRecord) return false
    const { walk, partOctets } = this.#task
    const part = this.#part
    part.begin()
    while (this.#hasRecord && part.octets < partOctets) {
      part.take(walk)
      this.#hasRecord = walk.step()
    }
    const content = part.finish()
    this.#attempt(() => this.#statements.part.run(this.#id, this.#parts, content))
    this.#parts++
    this.#octets += content.length
    return this.#hasRecord
  }

  /**
   * Puts the copy in the place of the one before, in a transaction of its own or of the caller's (in which the journal may have
   * been cleared). Throws DnsError `state-invalid` when the journal knows nothing of this version, or a base that is not served
   * would be the only copy.
   */
  finish(): void {
    const { zone, kind, walk, isServed } = this.#task
    walk.close()
    this.#database.transact(() => {
      const seq = isServed ? this.#journal.seqOf(zone, this.#serial) : NOT_SERVED
      if (!isServed && this.#statements.find.get(this.#zoneRow, 'zone') === undefined) {
        throw new DnsError('state-invalid', `${zone} was merged with its file: its own copy has to be saved first`)
      }
      this.#statements.replace.run(this.#zoneRow, kind)
      this.#statements.finish.run(kind, seq, this.#parts, this.#octets, this.#id)
    })
  }

  /** Takes away what was written. */
  abandon(): void {
    this.#task.walk.close()
    this.#database.transact(() => this.#statements.abandon.run(this.#id))
  }
}
