/**
 * Gathers what the signing of a change removes and adds. RRsets that get new signatures stand in one table as a whole, each with
 * its RRSIG records behind it, so that signatures are made as those of a whole zone are; their records that the zone has
 * already are taken out at the end.
 */
import type { Name } from '../dns/name/index.ts'
import { equalOctets } from '../dns/octets.ts'
import { RRSIG } from '../dns/rr/index.ts'
import { RecordTable, type ViewRecord, type ViewRrset } from '../zone/index.ts'
import type { SignatureTimes } from './options.ts'
import { RrsigWriter } from './rrsig-writer.ts'
import { isKeyRrset, type SignerSet } from './signers.ts'

const SMALL = { records: 32, octets: 4096 }

export class ChangeRecords {
  readonly apex: Name
  readonly table: RecordTable = new RecordTable(SMALL)
  readonly removed: RecordTable = new RecordTable(SMALL)
  /** Indices of the records of `table` that are in the zone already. */
  readonly present: number[] = []
  /** RRsets to be signed, each followed by its RRSIG records. */
  readonly order: number[] = []
  readonly #rrsigs: RrsigWriter
  /** Where the names of the table stand. */
  readonly #owners = new Map<string, number>()
  #lastRemoved: { readonly owner: Name; readonly at: number } | undefined

  constructor(apex: Name, signers: SignerSet, times: SignatureTimes) {
    this.apex = apex
    this.#rrsigs = new RrsigWriter(this.table, signers, times)
  }

  /** Where the apex stands in the table; -1 when it owns nothing there. */
  get apexAt(): number {
    return this.#owners.get(this.apex.key) ?? -1
  }

  /** Removes an RRset, where there is one, and all signatures over it. */
  remove(owner: Name, rrset: ViewRrset | undefined): void {
    if (rrset === undefined) return
    this.#remove(owner, rrset.type, rrset.records)
    this.removeSignatures(owner, rrset)
  }

  removeSignatures(owner: Name, { signatures }: ViewRrset): void {
    this.#remove(owner, RRSIG.number, signatures)
  }

  /** Gives the records of an RRset of the zone one TTL. */
  setTtl(owner: Name, { type, records }: ViewRrset, ttl: number): void {
    const others = records.filter((record) => record.ttl !== ttl)
    this.#remove(owner, type, others)
    for (const { rdata } of others) this.#add(owner, type, ttl, rdata)
  }

  /** Gives the records of an RRset of the zone one TTL, and signs it. */
  sign(owner: Name, { type, records }: ViewRrset, ttl: number): void {
    const indices = records.map((record) => {
      if (record.ttl !== ttl) this.#remove(owner, type, [record])
      const index = this.#add(owner, type, ttl, record.rdata)
      if (record.ttl === ttl) this.present.push(index)
      return index
    })
    this.#sign(indices, owner, type)
  }

  /**
   * Puts a record of a chain of denial in the place of what is there, and signs it; does nothing where one that is the same is
   * there already.
   */
  replaceDenial(
    owner: Name,
    type: number,
    old: ViewRrset | undefined,
    ttl: number,
    rdata: Uint8Array,
    isSame: (a: Uint8Array, b: Uint8Array) => boolean = equalOctets,
  ): void {
    const [record, ...others] = old?.records ?? []
    const isAlone = record !== undefined && others.length === 0
    if (isAlone && record.ttl === ttl && isSame(record.rdata, rdata) && old !== undefined && isSigned(old)) return
    this.remove(owner, old)
    this.#sign([this.#add(owner, type, ttl, rdata)], owner, type)
  }

  #add(owner: Name, type: number, ttl: number, rdata: Uint8Array): number {
    const { table } = this
    let at = this.#owners.get(owner.key)
    if (at === undefined) {
      at = table.addOctets(owner.octets)
      this.#owners.set(owner.key, at)
    }
    return table.record(at, type, ttl, table.addOctets(rdata), rdata.length)
  }

  #remove(owner: Name, type: number, records: readonly ViewRecord[]): void {
    const { removed } = this
    for (const { ttl, rdata } of records) {
      // What is removed at one name mostly stands together, and shares it.
      if (this.#lastRemoved?.owner !== owner) this.#lastRemoved = { owner, at: removed.addOctets(owner.octets) }
      removed.record(this.#lastRemoved.at, type, ttl, removed.addOctets(rdata), rdata.length)
    }
  }

  #sign(indices: readonly number[], owner: Name, type: number): void {
    const first = indices[0]
    if (first === undefined) return
    this.order.push(...indices)
    const signature = this.table.count
    const count = this.#rrsigs.add(first, isKeyRrset(type) && owner.equals(this.apex))
    for (let i = 0; i < count; i++) this.order.push(signature + i)
  }
}

export function isSigned({ signatures }: ViewRrset): boolean {
  return signatures.length > 0
}
