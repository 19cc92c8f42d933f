/** The zones of the third-party material that can be signed: each file that holds a zone, with the zone's name. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { equalNames, Name } from '../../../src/dns/name/index.ts'
import { readU16 } from '../../../src/dns/octets.ts'
import { typeMnemonic } from '../../../src/dns/rr/index.ts'
import { textSource } from '../../../src/dns/text/index.ts'
import { loadRecords, printRecords } from '../../../src/zone/index.ts'
import { findMaterial } from '../../material.ts'

export type ZoneFile = {
  /** How it is called in reports: the path within the material. */
  readonly label: string
  readonly apex: Name
  readonly text: Buffer
}

const FOLDERS = ['rfc-vectors', 'dnst', 'pdns', 'ldns']
const ROOT = 'root-zone/2026-08-22-rrsig-stripped/root.zone.gz'

/** Zones that continuous integration takes, beside the root: one of each kind. */
const FEW = [
  'rfc-vectors/rfc4035-appendix-A.zone',
  'rfc-vectors/rfc5155-example.zone.signed',
  'dnst/example.org',
  'dnst/example.CDS+CDNSKEY',
  'pdns/zones/dnssec-parent.com',
  'ldns/20-sign-zone.tpkg/jelte.nlnetlabs.nl',
]

/** The root of 2026 first; none of it when the material is not there. */
export function materialZones(few: boolean): ZoneFile[] {
  const zones = FOLDERS.flatMap(zonesBelow)
  return [...rootZone(), ...(few ? zones.filter(({ label }) => FEW.includes(label)) : zones)]
}

export function rootZone(): ZoneFile[] {
  const path = findMaterial(ROOT)
  if (path === undefined) return []
  return [{ label: ROOT, apex: Name.root, text: gunzipSync(readFileSync(path)) }]
}

function zonesBelow(folder: string): ZoneFile[] {
  const base = findMaterial(folder)
  if (base === undefined) return []
  const zones: ZoneFile[] = []
  for (const path of readdirSync(base, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = join(base, path)
    if (!statSync(file).isFile() || /(\.(key|private|ds|json|txt|diffs)|-server-data|LICENSE)$/.test(path)) continue
    // Queries and answers of the same project are no zones, though they speak of SOA records.
    if (folder === 'pdns' && !path.startsWith('zones/')) continue
    const text = readFileSync(file)
    const apex = apexOf(text.toString('latin1'))
    if (apex !== undefined) zones.push({ label: `${folder}/${path}`, apex, text })
  }
  return zones
}

/** A record of a zone as `without` shows it. */
export type ShownRecord = {
  readonly type: string
  readonly atApex: boolean /** Of an RRSIG. */
  readonly covered: string
}

/** The zone without some of its records, and without what is not below its apex; printed anew, one record a line. */
export function without(zone: ZoneFile, drop: (record: ShownRecord) => boolean): { zone: ZoneFile; outOfZone: number } {
  const { table, outOfZone } = loadRecords(textSource(zone.text), zone.apex, { textLength: zone.text.length })
  table.removeWhere((index) => {
    const atApex = equalNames(table.octets, table.owner[index] ?? 0, zone.apex.octets, 0)
    const type = typeMnemonic(table.type[index] ?? 0)
    const covered = type === 'RRSIG' ? typeMnemonic(readU16(table.octets, table.rdata[index] ?? 0)) : ''
    return drop({ type, atApex, covered })
  })
  const order = Uint32Array.from({ length: table.count }, (_, index) => index)
  const text = Buffer.from(printRecords(table, order, 0, order.length))
  return { zone: { ...zone, text }, outOfZone: outOfZone.count }
}

/** The owner of the first SOA record. Found without our own reader, which is one of those under test. */
export function apexOf(text: string): Name | undefined {
  let origin = '.'
  for (const line of text.split('\n')) {
    const directive = /^\$ORIGIN\s+(\S+)/i.exec(line)
    if (directive?.[1] !== undefined) origin = directive[1]
    const owner = /^([^;\s]\S*)\s+([0-9]\S*\s+)?(IN\s+)?([0-9]\S*\s+)?SOA\s/i.exec(line)?.[1]
    if (owner !== undefined) return Name.parse(owner === '@' ? origin : owner, Name.parse(origin))
  }
  return undefined
}
