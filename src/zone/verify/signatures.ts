/**
 * Matches each RRset of a zone with the signatures over it (RFC 4035 §5.3.1) and makes a job of every one that a key of the
 * zone may have made. What can be told without cryptography is told here: RRsets without signature, algorithms that do not
 * sign, times, labels, signers.
 *
 * A signature that cannot count is an error where the RRset would need it, and a warning where another of its algorithm does.
 */
import { countLabels, equalNames, isWildcard, nameText } from '../../dns/name/index.ts'
import { readU16, readU32 } from '../../dns/octets.ts'
import type { UnixSeconds } from '../../dns/presentation/index.ts'
import { DNSKEY, RRSIG, typeMnemonic } from '../../dns/rr/index.ts'
import {
  algorithmName,
  RRSIG_ALGORITHM,
  RRSIG_EXPIRATION,
  RRSIG_INCEPTION,
  RRSIG_KEY_TAG,
  RRSIG_LABELS,
  RRSIG_ORIGINAL_TTL,
  RRSIG_SIGNER,
} from '../../dnssec/index.ts'
import type { FaultList, FaultPlace, Severity } from '../faults.ts'
import { DELEGATION, OCCLUDED, Zone } from '../zone.ts'
import type { VerifyCode } from './codes.ts'
import { JobList } from './jobs.ts'
import { timeText } from './time-text.ts'
import type { ZoneKey, ZoneKeys } from './zone-keys.ts'

const RRSIG_TYPE = RRSIG.number

/** Keys that are tried for one signature: tags collide by chance, in pairs; a hostile file may have thousands of one tag. */
const MAX_SAME_TAG = 8

/** A signature that does not count: why, and of which algorithm. */
type Setback = { readonly code: VerifyCode; readonly message: string; readonly bit: number }

export class SignatureMatcher {
  readonly jobs: JobList = new JobList()
  /** Jobs over the DNSKEY RRset: from, and after the last. */
  keyJobs: { readonly from: number; readonly to: number } = { from: 0, to: 0 }
  readonly #zone: Zone
  readonly #keys: ZoneKeys
  readonly #at: UnixSeconds
  readonly #faults: FaultList<VerifyCode>
  /** Keys by algorithm and tag; several may have one tag. */
  readonly #byTag = new Map<number, ZoneKey[]>()
  #setbacks: Setback[] = []

  constructor(zone: Zone, keys: ZoneKeys, at: UnixSeconds, faults: FaultList<VerifyCode>) {
    this.#zone = zone
    this.#keys = keys
    this.#at = at
    this.#faults = faults
    for (const key of keys.keys) {
      const tag = (key.algorithm << 16) | key.tag
      const others = this.#byTag.get(tag)
      if (others === undefined) this.#byTag.set(tag, [key])
      else if (others.length < MAX_SAME_TAG) others.push(key)
    }
  }

  /** Goes through all names. */
  run(): void {
    const zone = this.#zone
    for (let node = 0; node < zone.nodeCount; node++) this.#node(node)
  }

