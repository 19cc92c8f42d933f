/** The state of a server in one hand: the database and all that is kept in it. */
import { randomUUID } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { ImageMemory, ImageWalk, type RecordWalk, walkZone, ZONE_RECORDS } from '../zone/index.ts'
import { type Database, openDatabase } from './database.ts'
import { Journal } from './journal.ts'
import type { CopySource, PreparedCopy, StateWrite } from './state-write.ts'
import { reasonOf } from './system-error.ts'
import { TrustStates } from './trust-states.ts'
import { StateUnwritable } from './unwritable.ts'
import { type CopyKind, ZoneCopies } from './zone-copies.ts'
import { ZoneRows } from './zone-rows.ts'
import { ZoneStates } from './zone-states.ts'

export class State {
  readonly database: Database
  readonly journal: Journal
  readonly copies: ZoneCopies
  readonly zones: ZoneStates
  readonly trust: TrustStates
  /** Sentences for the log, from the opening. */
  readonly remarks: readonly string[]
  readonly #rows: ZoneRows
  readonly #waiting: Waiting[] = []
  readonly #prepared = new Map<string, Prepared>()

  constructor(database: Database, remarks: readonly string[]) {
    this.database = database
    this.remarks = remarks
    this.#rows = new ZoneRows(database)
    this.journal = new Journal(database, this.#rows)
    this.copies = new ZoneCopies(database, this.#rows, this.journal)
    this.zones = new ZoneStates(database, this.#rows)
    this.trust = new TrustStates(database)
    if (database.unwritable === undefined) this.copies.dropUnfinished()
  }

  /** Why nothing can be saved: the disk is full, read-only or broken. Undefined while all is well. */
  get unwritable(): string | undefined {
    return this.database.unwritable
  }

  /** `tell` hears of it when nothing can be saved from now on. */
  onUnwritable(tell: (reason: string) => void): void {
    this.database.onUnwritable = tell
  }

  /**
   * Tries to save again. Returns undefined while that fails; else sentences for the log, and what was not saved meanwhile is to be
   * saved now.
   */
  recover(now: UnixSeconds): Promise<readonly string[] | undefined> {
    return this.database.recover(now)
  }

  /**
   * Does several things to the state as one: all of it is durable on return, or nothing has happened. Throws StateUnwritable while
   * the disk does not take it.
   */
  transact<T>(action: () => T): T {
    return this.database.transact(action)
  }

  /**
   * Does all writes or none; resolves when they are durable. All that wait for the disk share one transaction of it. Rejects with
   * StateUnwritable while the disk does not take them, and with DnsError `state-invalid` when one does not fit what is there.
   */
  commit(writes: readonly StateWrite[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#commitWaiting())
    })
  }

  #commitWaiting(): void {
    const group = this.#waiting.splice(0)
    if (group.length === 0) return
    try {
      this.#applyAll(group)
    } catch (error) {
      if (group.length === 1 || error instanceof StateUnwritable) for (const each of group) this.#reject(each, error)
      else for (const each of group) this.#commitAlone(each)
      return
    }
    for (const each of group) this.#resolve(each)
  }

  /** One of a group did not fit: the others are not lost for it. */
  #commitAlone(waiting: Waiting): void {
    try {
      this.#applyAll([waiting])
    } catch (error) {
      this.#reject(waiting, error)
      return
    }
    this.#resolve(waiting)
  }

