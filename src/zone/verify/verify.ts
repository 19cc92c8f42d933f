/**
 * Verifying a signed zone, in three steps that can be shared among threads:
 *
 * 1. `planVerification` reads the keys and matches RRsets with signatures; the plan lists the checks of cryptography as jobs.
 * 2. `verifyJobs` does any part of them, anywhere. Meanwhile `checkStructure` looks at what needs no signatures: the chain of
 *    denial, the digest of the zone, the DS records of its children.
 * 3. `concludeVerification` puts the results together.
 *
 * `verifyZone` does all in this thread. What this does not do: rules that have nothing to do with DNSSEC (`zone/checks/`).
 */

import type { UnixSeconds } from '../../dns/presentation/index.ts'
import { DNSKEY, NSEC3PARAM, SOA } from '../../dns/rr/index.ts'
import { soaSerial } from '../../dns/serial.ts'
import { algorithmName, findAlgorithm, type TrustAnchor, Verifier } from '../../dnssec/index.ts'
import { type Fault, type FaultCount, FaultList } from '../faults.ts'
import type { Zone } from '../zone.ts'
import { checkAnchors } from './anchor-check.ts'
import { reportBogus } from './bogus.ts'
import { VERIFY_SEVERITIES, type VerifyCode } from './codes.ts'
import { checkDenial } from './denial-check.ts'
import { checkDelegations } from './ds-check.ts'
import { GOOD, type VerifyJobs, verifyJobs } from './jobs.ts'
import { SignatureMatcher } from './signatures.ts'
import { DNSKEY_PUBLIC_KEY, readZoneKeys, type ZoneKeys } from './zone-keys.ts'
import { checkZonemd } from './zonemd-check.ts'

export type VerifyOptions = {
  /** The time at which signatures are to be valid. */
  readonly at: UnixSeconds
  /** What one trusts; absent: nothing is said of where the zone's keys get their trust from. */
  readonly anchors?: readonly TrustAnchor[]
}

/** A public key as it goes to a thread that verifies. */
export type VerifierKey = { readonly algorithm: number; readonly publicKey: Uint8Array }

export type VerificationPlan = {
  readonly zone: Zone
  readonly options: VerifyOptions
  readonly keys: ZoneKeys
  readonly jobs: VerifyJobs
  /** Jobs over the DNSKEY RRset: from, and after the last. */
  readonly keyJobs: { readonly from: number; readonly to: number }
  /** By key number. */
  readonly verifierKeys: readonly VerifierKey[]
  /** False: there is nothing more to check, the zone has no SOA or no keys. */
  readonly isSigned: boolean
  readonly faults: FaultList<VerifyCode>
}

export type VerifyReport = {
  /** bad: at least one fault is an error. */
  readonly verdict: 'good' | 'bad'
  readonly serial: number
  /** Signatures that were checked. */
  readonly signatures: number
  readonly faults: readonly Fault<VerifyCode>[]
  /** How often each code was met, those that `faults` leaves out among them. */
  readonly counts: readonly FaultCount[]
  /** Faults that are only counted. */
  readonly omitted: number
}

/** Reads keys and signatures. Faults that need no cryptography are in the plan's list already. */
export function planVerification(zone: Zone, options: VerifyOptions): VerificationPlan {
  const faults = new FaultList<VerifyCode>(VERIFY_SEVERITIES)
  const hasSoa = zone.soa >= 0
  const keys = hasSoa ? readZoneKeys(zone, faults) : { keys: [], required: 0, algorithms: [] }
  const isSigned = reportBasics(zone, keys, hasSoa, faults)
  const matcher = new SignatureMatcher(zone, keys, options.at, faults)
  if (isSigned) matcher.run()
  const verifierKeys = keys.keys.map(({ algorithm, rdata }) => ({
    algorithm,
    publicKey: rdata.subarray(DNSKEY_PUBLIC_KEY),
  }))
  return { zone, options, keys, jobs: matcher.jobs.finish(), keyJobs: matcher.keyJobs, verifierKeys, isSigned, faults }
}

