/** Images for tests: zones from lines, changes from lines, what a reader finds. */
import { Name } from '../../dns/name/index.ts'
import { textSource } from '../../dns/text/index.ts'
import { loadRecords, type RecordTable } from '../index.ts'
import { zoneOf } from '../zone.fixture.ts'
import type { ZoneChange } from '../zone-change.ts'
import { ImageReader } from './image-reader.ts'
import { ImageWriter, type ZoneSettings } from './image-writer.ts'
import { visitRecords } from './node.ts'
import { blockName } from './trie.ts'
import { STATE_SERVING } from './zone-entry.ts'

export const SERVING: ZoneSettings = { slot: 0, state: STATE_SERVING, options: 0, expires: 0 }
export const SOA_LINE = '@ 3600 SOA ns host 1 7200 3600 1209600 600'
export const EXAMPLE: Name = Name.parse('example.')

export function tableOf(lines: readonly string[], apex: Name = EXAMPLE): RecordTable {
  return loadRecords(textSource(['$TTL 3600', ...lines].map((line) => `${line}\n`).join('')), apex).table
}

export function changeOf(removed: readonly string[], added: readonly string[], apex: Name = EXAMPLE): ZoneChange {
  return { removed: tableOf(removed, apex), added: tableOf(added, apex), fromSerial: 1, toSerial: 2 }
}

/** What a name of the image is: absent, or its flags and the types of its records. */
export type Found = { readonly flags: number; readonly types: number[] } | undefined

export class Image {
  readonly writer: ImageWriter = new ImageWriter()
  readonly reader: ImageReader

  constructor(lines: readonly string[] = [], apex: Name = EXAMPLE) {
    this.reader = new ImageReader(this.writer.memory.buffer, 0)
    this.put(lines, apex)
  }

  put(lines: readonly string[], apex: Name = EXAMPLE): void {
    this.writer.putZone(zoneOf([SOA_LINE, ...lines].map((line) => `${line}\n`).join(''), apex.toString()), SERVING)
    this.writer.publish()
  }

  change(removed: readonly string[], added: readonly string[], apex: Name = EXAMPLE): void {
    this.writer.changeZone(apex, changeOf(removed, added, apex))
    this.writer.publish()
  }

  /** What the published version has at a name, in the zone nearest to it. */
  find(text: string): Found {
    const { reader } = this
    const name = Name.parse(text, EXAMPLE).octets
    reader.enter()
    reader.setName(name, 0)
    const zone = reader.findZone(name, 0)
    const { words } = reader.memory
    const types: number[] = []
    let flags = -1
    if (zone !== 0 && reader.findName(zone, name, 0)) {
      flags = words[reader.names.found + 1] ?? 0
      visitRecords(reader.memory, words[reader.names.found] ?? 0, (type) => types.push(type))
    }
    reader.leave()
    return flags < 0 ? undefined : { flags, types }
  }

  /** The apex of the nearest zone. */
  zoneOf(text: string): string | undefined {
    const { reader } = this
    const name = Name.parse(text).octets
    reader.enter()
    reader.setName(name, 0)
    const zone = reader.findZone(name, 0)
    const { octets, words } = reader.memory
    const apex = zone === 0 ? undefined : Name.fromOctets(octets, blockName(words, zone)).toString()
    reader.leave()
    return apex
  }

  get usedOctets(): number {
    return this.writer.usage.usedOctets
  }
}
