/** Carries out a signing plan: in this thread when it is small, by a pool of workers otherwise. The text comes part by part, in order. */
import { finishZonemd, PlanSigner, type SigningPlan } from '../signer/index.ts'
import { printRecords } from '../zone/index.ts'
import { WorkerPool } from './pool.ts'
import type { SharableKeys } from './shared-keys.ts'
import type { SignTask } from './sign-worker.ts'

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
 * Makes all signatures of the plan with keys of the store, the ZONEMD digest where it has one, and prints it. `pool` undefined: all in
 * this thread. Rejects as `KeySigner.sign` does; for a key that is out of reach before the first signature.
 */
export async function signPlan(
  plan: SigningPlan,
  store: SharableKeys,
  pool: SigningPool | undefined,
  output: SignedText,
): Promise<void> {
  const refs = { keys: plan.signers.keys.map(({ ref }) => ref), zone: plan.signers.zone.map(({ ref }) => ref) }
  for (const ref of [...refs.keys, ...refs.zone]) await store.publicKey(ref)
  if (pool !== undefined && plan.zonemd === undefined) {
    const signers = { store: store.share(), ...refs }
    await runTask(plan, pool, { signers, print: output.write !== undefined }, output)
    return
  }
  const { order, parts } = plan
  const signer = new PlanSigner({ table: plan.zone.table, order, apexAt: apexAt(plan), signers: refs }, store)
  if (pool !== undefined)
    await runTask(plan, pool, { signers: { store: store.share(), ...refs }, print: false }, output)
  else for (let part = 0; part + 1 < parts.length; part++) await signer.sign(parts[part] ?? 0, parts[part + 1] ?? 0)
  if (plan.zonemd !== undefined) {
    // The digest covers all signatures but its own: it is made after them, and before the text.
    finishZonemd(plan)
    await signer.sign(plan.zonemd.from, plan.zonemd.to)
  }
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
