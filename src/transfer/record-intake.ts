/**
 * Takes records out of messages of a transfer into tables: names and RDATA uncompressed and well-formed, within the limits.
 * Neighbouring records of one owner share its octets. Records of names outside the zone are left out and counted.
 */
import { equalNames, expandName, isAtOrBelow, MAX_NAME, type Name, nameText } from '../dns/name/index.ts'
import { compareOctets, type MemoryAccount } from '../dns/octets.ts'
import { CLASS_IN, recordType, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { expandRdata, type MessageView, type RecordCursor } from '../dns/wire/index.ts'
import type { OutOfZone, RecordTable } from '../zone/index.ts'
import { TransferFailure } from './transfer-faults.ts'

/** RFC 6895 §3.1: 128 to 255 are for questions and messages. */
const FIRST_META = 128
const LAST_META = 255
/** RFC 2181 §8: a TTL with the highest bit set is taken as 0. */
const MAX_TTL = 0x7fffffff

/** Records outside the zone that are named to people. */
const EXAMPLES = 10

/** Records that are accounted for at a time. */
const BATCH = 1024

export type IntakeLimits = { readonly octets: number; readonly records: number }

export class RecordIntake {
  /** What was left out. */
  readonly outOfZone: OutOfZone = { count: 0, examples: [] }
  readonly #zone: Name
  readonly #limits: IntakeLimits
  readonly #account: MemoryAccount | undefined
  #records = 0
  #octets = 0
  /** Whether the owner that was read last is at or below the apex. */
  #isInside = false
  /** The table that was added to last, and where the owner stands that its last record has. */
  #table: RecordTable | undefined
  #ownerAt = 0
  #ownerEnd = 0

  /** `account` answers for what is made of the records later; the tables for themselves. */
  constructor(zone: Name, limits: IntakeLimits, account?: MemoryAccount) {
    this.#zone = zone
    this.#limits = limits
    this.#account = account
  }

  get records(): number {
    return this.#records
  }

  /**
   * Adds the record at the cursor to the table. Returns its index, or -1 when it is outside the zone. `later`: the octets that
   * will be needed for it when the transfer is complete. Throws TransferFailure, or
   * DnsError `limit-exceeded` when there is no memory for it.
   */
  take(view: MessageView, cursor: RecordCursor, table: RecordTable, later: number): number {
    if (++this.#records > this.#limits.records) {
      throw new TransferFailure('too-large', `more than ${this.#limits.records} records`)
    }
    if (cursor.class !== CLASS_IN) throw new TransferFailure('wrong-class', `a record of class ${cursor.class}`)
    const before = table.out.length
    try {
      if (this.#records % BATCH === 0) this.#account?.take(BATCH * later)
      return this.#add(view, cursor, table)
    } finally {
      this.#octets += table.out.length - before
    }
  }

  #add(view: MessageView, cursor: RecordCursor, table: RecordTable): number {
    const { type } = cursor
    const { out } = table
    const at = out.length
    const ownerAt = this.#takeOwner(view, cursor, table)
    const isMeta = (type >= FIRST_META && type <= LAST_META) || recordType(type)?.declaration.only !== undefined
    if (isMeta || type === 0) {
      throw new TransferFailure(
        'bad-record',
        `${nameText(out.octets, ownerAt)} ${typeMnemonic(type)} cannot be in a zone`,
      )
    }
    // RFC 5936 §2.2: SOA records delimit a transfer, so one of another name cannot be left out.
    if (type === SOA.number && !equalNames(this.#zone.octets, 0, out.octets, ownerAt)) {
      throw new TransferFailure('bad-record', `a SOA at ${nameText(out.octets, ownerAt)}, which is not the apex`)
    }
    const rdataAt = out.length
    if (!expandRdata(type, cursor.class, view.octets, cursor.rdataAt, cursor.rdataEnd, out)) {
      throw new TransferFailure(
        'bad-rdata',
        `${nameText(out.octets, ownerAt)} ${typeMnemonic(type)} has malformed RDATA`,
      )
    }
    if (!this.#isInside) {
      this.#leaveOut(out.octets, ownerAt, type)
      out.length = at
      return -1
    }
    if (this.#octets + out.length - at > this.#limits.octets) {
      throw new TransferFailure('too-large', `the records have more than ${this.#limits.octets} octets`)
    }
    const ttl = cursor.ttl > MAX_TTL ? 0 : cursor.ttl
    return table.record(ownerAt, type, ttl, rdataAt, out.length - rdataAt)
  }

  #leaveOut(octets: Uint8Array, ownerAt: number, type: number): void {
    const { outOfZone } = this
    outOfZone.count++
    if (outOfZone.examples.length >= EXAMPLES) return
    outOfZone.examples.push(`${nameText(octets, ownerAt)} ${typeMnemonic(type)}`)
  }

  /** Writes the owner, or finds that it is the one of the last record that was kept, case included. */
  #takeOwner(view: MessageView, cursor: RecordCursor, table: RecordTable): number {
    const { out } = table
    out.ensure(MAX_NAME)
    const at = out.length
    const end = expandName(view.octets, cursor.ownerAt, view.length, out.octets, at)
    if (end < 0) throw new TransferFailure('malformed', 'the owner of a record is no name')
    const { octets } = out
    if (table === this.#table && compareOctets(octets, this.#ownerAt, this.#ownerEnd, octets, at, end) === 0) {
      this.#isInside = true
      return this.#ownerAt
    }
    out.length = end
    this.#isInside = isAtOrBelow(octets, at, this.#zone.octets, 0)
    if (!this.#isInside) return at
    this.#table = table
    this.#ownerAt = at
    this.#ownerEnd = end
    return at
  }
}
