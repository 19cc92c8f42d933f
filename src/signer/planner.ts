/**
 * Lays out the records of a signed zone, RRset by RRset, each followed by its RRSIG records with room for the signatures.
 * `planSigning` and the chains of denial write through it.
 */
import { allocateShared } from '../dns/memory.ts'
import { countLabels, isWildcard } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { DS, NS, RRSIG } from '../dns/rr/index.ts'
import { findAlgorithm, type SigningKey, signatureLength } from '../dnssec/index.ts'
import type { Random, UnixSeconds } from '../ports/index.ts'
import { DELEGATION, type RecordTable, Zone } from '../zone/index.ts'
import type { SigningOptions } from './options.ts'
import { isKeyRrset, type SignerSet } from './signers.ts'

export type SigningCounts = { readonly signatures: number; readonly denials: number }

/** Records that a part of the plan holds, about: enough to keep a worker busy for some 20 ms. */
const PART = 2500

/** Appends records of the signed zone, RRset by RRset. The chains of denial write through it. */
export class Planner {
  readonly zone: Zone
  readonly table: RecordTable
  readonly #keyHeaders: readonly RrsigHeader[]
  readonly #zoneHeaders: readonly RrsigHeader[]
  readonly #jitter: Jitter
  /** TTL of NSEC and NSEC3 records. */
  readonly #negativeTtl: number
  #order: Uint32Array
  #count = 0
  #signatures = 0
  #denials = 0
  readonly #parts: number[] = [0]

  constructor(zone: Zone, signers: SignerSet, options: SigningOptions, negativeTtl: number) {
    this.zone = zone
    this.table = zone.table
    this.#negativeTtl = negativeTtl
    const { inception, expiration, dnskeyExpiration = expiration } = options
    this.#keyHeaders = signers.keys.map((key) => new RrsigHeader(key, inception, dnskeyExpiration))
    this.#zoneHeaders = signers.zone.map((key) => new RrsigHeader(key, inception, expiration))
    this.#jitter = new Jitter(options.jitterSeconds, options.random)
    const signatures = (zone.records.length + zone.nodeCount) * signers.zone.length
    this.#order = new Uint32Array(zone.records.length + zone.nodeCount + signatures)
    this.#reserve(signatures)
  }

  /** Makes the table large enough at once: memory that is reserved too much is never touched, copies are. */
  #reserve(signatures: number): void {
    const { table, zone } = this
    const longest = Math.max(...this.#zoneHeaders.map((header) => header.length))
    const denialOctets = zone.nodeCount * (128 + zone.apex.octets.length)
    table.ensure(zone.nodeCount + signatures)
    table.out.ensure(Math.min(denialOctets + signatures * longest, 0xf0000000 - table.out.length))
  }

  /** Records so far: the position of the next one. */
  get count(): number {
    return this.#count
  }

