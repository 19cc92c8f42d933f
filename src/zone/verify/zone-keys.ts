/**
 * The DNSKEY RRset as a verifier sees it: which keys there are, which of them may sign, and which algorithms therefore have to
 * sign every RRset (RFC 4035 §2.2).
 */
import { readU16 } from '../../dns/octets.ts'
import { DNSKEY } from '../../dns/rr/index.ts'
import {
  algorithmName,
  computeKeyTag,
  FLAG_REVOKE,
  FLAG_SEP,
  FLAG_ZONE,
  findAlgorithm,
  Verifier,
} from '../../dnssec/index.ts'
import type { FaultList } from '../faults.ts'
import type { Zone } from '../zone.ts'
import type { VerifyCode } from './codes.ts'

/** Whether signatures can be checked with a key, or why not. `foreign`: its flags or protocol are not those of a zone key. */
export type KeyState = 'usable' | 'malformed' | 'unsupported' | 'foreign'

export type ZoneKey = {
  /** Place in the list of keys: what jobs refer to. */
  readonly number: number
  /** Index of the DNSKEY record. */
  readonly record: number
  readonly rdata: Uint8Array
  readonly algorithm: number
  readonly tag: number
  readonly isSep: boolean
  readonly isRevoked: boolean
  readonly state: KeyState
  /** The bit of its algorithm in sets of algorithms; 0 when the algorithm is not supported. */
  readonly algorithmBit: number
}

export type ZoneKeys = {
  readonly keys: readonly ZoneKey[]
  /** The algorithms that must sign each RRset, as a set of bits. */
  readonly required: number
  /** Algorithm numbers, by bit. */
  readonly algorithms: readonly number[]
}

/** The public key field of DNSKEY RDATA begins here. */
export const DNSKEY_PUBLIC_KEY = 4

/** Reads the DNSKEY RRset of the apex; no keys when there is none. */
export function readZoneKeys(zone: Zone, faults: FaultList<VerifyCode>): ZoneKeys {
  const { table } = zone
  const keys: ZoneKey[] = []
  const algorithms: number[] = []
  let required = 0
  const from = zone.findRrset(0, DNSKEY.number)
  const to = from < 0 ? from : zone.rrsetEnd(from, zone.nodes[1] ?? 0)
  for (let position = from; position < to; position++) {
    const record = zone.records[position]!
    const rdata = table.rdataOf(record)
    const flags = readU16(rdata, 0)
    const algorithm = rdata[3] ?? 0
    const tag = computeKeyTag(rdata)
    const isRevoked = (flags & FLAG_REVOKE) !== 0
    const isZoneKey = (flags & FLAG_ZONE) !== 0 && rdata[2] === 3
    const found = Verifier.create(algorithm, rdata.subarray(DNSKEY_PUBLIC_KEY))
    const fault = found === 'invalid' ? 'malformed' : found === 'unsupported' ? 'unsupported' : 'usable'
    const state: KeyState = isZoneKey ? fault : 'foreign'
    let algorithmBit = 0
    if (isZoneKey && found !== 'unsupported') {
      let bit = algorithms.indexOf(algorithm)
      if (bit < 0) bit = algorithms.push(algorithm) - 1
      algorithmBit = 1 << bit
      if (!isRevoked) required |= algorithmBit
    }
    const isSep = (flags & FLAG_SEP) !== 0
    keys.push({ number: keys.length, record, rdata, algorithm, tag, isSep, isRevoked, state, algorithmBit })
    reportKey(zone, faults, { flags, protocol: rdata[2] ?? 0, algorithm, tag, found })
  }
  return { keys, required, algorithms }
}

type KeyFacts = {
  flags: number
  protocol: number
  algorithm: number
  tag: number
  found: Verifier | 'unsupported' | 'invalid'
}

function reportKey(zone: Zone, faults: FaultList<VerifyCode>, key: KeyFacts): void {
  const place = { octets: zone.apex.octets, owner: 0, type: DNSKEY.number }
  const { flags, protocol, algorithm, tag, found } = key
  if (protocol !== 3) {
    const message = `key ${tag} has protocol ${protocol}; a DNSKEY has 3 (RFC 4034 §2.1.2): take the record out, or write it anew`
    faults.add('dnskey-protocol', place, message)
  } else if ((flags & FLAG_ZONE) === 0) {
    const message = `key ${tag} has flags ${flags}, without the zone key flag (256): no signature of this zone can be made with it`
    faults.add('dnskey-not-zone-key', place, message)
  } else if (found === 'invalid') {
    const name = algorithmName(algorithm)
    faults.add(
      'dnskey-malformed',
      place,
      `key ${tag} is no public key of algorithm ${name}: publish it anew from its key file`,
    )
  } else if (found === 'unsupported') {
    const why =
      findAlgorithm(algorithm) === 'unsupported' ? `algorithm ${algorithmName(algorithm)}` : 'a key of this size'
    faults.add(
      'dnskey-algorithm-unsupported',
      place,
      `key ${tag}: ${why} is not supported, its signatures are not checked`,
    )
  }
}
