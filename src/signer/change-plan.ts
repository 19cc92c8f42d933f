/**
 * Plans the signing of a change: what is to be removed and added beside it, so that the zone is signed as if all of it had been
 * signed again. The cost is that of what the change touches: its names, those that it occludes or uncovers, and their neighbours
 * in the chain of denial. Where it changes the TTL of the chain, that is the whole chain.
 *
 * What it does not do: signatures (`visitSignatures` and `fillSignatures` go over the plan), the serial, DNSKEY, NSEC3PARAM and
 * ZONEMD records, another chain of denial, signatures of other keys. An RRset that does not change keeps its signatures.
 */
import { DnsError } from '../dns/errors.ts'
import { type Name, nameText } from '../dns/name/index.ts'
import { readU32 } from '../dns/octets.ts'
import { SOA, typeMnemonic } from '../dns/rr/index.ts'
import {
  ChangedZone,
  compareRdataOctets,
  doAll,
  makesName,
  type RecordTable,
  type Steps,
  type ViewRecord,
  type ViewRrset,
  Zone,
  type ZoneChange,
  type ZoneContent,
  type ZoneView,
} from '../zone/index.ts'
import { affectedNames } from './affected-names.ts'
import { ChangeRecords, isSigned } from './change-records.ts'
import { denialOfView } from './denial/denial-of.ts'
import { relinkNsec } from './denial/nsec-changes.ts'
import { relinkNsec3 } from './denial/nsec3-changes.ts'
import { eachInSteps } from './in-steps.ts'
import { denialTtl, MADE_BY_SIGNING, rrsetTtl } from './node-rules.ts'
import type { SignatureTimes } from './options.ts'
import { refuseUnsignableNames } from './refusals.ts'
import type { SignerSet } from './signers.ts'
import { kindOf } from './view-rules.ts'

export type ChangePlan = {
  readonly change: ZoneChange
  readonly signers: SignerSet
  readonly removed: RecordTable
  /** Records of RRsets that are signed, and RRSIG records whose signatures are blank. */
  readonly table: RecordTable
  /** Each RRset that is to be signed, with its RRSIG records behind it, as in the plan of a zone. */
  readonly order: Uint32Array
  /** Where the apex stands in the table, for `fillSignatures`. */
  readonly apexAt: number
  /** For each record of the table, whether the zone has it already. */
  readonly present: Uint8Array
}

/**
 * `before`: the signed version that the change is made to. Throws DnsError `signing-refused` when that has no chain of denial, when
 * the change brings records that signing makes, or when two names have one NSEC3 hash; `zone-invalid` when the zone that it makes
 * cannot be signed; `transfer-failed` when it is no change of this version.
 */
export function planChange(
  before: ZoneView,
  change: ZoneChange,
  signers: SignerSet,
  times: SignatureTimes,
): ChangePlan {
  return doAll(planChangeInSteps(before, change, signers, times))
}

/** The same in steps. Names that follow one another and all vanish are passed over in one of them. */
export function* planChangeInSteps(
  before: ZoneView,
  change: ZoneChange,
  signers: SignerSet,
  times: SignatureTimes,
): Steps<ChangePlan> {
  refuseRecordsOfSigning(change)
  const denial = denialOfView(before)
  if (denial === undefined) {
    throw new DnsError('signing-refused', `${before.apex} has no chain of denial: sign the whole zone first`)
  }
  const after = yield* ChangedZone.createInSteps(before, change)
  yield* refuseUnsignableNames(after, after.touched)
  const ttl = denialTtlOf(after)
  const isWhole = ttl !== denialTtlOf(before)
  const names = yield* affectedNames(before, after)
  const records = new ChangeRecords(before.apex, signers, times)
  yield* eachInSteps(names, (name) => signName(before, after, name, records))
  if (denial.kind === 'nsec') yield* relinkNsec(before, after, names, ttl, isWhole, records)
  else yield* relinkNsec3(before, after, names, denial, ttl, isWhole, records)
  const { table, removed, apexAt } = records
  const present = new Uint8Array(table.count)
  for (const index of records.present) present[index] = 1
  return { change, signers, removed, table, order: Uint32Array.from(records.order), apexAt, present }
}

/** What follows the change, once all signatures of the plan are made. The plan's table is used up. */
export function concludeChange({ change, removed, table, present }: ChangePlan): ZoneChange {
  table.removeWhere((index) => present[index] === 1)
  return { removed, added: table, fromSerial: change.toSerial, toSerial: change.toSerial }
}

/** Signs the RRsets of a name that changed or were not signed, and removes the signatures of those that are not signed any more. */
function signName(before: ZoneView, after: ZoneContent, name: Name, records: ChangeRecords): void {
  const old = before.node(name)
  const node = after.node(name)
  const kind = kindOf(after, name)
  for (const rrset of old?.rrsets ?? []) {
    const isGone = !node?.rrsets.some(({ type, records }) => type === rrset.type && records.length > 0)
    if (isGone) records.removeSignatures(name, rrset)
  }
  for (const rrset of node?.rrsets ?? []) {
    const { type, records: own } = rrset
    if (!makesName(type) || own.length === 0) continue
    const was = old?.rrsets.find((other) => other.type === type)
    const ttl = rrsetTtl(own.length, (i) => own[i]!.ttl)
    const isToBeSigned = Zone.isSigned(kind, type)
    const keepsSignatures = isToBeSigned && was !== undefined && isSigned(was) && isSame(rrset, ttl, was)
    if (was !== undefined && !keepsSignatures) records.removeSignatures(name, was)
    if (isToBeSigned && !keepsSignatures) records.sign(name, rrset, ttl)
    else records.setTtl(name, rrset, ttl)
  }
}

/** Whether an RRset is with this TTL what another one is, but for the case of names in it. */
function isSame({ type, records }: ViewRrset, ttl: number, other: ViewRrset): boolean {
  const areSame = ({ rdata }: ViewRecord, { rdata: theirs }: ViewRecord): boolean =>
    compareRdataOctets(type, rdata, 0, rdata.length, theirs, 0, theirs.length) === 0
  return (
    records.length === other.records.length &&
    other.records.every((theirs, i) => theirs.ttl === ttl && areSame(records[i]!, theirs))
  )
}

function refuseRecordsOfSigning({ removed, added }: ZoneChange): void {
  for (const table of [removed, added]) {
    for (let i = 0; i < table.count; i++) {
      const type = table.type[i]!
      if (!MADE_BY_SIGNING.has(type)) continue
      const what = `${nameText(table.octets, table.owner[i]!)} ${typeMnemonic(type)}`
      throw new DnsError('signing-refused', `the change has ${what}: such records are made by signing alone`)
    }
  }
}

/** The TTL of the chain of denial. Throws DnsError `zone-invalid` when the zone has not exactly one SOA record. */
function denialTtlOf(zone: ZoneContent): number {
  const [soa, ...others] = zone.node(zone.apex)?.rrsets.find(({ type }) => type === SOA.number)?.records ?? []
  if (soa === undefined || others.length > 0) {
    throw new DnsError(
      'zone-invalid',
      `${zone.apex} has ${soa ? 'several SOA records' : 'no SOA record'}; a zone has one`,
    )
  }
  return denialTtl(soa.ttl, readU32(soa.rdata, soa.rdata.length - 4))
}
