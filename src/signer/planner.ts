/**
 * Lays out the records of a signed zone, RRset by RRset, each followed by its RRSIG records with room for the signatures.
 * `planSigning` and the chains of denial write through it.
 */
import { allocateShared } from '../dns/memory.ts'
import { type RecordTable, Zone } from '../zone/index.ts'
import { rrsetTtl } from './node-rules.ts'
import type { SignatureTimes } from './options.ts'
import { RrsigWriter } from './rrsig-writer.ts'
import { isKeyRrset, type SignerSet } from './signers.ts'

export type SigningCounts = { readonly signatures: number; readonly denials: number }

/** Records that a part of the plan holds, about: enough to keep a worker busy for some 20 ms. */
const PART = 2500

/** Appends records of the signed zone, RRset by RRset. The chains of denial write through it. */
export class Planner {
  readonly zone: Zone
  readonly table: RecordTable
  readonly #rrsigs: RrsigWriter
  /** TTL of NSEC and NSEC3 records. */
  readonly #negativeTtl: number
  #order: Uint32Array
  #count = 0
  #signatures = 0
  #denials = 0
  readonly #parts: number[] = [0]

  constructor(zone: Zone, signers: SignerSet, times: SignatureTimes, negativeTtl: number) {
    this.zone = zone
    this.table = zone.table
    this.#negativeTtl = negativeTtl
    this.#rrsigs = new RrsigWriter(zone.table, signers, times)
    const signatures = (zone.records.length + zone.nodeCount) * signers.zone.length
    this.#order = new Uint32Array(zone.records.length + zone.nodeCount + signatures)
    this.#reserve(signatures)
  }

  /** Makes the table large enough at once: memory that is reserved too much is never touched, copies are. */
  #reserve(signatures: number): void {
    const { table, zone } = this
    const denialOctets = zone.nodeCount * (128 + zone.apex.octets.length)
    table.ensure(zone.nodeCount + signatures)
    table.out.ensure(Math.min(denialOctets + signatures * this.#rrsigs.longest, 0xf0000000 - table.out.length))
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
    const ttl = to - from === 1 ? table.ttl[first]! : rrsetTtl(to - from, (i) => table.ttl[zone.records[from + i]!]!)
    for (let i = from; i < to; i++) {
      const index = zone.records[i]!
      // One spelling of the owner serves all records of a name.
      table.ttl[index] = ttl
      table.owner[index] = owner
      this.#push(index)
    }
    const type = table.type[first]!
    if (!Zone.isSigned(zone.kinds[node]!, type)) return
    this.#sign(first, node === 0 && isKeyRrset(type))
  }

  /** Appends an NSEC or NSEC3 record, whose owner and RDATA stand in the table's octets, and its signatures. */
  denial(ownerAt: number, type: number, rdataAt: number, rdataLength: number): void {
    this.divide()
    const index = this.table.record(ownerAt, type, this.#negativeTtl, rdataAt, rdataLength)
    this.#push(index)
    this.#denials++
    this.#sign(index, false)
  }

  /** Appends a blank RRSIG of each key over the RRset that `index` belongs to. */
  #sign(index: number, isOfKeys: boolean): void {
    const first = this.table.count
    const count = this.#rrsigs.add(index, isOfKeys)
    for (let i = 0; i < count; i++) this.#push(first + i)
    this.#signatures += count
  }

  #push(index: number): void {
    if (this.#count === this.#order.length) {
      const grown = new Uint32Array(this.#count * 2)
      grown.set(this.#order)
      this.#order = grown
    }
    this.#order[this.#count++] = index
  }

  /** The types of a node. */
  typesAt(node: number): number[] {
    const { zone } = this
    const types: number[] = []
    for (let position = zone.nodes[node]!, end = zone.nodes[node + 1]!; position < end; ) {
      types.push(zone.typeAt(position))
      position = zone.rrsetEnd(position, end)
    }
    return types
  }
}
