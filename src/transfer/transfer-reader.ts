/**
 * Reads the answer to an AXFR or IXFR query, message by message, as a stream or a datagram gave them. TLS carries the same
 * messages as TCP (RFC 9103 §7).
 *
 *            first SOA                    AXFR, or no SOA second              the first SOA again
 *   begin ──────────────► second ─────────────────────────────────► whole ─────────────────────────► full
 *                │          │ SOA of our serial                              SOA
 *                │          └──────────────────────────────► removing ───────────────► adding ──────► incremental
 *                │ the serial is ours                            ▲     SOA of the same serial  │ the first SOA again
 *                └─────────────────────► up-to-date              └─────────────────────────────┘
 *
 * Nothing is given out before the end was seen, so that a connection that breaks leaves nothing half done. Records may come
 * twice (RFC 5936 §2.2); arranging the table as a zone drops them. Records outside the zone are left out and counted.
 *
 * What it does not do: verify a TSIG (the caller does, before `read`); say whether the zone is any good.
 */
import { DnsError } from '../dns/errors.ts'
import { isAtOrBelow, type Name, nameText } from '../dns/name/index.ts'
import { type MemoryAccount, readU32 } from '../dns/octets.ts'
import { CLASS_IN, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { compareSerials, isNewerSerial, type Serial, soaSerial } from '../dns/serial.ts'
import { MessageView, OPTION_EXPIRE, type RecordCursor, rcodeMnemonic, SECTION_ANSWER } from '../dns/wire/index.ts'
import { type OutOfZone, RecordTable, type ZoneChange } from '../zone/index.ts'
import { DEFAULT_READER_LIMITS, type ReaderLimits } from './reader-limits.ts'
import { RecordIntake } from './record-intake.ts'
import { TransferFailure, type TransferFault } from './transfer-faults.ts'
import { TYPE_AXFR, TYPE_IXFR } from './transfer-query.ts'

export type ReaderQuery = {
  readonly id: number
  readonly zone: Name
  readonly form: 'axfr' | 'ixfr'
  /** The serial of the version that is held: needed for IXFR; for AXFR, given when only a newer zone is to be taken. */
  readonly serial?: Serial
}

/** Octets that a record takes while it is put in order, and while a difference of a zone is put together and applied. */
const ARRANGED_OCTETS = 64
const CHANGED_OCTETS = 512

export type TransferOutcome =
  | { readonly kind: 'up-to-date'; readonly serial: Serial }
  | { readonly kind: 'full'; readonly serial: Serial; readonly table: RecordTable }
  | { readonly kind: 'incremental'; readonly serial: Serial; readonly changes: readonly ZoneChange[] }

export type TransferStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'done'; readonly outcome: TransferOutcome }
  /** `text` tells a person; `rcode` is set with the reason `rcode`. */
  | { readonly kind: 'failed'; readonly reason: TransferFault; readonly text: string; readonly rcode?: number }

type Stage = 'begin' | 'second' | 'whole' | 'removing' | 'adding' | 'end'

type OpenChange = { removed: RecordTable; added: RecordTable; fromSerial: Serial; toSerial: Serial }

const MORE: TransferStep = { kind: 'more' }

export class TransferReader {
  readonly #query: ReaderQuery
  readonly #limits: ReaderLimits
  readonly #view = new MessageView()
  readonly #intake: RecordIntake
  #stage: Stage = 'begin'
  #messages = 0
  #octets = 0
  /** The first SOA, and the whole zone behind it in a full answer. */
  readonly #table: RecordTable
  readonly #account: MemoryAccount | undefined
  #serial: Serial = 0
  readonly #changes: OpenChange[] = []
  #outcome: TransferOutcome | undefined
  #failure: TransferStep | undefined
  #expireSeconds: number | undefined

  /** `account` answers for the memory of what is read. What it throws as DnsError `limit-exceeded` ends the transfer. */
  constructor(query: ReaderQuery, limits: Partial<ReaderLimits> = {}, account?: MemoryAccount) {
    if (query.form === 'ixfr' && query.serial === undefined) throw new RangeError('an IXFR query has a serial')
    this.#query = query
    this.#limits = { ...DEFAULT_READER_LIMITS, ...limits }
    this.#account = account
    this.#table = new RecordTable({ records: 64, octets: 4096 }, account)
    this.#intake = new RecordIntake(query.zone, this.#limits, account)
  }

  /** What the primary's EDNS EXPIRE option said, in seconds (RFC 7314 §3). */
  get expireSeconds(): number | undefined {
    return this.#expireSeconds
  }

  /** Records taken so far, all SOA records counted. */
  get records(): number {
    return this.#intake.records
  }

  /** Records that are not of the zone and were left out, as when a file is loaded. */
  get outOfZone(): OutOfZone {
    return this.#intake.outOfZone
  }

  /** Octets of the messages read so far. */
  get octets(): number {
    return this.#octets
  }

