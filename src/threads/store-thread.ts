/**
 * The state of the server as the control thread has it: it reads by a connection of its own, and has the store thread write. So it
 * waits for no disk.
 */
import { Worker } from 'node:worker_threads'
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import {
  type CopyKind,
  type CopySource,
  type PreparedCopy,
  StateReader,
  StateUnwritable,
  type StateWrite,
  type TrustStore,
} from '../store/index.ts'
import { workerEntry } from './entry.ts'
import {
  errorOf,
  type StoreOrder,
  type StoreReport,
  type StoreResults,
  shareCopySource,
  shareWrite,
  type TrustWrite,
  trustWrites,
} from './store-task.ts'
import type { StoreWorkerData } from './store-worker.ts'

type Waiting = { resolve(result: StoreResults[keyof StoreResults]): void; reject(error: Error): void }
type Opened = Extract<StoreReport, { kind: 'opened' }>

export class StoreThread {
  /** Of the database. */
  readonly path: string
  /** Sentences for the log, from the opening. */
  readonly remarks: readonly string[]
  readonly trust: TrustStore
  readonly #folder: string
  readonly #reader: StateReader
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0
  #isClosed = false
  #unwritable: string | undefined
  #onUnwritable: (reason: string) => void = () => {}
  #onRemark: (text: string) => void = () => {}
  #trustWritten: Promise<unknown> = Promise.resolve()

  /** Opens the state in a data folder, which is made if it is not there. Rejects with DnsError `state-invalid`. */
  static async open(folder: string, now: UnixSeconds): Promise<StoreThread> {
    const started = await startWorker({ folder, now })
    try {
      return new StoreThread(folder, started)
    } catch (error) {
      await started.worker.terminate()
      throw error
    }
  }

  private constructor(folder: string, started: Started) {
    const { path, remarks, unwritable } = started.opened
    this.path = path
    this.remarks = remarks
    this.#folder = folder
    this.#unwritable = unwritable
    this.#reader = new StateReader(path)
    this.trust = this.#makeTrust()
    this.#take(started)
  }

  get journal(): StateReader['journal'] {
    return this.#reader.journal
  }

  get copies(): StateReader['copies'] {
    return this.#reader.copies
  }

  get zones(): StateReader['zones'] {
    return this.#reader.zones
  }

  /** Why nothing can be saved: the disk is full, read-only or broken. Undefined while all is well. */
  get unwritable(): string | undefined {
    return this.#unwritable
  }

  /** `tell` is called when nothing can be saved from now on. */
  onUnwritable(tell: (reason: string) => void): void {
    this.#onUnwritable = tell
  }

  /** Names of all zones of which something is kept. */
  listZones(): string[] {
    return this.#reader.listZones()
  }

