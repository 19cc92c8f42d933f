/**
 * NSEC3PARAM and NSEC3 records by themselves: which chains the zone announces (RFC 5155 §4), and which record belongs to which.
 */
import { dropLabels, equalNames } from '../../dns/name/index.ts'
import { compareOctets, readU16 } from '../../dns/octets.ts'
import { decodeBase32Hex } from '../../dns/presentation/index.ts'
import { NSEC3, NSEC3PARAM } from '../../dns/rr/index.ts'
import { NSEC3_HASH_LENGTH } from '../../dnssec/index.ts'
import type { FaultList } from '../faults.ts'
import type { RecordTable } from '../record-table.ts'
import type { Zone } from '../zone.ts'
import type { VerifyCode } from './codes.ts'
import { Nsec3Chain } from './nsec3-chain.ts'
import type { Survey } from './survey.ts'

export const FLAG_OPT_OUT = 1
/** The only hash algorithm there is: SHA-1 (RFC 5155 §11). */
const SHA1 = 1
/** The most that RFC 5155 §10.3 allows for any key. Each costs a hash for every name: a hostile file must not cost hours. */
const MAX_ITERATIONS = 2500
/** A zone has one chain, and two while it changes. */
const MAX_CHAINS = 8
const AGAIN = 'sign the zone again'

/** Offset of the next hashed name in NSEC3 RDATA: after flags, iterations, salt and its own length. */
export function nextHashAt(octets: Uint8Array, at: number): number {
  return at + 6 + octets[at + 4]!
}

/** The chains that the zone has NSEC3PARAM records for, each with its NSEC3 records. */
export function readNsec3Chains(zone: Zone, survey: Survey, faults: FaultList<VerifyCode>): Nsec3Chain[] {
  const { table } = zone
  const chains = announcedChains(zone, survey.nsec3.length, faults)
  if (chains.length === 0) {
    const first = survey.nsec3[0]
    const isIgnored = zone.findRrset(0, NSEC3PARAM.number) >= 0
    if (first !== undefined && !isIgnored) {
      const message = `the zone has NSEC3 records but no NSEC3PARAM at its apex, so that servers cannot find them (RFC 5155 §7.3): ${AGAIN}`
      faults.add('nsec3param-missing', { octets: zone.apex.octets, owner: 0, type: NSEC3PARAM.number }, message)
    }
    return chains
  }
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  for (const position of survey.nsec3) {
    const record = zone.records[position]!
    const place = { octets: table.octets, owner: table.owner[record]!, type: NSEC3.number }
    const at = table.rdata[record]!
    const chain = chains.find((one) => hasParameters(table, at, one))
    const flags = table.octets[at + 1]!
    if (chain === undefined) {
      const message = `the NSEC3 record has other parameters (hash algorithm, iterations, salt) than every NSEC3PARAM of the zone: ${AGAIN}`
      faults.add('nsec3-parameters', place, message)
      continue
    }
    if ((flags & ~FLAG_OPT_OUT) !== 0) {
      const message = `the NSEC3 record has flags ${flags}, of which only opt-out (1) is known: validators pass over it (RFC 5155 §8.2), ${AGAIN}`
      faults.add('nsec3-flags', place, message)
    }
    if (!isOwnerSound(zone, record, hash)) {
      const message = `the NSEC3 record's owner is no hash directly below the apex, or it points to a hash of another length (RFC 5155 §3): take it out`
      faults.add('nsec3-owner', place, message)
    } else if (!chain.add(hash, record)) {
      faults.add('nsec3-several', place, `the name has several NSEC3 records of the same parameters: ${AGAIN}`)
    }
  }
  for (const chain of chains) chain.index()
  return chains.filter((chain) => {
    if (chain.count > 0) return true
    // Faults of single records say why there are none.
    if (survey.nsec3.length > 0 && chains.length === 1) return false
    const message = `no NSEC3 record has the parameters of this NSEC3PARAM: ${AGAIN}, or take the NSEC3PARAM out`
    faults.add('nsec3-chain-missing', { octets: zone.apex.octets, owner: 0, type: NSEC3PARAM.number }, message)
    return false
  })
}

