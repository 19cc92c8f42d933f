/**
 * The workers that prepare versions of zones, as the control thread sees them. They start when they are needed, and end when
 * nothing was asked of them for a while: their memory is the system's again then, and no collection of this thread is needed.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { DnsError } from '../dns/errors.ts'
import { isSmallZoneFile, isZoneFileUnchanged, writeZoneFile, type ZoneFileMark } from '../store/index.ts'
import { type Extent, FreeExtents, ImageMemory, ImageWalk, ZONE_RECORDS } from '../zone/index.ts'
import { workerEntry } from './entry.ts'
import { prepareVersion } from './prepare-version.ts'
import type {
  FileComparison,
  FileWriting,
  JournalQuestion,
  JournalReading,
  PreparedVersion,
  VersionTask,
} from './version-task.ts'
import type { VersionOrder, VersionReport, VersionResult, VersionResults } from './version-worker.ts'

const MOST_WORKERS = 4
/** What is read, arranged and written in the calling thread: some milliseconds. */
const SMALL_OCTETS = 32 << 10
const SMALL_RECORDS = 500
/** The same with signatures to verify: some 10 ms of P-256. */
const SMALL_SIGNED_RECORDS = 100
/** A worker that nothing was asked of for so long ends. */
const IDLE_MILLISECONDS = 2000

/** Gives memory of the image for a version, and takes back what it did not need. */
export type ExtentLender = { takeExtents(): Extent[]; giveExtents(extents: readonly Extent[]): void }

/** A task whose extents are taken when its turn comes. */
export type WaitingTask = Omit<VersionTask, 'image'> & {
  readonly image?: Omit<NonNullable<VersionTask['image']>, 'free'> & { readonly lender: ExtentLender }
}

type Waiting = {
  /** Asked for when its turn comes. */
  readonly lend: () => Lent
  readonly resolve: (result: VersionResult) => void
  readonly reject: (error: Error) => void
}
type PrepareOrder = Extract<VersionOrder, { kind: 'prepare' }>
/** An order, and who gave the memory in it. */
type Lent = { readonly order: VersionOrder; readonly lender?: ExtentLender | undefined }

export class VersionWorkers {
  readonly #jobs = Math.min(availableParallelism(), MOST_WORKERS)
  readonly #waiting: Waiting[] = []
  readonly #busy = new Map<Worker, Waiting & Lent>()
  readonly #idle = new Map<Worker, NodeJS.Timeout>()
  #isClosed = false

  /** Prepares a version. Rejects with DnsError. */
  prepare(task: WaitingTask): Promise<PreparedVersion> {
    return isSmall(task) ? this.#prepareHere(task) : this.#hand<'prepare'>(() => lend(task, this.#jobs))
  }

