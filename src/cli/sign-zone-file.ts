/** Signs a zone from file to file: the work behind `signet zone sign`, told apart from its options. */
import { type Name, nameText } from '../dns/name/index.ts'
import { dsset, keyset, type Profile, planSigning, type SigningOptions, type SigningPlan } from '../signer/index.ts'
import { FileBeingWritten, type OpenZoneFile, replaceFile, siblingPath } from '../store/index.ts'
import { createSigningPool, type SigningPool, signPlan } from '../threads/index.ts'
import { loadRecords } from '../zone/index.ts'
import type { WorkerCount } from './arguments.ts'
import { warn } from './outcome.ts'
import { type Progress, terminalProgress } from './progress.ts'
import { openZoneInput, type ZoneInputFlags } from './zone-input.ts'

export type SignRequest = {
  readonly file: string
  readonly input: ZoneInputFlags
  readonly out: string
  readonly apex: Name
  readonly options: SigningOptions
  readonly profile: Profile
  readonly workers: WorkerCount
}

export type SignSummary = {
  readonly zone: string
  readonly serial: number
  readonly denial: 'nsec' | 'nsec3'
  readonly names: number
  readonly records: number
  readonly signatures: number
  readonly keys: readonly string[]
  readonly out: string
}

export async function signZoneFile(request: SignRequest): Promise<SignSummary> {
  const progress = terminalProgress()
  const input = openZoneInput(request.file, request.input)
  const workers = request.workers(input.size)
  const pool = workers > 0 ? createSigningPool(workers) : undefined
  try {
    progress.show('reading')
    const plan = planFile(request, input)
    await writeSigned(plan, pool, request.out, progress)
    if (request.out !== '-') writeForParent(request, plan)
    return {
      zone: request.apex.toString(),
      serial: plan.serial,
      denial: plan.denial.kind,
      names: plan.zone.nodeCount,
      records: plan.order.length,
      signatures: plan.counts.signatures,
      keys: plan.signers.published.map((key) => key.name),
      out: request.out,
    }
  } finally {
    progress.clear()
    input.close()
    await pool?.close()
  }
}

function planFile(request: SignRequest, input: OpenZoneFile): SigningPlan {
  const { apex, options } = request
  const { table, outOfZone } = loadRecords(input.source, apex, { include: input.include, textLength: input.size })
  if (outOfZone.count > 0) {
    warn(`${outOfZone.count} records are not of ${apex} and were left out, the first: ${outOfZone.examples[0]}`)
  }
  const plan = planSigning(table, apex, options)
  for (const warning of plan.warnings) warn(warning)
  return plan
}

async function writeSigned(
  plan: SigningPlan,
  pool: SigningPool | undefined,
  out: string,
  progress: Progress,
): Promise<void> {
  const file = new FileBeingWritten(out)
  const output = {
    write: (text: Uint8Array) => file.write(text),
    progress: (done: number, all: number) => progress.show(`signing ${nameText(plan.zone.apex.octets, 0)}`, done, all),
  }
  try {
    await signPlan(plan, pool, output)
    file.commit()
  } catch (error) {
    file.abandon()
    throw error
  }
}

/** `dsset-` and `keyset-` files beside the signed zone: what the parent is to be given. */
function writeForParent(request: SignRequest, plan: SigningPlan): void {
  const { apex, profile, out } = request
  replaceFile(siblingPath(out, 'dsset-', apex), dsset(apex, plan.signers, profile.dsDigests))
  replaceFile(siblingPath(out, 'keyset-', apex), keyset(apex, plan.signers))
}
