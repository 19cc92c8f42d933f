/**
 * What a version that came by transfer must stand before it is served: the zone's checks, its signatures and chain of denial,
 * its digest (RFC 8976), as the settings ask. Small zones are verified here, large ones by workers, one zone at a time.
 */
import { availableParallelism } from 'node:os'
import type { UnixSeconds } from '../ports/index.ts'
import { createVerifyPool, type VerifyPool, verifyInThreads } from '../threads/index.ts'
import {
  checkZone,
  checkZonemd,
  type Fault,
  FaultList,
  stepToSoa,
  VERIFY_SEVERITIES,
  type VerifyCode,
  walkZone,
  type Zone,
} from '../zone/index.ts'
import type { World } from './hosted-zone.ts'

export type VersionRules = {
  readonly checks: 'off' | 'warn' | 'refuse'
  readonly verify: 'signatures' | 'zonemd' | 'no'
}

/** Up to here a zone is verified in this thread: some 30 ms of P-256. */
const SMALL_RECORDS = 500
/** Workers that nothing was asked of for so long are let go. */
const IDLE_MILLISECONDS = 30_000
/** Faults that a log line lists. */
const SHOWN_FAULTS = 10
const MOST_WORKERS = 4

function errorsAmong(faults: readonly Fault[]): readonly Fault[] {
  return faults.filter(({ severity }) => severity === 'error')
}

export class VersionChecks {
  readonly #world: World
  #pool: VerifyPool | undefined
  #idle: NodeJS.Timeout | undefined
  /** The verification by workers that goes on, and those that wait behind it. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(world: World) {
    this.#world = world
  }

  /** Why this version is not to be served: the owner and what is wrong there; undefined when it is good. */
  async judge(zone: Zone, rules: VersionRules): Promise<string | undefined> {
    const refusal = rules.checks === 'off' ? undefined : this.#check(zone, rules.checks === 'refuse')
    if (refusal !== undefined) return refusal
    switch (rules.verify) {
      case 'no':
        return undefined
      case 'zonemd':
        return this.#judgeDigest(zone)
      case 'signatures':
        return this.#judgeSignatures(zone)
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle)
    const pool = this.#pool
    this.#pool = undefined
    await pool?.close()
  }

  #check(zone: Zone, refuse: boolean): string | undefined {
    const report = checkZone(zone)
    const name = zone.apex.toString()
    for (const { code, severity, owner, message } of report.faults.slice(0, SHOWN_FAULTS)) {
      const fields = { zone: name, code, owner }
      if (severity === 'error') this.#world.zoneLog.warn(fields, message)
      else this.#world.zoneLog.info(fields, message)
    }
    if (!refuse || report.verdict === 'good') return undefined
    const first = report.faults.find(({ severity }) => severity === 'error')
    return `${first?.owner ?? name}: ${first?.message ?? 'the checks failed'}`
  }

  /** By the digest of the zone. Where none is of a scheme and hash algorithm that are supported, the signatures decide. */
  async #judgeDigest(zone: Zone): Promise<string | undefined> {
    const faults = new FaultList<VerifyCode>(VERIFY_SEVERITIES)
    const owner = zone.apex.toString()
    const status = checkZonemd(zone, stepToSoa(walkZone(zone)), faults)
    if (status === 'absent') {
      const message = 'there is no ZONEMD record, and the zone is to be verified by one'
      return this.#judgeFaults(zone, [{ code: 'zonemd-missing', severity: 'error', owner, message }])
    }
    if (status !== 'unverified') return this.#judgeFaults(zone, errorsAmong(faults.kept))
    const refusal = await this.#judgeSignatures(zone)
    if (refusal === undefined) {
      const [first] = faults.kept
      const fields = { zone: owner, code: first?.code }
      this.#world.zoneLog.info(fields, `${first?.message ?? ''}; its signatures and its chain of denial verify`)
    }
    return refusal
  }

  async #judgeSignatures(zone: Zone): Promise<string | undefined> {
    const report = await this.#verify(zone, this.#world.clock.wall())
    return this.#judgeFaults(zone, errorsAmong(report.faults))
  }

  #judgeFaults(zone: Zone, errors: readonly Fault[]): string | undefined {
    const [first] = errors
    if (first === undefined) return undefined
    for (const { code, owner, type, message } of errors.slice(0, SHOWN_FAULTS)) {
      const fields = { zone: zone.apex.toString(), code, owner, ...(type !== undefined && { type }) }
      this.#world.zoneLog.error(fields, `does not verify: ${owner}${type === undefined ? '' : ` ${type}`}: ${message}`)
    }
    return `${first.owner}${first.type === undefined ? '' : ` ${first.type}`}: ${first.message}`
  }

  #verify(zone: Zone, at: UnixSeconds) {
    if (zone.records.length <= SMALL_RECORDS) return verifyInThreads(zone, { at }, undefined)
    const done = this.#queue.then(() => this.#verifyByWorkers(zone, at))
    this.#queue = done.catch(() => {})
    return done
  }

  async #verifyByWorkers(zone: Zone, at: UnixSeconds) {
    clearTimeout(this.#idle)
    this.#pool ??= createVerifyPool(Math.min(availableParallelism(), MOST_WORKERS))
    try {
      return await verifyInThreads(zone, { at }, this.#pool)
    } catch (error) {
      await this.stop()
      throw error
    } finally {
      clearTimeout(this.#idle)
      this.#idle = setTimeout(() => void this.stop(), IDLE_MILLISECONDS).unref()
    }
  }
}
