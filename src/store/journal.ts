/**
 * The journal: for each zone the changes that led to its present version, each from the serial where the one before ended.
 * It brings copies of zones forward after a restart, and answers IXFR (RFC 1995).
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { Serial } from '../dns/serial.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { ZoneChange } from '../zone/index.ts'
import { type CodecFault, decodeChange, encodeChange, faultOfChange } from './change-codec.ts'
import type { Database } from './database.ts'
import type { Statement } from './statement.ts'
import type { ZoneRows } from './zone-rows.ts'

/** What made a change: a reloaded master file, a transfer, a dynamic update (or the API), the signer. */
export type ChangeOrigin = 'file' | 'transfer' | 'update' | 'signer'

export type JournalEntry = {
  readonly zone: Name
  readonly change: ZoneChange
  readonly origin: ChangeOrigin
  /** Who made it, in a few words. */
  readonly actor: string
  readonly at: UnixSeconds
}

/** What a journal holds: changes from one serial to another, and the octets that they take. */
export type JournalState = {
  readonly count: number
  readonly octets: number
  readonly fromSerial: Serial
  readonly toSerial: Serial
}

export type JournalRow = {
  readonly fromSerial: Serial
  readonly toSerial: Serial
  readonly origin: string
  /** Undefined: it was made before actors were kept. */
  readonly actor: string | undefined
  readonly at: UnixSeconds
  readonly octets: number
}

/** The changes that were asked for; beyond: the journal does not reach, or they are more than was allowed. */
export type JournalChanges =
  | { readonly kind: 'changes'; readonly changes: readonly ZoneChange[] }
  | { readonly kind: 'beyond' }
  /** `good`: those before the damaged one. */
  | { readonly kind: 'damaged'; readonly good: readonly ZoneChange[]; readonly reason: string }

export type JournalLimits = { readonly changes: number; readonly octets: number }

/** What is known of a journal without looking into it. */
type Tail = { zone: number; lastSeq: number; count: number; octets: number; fromSerial: Serial; toSerial: Serial }

/** The copy from which the zone ?1 is restored: that of the zone, or else that of a master file from which the journal goes on. */
export const RESTORED_FROM = 'zone_copy WHERE zone = ?1 AND kind IS NOT NULL AND seq >= 0 ORDER BY kind DESC LIMIT 1'
/** The last change that is in it; null when there is none. */
export const COPY_SEQ = `(SELECT seq FROM ${RESTORED_FROM})`

export class Journal {
  readonly #database: Database
  readonly #rows: ZoneRows
  readonly #tails = new Map<number, Tail>()
  readonly #insert: Statement
  readonly #summary: Statement
  readonly #seqFrom: Statement
  readonly #seqTo: Statement
  readonly #read: Statement
  readonly #list: Statement
  readonly #oldest: Statement
  readonly #deleteUpTo: Statement
  readonly #copy: Statement

