/** Zones, versions of them, and queries, for tests of transfers. */
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN, SOA } from '../dns/rr/index.ts'
import { textSource } from '../dns/text/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message, MessageView } from '../dns/wire/index.ts'
import { loadRecords, type RecordTable, Zone, type ZoneChange } from '../zone/index.ts'
import { linesOf } from '../zone/zone.fixture.ts'
import { bareSoa, makeSecondaryQuery, TYPE_AXFR } from './transfer-query.ts'
import type { TransferStep } from './transfer-reader.ts'

export const ZONE: Name = Name.parse('example.')

/** A scanned view of a message. */
export function viewOf(octets: Uint8Array): MessageView {
  const view = new MessageView()
  const fault = view.parse(octets) ?? view.scan()
  if (fault !== undefined) throw new Error(fault)
  return view
}

export function axfrQuery(zone: Name = ZONE, id = 7): MessageView {
  return viewOf(makeSecondaryQuery(id, zone, { form: 'axfr' }, { edns: false }))
}

export function ixfrQuery(serial: number, zone: Name = ZONE, id = 7): MessageView {
  return viewOf(makeSecondaryQuery(id, zone, { form: 'ixfr', soa: bareSoa(serial) }, { edns: false }))
}

export function tableOf(text: string, zone: Name = ZONE): RecordTable {
  return loadRecords(textSource(text), zone, { defaultTtl: 3600 }).table
}

/** The SOA of a version of a zone as a line of text. */
export function soaLine(serial: number): string {
  return `@ 3600 SOA ns.example. hostmaster.example. ${serial} 3600 900 604800 300\n`
}

/** A table with only this SOA. */
export function soaTable(serial: number): RecordTable {
  return tableOf(soaLine(serial))
}

/** A change between two versions, each given by its lines without the SOA. */
export function changeOf(fromSerial: number, toSerial: number, removed: string, added: string): ZoneChange {
  return {
    removed: tableOf(soaLine(fromSerial) + removed),
    added: tableOf(soaLine(toSerial) + added),
    fromSerial,
    toSerial,
  }
}

/** The records of a table in canonical order, as lines. */
export function sortedLines(table: RecordTable, apex: Name = ZONE): string[] {
  const zone = Zone.arrange(apex, table)
  return linesOf(table, zone.records)
}

/** The answer sections of messages, one after the other, as lines: owner, TTL, type number, RDATA in hexadecimal. */
export function answerLines(messages: readonly Uint8Array[]): string[] {
  return messages.flatMap((octets) =>
    decodeMessage(octets).answer.map((r) => `${r.owner} ${r.ttl} ${r.type} ${r.rdata.toHex()}`),
  )
}

/** A message of a transfer, made by hand: records as a master file has them. */
export function messageOf(text: string, changes: (message: Message) => void = () => undefined): Uint8Array {
  const table = tableOf(text)
  const message: Message = {
    header: { ...headerOf(7, 0x8400) },
    questions: [{ name: ZONE, type: TYPE_AXFR, class: CLASS_IN }],
    answer: Array.from({ length: table.count }, (_, index) => ({
      owner: Name.fromOctets(table.octets, table.owner[index]),
      type: table.type[index] ?? 0,
      class: CLASS_IN,
      ttl: table.ttl[index] ?? 0,
      rdata: table.rdataOf(index),
    })),
    authority: [],
    additional: [],
  }
  changes(message)
  return encodeMessage(message)
}

/** Reason and text of a failed step, or its kind. */
export function wordOf(step: TransferStep): string {
  return step.kind === 'failed' ? step.reason : step.kind === 'done' ? step.outcome.kind : step.kind
}

const label = fc.constantFrom('a', 'b', 'A', 'www', 'WWW', 'mail', '_sip._tcp', '*', 'x.y.z', '\\000\\255')
const rdata = fc.oneof(
  fc.nat(255).map((n) => `A 192.0.2.${n}`),
  label.map((name) => `MX 10 ${name}`),
  label.map((name) => `NS ${name}.Example.`),
  fc.stringMatching(/^[a-z]{0,200}$/).map((text) => `TXT "${text}" "${text}"`),
  fc.stringMatching(/^([0-9a-f]{2}){1,100}$/).map((hex) => `TYPE65280 \\# ${hex.length / 2} ${hex}`),
)

/** Lines of a zone without its SOA: many owners that differ only in case. */
export const anyLines: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.tuple(label, rdata).map(([owner, data]) => `${owner} 300 ${data}`),
  { maxLength: 40, selector: (line) => line.toLowerCase() },
)

export const SOA_TYPE: number = SOA.number
