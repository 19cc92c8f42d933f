/** Verifies a zone: in this thread when it is small; otherwise workers check signatures while this one follows the chains. */
import { allocateShared } from '../dns/memory.ts'
import {
  checkStructure,
  concludeVerification,
  planVerification,
  type VerifyOptions,
  type VerifyReport,
  verifyZone,
  type Zone,
} from '../zone/index.ts'
import { WorkerPool } from './pool.ts'
import type { VerifyTask } from './verify-worker.ts'

export type VerifyPool = WorkerPool<VerifyTask, number>

/** Made early, the workers load while the zone is being read. */
export function createVerifyPool(jobs: number): VerifyPool {
  return new WorkerPool('verify', jobs)
}

/** Signatures that a worker takes at a time: some 50 ms of P-256. */
const PART = 1000

/** `pool` undefined: all in this thread. `progress` is told how many signatures are checked. */
export async function verifyInThreads(
  zone: Zone,
  options: VerifyOptions,
  pool: VerifyPool | undefined,
  progress: (done: number, all: number) => void = () => {},
): Promise<VerifyReport> {
  if (pool === undefined) return verifyZone(zone, options)
  const plan = planVerification(zone, options)
  const { count } = plan.jobs
  const results = new Uint8Array(new SharedArrayBuffer(count))
  const records = new Uint32Array(allocateShared(zone.records.length * 4, 'the records to verify'))
  records.set(zone.records)
  const task: VerifyTask = {
    table: zone.table.share(),
    records,
    jobs: plan.jobs,
    keys: plan.verifierKeys,
    results,
    part: PART,
  }
  let done = 0
  const checked = pool.run(task, Math.ceil(count / PART), (_, jobs) => {
    done += jobs
    progress(done, count)
  })
  checkStructure(plan)
  await checked
  return concludeVerification(plan, results)
}
