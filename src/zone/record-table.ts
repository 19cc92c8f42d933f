/**
 * Many records in few objects: names and RDATA lie in one growing run of octets, and columns of numbers say where. All of it
 * is shared memory, so that workers sign, verify and print the same records without copies.
 *
 * A record is its index. Records are only ever added; RDATA may be written in place by whoever made room for it (a signature
 * that a worker fills in). RDATA in the table is well-formed for its type.
 */
import { allocateShared } from '../dns/memory.ts'
import { type MemoryAccount, OctetWriter } from '../dns/octets.ts'
import type { RecordSink } from '../dns/text/index.ts'

/** The memory of a table, as it is posted to a worker. */
export type SharedTable = {
  readonly octets: SharedArrayBuffer
  readonly octetCount: number
  readonly columns: SharedArrayBuffer
  readonly capacity: number
  readonly count: number
}

/** Octets that the columns take for each record: owner, RDATA offset and TTL (4 each), type and RDATA length (2 each). */
const ROW = 16

export class RecordTable implements RecordSink {
  readonly out: OctetWriter
  count = 0
  #capacity = 0
  #columns: SharedArrayBuffer
  readonly #account: MemoryAccount | undefined
  /** Offset of the owner name. */
  owner: Uint32Array
  /** Offset of the RDATA. */
  rdata: Uint32Array
  ttl: Uint32Array
  type: Uint16Array
  rdataLength: Uint16Array

  /** `account` answers for the memory. */
  constructor(
    expected: { records: number; octets: number } = { records: 1024, octets: 1 << 16 },
    account?: MemoryAccount,
  ) {
    this.#account = account
    this.out = new OctetWriter(expected.octets, { shared: true, what: 'the names and data of a zone', account })
    this.#columns = new SharedArrayBuffer(0)
    this.owner = this.rdata = this.ttl = new Uint32Array(0)
    this.type = this.rdataLength = new Uint16Array(0)
    this.#allocateColumns(Math.max(expected.records, 16))
  }

  /** The table that another thread shares. It must not add records while this one reads it. */
  static fromShared(shared: SharedTable): RecordTable {
    const table = new RecordTable({ records: 0, octets: 0 })
    table.out.octets = new Uint8Array(shared.octets, 0, shared.octetCount)
    table.out.length = shared.octetCount
    table.#setColumns(shared.columns, shared.capacity)
    table.count = shared.count
    return table
  }

  share(): SharedTable {
    const { buffer } = this.out.octets
    if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('the table is not in shared memory')
    return {
      octets: buffer,
      octetCount: this.out.length,
      columns: this.#columns,
      capacity: this.#capacity,
      count: this.count,
    }
  }

  #allocateColumns(capacity: number): void {
    this.#account?.take(capacity * ROW)
    this.#setColumns(allocateShared(capacity * ROW, `the ${capacity} records of a zone`), capacity)
  }

  #setColumns(memory: SharedArrayBuffer, capacity: number): void {
    this.#columns = memory
    this.#capacity = capacity
    this.owner = new Uint32Array(memory, 0, capacity)
    this.rdata = new Uint32Array(memory, capacity * 4, capacity)
    this.ttl = new Uint32Array(memory, capacity * 8, capacity)
    this.type = new Uint16Array(memory, capacity * 12, capacity)
    this.rdataLength = new Uint16Array(memory, capacity * 14, capacity)
  }

  /** Makes room for `n` more records. */
  ensure(n: number): void {
    if (this.count + n <= this.#capacity) return
    const { owner, rdata, ttl, type, rdataLength } = this
    const before = this.#capacity
    this.#allocateColumns(Math.max(this.count + n, before * 2))
    this.owner.set(owner)
    this.rdata.set(rdata)
    this.ttl.set(ttl)
    this.type.set(type)
    this.rdataLength.set(rdataLength)
    this.#account?.give(before * ROW)
  }

  /** Adds a record whose owner and RDATA stand in `out` already. Returns its index. */
  record(ownerAt: number, type: number, ttl: number, rdataAt: number, rdataLength: number): number {
    this.ensure(1)
    const index = this.count++
    this.owner[index] = ownerAt
    this.type[index] = type
    this.ttl[index] = ttl
    this.rdata[index] = rdataAt
    this.rdataLength[index] = rdataLength
    return index
  }

  /** Adds a record from octets elsewhere. Returns its index. */
  add(owner: Uint8Array, type: number, ttl: number, rdata: Uint8Array): number {
    const ownerAt = this.addOctets(owner)
    return this.record(ownerAt, type, ttl, this.addOctets(rdata), rdata.length)
  }

  /** Takes out records; the others move up and get new indices. */
  removeWhere(drop: (index: number) => boolean): void {
    let kept = 0
    for (let i = 0; i < this.count; i++) {
      if (drop(i)) continue
      if (kept !== i) {
        this.owner[kept] = this.owner[i]!
        this.rdata[kept] = this.rdata[i]!
        this.ttl[kept] = this.ttl[i]!
        this.type[kept] = this.type[i]!
        this.rdataLength[kept] = this.rdataLength[i]!
      }
      kept++
    }
    this.count = kept
  }

  /** Appends octets and returns where they stand. */
  addOctets(octets: Uint8Array): number {
    const at = this.out.length
    this.out.bytes(octets)
    return at
  }

  get octets(): Uint8Array {
    return this.out.octets
  }

  rdataEnd(index: number): number {
    return this.rdata[index]! + this.rdataLength[index]!
  }

  /** A copy of the RDATA. */
  rdataOf(index: number): Uint8Array {
    return this.octets.slice(this.rdata[index]!, this.rdataEnd(index))
  }
}