  constructor(database: Database, rows: ZoneRows) {
    this.#database = database
    this.#rows = rows
    this.#insert = database.prepare(
      'INSERT INTO journal (zone, seq, from_serial, to_serial, origin, made_at, octets, content, actor) VALUES (?,?,?,?,?,?,?,?,?)',
    )
    this.#summary = database.prepare(`
      SELECT count(*) AS count, coalesce(sum(octets), 0) AS octets,
        (SELECT from_serial FROM journal WHERE zone = ?1 ORDER BY seq LIMIT 1) AS first,
        (SELECT to_serial FROM journal WHERE zone = ?1 ORDER BY seq DESC LIMIT 1) AS last,
        max(coalesce(max(seq), 0), coalesce((SELECT max(seq) FROM zone_copy WHERE zone = ?1), 0)) AS seq
      FROM journal WHERE zone = ?1`)
    this.#seqFrom = database.prepare(
      'SELECT seq FROM journal WHERE zone = ? AND from_serial = ? ORDER BY seq DESC LIMIT 1',
    )
    this.#seqTo = database.prepare('SELECT seq FROM journal WHERE zone = ? AND to_serial = ? ORDER BY seq DESC LIMIT 1')
    this.#read = database.prepare(
      'SELECT from_serial, to_serial, octets, content FROM journal WHERE zone = ? AND seq >= ? ORDER BY seq',
    )
    this.#list = database.prepare(
      'SELECT from_serial, to_serial, origin, made_at, octets, actor FROM journal WHERE zone = ? ORDER BY seq DESC LIMIT ?',
    )
    this.#oldest = database.prepare(
      `SELECT seq, octets FROM journal WHERE zone = ?1 AND seq <= coalesce(${COPY_SEQ}, 9e15) ORDER BY seq`,
    )
    this.#deleteUpTo = database.prepare('DELETE FROM journal WHERE zone = ? AND seq <= ?')
    this.#copy = database.prepare(`SELECT serial FROM ${RESTORED_FROM}`)
    database.onRollback(() => this.#tails.clear())
  }

  /**
   * Adds changes, of one zone or of several, all or none; they are durable on return. Throws DnsError `state-invalid` when a
   * change does not begin at the serial where the zone's journal ends (that of its copy, when the journal is empty), or keeps
   * the serial.
   */
  commit(entries: readonly JournalEntry[]): void {
    this.#database.transact(() => {
      for (const entry of entries) this.#append(entry)
    })
  }

  #append({ zone, change, origin, actor, at }: JournalEntry): void {
    const { fromSerial, toSerial } = change
    const tail = this.#tailOf(this.#rows.findOrMake(zone))
    if (fromSerial === toSerial) throw new DnsError('state-invalid', `a change of ${zone} keeps serial ${toSerial}`)
    const last = tail.count > 0 ? tail.toSerial : this.#copySerial(tail.zone)
    if (last !== undefined && last !== fromSerial) {
      const message = `the journal of ${zone} ends at serial ${last}, a change from ${fromSerial} cannot follow`
      throw new DnsError('state-invalid', message)
    }
    const fault = faultOfChange(change, zone)
    if (fault !== undefined)
      throw new DnsError('state-invalid', `this is no change of ${zone} that can be kept (${fault})`)
    const content = encodeChange(change)
    const seq = tail.lastSeq + 1
    this.#insert.run(tail.zone, seq, fromSerial, toSerial, origin, Math.floor(at), content.length, content, actor)
    if (tail.count === 0) tail.fromSerial = fromSerial
    tail.lastSeq = seq
    tail.toSerial = toSerial
    tail.count++
    tail.octets += content.length
  }

  #copySerial(row: number): Serial | undefined {
    const found = this.#copy.get(row)
    return found === undefined ? undefined : Number(found.serial)
  }

  /** What the journal of a zone holds; undefined when it is empty. */
  state(zone: Name): JournalState | undefined {
    const row = this.#rows.find(zone)
    if (row === undefined) return undefined
    const { count, octets, fromSerial, toSerial } = this.#database.read(() => this.#tailOf(row))
    return count === 0 ? undefined : { count, octets, fromSerial, toSerial }
  }

  /** Another connection may have changed it: what is known of the journal of a zone is read again. */
  forget(zone: Name): void {
    const row = this.#rows.find(zone)
    if (row !== undefined) this.#tails.delete(row)
  }

  /** The newest changes of a zone, newest first. */
  list(zone: Name, limit = 100): JournalRow[] {
    const row = this.#rows.find(zone)
    if (row === undefined) return []
    return this.#database
      .read(() => this.#list.all(row, limit))
      .map((each) => ({
        fromSerial: Number(each.from_serial),
        toSerial: Number(each.to_serial),
        origin: String(each.origin),
        actor: typeof each.actor === 'string' ? each.actor : undefined,
        at: Number(each.made_at),
        octets: Number(each.octets),
      }))
  }

  /** The changes from a serial to the newest. `limitOctets`: more than this in the journal is `beyond`. */
  read(zone: Name, fromSerial: Serial, limitOctets = Number.POSITIVE_INFINITY): JournalChanges {
    return this.#database.read(() => {
      const row = this.#rows.find(zone)
      const found = row === undefined ? undefined : this.#seqFrom.get(row, fromSerial)
      if (row === undefined || found === undefined) return { kind: 'beyond' }
      return this.#readFrom(row, zone, Number(found.seq), fromSerial, limitOctets)
    })
  }

  /** All changes behind the one of this number, which led to a serial. */
  readAfter(zone: Name, seq: number, serial: Serial): JournalChanges {
    return this.#database.read(() => {
      const row = this.#rows.find(zone)
      if (row === undefined) return { kind: 'changes', changes: [] }
      return this.#readFrom(row, zone, seq + 1, serial, Number.POSITIVE_INFINITY)
    })
  }

  #readFrom(row: number, zone: Name, seq: number, fromSerial: Serial, limitOctets: number): JournalChanges {
    const changes: ZoneChange[] = []
    let serial = fromSerial
    let octets = 0
    for (const each of this.#read.iterate(row, seq)) {
      octets += Number(each.octets)
      if (octets > limitOctets) return { kind: 'beyond' }
      const change = readRow(each, zone, serial)
      if (typeof change === 'string') {
        const reason = `the change of ${zone} after serial ${serial} in the journal cannot be read (${change})`
        return { kind: 'damaged', good: changes, reason }
      }
      changes.push(change)
      serial = change.toSerial
    }
    return { kind: 'changes', changes }
  }

  /** Whether the journal of a zone is beyond its limits. */
  exceeds(zone: Name, limits: JournalLimits): boolean {
    const held = this.state(zone)
    return held !== undefined && (held.count > limits.changes || held.octets > limits.octets)
  }

  /** Takes the oldest changes away until the rest is within limits. Those that a restart needs stay whatever the limits say. */
  trim(zone: Name, limits: JournalLimits): void {
    const row = this.#rows.find(zone)
    if (row === undefined) return
    const { count, octets } = this.#database.read(() => this.#tailOf(row))
    let overCount = count - limits.changes
    let overOctets = octets - limits.octets
    if (overCount <= 0 && overOctets <= 0) return
    this.#database.transact(() => {
      let last = -1
      for (const each of this.#oldest.iterate(row)) {
        last = Number(each.seq)
        overCount--
        overOctets -= Number(each.octets)
        if (overCount <= 0 && overOctets <= 0) break
      }
      if (last >= 0) this.#deleteUpTo.run(row, last)
    })
    this.#tails.delete(row)
  }

  /** Takes all changes of a zone away: its next version does not follow from the last one. */
  clear(zone: Name): void {
    const row = this.#rows.find(zone)
    if (row === undefined) return
    const { lastSeq } = this.#database.read(() => this.#tailOf(row))
    this.#database.transact(() => this.#deleteUpTo.run(row, lastSeq))
    // The numbers go on from where they were: a copy may still speak of one.
    this.#tails.set(row, { zone: row, lastSeq, count: 0, octets: 0, fromSerial: 0, toSerial: 0 })
  }

  /** The number of the change that led to this version. Throws DnsError `state-invalid` when the journal has another row of versions. */
  seqOf(zone: Name, serial: Serial): number {
    const row = this.#rows.find(zone)
    if (row === undefined) return 0
    const tail = this.#database.read(() => this.#tailOf(row))
    if (tail.count === 0 || tail.toSerial === serial) return tail.lastSeq
    const to = this.#database.read(() => this.#seqTo.get(row, serial))
    if (to !== undefined) return Number(to.seq)
    const from = this.#database.read(() => this.#seqFrom.get(row, serial))
    if (from !== undefined) return Number(from.seq) - 1
    throw new DnsError('state-invalid', `the journal of ${zone} knows no version of serial ${serial}`)
  }

  #tailOf(row: number): Tail {
    const known = this.#tails.get(row)
    if (known !== undefined) return known
    const found = this.#summary.get(row) ?? {}
    const tail: Tail = {
      zone: row,
      lastSeq: Number(found.seq ?? 0),
      count: Number(found.count ?? 0),
      octets: Number(found.octets ?? 0),
      fromSerial: Number(found.first ?? 0),
      toSerial: Number(found.last ?? 0),
    }
    this.#tails.set(row, tail)
    return tail
  }
}

/** The change in a row, or what is wrong with it. */
function readRow(row: Record<string, unknown>, zone: Name, serial: Serial): ZoneChange | CodecFault | 'wrong-serial' {
  const content = row.content
  if (!(content instanceof Uint8Array)) return 'truncated'
  const change = decodeChange(content, zone)
  if (typeof change === 'string') return change
  const agrees = change.fromSerial === Number(row.from_serial) && change.toSerial === Number(row.to_serial)
  return agrees && change.fromSerial === serial ? change : 'wrong-serial'
}
