/** Carries out a signing plan: in this thread when it is small, by a pool of workers otherwise. The text comes part by part, in order. */
import type { SigningKey } from '../dnssec/index.ts'
import { fillSignatures, finishZonemd, readySigners, type SigningPlan } from '../signer/index.ts'
import { printRecords } from '../zone/index.ts'
import { WorkerPool } from './pool.ts'
import type { SignTask, WorkerKey } from './sign-worker.ts'

export type SigningPool = WorkerPool<SignTask, Uint8Array>

export function createSigningPool(jobs: number): SigningPool {
  return new WorkerPool('sign', jobs)
}

export type SignedText = {
  /** Receives the text of the zone, piece by piece in order; absent: nothing is printed. */
  readonly write?: (text: Uint8Array) => void
  /** Told how many parts are done. */
  readonly progress?: (done: number, all: number) => void
}

/**
 * Makes all signatures of the plan, the ZONEMD digest where it has one, and prints it. `pool` undefined: all in this thread.
 */
export async function signPlan(plan: SigningPlan, pool: SigningPool | undefined, output: SignedText): Promise<void> {
  if (pool !== undefined && plan.zonemd === undefined) {
    await runTask(plan, pool, { signers: workerKeys(plan), print: output.write !== undefined }, output)
    return
  }
  if (pool === undefined) {
    fillSignatures(plan.zone.table, plan.order, 0, plan.order.length, readySigners(plan.signers), apexAt(plan))
  } else await runTask(plan, pool, { signers: workerKeys(plan), print: false }, output)
  // The digest covers all signatures but its own: it is made after them, and before the text.
  finishZonemd(plan)
  await printPlan(plan, pool, output)
}

/** Prints the plan, whose signatures are all there. */
export async function printPlan(plan: SigningPlan, pool: SigningPool | undefined, output: SignedText): Promise<void> {
  const { write } = output
  if (write === undefined) return
  if (pool !== undefined) {
    await runTask(plan, pool, { print: true }, output)
    return
  }
  for (let part = 0; part + 1 < plan.parts.length; part++) {
    write(printRecords(plan.zone.table, plan.order, plan.parts[part]!, plan.parts[part + 1]!))
  }
}

async function runTask(
  plan: SigningPlan,
  pool: SigningPool,
  what: Pick<SignTask, 'print' | 'signers'>,
  output: SignedText,
): Promise<void> {
  const { order, parts } = plan
  const task: SignTask = { table: plan.zone.table.share(), order, parts, apexAt: apexAt(plan), ...what }
  const waiting = new Map<number, Uint8Array>()
  let written = 0
  let done = 0
  await pool.run(task, parts.length - 1, (part, text) => {
    waiting.set(part, text)
    for (let next = waiting.get(written); next !== undefined; next = waiting.get(written)) {
      if (what.print) output.write?.(next)
      waiting.delete(written++)
    }
    output.progress?.(++done, parts.length - 1)
  })
}

function apexAt(plan: SigningPlan): number {
  return plan.zone.ownerOf(0)
}

function workerKeys(plan: SigningPlan): NonNullable<SignTask['signers']> {
  return { keys: plan.signers.keys.map(workerKey), zone: plan.signers.zone.map(workerKey) }
}

function workerKey(key: SigningKey): WorkerKey {
  // `signer` throws, with a name, when the private half is missing.
  key.signer()
  if (key.privateKey === undefined) throw new Error('a key without a private half cannot sign')
  return { algorithm: key.algorithm, key: key.privateKey }
}
