/** Checks parts of the signatures of a verification plan. */
import {
  createVerifiers,
  RecordTable,
  type SharedTable,
  type VerifierKey,
  type VerifyJobs,
  verifyJobs,
} from '../zone/index.ts'
import { takeParts } from './take-parts.ts'

export type VerifyTask = {
  readonly table: SharedTable
  /** The zone's records in canonical order; shared memory, as are the columns of the jobs and the results. */
  readonly records: Uint32Array
  readonly jobs: VerifyJobs
  readonly keys: readonly VerifierKey[]
  readonly results: Uint8Array
  /** Jobs of a part. */
  readonly part: number
}

takeParts<VerifyTask, number>((task) => {
  const table = RecordTable.fromShared(task.table)
  const verifiers = createVerifiers(task.keys)
  return (part) => {
    const from = part * task.part
    const to = Math.min(from + task.part, task.jobs.count)
    verifyJobs(table, task.records, task.jobs, from, to, verifiers, task.results)
    return { result: to - from }
  }
})