  /** Reads the next message. After a failure, or the end, it stays at that. */
  read(message: Uint8Array): TransferStep {
    if (this.#failure !== undefined) return this.#failure
    try {
      this.#readMessage(message)
    } catch (error) {
      const { reason, message: text, rcode } = failureIn(error)
      this.#failure = { kind: 'failed', reason, text, ...(rcode === undefined ? {} : { rcode }) }
      return this.#failure
    }
    return this.#outcome === undefined ? MORE : { kind: 'done', outcome: this.#outcome }
  }

  /** The stream ended, or there was but one datagram: the outcome, if it was complete. */
  end(): TransferStep {
    if (this.#failure !== undefined) return this.#failure
    if (this.#outcome !== undefined) return { kind: 'done', outcome: this.#outcome }
    return {
      kind: 'failed',
      reason: 'incomplete',
      text: `the transfer ended in the middle, after ${this.records} records`,
    }
  }

  #readMessage(message: Uint8Array): void {
    const view = this.#view
    if (this.#outcome !== undefined) throw new TransferFailure('after-end', 'a message follows the end of the transfer')
    this.#octets += message.length
    if (this.#messages >= this.#limits.records) {
      throw new TransferFailure('too-large', `more than ${this.#limits.records} messages`)
    }
    if (this.#octets > this.#limits.octets) {
      throw new TransferFailure('too-large', `the messages have more than ${this.#limits.octets} octets`)
    }
    const fault = view.parse(message) ?? view.scan()
    if (fault !== undefined) throw new TransferFailure('malformed', `a message cannot be read: ${fault}`)
    if (view.trailing > 0) throw new TransferFailure('malformed', `${view.trailing} octets follow the last record`)
    this.#checkHeader(view)
    if (this.#messages++ === 0) this.#readExpire(view)
    const cursor = view.records()
    let answers = 0
    while (cursor.step() && cursor.section === SECTION_ANSWER) {
      answers++
      if (this.#stage === 'end') {
        // Some servers answer IXFR with the whole zone even to a client that has it.
        if (this.#isUpToDate) return
        throw new TransferFailure('after-end', 'records follow the closing SOA')
      }
      this.#readRecord(cursor)
    }
    // RFC 9103 §7.9.1: messages in the middle may hold nothing but padding.
    if (answers === 0 && (this.#stage === 'begin' || !view.hasEdns)) {
      throw new TransferFailure('empty', 'a message without any record')
    }
  }

  get #isUpToDate(): boolean {
    return this.#outcome?.kind === 'up-to-date'
  }

  #checkHeader(view: MessageView): void {
    const { id, zone, form } = this.#query
    if (!view.isResponse || view.opcode !== 0) throw new TransferFailure('no-response', 'the message is no response')
    if (view.id !== id) throw new TransferFailure('wrong-id', 'the message has another ID than the query')
    if (view.rcode !== 0) {
      throw new TransferFailure('rcode', `the server answers ${rcodeMnemonic(view.rcode)}`, view.rcode)
    }
    if (view.questions === 0) {
      // RFC 5936 §2.2: only the first message must repeat it.
      if (this.#messages === 0) throw new TransferFailure('wrong-question', 'the first message has no question')
      return
    }
    const name = nameText(view.octets, 12)
    const sameName = isAtOrBelow(view.octets, 12, zone.octets, 0) && isAtOrBelow(zone.octets, 0, view.octets, 12)
    const type = form === 'axfr' ? TYPE_AXFR : TYPE_IXFR
    if (!sameName || view.qtype !== type || view.qclass !== CLASS_IN) {
      throw new TransferFailure('wrong-question', `the answer is to ${name} ${typeMnemonic(view.qtype)}`)
    }
  }

  #readExpire(view: MessageView): void {
    const at = view.optionAt(OPTION_EXPIRE)
    if (at >= 0 && view.optionLength(at) === 4) this.#expireSeconds = readU32(view.octets, at)
  }

  #readRecord(cursor: RecordCursor): void {
    switch (this.#stage) {
      case 'begin':
        this.#readFirst(cursor)
        return
      case 'second':
        this.#readSecond(cursor)
        return
      case 'whole':
        this.#readWhole(cursor)
        return
      default:
        this.#readDifference(cursor)
    }
  }

  /** Adds the record to a table. Returns its index, or -1 when it was left out. */
  #take(cursor: RecordCursor, table: RecordTable): number {
    const isChange = table !== this.#table
    const index = this.#intake.take(this.#view, cursor, table, isChange ? CHANGED_OCTETS : ARRANGED_OCTETS)
    if (isChange && this.#intake.records > this.#limits.changedRecords) {
      throw new TransferFailure('too-large', `the differences have more than ${this.#limits.changedRecords} records`)
    }
    return index
  }

  #readFirst(cursor: RecordCursor): void {
    if (cursor.type !== SOA.number) throw new TransferFailure('no-soa', 'the first record is no SOA')
    const table = this.#table
    const index = this.#take(cursor, table)
    this.#serial = soaSerial(table.octets, table.rdataEnd(index))
    const { serial } = this.#query
    this.#stage = 'second'
    if (serial === undefined) return
    const order = compareSerials(this.#serial, serial)
    if (order === 0) this.#finish({ kind: 'up-to-date', serial })
    else if (order === undefined || order < 0) {
      throw new TransferFailure('serial-backward', `the serial of the server is ${this.#serial}, we have ${serial}`)
    }
  }

  #readSecond(cursor: RecordCursor): void {
    if (cursor.type !== SOA.number || this.#query.form === 'axfr') {
      this.#stage = 'whole'
      this.#readWhole(cursor)
      return
    }
    const change = this.#openChange(cursor)
    if (change.fromSerial !== this.#query.serial) {
      throw new TransferFailure('broken-chain', `the differences begin at serial ${change.fromSerial}, not at ours`)
    }
  }

  #readWhole(cursor: RecordCursor): void {
    const table = this.#table
    const index = this.#take(cursor, table)
    if (index < 0 || table.type[index] !== SOA.number) return
    this.#checkFinalSoa(table, index)
    // The closing SOA is the first one once more.
    table.count--
    this.#finish({ kind: 'full', serial: this.#serial, table })
  }

