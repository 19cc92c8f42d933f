/** Rows of the journal and parts of copies: any octets are records of the zone or a fault, and what is read is written the same. */
import { crc32 } from 'node:zlib'
import { isAtOrBelow, Name } from '../../src/dns/name/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { decodeChange, decodePart, encodeChange, PartWriter } from '../../src/store/change-codec.ts'
import {
  applyChange,
  diffZones,
  invertChange,
  loadRecords,
  RecordTable,
  walkZone,
  Zone,
  type ZoneChange,
} from '../../src/zone/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const apex = Name.parse('example.')
const CRC = 4

function zoneOf(serial: number, lines: string): Zone {
  const soa = `@ 60 SOA ns host ${serial} 1 2 3 4\n`
  return Zone.arrange(apex, loadRecords(textSource(new TextEncoder().encode(soa + lines)), apex).table)
}

const base = zoneOf(1, 'a 60 A 192.0.2.1\nb 60 MX 1 a\n')

/** The octets with a right checksum, so that what is behind it is reached. */
function sealed(octets: Uint8Array): Uint8Array {
  const copy = octets.slice()
  if (copy.length < CRC) return copy
  const end = copy.length - CRC
  new DataView(copy.buffer).setUint32(end, crc32(copy.subarray(0, end)))
  return copy
}

function lookAtChange(octets: Uint8Array): string {
  const change = decodeChange(octets, apex)
  if (typeof change === 'string') return change
  for (const table of [change.removed, change.added]) lookAtRecords(table)
  const again = decodeChange(encodeChange(change), apex)
  hold(typeof again !== 'string', `a change that was read is written so that it can be read, not as ${again}`)
  hold(again.added.count === change.added.count && again.removed.count === change.removed.count, 'no record is lost')
  apply(change)
  return 'change'
}

/** A change may not fit the zone, which is a DnsError; if it does, there is a way back. */
function apply(change: ZoneChange): void {
  const next = applyChange(walkZone(base), change)
  hold(diffZones(applyChange(walkZone(next), invertChange(change)), base) === undefined, 'the way back leads back')
}

function lookAtRecords(table: RecordTable): void {
  for (let i = 0; i < table.count; i++) {
    hold(table.rdataEnd(i) <= table.out.length, 'RDATA stands in the table')
    hold(isAtOrBelow(table.octets, table.owner[i] ?? 0, apex.octets, 0), 'owners are of the zone')
  }
}

function partOf(zone: Zone): Uint8Array {
  const writer = new PartWriter()
  const walk = walkZone(zone)
  writer.begin()
  while (walk.step()) writer.take(walk)
  return writer.finish().slice()
}

function lookAtPart(octets: Uint8Array): string {
  const table = new RecordTable({ records: 0, octets: 0 })
  const fault = decodePart(octets, apex, table)
  lookAtRecords(table)
  if (fault !== undefined) return fault
  const zone = Zone.arrange(apex, table)
  const again = new RecordTable({ records: 0, octets: 0 })
  hold(decodePart(partOf(zone), apex, again) === undefined, 'a part that was read can be written and read')
  hold(again.count === zone.records.length, 'no record is lost')
  return 'part'
}

export const target: FuzzTarget = {
  name: 'journal',
  run(octets) {
    const right = sealed(octets)
    const part = lookAtPart(right)
    const raw = lookAtPart(octets)
    hold(raw === 'checksum' || raw === 'truncated' || crcIsRight(octets), 'a wrong checksum is seen')
    return `${part} ${lookAtChange(right)}`
  },
  seeds() {
    const versions = [
      zoneOf(2, 'a 60 A 192.0.2.2\nb 60 MX 1 a\n'),
      zoneOf(3, 'c 60 TXT "t"\nc 60 TYPE65280 \\# 2 0102\n*.b 60 CNAME a\n'),
      zoneOf(0xffffffff, 'a 60 RRSIG A 13 2 60 20300101000000 20290101000000 1 @ AAAA\na 60 NSEC b A RRSIG NSEC\n'),
    ]
    return versions.flatMap((zone) => {
      const change = diffZones(base, zone)
      return change === undefined ? [] : [encodeChange(change).slice(), partOf(zone)]
    })
  },
  dictionary: ['ff', '01', '076578616d706c6500', '0006', '0000003c', 'ffffffff', '00000000', '0001', 'c000'].map(
    (hex) => Uint8Array.fromHex(hex),
  ),
}

function crcIsRight(octets: Uint8Array): boolean {
  const end = octets.length - CRC
  return crc32(octets.subarray(0, end)) === new DataView(octets.buffer, octets.byteOffset).getUint32(end)
}
