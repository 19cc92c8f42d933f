/**
 * Workers that share the parts of one task. A task is a message that is cloned to every worker, and a number of parts; each
 * worker takes the next part from a shared counter until none is left, and posts a result for each.
 *
 * Workers start at once and load their modules while the main thread is still reading: `WorkerPool` is made early.
 */
import { Worker } from 'node:worker_threads'
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import { workerEntry } from './entry.ts'

/** What a worker is told: the task, its number in the pool, and the counter from which parts are taken. */
export type Assignment<Task> = {
  readonly task: Task
  readonly number: number
  readonly next: Int32Array
  readonly parts: number
}

/** What a worker says of the task of that number: the result of a part, or that it found none left, or that it failed. */
export type Report<Result> = { readonly number: number } & Outcome<Result>

export type Outcome<Result> =
  | { readonly part: number; readonly result: Result }
  | { readonly done: true }
  | { readonly failed: string; readonly code: DnsErrorCode | undefined }

export class WorkerPool<Task, Result> {
  readonly #workers: readonly Worker[]
  #tasks = 0
  #failed: Error | undefined

  /** `entry`: the worker's file, without `-worker` and extension. */
  constructor(entry: string, jobs: number) {
    this.#workers = Array.from({ length: jobs }, () => new Worker(workerEntry(entry)))
    // A worker that dies between tasks must not end the process with an unhandled error: the next task tells of it.
    for (const worker of this.#workers) worker.on('error', (error: Error) => this.#fail(error))
  }

  #fail(error: Error): void {
    this.#failed ??= error
    this.#onFailure?.(error)
  }

  #onFailure: ((error: Error) => void) | undefined

  /** Has all parts done; `onResult` gets each as it comes, in no certain order. One task at a time. */
  run(task: Task, parts: number, onResult: (part: number, result: Result) => void): Promise<void> {
    const next = new Int32Array(new SharedArrayBuffer(4))
    const number = ++this.#tasks
    const assignment: Assignment<Task> = { task, number, next, parts }
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) {
        reject(this.#failed)
        return
      }
      let busy = this.#workers.length
      this.#onFailure = reject
      for (const worker of this.#workers) {
        worker.removeAllListeners('message')
        worker.on('message', (report: Report<Result>) => {
          // A task that failed is over before all of its workers are done with it.
          if (report.number !== number) return
          if ('part' in report) {
            // Errors of the receiver (a full disk) end the task; the workers find no parts left.
            try {
              onResult(report.part, report.result)
            } catch (error) {
              Atomics.store(next, 0, parts)
              reject(error)
            }
          } else if ('failed' in report) {
            Atomics.store(next, 0, parts)
            reject(errorOf(report))
          } else if (--busy === 0) resolve()
        })
        worker.postMessage(assignment)
      }
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

/** The error that a worker met: with its code when it was one of ours. */
function errorOf({ failed, code }: { failed: string; code: DnsErrorCode | undefined }): Error {
  return code === undefined ? new Error(failed) : new DnsError(code, failed)
}