  /** Lets a new part begin here, when the one before is large enough. */
  divide(): void {
    if (this.#count - this.#parts.at(-1)! >= PART) this.#parts.push(this.#count)
  }

  /** All of it, in shared memory. */
  finish(): { order: Uint32Array; parts: Uint32Array; counts: SigningCounts } {
    this.#parts.push(this.#count)
    const order = new Uint32Array(allocateShared(this.#count * 4, 'the order of the signed zone'))
    order.set(this.#order.subarray(0, this.#count))
    return {
      order,
      parts: Uint32Array.from(this.#parts),
      counts: { signatures: this.#signatures, denials: this.#denials },
    }
  }

  /** Appends one RRset of the zone as it is, and its signatures where it gets any. */
  rrset(from: number, to: number, node: number): void {
    const { zone, table } = this
    const owner = zone.ownerOf(node)
    const first = zone.records[from]!
    let ttl = table.ttl[first]!
    for (let i = from + 1; i < to; i++) ttl = Math.min(ttl, table.ttl[zone.records[i]!]!)
    for (let i = from; i < to; i++) {
      const index = zone.records[i]!
      // RFC 2181 §5.2: the records of an RRset have one TTL. One spelling of the owner serves all of a name.
      table.ttl[index] = ttl
      table.owner[index] = owner
      this.#push(index)
    }
    const type = table.type[first]!
    if (!Zone.isSigned(zone.kinds[node]!, type)) return
    this.#sign(first, node === 0 && isKeyRrset(type) ? this.#keyHeaders : this.#zoneHeaders)
  }

  /** Appends an NSEC or NSEC3 record, whose owner and RDATA stand in the table's octets, and its signatures. */
  denial(ownerAt: number, type: number, rdataAt: number, rdataLength: number): void {
    this.divide()
    const index = this.table.record(ownerAt, type, this.#negativeTtl, rdataAt, rdataLength)
    this.#push(index)
    this.#denials++
    this.#sign(index, this.#zoneHeaders)
  }

  /** Appends a blank RRSIG of each key over the RRset that `index` belongs to. */
  #sign(index: number, headers: readonly RrsigHeader[]): void {
    const { table } = this
    const owner = table.owner[index]!
    const ttl = table.ttl[index]!
    const labels = countLabels(table.octets, owner) - (isWildcard(table.octets, owner) ? 1 : 0)
    const earlier = this.#jitter.next()
    for (let i = 0; i < headers.length; i++) {
      this.#push(headers[i]!.add(table, owner, table.type[index]!, labels, ttl, earlier))
      this.#signatures++
    }
  }

  #push(index: number): void {
    if (this.#count === this.#order.length) {
      const grown = new Uint32Array(this.#count * 2)
      grown.set(this.#order)
      this.#order = grown
    }
    this.#order[this.#count++] = index
  }

  /** Types present at a node that the parent-side chain tells of: all, or at a delegation only those that are ours. */
  typesAt(node: number): number[] {
    const { zone } = this
    const types: number[] = []
    for (let position = zone.nodes[node]!, end = zone.nodes[node + 1]!; position < end; ) {
      const type = zone.typeAt(position)
      if (zone.kinds[node] !== DELEGATION || type === NS.number || type === DS.number) types.push(type)
      position = zone.rrsetEnd(position, end)
    }
    return types
  }
}

/** The part of RRSIG RDATA that is the same for all signatures of a key, written once (RFC 4034 §3.1). */
class RrsigHeader {
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #expiration: number
  /** Octets of the whole RDATA. */
  readonly length: number

  constructor(key: SigningKey, inception: UnixSeconds, expiration: UnixSeconds) {
    const row = findAlgorithm(key.algorithm)
    const length = row === 'unsupported' ? 0 : signatureLength(row, key.publicKey)
    const signer = key.zone.toCanonical().octets
    this.#octets = new Uint8Array(18 + signer.length)
    this.#octets[2] = key.algorithm
    this.#octets.set(signer, 18)
    this.#view = new DataView(this.#octets.buffer)
    this.#view.setUint32(12, inception)
    this.#view.setUint16(16, key.tag)
    this.#expiration = expiration
    this.length = 18 + signer.length + length
  }

  /** Adds the RRSIG record with a blank signature; returns its index. */
  add(table: RecordTable, owner: number, type: number, labels: number, ttl: number, earlier: number): number {
    this.#view.setUint16(0, type)
    this.#octets[3] = labels
    this.#view.setUint32(4, ttl)
    this.#view.setUint32(8, this.#expiration - earlier)
    const { out } = table
    out.ensure(this.length)
    const at = out.length
    out.octets.set(this.#octets, at)
    // What stands in the room for the signature does not matter: all of it is written over.
    out.length = at + this.length
    return table.record(owner, RRSIG.number, ttl, at, this.length)
  }
}

/** Seconds that a signature ends earlier, so that not all end at once. */
class Jitter {
  readonly #seconds: number
  readonly #random: Random
  #octets: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(seconds: number, random: Random) {
    this.#seconds = seconds
    this.#random = random
  }

  next(): number {
    if (this.#seconds === 0) return 0
    if (this.#at + 2 >= this.#octets.length) {
      this.#octets = this.#random.bytes(4096)
      this.#at = 0
    }
    const draw = readU16(this.#octets, this.#at)
    this.#at += 2
    return Math.floor((draw / 65536) * this.#seconds)
  }
}