  #applyAll(group: readonly Waiting[]): void {
    this.transact(() => {
      for (const { writes } of group) for (const write of writes) this.#apply(write)
    })
  }

  #resolve({ writes, resolve }: Waiting): void {
    for (const write of writes) if (write.kind === 'copy') this.#prepared.delete(write.copy.id)
    resolve()
  }

  /** The copies that were prepared for it are of no use to anybody. */
  #reject({ writes, reject }: Waiting, error: unknown): void {
    for (const write of writes) if (write.kind === 'copy') this.#abandon(write.copy)
    reject(error)
  }

  /**
   * Writes a version in parts, between which others have their turn; it counts from a `copy` write on. A small one is written then.
   * Rejects with StateUnwritable, DnsError.
   */
  async prepareCopy(zone: Name, kind: CopyKind, source: CopySource): Promise<PreparedCopy> {
    const id = randomUUID()
    // A base that differs from what is served was merged with it.
    const options = { isServed: kind === 'zone' || source.kind === 'image' }
    if (isSmall(source)) {
      const finish = (): void => this.copies.save(zone, kind, walkSource(source), options)
      this.#prepared.set(id, { finish, abandon: () => {} })
      return { id }
    }
    const copy = this.copies.begin(zone, kind, walkSource(source), options)
    try {
      while (copy.step()) await new Promise((resolve) => setImmediate(resolve))
    } catch (error) {
      copy.abandon()
      throw error
    }
    this.#prepared.set(id, { finish: () => copy.finish(), abandon: () => copy.abandon() })
    return { id }
  }

  /** A prepared copy is not needed. */
  async abandonCopy(copy: PreparedCopy): Promise<void> {
    this.#abandon(copy)
  }

  #abandon({ id }: PreparedCopy): void {
    try {
      this.#prepared.get(id)?.abandon()
    } catch (error) {
      // What is left of it goes when the state is opened again.
      if (!(error instanceof StateUnwritable)) throw error
    } finally {
      this.#prepared.delete(id)
    }
  }

  #apply(write: StateWrite): void {
    const { zone } = write
    switch (write.kind) {
      case 'change':
        this.journal.commit([write])
        break
      case 'clear-journal':
        this.journal.clear(zone)
        break
      case 'trim-journal':
        this.journal.trim(zone, write.limits)
        break
      case 'copy':
        this.#finishCopy(write.copy)
        break
      case 'remove-copy':
        this.copies.remove(zone, write.copyKind)
        break
      case 'secondary-state':
        this.zones.saveSecondary(zone, write.state)
        break
      case 'primary-state':
        this.zones.savePrimary(zone, write.state)
        break
      case 'forget-zone':
        this.forgetZone(zone)
    }
  }

  #finishCopy({ id }: PreparedCopy): void {
    const prepared = this.#prepared.get(id)
    if (prepared === undefined) throw new DnsError('state-invalid', 'the copy that is to count is no longer there')
    prepared.finish()
  }

  /** Names of all zones of which something is kept. */
  listZones(): string[] {
    return this.#rows.list()
  }

  /** Takes away all that is kept of a zone that is served no more. */
  forgetZone(zone: Name): void {
    this.transact(() => {
      this.journal.clear(zone)
      this.#rows.delete(zone)
    })
  }

  close(): void {
    this.#commitWaiting()
    this.database.close()
  }
}

/** A copy that does not count yet. */
type Prepared = { finish(): void; abandon(): void }
type Waiting = { readonly writes: readonly StateWrite[]; resolve(): void; reject(error: unknown): void }

/** Copies below this many records are written in the transaction that makes them count. */
const SMALL_RECORDS = 2000

function isSmall(source: CopySource): boolean {
  if (source.kind === 'zone') return source.zone.records.length < SMALL_RECORDS
  const { words } = new ImageMemory(source.buffer)
  return (words[source.unit * 2 + ZONE_RECORDS] ?? 0) < SMALL_RECORDS
}

function walkSource(source: CopySource): RecordWalk {
  if (source.kind === 'zone') return walkZone(source.zone)
  return new ImageWalk(new ImageMemory(source.buffer), source.unit, () => {})
}

/** Opens the state in a data folder, which is made if it is not there. Throws DnsError `state-invalid`. */
export async function openState(folder: string, now: UnixSeconds): Promise<State> {
  const { database, remarks } = await openDatabase(folder, now)
  try {
    return new State(database, remarks)
  } catch (error) {
    database.close()
    throw new DnsError('state-invalid', `${database.path}: ${reasonOf(error)}`, { cause: error })
  }
}