  /** RRSIG records sort by the type they cover, so that one walk over the types meets each RRset's signatures in turn. */
  #node(node: number): void {
    const zone = this.#zone
    const { table, records } = zone
    const end = zone.nodes[node + 1]!
    const kind = zone.kinds[node]!
    let signature = zone.findRrset(node, RRSIG_TYPE)
    const signatures = signature < 0 ? signature : zone.rrsetEnd(signature, end)
    let covered = signature < signatures ? readU16(table.octets, table.rdata[records[signature]!]!) : 0x10000
    const isAlone = kind !== OCCLUDED && signatures - signature === end - zone.nodes[node]!
    const ownerAt = zone.ownerOf(node)
    const labels = countLabels(table.octets, ownerAt) - (isWildcard(table.octets, ownerAt) ? 1 : 0)
    for (let position = zone.nodes[node]!; position < end; ) {
      const type = table.type[records[position]!]!
      const next = zone.rrsetEnd(position, end)
      const from = signature
      while (covered <= type) {
        if (covered < type || type === RRSIG_TYPE) this.#coversNothing(ownerAt, covered, isAlone)
        signature++
        covered = signature < signatures ? readU16(table.octets, table.rdata[records[signature]!]!) : 0x10000
      }
      if (type !== RRSIG_TYPE) {
        if (Zone.isSigned(kind, type)) {
          // Signatures over types that are not there come before those over this one.
          let first = from
          while (first < signature && readU16(table.octets, table.rdata[records[first]!]!) < type) first++
          this.#rrset(position, next, labels, first, signature, node)
        } else if (signature > from && readU16(table.octets, table.rdata[records[signature - 1]!]!) === type) {
          this.#beyondAuthority({ octets: table.octets, owner: ownerAt, type }, kind)
        }
      }
      position = next
    }
    for (; signature < signatures; signature++) {
      this.#coversNothing(ownerAt, readU16(table.octets, table.rdata[records[signature]!]!), isAlone)
    }
  }

  #beyondAuthority(place: FaultPlace, kind: number): void {
    const where =
      kind === DELEGATION
        ? 'a zone cut: but for DS and NSEC its records belong'
        : 'a name below a zone cut or a DNAME, and belongs'
    const message = `the records are signed, but this is ${where} to another zone (RFC 4035 §2.2): take the RRSIG out`
    this.#faults.add('signature-beyond-authority', place, message)
  }

  #coversNothing(owner: number, covered: number, isAlone: boolean): void {
    const { octets } = this.#zone.table
    const message =
      covered === RRSIG_TYPE
        ? 'an RRSIG covers type RRSIG, which is never signed (RFC 4035 §2.2): take it out'
        : `an RRSIG covers type ${typeMnemonic(covered)}, of which there is no record here: take it out, or put the records back`
    // With nothing else there, it makes a name that no chain of denial knows.
    const severity = isAlone ? 'error' : 'warning'
    this.#faults.add('signature-covers-nothing', { octets, owner, type: RRSIG_TYPE }, message, severity)
  }

  /** One RRset that is to be signed, and the signatures `[first, last)` over it. */
  #rrset(from: number, to: number, labels: number, first: number, last: number, node: number): void {
    const zone = this.#zone
    const { table, records } = zone
    const index = records[from]!
    const type = table.type[index]!
    const begun = this.jobs.count
    let signed = 0
    for (let position = first; position < last; position++) {
      signed |= this.#signature(from, to, labels, type, records[position]!)
    }
    if (node === 0 && type === DNSKEY.number) this.keyJobs = { from: begun, to: this.jobs.count }
    const missing = this.#keys.required & ~signed
    if (missing === 0 && this.#setbacks.length === 0) return
    const place = { octets: table.octets, owner: table.owner[index]!, type }
    if (first === last) {
      this.#faults.add('rrset-unsigned', place, `no RRSIG covers this ${typeMnemonic(type)} RRset: sign the zone again`)
    } else this.#tell(place, missing)
  }

  /** Tells why signatures do not count, and which algorithms have none. */
  #tell(place: FaultPlace, missing: number): void {
    const setbacks = this.#setbacks
    this.#setbacks = []
    let unexplained = missing
    for (const { code, message, bit } of setbacks) {
      const needed = bit === 0 ? missing !== 0 : (missing & bit) !== 0
      const severity: Severity = needed ? 'error' : 'warning'
      this.#faults.add(code, place, message, severity)
      // One that no key of the zone made may have been meant for any algorithm that is missing.
      unexplained &= bit === 0 ? 0 : ~bit
    }
    for (let bit = 0; unexplained >>> bit !== 0; bit++) {
      if (((unexplained >>> bit) & 1) === 0) continue
      const name = algorithmName(this.#keys.algorithms[bit] ?? 0)
      const message = `no signature of algorithm ${name} covers the RRset, though the DNSKEY RRset has a key of it (RFC 4035 §2.2): sign with that key too, or take it out`
      this.#faults.add('algorithm-missing', place, message)
    }
  }

  /** Looks at one signature and makes its jobs; returns the bit of its algorithm when it may count. */
  #signature(from: number, to: number, labels: number, type: number, rrsig: number): number {
    const { table, apex } = this.#zone
    const { octets } = table
    const at = table.rdata[rrsig]!
    const algorithm = octets[at + RRSIG_ALGORITHM]!
    const tag = readU16(octets, at + RRSIG_KEY_TAG)
    const signedLabels = octets[at + RRSIG_LABELS]!
    const place = (): FaultPlace => ({ octets, owner: table.owner[rrsig]!, type })
    if (signedLabels !== labels) {
      this.#faults.add(
        'signature-labels',
        place(),
        () =>
          `the signature by key ${tag} counts ${signedLabels} labels, the name has ${labels} (RFC 4034 §3.1.3): sign the zone again`,
      )
      if (signedLabels > labels) return this.#bitOf(algorithm)
    }
    if (!equalNames(octets, at + RRSIG_SIGNER, apex.octets, 0)) {
      this.#faults.add(
        'signature-signer',
        place(),
        () =>
          `the signature names ${nameText(octets, at + RRSIG_SIGNER)} as its signer, not the zone (RFC 4035 §5.3.1): sign the zone again`,
      )
      return this.#bitOf(algorithm)
    }
    this.#checkTtl(from, to, rrsig, place)
    const keys = this.#byTag.get((algorithm << 16) | tag)
    if (keys === undefined) {
      const message = `the signature was made by a key of tag ${tag} and algorithm ${algorithmName(algorithm)}, which the DNSKEY RRset does not have: publish the key, or sign the zone again`
      this.#setbacks.push({ code: 'signature-unknown-key', message, bit: this.#bitOf(algorithm) })
      return 0
    }
    let bit = 0
    for (const key of keys) bit |= this.#tryKey(key, from, to, type, rrsig)
    if (bit === 0) return 0
    const untimely = this.#untimely(at, tag)
    if (untimely === undefined) return bit
    this.#setbacks.push({ ...untimely, bit })
    return 0
  }

  /** Makes the job for one of the keys that have the signature's tag; returns its algorithm's bit when it may count. */
  #tryKey(key: ZoneKey, from: number, to: number, type: number, rrsig: number): number {
    if (key.state === 'foreign') {
      const message = `the signature was made by key ${key.tag}, whose DNSKEY record is none of a zone key: correct its flags and protocol, or sign with another key`
      this.#setbacks.push({ code: 'signature-unusable-key', message, bit: this.#bitOf(key.algorithm) })
      return 0
    }
    // What cannot be checked is told of once, at the key.
    if (key.state !== 'usable') return key.algorithmBit
    if (key.isRevoked && type !== DNSKEY.number) {
      const message = `the signature was made by key ${key.tag}, which is revoked and so vouches for nothing (RFC 5011 §2.1): sign with another key`
      this.#setbacks.push({ code: 'signature-revoked-key', message, bit: key.algorithmBit })
      return 0
    }
    this.jobs.add(from, to, rrsig, key.number)
    return key.isRevoked ? 0 : key.algorithmBit
  }

  /** The bit of an algorithm of the DNSKEY RRset; 0 for any other. */
  #bitOf(algorithm: number): number {
    const bit = this.#keys.algorithms.indexOf(algorithm)
    return bit < 0 ? 0 : 1 << bit
  }

  /** RFC 4034 §3.1.5: times are serial numbers; both ends belong to the time of validity. */
  #untimely(at: number, tag: number): { code: VerifyCode; message: string } | undefined {
    const { octets } = this.#zone.table
    const expiration = readU32(octets, at + RRSIG_EXPIRATION)
    const inception = readU32(octets, at + RRSIG_INCEPTION)
    const now = this.#at
    if (((expiration - inception) | 0) < 0) {
      const message = `the signature by key ${tag} expires (${timeText(expiration, now)}) before it begins (${timeText(inception, now)}): sign the zone again`
      return { code: 'signature-times', message }
    }
    if (((expiration - now) | 0) < 0) {
      return {
        code: 'signature-expired',
        message: `the signature by key ${tag} expired at ${timeText(expiration, now)}: sign the zone again`,
      }
    }
    if (((now - inception) | 0) < 0) {
      const message = `the signature by key ${tag} is not valid before ${timeText(inception, now)}: look at the clock, or sign with an earlier inception`
      return { code: 'signature-not-yet-valid', message }
    }
    return undefined
  }

  /** RFC 4034 §3 and RFC 4035 §2.2: RRset, RRSIG and original TTL are one. */
  #checkTtl(from: number, to: number, rrsig: number, place: () => FaultPlace): void {
    const { table, records } = this.#zone
    const original = readU32(table.octets, table.rdata[rrsig]! + RRSIG_ORIGINAL_TTL)
    for (let position = from; position < to; position++) {
      const ttl = table.ttl[records[position]!]!
      if (ttl === original) continue
      const message = `a record has TTL ${ttl}, the signature was made over ${original} (RFC 4035 §2.2): set the TTL back, or sign the zone again`
      this.#faults.add('original-ttl', place(), message)
      return
    }
    const ttl = table.ttl[rrsig]!
    if (ttl !== original) {
      this.#faults.add(
        'signature-ttl',
        place(),
        () => `the RRSIG has TTL ${ttl}, the RRset ${original}; they should be the same (RFC 4034 §3)`,
      )
    }
  }
}