  async #prepareHere(task: WaitingTask): Promise<PreparedVersion> {
    const { order, lender } = lend(task, 1)
    const { image } = order.task
    const extents = image && new FreeExtents(new ImageMemory(image.buffer), image.free)
    try {
      return await prepareVersion(order.task, extents, 1)
    } finally {
      if (extents !== undefined) lender?.giveExtents(extents.takeAll())
    }
  }

  /** Whether a file, with what it includes, still is as it was read. Rejects with DnsError `input-unreadable`. */
  async isFileUnchanged(comparison: FileComparison): Promise<boolean> {
    const { file, mark, includes } = comparison
    const octets = mark.parts.reduce((sum, { size }) => sum + size, 0)
    if (octets <= SMALL_OCTETS) return isZoneFileUnchanged(file, mark, includes)
    return this.#hand<'compare-file'>(() => ({ order: { kind: 'compare-file', ...comparison } }))
  }

  /** Writes a version to its file, and resolves with the mark of it, which is durable. Rejects with DnsError `output-failed`. */
  async writeFile(writing: FileWriting): Promise<ZoneFileMark> {
    const memory = new ImageMemory(writing.buffer)
    if (recordsOf(memory, writing.unit) <= SMALL_RECORDS)
      return writeZoneFile(writing.file, new ImageWalk(memory, writing.unit, () => {}))
    return this.#hand<'write-file'>(() => ({ order: { kind: 'write-file', ...writing } }))
  }

  /** Reads changes out of a journal that is long. Rejects with DnsError. */
  readJournal(question: JournalQuestion): Promise<JournalReading> {
    return this.#hand<'read-journal'>(() => ({ order: { kind: 'read-journal', ...question } }))
  }

  #hand<K extends keyof VersionResults>(lent: () => Lent): Promise<VersionResults[K]>
  #hand(lent: () => Lent): Promise<VersionResult> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new DnsError('state-invalid', 'the server stops'))
      this.#waiting.push({ lend: lent, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    const [waiting] = this.#waiting
    if (waiting === undefined) return
    const worker = this.#takeWorker()
    if (worker === undefined) return
    this.#waiting.shift()
    const lent = waiting.lend()
    this.#busy.set(worker, { ...waiting, ...lent })
    worker.ref()
    worker.postMessage(lent.order)
  }

  #takeWorker(): Worker | undefined {
    const [idle] = this.#idle
    if (idle !== undefined) {
      const [worker, timer] = idle
      clearTimeout(timer)
      this.#idle.delete(worker)
      return worker
    }
    return this.#busy.size < this.#jobs ? this.#startWorker() : undefined
  }

  #startWorker(): Worker {
    const worker = new Worker(workerEntry('version'))
    worker.on('message', (report: VersionReport) => this.#done(worker, report))
    worker.on('error', (error: Error) => this.#failed(worker, error.message))
    worker.on('exit', (code) => this.#failed(worker, `a worker ended with code ${code}`))
    return worker
  }

  #done(worker: Worker, report: VersionReport): void {
    const waiting = this.#busy.get(worker)
    if (waiting === undefined) return
    this.#busy.delete(worker)
    waiting.lender?.giveExtents(report.unused)
    if ('result' in report) waiting.resolve(report.result)
    else waiting.reject(report.code === undefined ? new Error(report.failed) : new DnsError(report.code, report.failed))
    worker.unref()
    this.#idle.set(worker, setTimeout(() => this.#end(worker), IDLE_MILLISECONDS).unref())
    this.#next()
  }

  /** What it had of the image's memory is lost until the next start. */
  #failed(worker: Worker, reason: string): void {
    const waiting = this.#busy.get(worker)
    this.#busy.delete(worker)
    this.#end(worker)
    waiting?.reject(new DnsError('memory-exhausted', `the zone could not be prepared: ${reason}`))
    if (!this.#isClosed) this.#next()
  }

  #end(worker: Worker): void {
    clearTimeout(this.#idle.get(worker))
    this.#idle.delete(worker)
    worker.removeAllListeners('exit')
    void worker.terminate()
  }

  /** Ends all workers; what was asked of them is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    const stopped = new DnsError('state-invalid', 'the server stops')
    for (const { reject } of this.#waiting.splice(0)) reject(stopped)
    for (const [worker, { reject }] of this.#busy) {
      reject(stopped)
      this.#idle.set(
        worker,
        setTimeout(() => {}, 0),
      )
    }
    this.#busy.clear()
    const workers = [...this.#idle.keys()]
    for (const worker of workers) this.#end(worker)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function isSmall({ source, rules, image }: WaitingTask): boolean {
  const most = rules.verify === 'no' ? SMALL_RECORDS : SMALL_SIGNED_RECORDS
  switch (source.kind) {
    case 'file':
      return isSmallZoneFile(source.file, SMALL_OCTETS)
    case 'saved':
      return source.octets <= SMALL_OCTETS
    case 'table':
      return source.table.count <= most
    case 'change':
      return image === undefined || recordsOf(new ImageMemory(image.buffer), image.published) <= most
  }
}

/** Records of the version whose zone block is at `unit`; 0: none. */
function recordsOf({ words }: ImageMemory, unit: number): number {
  return words[unit * 2 + ZONE_RECORDS] ?? 0
}

/** The order for a task, with memory that its lender has. */
function lend({ image, ...task }: WaitingTask, jobs: number): Lent & { readonly order: PrepareOrder } {
  if (image === undefined) return { order: { kind: 'prepare', task, jobs } }
  const { lender, ...rest } = image
  const free = lender.takeExtents()
  return { order: { kind: 'prepare', task: { ...task, image: { ...rest, free } }, jobs }, lender }
}
