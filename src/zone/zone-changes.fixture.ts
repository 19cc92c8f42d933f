/** Random zones and versions of zones, for tests of changes. */
import fc from 'fast-check'
import { walkZone, type Zone, type ZoneChange } from './index.ts'
import { zoneOf } from './zone.fixture.ts'

export const APEX = 'example.'

const label = fc.constantFrom('a', 'b', 'A', '*', 'ns', '\\000', 'x-y')
const owner = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, APEX].join('.'))
const data = fc.constantFrom(
  'A 192.0.2.1',
  'A 192.0.2.2',
  'A 192.0.2.3',
  'TXT "t"',
  'TXT "u" "v"',
  'NS ns.other.',
  'NS NS.Other.',
  'MX 10 mail.example.',
  'RRSIG A 13 2 300 20300101000000 20290101000000 4711 example. AAAA',
  'RRSIG TXT 13 2 300 20300101000000 20290101000000 4711 example. AAAB',
  'NSEC a.example. A RRSIG NSEC',
  'TYPE65280 \\# 2 0102',
)
const record = fc.tuple(owner, fc.constantFrom(60, 300), data).map(([name, ttl, rdata]) => `${name} ${ttl} ${rdata}`)

export function soaLine(serial: number, refresh = 7200): string {
  return `${APEX} 3600 SOA ns.example. host.example. ${serial} ${refresh} 3600 1209600 600`
}

/** Lines of records without the SOA. */
export const recordLines: fc.Arbitrary<string[]> = fc.array(record, { maxLength: 16 })

export function zoneOfLines(lines: readonly string[], serial: number): Zone {
  return zoneOf([soaLine(serial), ...lines].map((line) => `${line}\n`).join(''), APEX)
}

/** Every record of a version, canonical enough to compare: lower case, one a line, in the order of walks. */
export function dump(zone: Zone): string[] {
  const walk = walkZone(zone)
  const lines: string[] = []
  while (walk.step()) {
    const name = walk.octets.slice(walk.ownerAt, walk.rdataAt === walk.ownerAt ? walk.ownerAt : endOfName(walk))
    const rdata = walk.octets.slice(walk.rdataAt, walk.rdataEnd)
    lines.push(`${lower(name)} ${walk.ttl} ${walk.type} ${lower(rdata)}`)
  }
  return lines
}

function endOfName({ octets, ownerAt }: { octets: Uint8Array; ownerAt: number }): number {
  let at = ownerAt
  for (let length = octets[at] ?? 0; length !== 0; length = octets[at] ?? 0) at += length + 1
  return at + 1
}

function lower(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1').toLowerCase()
}

export function sizes(change: ZoneChange): [number, number] {
  return [change.removed.count, change.added.count]
}
