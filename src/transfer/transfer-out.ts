/**
 * Answers AXFR (RFC 5936) and IXFR (RFC 1995) queries. A query for IXFR is answered in one of three forms, which `planIxfr`
 * chooses: the SOA alone when the client is up to date, the changes since its version, or the whole zone.
 *
 *   const plan = planIxfr(serial, currentSerial, journal, zoneOctets)
 *   plan.form === 'full' ? answerAxfr(view, walk) : plan.form === 'incremental' ? answerIxfr(view, soa, plan.changes) : …
 *
 * The messages are complete but for the TSIG, for which `reserve` keeps room. Whether a client may have the zone is decided before.
 */
import { equalNames, expandName, MAX_NAME } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { CLASS_IN, SOA } from '../dns/rr/index.ts'
import { compareSerials, type Serial, soaSerial } from '../dns/serial.ts'
import { HEADER_SIZE, type MessageView, SECTION_AUTHORITY } from '../dns/wire/index.ts'
import type { RecordTable, RecordWalk, ZoneChange } from '../zone/index.ts'
import { type TransferOptions, TransferWriter, transferQuestion, writeMessages } from './transfer-writer.ts'
import { walkDifferences } from './walks.ts'

/** The messages of a whole zone. The view must have been scanned; it is read at once, the walk when messages are taken. */
export function answerAxfr(
  query: MessageView,
  walk: RecordWalk,
  options: TransferOptions = {},
): Generator<Uint8Array, void, undefined> {
  return writeMessages(transferQuestion(query), walk, true, options)
}

/** How an IXFR query is answered. `changes` lead from the client's version to the current one. */
export type IxfrPlan =
  | { readonly form: 'up-to-date' }
  | { readonly form: 'incremental'; readonly changes: readonly ZoneChange[] }
  | { readonly form: 'full'; readonly reason: string }

/**
 * Chooses the form of an answer. `journal`: changes, oldest first, the last of which leads to `currentSerial`; `zoneOctets`:
 * about what the zone takes as records (RFC 1995 §5: no differences that are larger than the zone).
 */
export function planIxfr(
  clientSerial: Serial,
  currentSerial: Serial,
  journal: readonly ZoneChange[],
  zoneOctets: number = Number.POSITIVE_INFINITY,
): IxfrPlan {
  const order = compareSerials(clientSerial, currentSerial)
  if (order === undefined) return { form: 'full', reason: 'the serials have no order' }
  // RFC 1995 §2: a client with a newer version hears of ours too, and decides for itself.
  if (order >= 0) return { form: 'up-to-date' }
  const from = journal.findIndex((change) => change.fromSerial === clientSerial)
  if (from < 0) return { form: 'full', reason: 'the journal does not reach back to the serial of the client' }
  const changes = journal.slice(from)
  let serial = clientSerial
  let octets = 0
  for (const change of changes) {
    if (change.fromSerial !== serial) return { form: 'full', reason: `the journal has a gap at serial ${serial}` }
    serial = change.toSerial
    octets += tableOctets(change.removed) + tableOctets(change.added)
  }
  if (serial !== currentSerial) return { form: 'full', reason: `the journal ends at serial ${serial}` }
  if (octets > zoneOctets) return { form: 'full', reason: 'the differences are larger than the zone' }
  return { form: 'incremental', changes }
}

/** About the octets that the records of a table take in messages, without compression. */
export function tableOctets(table: RecordTable): number {
  return table.out.length + table.count * 10
}

/**
 * The messages of an incremental answer: the current SOA, then for each change the old SOA, what goes, the new SOA, what comes,
 * and the current SOA again (RFC 1995 §4). `current` holds the current SOA. Without changes: the SOA alone, once.
 */
export function answerIxfr(
  query: MessageView,
  current: RecordTable,
  changes: readonly ZoneChange[],
  options: TransferOptions = {},
): Generator<Uint8Array, void, undefined> {
  const walk = walkDifferences(current, changes)
  return writeMessages(transferQuestion(query), walk, changes.length > 0, options)
}

/** The one message that tells a client that it is up to date, or by UDP that it must ask by TCP: the current SOA. */
export function answerWithSoa(query: MessageView, current: RecordTable, options: TransferOptions = {}): Uint8Array {
  const writer = new TransferWriter(transferQuestion(query), options)
  const walk = walkDifferences(current, [])
  if (walk.step()) writer.addFirst(walk)
  return writer.finish()
}

/**
 * The answer to an IXFR query by UDP: the differences when they fit into `limit` octets, the reserve included, otherwise the
 * SOA alone, upon which the client asks by TCP (RFC 1995 §2, §4).
 */
export function answerIxfrDatagram(
  query: MessageView,
  current: RecordTable,
  changes: readonly ZoneChange[],
  limit: number,
  options: TransferOptions = {},
): Uint8Array {
  const messages = answerIxfr(query, current, changes, { ...options, messageOctets: limit, reuse: false })
  const first = messages.next()
  const fits = first.done !== true && first.value.length + (options.reserve ?? 0) <= limit
  // One message is all there is when the next step ends.
  if (fits && messages.next().done === true) return first.value
  messages.return()
  return answerWithSoa(query, current, options)
}

const ownerScratch = new Uint8Array(MAX_NAME)
const rdataScratch = new OctetWriter(512)

/**
 * The serial of the version that an IXFR query says its client holds: of the SOA in the authority section (RFC 1995 §3).
 * Undefined when there is none, or it is malformed or of another name: the query is answered FORMERR.
 */
export function clientSerial(query: MessageView): Serial | undefined {
  const cursor = query.records()
  while (cursor.step()) {
    if (cursor.section !== SECTION_AUTHORITY || cursor.type !== SOA.number || cursor.class !== CLASS_IN) continue
    if (expandName(query.octets, cursor.ownerAt, query.length, ownerScratch, 0) < 0) return undefined
    if (!equalNames(ownerScratch, 0, query.octets, HEADER_SIZE)) return undefined
    rdataScratch.clear()
    if (!SOA.expand(query.octets, cursor.rdataAt, cursor.rdataEnd, rdataScratch)) return undefined
    return soaSerial(rdataScratch.octets, rdataScratch.length)
  }
  return undefined
}
