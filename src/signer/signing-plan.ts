/**
 * Plans a signing: every record of the signed zone, in the order of the output, the signatures still blank.
 *
 * The plan walks the zone once. Each RRset is followed by its RRSIG records, whose RDATA is complete but for the signature's
 * octets; the chain of denial comes with the names (NSEC) or after them (NSEC3). `fillSignatures` then makes
 * the signatures, any part of the plan in any thread.
 *
 * What it does not do: choose keys (`signers.ts`), change the apex (`apex.ts`), sign, print.
 */
import { countLabels, isWildcard } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { ZONEMD } from '../dns/rr/index.ts'
import { findAlgorithm, type SigningKey, signatureLength } from '../dnssec/index.ts'
import type { Random, UnixSeconds } from '../ports/index.ts'
import { DELEGATION, OCCLUDED, type RecordTable, Zone } from '../zone/index.ts'
import { chainNodes, NsecChain } from './nsec-chain.ts'
import { addNsec3Chain } from './nsec3-chain.ts'
import type { Denial } from './options.ts'
import { isKeyRrset, type SignerSet } from './signers.ts'

export type PlanOptions = {
  readonly denial: Denial
  readonly negativeTtl: number
  readonly inception: UnixSeconds
  readonly expiration: UnixSeconds
  readonly dnskeyExpiration: UnixSeconds
  readonly jitterSeconds: number
  readonly random: Random
}

export type SigningPlan = {
  readonly zone: Zone
  /** Indices of all records of the signed zone, in the order of the output; shared memory. */
  readonly order: Uint32Array
  /** Positions in `order` at which it may be divided: each part holds whole RRsets with their signatures. */
  readonly parts: Uint32Array
  readonly signers: SignerSet
  /** Positions of the ZONEMD RRset and its signatures; the digest is made last. */
  readonly zonemd: { readonly from: number; readonly to: number } | undefined
  readonly counts: { readonly signatures: number; readonly denials: number }
}

/** Records that a part of the plan holds, about: enough to keep a worker busy for some 20 ms. */
const PART = 2500

/** Adds the records of signing to the zone's table and returns the plan. The zone's apex was prepared. */
export function planSigning(zone: Zone, signers: SignerSet, options: PlanOptions): SigningPlan {
  return new Planner(zone, signers, options).plan()
}

/** Appends records of the signed zone, RRset by RRset. The chains of denial write through it. */
export class Planner {
  readonly zone: Zone
  readonly table: RecordTable
  readonly options: PlanOptions
  readonly #signers: SignerSet
  readonly #keyHeaders: readonly RrsigHeader[]
  readonly #zoneHeaders: readonly RrsigHeader[]
  readonly #jitter: Jitter
  #order: Uint32Array
  #count = 0
  #signatures = 0
  #denials = 0
  readonly #parts: number[] = [0]

  constructor(zone: Zone, signers: SignerSet, options: PlanOptions) {
    this.zone = zone
    this.table = zone.table
    this.options = options
    this.#signers = signers
    const { inception, expiration, dnskeyExpiration } = options
    this.#keyHeaders = signers.keys.map((key) => new RrsigHeader(key, inception, dnskeyExpiration))
    this.#zoneHeaders = signers.zone.map((key) => new RrsigHeader(key, inception, expiration))
    this.#jitter = new Jitter(options.jitterSeconds, options.random)
    const guess = zone.records.length + zone.nodeCount * 2
    this.#order = new Uint32Array(guess + guess * signers.zone.length)
  }

  plan(): SigningPlan {
    const { zone, options } = this
    const nodes = chainNodes(zone)
    const nsec = options.denial.kind === 'nsec' ? new NsecChain(this, nodes) : undefined
    let zonemd: SigningPlan['zonemd']
    for (let node = 0; node < zone.nodeCount; node++) {
      if (this.#count - this.#parts.at(-1)! >= PART) this.#parts.push(this.#count)
      const kind = zone.kinds[node]!
      const end = zone.nodes[node + 1]!
      for (let position = zone.nodes[node]!; position < end; ) {
        const next = zone.rrsetEnd(position, end)
        const from = this.#count
        this.#rrset(position, next, node)
        if (node === 0 && zone.typeAt(position) === ZONEMD.number) zonemd = { from, to: this.#count }
        position = next
      }
      if (kind !== OCCLUDED) nsec?.addFor(node)
    }
    if (options.denial.kind === 'nsec3') addNsec3Chain(this, nodes, options.denial)
    this.#parts.push(this.#count)
    const order = new Uint32Array(new SharedArrayBuffer(this.#count * 4))
    order.set(this.#order.subarray(0, this.#count))
    const counts = { signatures: this.#signatures, denials: this.#denials }
    return { zone, order, parts: Uint32Array.from(this.#parts), signers: this.#signers, zonemd, counts }
  }

  /** Appends one RRset of the zone as it is, and its signatures where it gets any. */
  #rrset(from: number, to: number, node: number): void {
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
    if (this.#count - this.#parts.at(-1)! >= PART * 2) this.#parts.push(this.#count)
    const index = this.table.record(ownerAt, type, this.options.negativeTtl, rdataAt, rdataLength)
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
      if (zone.kinds[node] !== DELEGATION || type === NS_TYPE || type === DS_TYPE) types.push(type)
      position = zone.rrsetEnd(position, end)
    }
    return types
  }
}

const NS_TYPE = 2
const DS_TYPE = 43
const RRSIG_TYPE = 46

/** The part of RRSIG RDATA that is the same for all signatures of a key, written once (RFC 4034 §3.1). */
class RrsigHeader {
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #expiration: number
  readonly #length: number

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
    this.#length = 18 + signer.length + length
  }

  /** Adds the RRSIG record with a blank signature; returns its index. */
  add(table: RecordTable, owner: number, type: number, labels: number, ttl: number, earlier: number): number {
    this.#view.setUint16(0, type)
    this.#octets[3] = labels
    this.#view.setUint32(4, ttl)
    this.#view.setUint32(8, this.#expiration - earlier)
    const { out } = table
    out.ensure(this.#length)
    const at = out.length
    out.octets.set(this.#octets, at)
    // What stands in the room for the signature does not matter: all of it is written over.
    out.length = at + this.#length
    return table.record(owner, RRSIG_TYPE, ttl, at, this.#length)
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