  /**
   * Does all writes or none; resolves when they are durable. All that wait for the disk share one transaction of it. Rejects with
   * StateUnwritable while the disk does not take them, and with DnsError `state-invalid` when one does not fit what is there.
   */
  async commit(writes: readonly StateWrite[]): Promise<void> {
    await this.#ask({ kind: 'commit', writes: writes.map(shareWrite) })
    if (!this.#isClosed) this.#reader.refresh(writes.map(({ zone }) => zone))
  }

  /**
   * Writes a version in parts; it counts from a `copy` write on. The caller holds the version until then. Rejects with
   * StateUnwritable, DnsError.
   */
  prepareCopy(zone: Name, copyKind: CopyKind, source: CopySource): Promise<PreparedCopy> {
    return this.#ask({ kind: 'prepare-copy', zone: zone.octets, copyKind, source: shareCopySource(source) })
  }

  /** A prepared copy is not needed. */
  async abandonCopy(copy: PreparedCopy): Promise<void> {
    await this.#ask({ kind: 'abandon-copy', copy })
  }

  /**
   * Tries to save again. Resolves with undefined while that fails; else with sentences for the log, and what was not saved meanwhile
   * is to be saved now.
   */
  async recover(now: UnixSeconds): Promise<readonly string[] | undefined> {
    const result = this.#worker === undefined ? await this.#restart(now) : await this.#ask({ kind: 'recover', now })
    this.#unwritable = 'unwritable' in result ? result.unwritable : undefined
    if ('unwritable' in result) return undefined
    this.#reader.reopen()
    return result.remarks
  }

  /** Resolves when all that was asked for is done. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#reader.close()
    const worker = this.#worker
    if (worker === undefined) return
    await this.#ask({ kind: 'close' }).catch(() => {})
    this.#worker = undefined
    await worker.terminate()
  }

  #ask<K extends StoreOrder['kind']>(order: Extract<StoreOrder, { kind: K }>): Promise<StoreResults[K]>
  #ask(order: StoreOrder): Promise<StoreResults[keyof StoreResults]> {
    const worker = this.#worker
    if (worker === undefined) return Promise.reject(new StateUnwritable(this.path, this.#unwritable ?? 'it is closed'))
    const id = ++this.#lastId
    worker.ref()
    worker.postMessage({ id, order })
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
    })
  }

  #take({ worker, follow }: Started): void {
    this.#worker = worker
    follow({ reported: (report) => this.#reported(report), ended: (reason) => this.#ended(reason) })
    worker.unref()
  }

  #reported(report: StoreReport): void {
    switch (report.kind) {
      case 'done':
        this.#settled(report.id)?.resolve(report.result)
        break
      case 'failed':
        this.#settled(report.id)?.reject(errorOf(report.failure, this.path))
        break
      case 'unwritable':
        this.#tellUnwritable(report.reason)
        break
      case 'remark':
        this.#onRemark(report.text)
    }
  }

  #settled(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    return waiting
  }

  #tellUnwritable(reason: string): void {
    this.#unwritable = reason
    this.#onUnwritable(reason)
  }

  /** Nothing can be saved until `recover` has started another. */
  #ended(reason: string): void {
    if (this.#worker === undefined) return
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(new StateUnwritable(this.path, reason))
    this.#waiting.clear()
    this.#tellUnwritable(reason)
  }

  async #restart(now: UnixSeconds): Promise<StoreResults['recover']> {
    try {
      const started = await startWorker({ folder: this.#folder, now })
      this.#take(started)
      const { opened } = started
      return opened.unwritable === undefined ? { remarks: opened.remarks } : { unwritable: opened.unwritable }
    } catch (error) {
      return { unwritable: error instanceof Error ? error.message : String(error) }
    }
  }

  #makeTrust(): TrustStore {
    const write = (what: TrustWrite): void => {
      const before = this.#trustWritten
      // What cannot be written has been remarked on.
      this.#trustWritten = Promise.allSettled([before, this.#ask({ kind: 'trust', write: what })])
    }
    return {
      onRemark: (remark) => {
        this.#onRemark = remark
      },
      load: () => this.#reader.loadTrust(),
      save: (point, now) => write(trustWrites.save(point, now)),
      forget: (zone) => write(trustWrites.forget(zone)),
      saveNegative: (anchor) => write(trustWrites.saveNegative(anchor)),
      forgetNegative: (name) => write(trustWrites.forgetNegative(name)),
      noteTime: (now, boot) => write(trustWrites.noteTime(now, boot)),
      correctTime: (now, boot) => write(trustWrites.correctTime(now, boot)),
      saved: async () => {
        await this.#trustWritten
      },
    }
  }
}

/** Of its heap: what it makes is short-lived, and large only in shared memory. */
const YOUNG_MEGABYTES = 4

/** What is heard of a worker. */
type Follower = { reported(report: StoreReport): void; ended(reason: string): void }
type Started = { readonly worker: Worker; readonly opened: Opened; follow(follower: Follower): void }

/** Resolves when the state is open. Rejects with DnsError. */
function startWorker(data: StoreWorkerData): Promise<Started> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerEntry('store'), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    })
    let follower: Follower = {
      reported(report) {
        if (report.kind === 'opened') resolve({ worker, opened: report, follow })
        else if (report.kind === 'not-opened') reject(errorOf(report.failure, data.folder))
      },
      ended: (reason) => reject(new Error(reason)),
    }
    const follow = (next: Follower): void => {
      follower = next
    }
    worker.on('message', (report: StoreReport) => follower.reported(report))
    worker.on('error', (error: Error) => follower.ended(error.message))
    worker.on('exit', (code) => follower.ended(`the store thread ended with code ${code}`))
  })
}
