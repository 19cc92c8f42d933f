/** Signs a zone from file to file: the work behind `signet zone sign`, told apart from its options. */
import { DnsError } from '../dns/errors.ts'
import { type Name, nameText } from '../dns/name/index.ts'
import type { MasterFileFormat } from '../dns/text/index.ts'
import { computeKeyTag, fingerprintOf, type SigningKey } from '../dnssec/index.ts'
import { dsset, keyset, type Profile, planSigning, type SigningOptions, type SigningPlan } from '../signer/index.ts'
import {
  FileBeingWritten,
  isSameFile,
  type KeyFolderStore,
  type OpenZoneFile,
  replaceFile,
  siblingPath,
  whereItLies,
} from '../store/index.ts'
import { createSigningPool, type SigningPool, signPlan } from '../threads/index.ts'
import { describeLoading, loadRecords } from '../zone/index.ts'
import type { WorkerCount } from './arguments.ts'
import { warn } from './outcome.ts'
import { type Progress, terminalProgress } from './progress.ts'
import { openZoneInput, type ZoneInputFlags } from './zone-input.ts'

export type SignRequest = {
  readonly file: string
  readonly input: ZoneInputFlags
  readonly out: string
  /** Whether `out` may be `file`. */
  readonly inPlace: boolean
  readonly apex: Name
  readonly format: MasterFileFormat
  readonly options: SigningOptions
  /** The store of the keys in `options`. */
  readonly keys: KeyFolderStore
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
    refuseOverwriting(request, input, plan)
    await recordProvenance(request, plan)
    await writeSigned(plan, pool, request, progress)
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
  const { apex, format, options } = request
  const loaded = loadRecords(input.source, apex, { include: input.include, textLength: input.size, format })
  for (const note of describeLoading(loaded, apex)) warn(note)
  const plan = planSigning(loaded.table, apex, options)
  for (const warning of plan.warnings) warn(warning)
  return plan
}

/**
 * Records whose the DNSKEYs are before they are in a signed zone: by it a key that signs now is missed when its private half is, and
 * those of other providers stay when the signed zone is signed again. What cannot be recorded does not stop the signing.
 */
async function recordProvenance({ apex, options, keys }: SignRequest, plan: SigningPlan): Promise<void> {
  for (const key of new Set([...plan.signers.keys, ...plan.signers.zone])) {
    // Keys in a folder that is only read are as those of other tools: what follows from their files.
    await ignoreErrors(keys.recordSigning(key), () => {})
  }
  const recorded = new Set(options.recorded?.map(({ ref }) => ref.fingerprint))
  for (const { rdata, provenance } of plan.dnskeys) {
    if (provenance !== 'foreign' || recorded.has(fingerprintOf(rdata))) continue
    const key = `the DNSKEY with key tag ${computeKeyTag(rdata)}`
    await ignoreErrors(keys.recordForeign(apex, rdata), ({ message }) =>
      warn(
        `${key} is not recorded as another provider's, and would not stay if the signed zone is signed again: ${message}`,
      ),
    )
  }
}

async function ignoreErrors(work: Promise<void>, report: (error: DnsError) => void): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    report(error)
  }
}

/** Nothing that was read is written over: the zone without its signatures, or a key, would be gone. */
function refuseOverwriting({ out, apex, inPlace }: SignRequest, input: OpenZoneFile, plan: SigningPlan): void {
  if (out === '-') return
  const keyFiles = plan.signers.published.flatMap(filesOfKey)
  const forParent = [siblingPath(out, 'dsset-', apex), siblingPath(out, 'keyset-', apex)]
  for (const [i, target] of [out, ...forParent].entries()) {
    const read = input.reads(target)
    if (read === 'itself' && !(inPlace && i === 0)) {
      const remedy = i === 0 ? 'name another file, or say --in-place' : 'choose another folder with --out'
      throw new DnsError('usage', `--out: ${target} is the zone file that is to be signed: ${remedy}`)
    }
    if (read === 'included') {
      throw new DnsError('usage', `--out: ${target} is included by the zone file: name another file or folder`)
    }
    if (keyFiles.some((file) => isSameFile(target, file))) {
      throw new DnsError('usage', `--out: ${target} is a file of a key: name another one`)
    }
  }
}

/** The paths at which a key may lie: BIND's form is two files. */
function filesOfKey({ source: { file } }: SigningKey): string[] {
  if (file === undefined) return []
  const stem = file.replace(/\.(key|private)$/, '')
  return stem === file ? [file] : [`${stem}.key`, `${stem}.private`]
}

async function writeSigned(
  plan: SigningPlan,
  pool: SigningPool | undefined,
  { out, inPlace, keys }: SignRequest,
  progress: Progress,
): Promise<void> {
  const target = inPlace ? whereItLies(out) : { path: out, mode: 0o644 }
  const file = new FileBeingWritten(target.path, target.mode)
  const output = {
    write: (text: Uint8Array) => file.write(text),
    progress: (done: number, all: number) => progress.show(`signing ${nameText(plan.zone.apex.octets, 0)}`, done, all),
  }
  try {
    await signPlan(plan, keys, pool, output)
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
