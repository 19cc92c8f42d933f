/**
 * What a version of a zone must stand before it is served: the zone's checks, its signatures and chain of denial, its digest
 * (RFC 8976), as its settings ask.
 */
import type { UnixSeconds } from '../ports/index.ts'
import {
  checkZone,
  checkZonemd,
  type Fault,
  FaultList,
  type LoadedRecords,
  stepToSoa,
  VERIFY_SEVERITIES,
  type VerifyCode,
  walkZone,
  type Zone,
} from '../zone/index.ts'
import { createVerifyPool, verifyInThreads } from './verify-zone.ts'
import type { VersionNote, VersionRules } from './version-task.ts'

/** Up to here a zone is verified in this thread: some 30 ms of P-256. */
const SMALL_RECORDS = 500
/** Faults that are noted. */
const SHOWN_FAULTS = 10

export type Judgement = { readonly notes: readonly VersionNote[]; readonly refusal: string | undefined }

/** `loaded`: what is known of the file that it was read from. `jobs`: workers for the signatures of a large one. */
export async function judgeVersion(
  zone: Zone,
  rules: VersionRules,
  at: UnixSeconds,
  jobs: number,
  loaded?: LoadedRecords,
): Promise<Judgement> {
  const judge = new VersionJudge(zone, at, jobs)
  const refusal = judge.check(rules.checks, loaded) ?? (await judge.verify(rules.verify))
  return { notes: judge.notes, refusal }
}

class VersionJudge {
  readonly notes: VersionNote[] = []
  readonly #zone: Zone
  readonly #at: UnixSeconds
  readonly #jobs: number

  constructor(zone: Zone, at: UnixSeconds, jobs: number) {
    this.#zone = zone
    this.#at = at
    this.#jobs = jobs
  }

  get #name(): string {
    return this.#zone.apex.toString()
  }

  check(checks: VersionRules['checks'], loaded: LoadedRecords | undefined): string | undefined {
    if (checks === 'off') return undefined
    const report = checkZone(this.#zone, loaded)
    for (const { code, severity, owner, message } of report.faults.slice(0, SHOWN_FAULTS)) {
      const fields = { zone: this.#name, code, owner }
      this.notes.push({ level: severity === 'error' ? 'warn' : 'info', fields, message })
    }
    if (checks === 'warn' || report.verdict === 'good') return undefined
    const first = report.faults.find(({ severity }) => severity === 'error')
    return `${first?.owner ?? this.#name}: ${first?.message ?? 'the checks failed'}`
  }

  async verify(verify: VersionRules['verify']): Promise<string | undefined> {
    switch (verify) {
      case 'no':
        return undefined
      case 'zonemd':
        return this.#verifyDigest()
      case 'signatures':
        return this.#verifySignatures()
    }
  }

  /** By the digest of the zone. Where none is of a scheme and hash algorithm that are supported, the signatures decide. */
  async #verifyDigest(): Promise<string | undefined> {
    const faults = new FaultList<VerifyCode>(VERIFY_SEVERITIES)
    const status = checkZonemd(this.#zone, stepToSoa(walkZone(this.#zone)), faults)
    if (status === 'absent') {
      const message = 'there is no ZONEMD record, and the zone is to be verified by one'
      return this.#refuseFor([{ code: 'zonemd-missing', severity: 'error', owner: this.#name, message }])
    }
    if (status !== 'unverified') return this.#refuseFor(errorsAmong(faults.kept))
    const refusal = await this.#verifySignatures()
    if (refusal === undefined) {
      const [first] = faults.kept
      const fields = { zone: this.#name, code: first?.code }
      const message = `${first?.message ?? ''}; its signatures and its chain of denial verify`
      this.notes.push({ level: 'info', fields, message })
    }
    return refusal
  }

  async #verifySignatures(): Promise<string | undefined> {
    const isSmall = this.#zone.records.length <= SMALL_RECORDS
    const pool = isSmall ? undefined : createVerifyPool(this.#jobs)
    try {
      const report = await verifyInThreads(this.#zone, { at: this.#at }, pool)
      return this.#refuseFor(errorsAmong(report.faults))
    } finally {
      await pool?.close()
    }
  }

  #refuseFor(errors: readonly Fault[]): string | undefined {
    const [first] = errors
    if (first === undefined) return undefined
    for (const { code, owner, type, message } of errors.slice(0, SHOWN_FAULTS)) {
      const fields = { zone: this.#name, code, owner, ...(type !== undefined && { type }) }
      const about = `${owner}${type === undefined ? '' : ` ${type}`}`
      this.notes.push({ level: 'error', fields, message: `does not verify: ${about}: ${message}` })
    }
    return `${first.owner}${first.type === undefined ? '' : ` ${first.type}`}: ${first.message}`
  }
}

function errorsAmong(faults: readonly Fault[]): readonly Fault[] {
  return faults.filter(({ severity }) => severity === 'error')
}