function announcedChains(zone: Zone, expected: number, faults: FaultList<VerifyCode>): Nsec3Chain[] {
  const { table } = zone
  const chains: Nsec3Chain[] = []
  const from = zone.findRrset(0, NSEC3PARAM.number)
  const to = from < 0 ? from : zone.rrsetEnd(from, zone.nodes[1] ?? 0)
  const place = { octets: zone.apex.octets, owner: 0, type: NSEC3PARAM.number }
  for (let position = from; position < to; position++) {
    const rdata = table.rdataOf(zone.records[position]!)
    const [algorithm = 0, flags = 0] = rdata
    const iterations = readU16(rdata, 2)
    const salt = rdata.subarray(5, 5 + (rdata[4] ?? 0))
    if (flags !== 0) {
      const message = `NSEC3PARAM has flags ${flags}; with any flag set it is passed over (RFC 5155 §4.1.2): write 0`
      // Alone, it leaves the NSEC3 records without the record that servers go by.
      const severity = to - from === 1 && expected > 0 ? 'error' : 'warning'
      faults.add('nsec3param-flags', place, message, severity)
    } else if (algorithm !== SHA1) {
      const message = `NSEC3PARAM names hash algorithm ${algorithm}; only 1 (SHA-1) is defined, so that this chain cannot be checked or used`
      faults.add('nsec3param-unsupported', place, message)
    } else if (chains.length === MAX_CHAINS || iterations > MAX_ITERATIONS) {
      const what =
        iterations > MAX_ITERATIONS ? `${iterations} additional iterations` : `more than ${MAX_CHAINS} chains`
      const message = `NSEC3 with ${what}: no validator follows that (RFC 5155 §10.3), and it was not checked here: ${AGAIN}`
      faults.add('nsec3param-unsupported', place, message)
    } else {
      chains.push(new Nsec3Chain(iterations, salt, expected))
      reportAdvice(iterations, salt, place, faults)
    }
  }
  return chains
}

/** RFC 9276 §3.1 and §3.2. */
function reportAdvice(
  iterations: number,
  salt: Uint8Array,
  place: { octets: Uint8Array; owner: number; type: number },
  faults: FaultList<VerifyCode>,
): void {
  if (iterations > 0) {
    const effect =
      iterations > 500
        ? 'many validators answer SERVFAIL for so many'
        : iterations > 150
          ? 'many validators take the zone for unsigned with so many'
          : 'they cost servers and validators work and hide nothing'
    const message = `NSEC3 with ${iterations} additional iterations: ${effect} (RFC 9276 §3.2): sign with 0`
    faults.add('nsec3-iterations', place, message)
  }
  if (salt.length > 0) {
    const message = `NSEC3 with a salt of ${salt.length} octets: it hides nothing (RFC 9276 §3.1): sign without`
    faults.add('nsec3-salt', place, message)
  }
}

function hasParameters(table: RecordTable, at: number, chain: Nsec3Chain): boolean {
  const { octets } = table
  if (octets[at] !== SHA1 || readU16(octets, at + 2) !== chain.iterations) return false
  const length = octets[at + 4]!
  return compareOctets(octets, at + 5, at + 5 + length, chain.salt, 0, chain.salt.length) === 0
}

/** Reads the hash out of the owner name; false when it is none, or the next hash has another length. */
function isOwnerSound(zone: Zone, record: number, hash: Uint8Array): boolean {
  const { table, apex } = zone
  const { octets } = table
  const owner = table.owner[record]!
  if (octets[owner] !== 32 || !equalNames(octets, dropLabels(octets, owner, 1), apex.octets, 0)) return false
  if (decodeBase32Hex(octets, owner + 1, owner + 33, hash, 0) !== NSEC3_HASH_LENGTH) return false
  return octets[table.rdata[record]! + 5 + octets[table.rdata[record]! + 4]!] === NSEC3_HASH_LENGTH
}
