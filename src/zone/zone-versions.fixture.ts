/** Versions of a zone from lines, and as lines, for tests. */
import { walkZone, type Zone, type ZoneChange } from './index.ts'
import { zoneOf } from './zone.fixture.ts'

export const APEX = 'example.'

export function soaLine(serial: number, refresh = 7200): string {
  return `${APEX} 3600 SOA ns.example. host.example. ${serial} ${refresh} 3600 1209600 600`
}

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