  #readDifference(cursor: RecordCursor): void {
    const change = this.#changes.at(-1)
    if (change === undefined) throw new TransferFailure('broken-chain', 'no difference sequence was begun')
    if (cursor.type !== SOA.number) {
      this.#take(cursor, this.#stage === 'removing' ? change.removed : change.added)
      return
    }
    if (this.#stage === 'removing') {
      const index = this.#take(cursor, change.added)
      change.toSerial = soaSerial(change.added.octets, change.added.rdataEnd(index))
      const reachesFinal = change.toSerial === this.#serial
      if (!isNewerSerial(change.toSerial, change.fromSerial)) {
        throw new TransferFailure(
          'broken-chain',
          `a change leads from serial ${change.fromSerial} to ${change.toSerial}`,
        )
      }
      if (!reachesFinal && !isNewerSerial(this.#serial, change.toSerial)) {
        throw new TransferFailure('broken-chain', `a change leads to serial ${change.toSerial}, beyond ${this.#serial}`)
      }
      if (reachesFinal) this.#checkFinalSoa(change.added, index)
      this.#stage = 'adding'
      return
    }
    if (change.toSerial === this.#serial) {
      const { added } = change
      this.#checkFinalSoa(added, this.#take(cursor, added))
      added.count--
      this.#finish({ kind: 'incremental', serial: this.#serial, changes: this.#changes })
      return
    }
    const next = this.#openChange(cursor)
    if (next.fromSerial !== change.toSerial) {
      throw new TransferFailure(
        'broken-chain',
        `serial ${change.toSerial} is followed by a change of ${next.fromSerial}`,
      )
    }
  }

  #openChange(cursor: RecordCursor): OpenChange {
    if (this.#changes.length >= this.#limits.changes) {
      throw new TransferFailure('too-large', `more than ${this.#limits.changes} changes`)
    }
    const removed = new RecordTable({ records: 16, octets: 512 }, this.#account)
    const added = new RecordTable({ records: 16, octets: 512 }, this.#account)
    const index = this.#take(cursor, removed)
    const fromSerial = soaSerial(removed.octets, removed.rdataEnd(index))
    const change: OpenChange = { removed, added, fromSerial, toSerial: fromSerial }
    this.#changes.push(change)
    this.#stage = 'removing'
    return change
  }

  /** The SOA must be the first one once more; the case of its names may differ, for compression may change it. */
  #checkFinalSoa(table: RecordTable, index: number): void {
    if (sameSoa(this.#table, 0, table, index)) return
    const serial = soaSerial(table.octets, table.rdataEnd(index))
    throw new TransferFailure(
      'soa-mismatch',
      `the transfer begins with serial ${this.#serial}, ends with another SOA, ${serial}`,
    )
  }

  #finish(outcome: TransferOutcome): void {
    this.#outcome = outcome
    this.#stage = 'end'
  }
}

/** The failure that an error means. Throws what means none. */
function failureIn(error: unknown): TransferFailure {
  if (error instanceof TransferFailure) return error
  if (error instanceof DnsError && error.code === 'limit-exceeded') {
    return new TransferFailure('too-large', error.message)
  }
  throw error
}

function sameSoa(a: RecordTable, aIndex: number, b: RecordTable, bIndex: number): boolean {
  return soaText(a, aIndex) === soaText(b, bIndex)
}

function soaText(table: RecordTable, index: number): string {
  return JSON.stringify(SOA.decode(table.octets, table.rdata[index], table.rdataEnd(index))).toLowerCase()
}
