/** The worker's side of a pool: takes parts until none is left. */
import { parentPort } from 'node:worker_threads'
import { DnsError } from '../dns/errors.ts'
import type { Assignment, Outcome, Report } from './pool.ts'

/** Result of a part, and the memory that goes over to the receiver with it. */
export type PartResult<Result> = { readonly result: Result; readonly transfer?: readonly ArrayBuffer[] }

type WorkOnPart<Result> = (part: number) => PartResult<Result> | Promise<PartResult<Result>>

/** Serves tasks for as long as the worker lives, one at a time. `begin` prepares a task and returns what does one part of it. */
export function takeParts<Task, Result>(begin: (task: Task) => WorkOnPart<Result>): void {
  const port = parentPort
  if (port === null) throw new Error('this file begins a worker')
  const serve = async (assignment: Assignment<Task>): Promise<void> => {
    const post = (outcome: Outcome<Result>, transfer: readonly ArrayBuffer[] = []): void => {
      const report: Report<Result> = { number: assignment.number, ...outcome }
      port.postMessage(report, [...transfer])
    }
    try {
      const work = begin(assignment.task)
      for (;;) {
        const part = Atomics.add(assignment.next, 0, 1)
        if (part >= assignment.parts) break
        const { result, transfer } = await work(part)
        post({ part, result }, transfer)
      }
      post({ done: true })
    } catch (error) {
      const code = error instanceof DnsError ? error.code : undefined
      post({ failed: error instanceof Error ? error.message : String(error), code })
    }
  }
  let last = Promise.resolve()
  port.on('message', (assignment: Assignment<Task>) => {
    last = last.then(() => serve(assignment))
  })
}