/** Whether there are keys to go on with. */
function reportBasics(zone: Zone, keys: ZoneKeys, hasSoa: boolean, faults: FaultList<VerifyCode>): boolean {
  const apex = { octets: zone.apex.octets, owner: 0 }
  if (!hasSoa) {
    faults.add(
      'soa-missing',
      { ...apex, type: SOA.number },
      'there is no SOA record at the apex: is this the name of the zone?',
    )
    return false
  }
  const place = { ...apex, type: DNSKEY.number }
  if (keys.keys.length === 0) {
    faults.add('zone-unsigned', place, 'there is no DNSKEY at the apex: the zone is not signed')
    return false
  }
  if (keys.required === 0) {
    const message =
      'no DNSKEY is of a supported algorithm and fit to sign, so that nothing could be verified: sign with another algorithm'
    faults.add('no-supported-algorithm', place, message)
  }
  if (zone.findRrset(0, NSEC3PARAM.number) >= 0) {
    for (const number of keys.algorithms) {
      const row = findAlgorithm(number)
      if (row === 'unsupported' || row.nsec3) continue
      const message = `a key of algorithm ${number} (${algorithmName(number)}) does not go with NSEC3 (RFC 5155 §2): use 7 or another algorithm`
      faults.add('dnskey-algorithm-nsec3', place, message)
    }
  }
  return true
}

/** All that needs no signatures; may run while others verify. */
export function checkStructure(plan: VerificationPlan): void {
  const { zone, faults } = plan
  if (zone.soa < 0) return
  checkZonemd(zone, serialOf(zone), faults)
  if (!plan.isSigned) return
  checkDenial(zone, faults)
  checkDelegations(zone, faults)
}

export function createVerifiers(keys: readonly VerifierKey[]): (Verifier | undefined)[] {
  return keys.map(({ algorithm, publicKey }) => {
    const verifier = Verifier.create(algorithm, publicKey)
    return typeof verifier === 'string' ? undefined : verifier
  })
}

/** `results`: what `verifyJobs` wrote, all jobs done. */
export function concludeVerification(plan: VerificationPlan, results: Uint8Array): VerifyReport {
  const { zone, keys, jobs, keyJobs, options, faults } = plan
  reportBogus(zone, jobs, results, keys, faults)
  if (plan.isSigned) {
    const signing = new Set<number>()
    for (let job = keyJobs.from; job < keyJobs.to; job++) if (results[job] === GOOD) signing.add(jobs.key[job]!)
    reportKeysThatDoNotSign(plan, signing)
    if (options.anchors !== undefined) checkAnchors(zone, keys, signing, options.anchors, options.at, faults)
  }
  return {
    verdict: faults.total('error') > 0 ? 'bad' : 'good',
    serial: zone.soa < 0 ? 0 : serialOf(zone),
    signatures: jobs.count,
    faults: faults.kept,
    counts: faults.counts(),
    omitted: faults.omitted,
  }
}

function reportKeysThatDoNotSign(plan: VerificationPlan, signing: ReadonlySet<number>): void {
  const { zone, keys, options, faults } = plan
  const place = { octets: zone.apex.octets, owner: 0, type: DNSKEY.number }
  const seps = keys.keys.filter((key) => key.isSep && key.state === 'usable' && !key.isRevoked)
  if (seps.length > 0 && signing.size > 0 && !seps.some((key) => signing.has(key.number))) {
    const message = `no key-signing key (${seps.map((key) => key.tag).join(', ')}) signed the DNSKEY RRset, so that a DS of one proves nothing: sign with it`
    // To validators the SEP flag means nothing (RFC 4034 §2.1.1): where anchors tell the keys that count, they decide.
    faults.add('dnskey-sep-unsigned', place, message, options.anchors === undefined ? 'error' : 'warning')
  }
  for (const key of keys.keys) {
    if (!key.isRevoked || key.state !== 'usable' || signing.has(key.number)) continue
    const message = `key ${key.tag} is revoked but made no valid signature over the DNSKEY RRset, so that nobody heeds it (RFC 5011 §2.1): sign with it too`
    faults.add('dnskey-revoked-unsigned', place, message)
  }
}

/** Serial of the SOA, which is there. */
function serialOf(zone: Zone): number {
  return soaSerial(zone.table.octets, zone.table.rdataEnd(zone.soa))
}

/** Verifies in this thread. */
export function verifyZone(zone: Zone, options: VerifyOptions): VerifyReport {
  const plan = planVerification(zone, options)
  checkStructure(plan)
  const results = new Uint8Array(plan.jobs.count)
  const verifiers = createVerifiers(plan.verifierKeys)
  verifyJobs(zone.table, zone.records, plan.jobs, 0, plan.jobs.count, verifiers, results)
  return concludeVerification(plan, results)
}
