/**
 * Zone transfers: the first octet draws the query, the rest are messages as TCP carries them, each behind its length. What is
 * read is well-formed and of the zone, goes out as AXFR and comes in again the same; NOTIFY, SOA answers and catalogs get the
 * same octets.
 */
import { isAtOrBelow, Name } from '../../src/dns/name/index.ts'
import { readU16 } from '../../src/dns/octets.ts'
import { recordType } from '../../src/dns/rr/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { decodeMessage, encodeMessage, MessageView } from '../../src/dns/wire/index.ts'
import {
  answerAxfr,
  answerIxfr,
  answerNotify,
  bareSoa,
  clientSerial,
  makeNotify,
  makeSecondaryQuery,
  readCatalog,
  readNotify,
  readSoaAnswer,
  type TransferOutcome,
  TransferReader,
  type TransferStep,
  walkTable,
} from '../../src/transfer/index.ts'
import { loadRecords, type RecordTable, walkZone, Zone, type ZoneChange } from '../../src/zone/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const ID = 7
const zone = Name.parse('example.')
const view = new MessageView()
const limits = { octets: 1 << 20, records: 2000, changes: 50 }

/** The messages of a stream; their IDs are put right, so that more than the first check is reached. */
function messagesOf(octets: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 1; at + 2 <= octets.length; ) {
    const message = octets.slice(at + 2, at + 2 + readU16(octets, at))
    if (message.length > 1) message.set([0, ID])
    messages.push(message)
    at += 2 + message.length
  }
  return messages
}

function readAll(reader: TransferReader, messages: Iterable<Uint8Array>): TransferStep {
  for (const message of messages) {
    const step = reader.read(message)
    if (step.kind !== 'more') return step
  }
  return reader.end()
}

function checkTable(table: RecordTable): void {
  for (let index = 0; index < table.count; index++) {
    const type = table.type[index] ?? 0
    const at = table.rdata[index] ?? 0
    hold(isAtOrBelow(table.octets, table.owner[index] ?? 0, zone.octets, 0), 'owners are of the zone')
    hold(recordType(type)?.check(table.octets, at, table.rdataEnd(index)) !== false, 'RDATA is well-formed')
  }
}

function checkOutcome(outcome: TransferOutcome): void {
  if (outcome.kind === 'up-to-date') return
  if (outcome.kind === 'full') {
    checkTable(outcome.table)
    const arranged = Zone.arrange(zone, outcome.table)
    hold(arranged.soa >= 0, 'a whole zone has a SOA')
    view.parse(makeSecondaryQuery(ID, zone, { form: 'axfr' }))
    view.scan()
    const again = readAll(
      new TransferReader({ id: ID, zone, form: 'axfr' }),
      answerAxfr(view, walkZone(arranged), { messageOctets: 512 }),
    )
    hold(again.kind === 'done' && again.outcome.kind === 'full', 'what came in goes out')
    hold(again.outcome.table.count === arranged.records.length, 'with as many records')
    readCatalog(zone, walkZone(arranged))
    return
  }
  let serial: number | undefined
  for (const change of outcome.changes) {
    hold(serial === undefined || serial === change.fromSerial, 'changes chain')
    serial = change.toSerial
    checkTable(change.removed)
    checkTable(change.added)
  }
  hold(serial === outcome.serial, 'and lead to the new serial')
}

/** What else reads a packet here. */
function readOthers(message: Uint8Array): void {
  readSoaAnswer(message, zone)
  if ((view.parse(message) ?? view.scan()) !== undefined) return
  clientSerial(view)
  const notify = readNotify(view)
  if (notify.kind === 'notify') decodeMessage(answerNotify(view))
}

/** Serial held, by the first octet; none for AXFR. */
function queryOf(octet: number): { id: number; zone: Name; form: 'axfr' | 'ixfr'; serial?: number } {
  if (octet % 2 === 0) return { id: ID, zone, form: 'axfr' }
  return { id: ID, zone, form: 'ixfr', serial: octet >>> 1 }
}

function tableOf(lines: string): RecordTable {
  return loadRecords(textSource(lines), zone, { defaultTtl: 60 }).table
}

function stream(first: number, messages: Iterable<Uint8Array>): Uint8Array {
  const parts = [...messages].flatMap((message) => [message.length >>> 8, message.length & 255, ...message])
  return Uint8Array.of(first, ...parts)
}

export const target: FuzzTarget = {
  name: 'transfer',
  run(octets) {
    const messages = messagesOf(octets)
    for (const message of messages.slice(0, 2)) readOthers(message)
    const reader = new TransferReader(queryOf(octets[0] ?? 0), limits)
    const step = readAll(reader, messages)
    if (step.kind === 'done') checkOutcome(step.outcome)
    hold(reader.read(new Uint8Array(0)).kind === 'failed', 'after the end nothing is good')
    return step.kind === 'done' ? step.outcome.kind : step.kind === 'failed' ? step.reason : step.kind
  },
  seeds() {
    const soa = (serial: number): string => `@ SOA ns hostmaster ${serial} 3600 900 604800 300\n`
    const body = '@ NS ns\nns A 192.0.2.1\na MX 10 ns\n TXT "x"\n TYPE65280 \\# 1 00\nversion TXT "2"\nx.zones PTR a.\n'
    const axfr = makeSecondaryQuery(ID, zone, { form: 'axfr' })
    const ixfr = makeSecondaryQuery(ID, zone, { form: 'ixfr', soa: bareSoa(1) })
    const change = (from: number, to: number): ZoneChange => ({
      removed: tableOf(`${soa(from)}a A 192.0.2.${from}\n`),
      added: tableOf(`${soa(to)}a A 192.0.2.${to}\n`),
      fromSerial: from,
      toSerial: to,
    })
    const scanned = (octets: Uint8Array): MessageView => {
      const query = new MessageView()
      query.parse(octets)
      query.scan()
      return query
    }
    const whole = (query: Uint8Array, options = {}): Iterable<Uint8Array> =>
      answerAxfr(scanned(query), walkTable(tableOf(soa(3) + body)), options)
    const differences = answerIxfr(scanned(ixfr), tableOf(soa(3)), [change(1, 2), change(2, 3)])
    const error = decodeMessage(axfr)
    error.header.qr = true
    error.header.rcode = 5
    return [
      stream(0, whole(axfr)),
      stream(0, whole(axfr, { messageOctets: 512, reserve: 450 })),
      stream(3, whole(ixfr)),
      stream(3, differences),
      stream(7, answerIxfr(scanned(ixfr), tableOf(soa(3)), [])),
      stream(0, [makeNotify(ID, zone, { ttl: 60, rdata: bareSoa(9) }), ixfr, encodeMessage(error)]),
    ]
  },
  dictionary: ['c00c', '00060001', '000100010000003c0004', '00fc0001', '00fb0001', '8400', 'ffff', '0000000000'].map(
    (hex) => Uint8Array.fromHex(hex),
  ),
}
