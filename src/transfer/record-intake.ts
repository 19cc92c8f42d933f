/**
 * Takes records out of messages of a transfer into tables: names and RDATA uncompressed and well-formed, all of the zone, within
 * the limits. Neighbouring records of one owner share its octets.
 */
import { DnsError } from '../dns/errors.ts'
import { expandName, isAtOrBelow, MAX_NAME, type Name, nameText } from '../dns/name/index.ts'
import { compareOctets } from '../dns/octets.ts'
import { CLASS_IN, recordType, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { expandRdata, type MessageView, type RecordCursor } from '../dns/wire/index.ts'
import type { RecordTable } from '../zone/index.ts'
import { TransferFailure } from './transfer-faults.ts'

/** RFC 6895 §3.1: 128 to 255 are for questions and messages. */
const FIRST_META = 128
const LAST_META = 255
/** RFC 2181 §8: a TTL with the highest bit set is taken as 0. */
const MAX_TTL = 0x7fffffff

export type IntakeLimits = { readonly octets: number; readonly records: number }

export class RecordIntake {
  readonly #zone: Name
  readonly #limits: IntakeLimits
  #records = 0
  #octets = 0
  /** The table that was added to last, and where the owner stands that its last record has. */
  #table: RecordTable | undefined
  #ownerAt = 0
  #ownerEnd = 0

  constructor(zone: Name, limits: IntakeLimits) {
    this.#zone = zone
    this.#limits = limits
  }

  get records(): number {
    return this.#records
  }

  /** Adds the record at the cursor to the table and returns its index. Throws TransferFailure. */
  take(view: MessageView, cursor: RecordCursor, table: RecordTable): number {
    if (++this.#records > this.#limits.records) {
      throw new TransferFailure('too-large', `more than ${this.#limits.records} records`)
    }
    if (cursor.class !== CLASS_IN) throw new TransferFailure('wrong-class', `a record of class ${cursor.class}`)
    const before = table.out.length
    try {
      return this.#add(view, cursor, table)
    } catch (error) {
      if (error instanceof DnsError && error.code === 'limit-exceeded') {
        throw new TransferFailure('too-large', error.message)
      }
      throw error
    } finally {
      this.#octets += table.out.length - before
    }
  }

  #add(view: MessageView, cursor: RecordCursor, table: RecordTable): number {
    const { type } = cursor
    const { out } = table
    const ownerAt = this.#takeOwner(view, cursor, table)
    const isMeta = (type >= FIRST_META && type <= LAST_META) || recordType(type)?.declaration.only !== undefined
    if (isMeta || type === 0) {
      throw new TransferFailure(
        'bad-record',
        `${nameText(out.octets, ownerAt)} ${typeMnemonic(type)} cannot be in a zone`,
      )
    }
    if (type === SOA.number && !isAtOrBelow(this.#zone.octets, 0, out.octets, ownerAt)) {
      throw new TransferFailure('bad-record', `a SOA at ${nameText(out.octets, ownerAt)}, below the apex`)
    }
    const rdataAt = out.length
    if (!expandRdata(type, cursor.class, view.octets, cursor.rdataAt, cursor.rdataEnd, out)) {
      throw new TransferFailure(
        'bad-rdata',
        `${nameText(out.octets, ownerAt)} ${typeMnemonic(type)} has malformed RDATA`,
      )
    }
    if (this.#octets + out.length - rdataAt > this.#limits.octets) {
      throw new TransferFailure('too-large', `the records have more than ${this.#limits.octets} octets`)
    }
    const ttl = cursor.ttl > MAX_TTL ? 0 : cursor.ttl
    return table.record(ownerAt, type, ttl, rdataAt, out.length - rdataAt)
  }

  /** Writes the owner, or finds that it is the one of the record before, case included. */
  #takeOwner(view: MessageView, cursor: RecordCursor, table: RecordTable): number {
    const { out } = table
    out.ensure(MAX_NAME)
    const at = out.length
    const end = expandName(view.octets, cursor.ownerAt, view.length, out.octets, at)
    if (end < 0) throw new TransferFailure('malformed', 'the owner of a record is no name')
    const { octets } = out
    if (table === this.#table && compareOctets(octets, this.#ownerAt, this.#ownerEnd, octets, at, end) === 0) {
      return this.#ownerAt
    }
    if (!isAtOrBelow(octets, at, this.#zone.octets, 0)) {
      throw new TransferFailure('out-of-zone', `${nameText(octets, at)} is not in the zone ${this.#zone}`)
    }
    out.length = end
    this.#table = table
    this.#ownerAt = at
    this.#ownerEnd = end
    return at
  }
}
