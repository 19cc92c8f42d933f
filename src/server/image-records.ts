/** Records of one name as the image has them now: for the server's own needs, answers take another way. */
import type { Name } from '../dns/name/index.ts'
import { type ImageReader, visitRecords } from '../zone/index.ts'

export type FoundRecord = { readonly ttl: number; readonly rdata: Uint8Array }

/** The records of a type at a name, in the nearest zone; none when it is not in a zone here. */
export function findRecords(reader: ImageReader, owner: Name, type: number): FoundRecord[] {
  const found: FoundRecord[] = []
  reader.enter()
  try {
    const { memory } = reader
    reader.setName(owner.octets, 0)
    const zone = reader.findZone(owner.octets, 0)
    if (zone === 0 || !reader.findName(zone, owner.octets, 0)) return found
    const block = memory.words[reader.names.found] ?? 0
    visitRecords(memory, block, (each, ttl, from, to) => {
      if (each === type) found.push({ ttl, rdata: memory.octets.slice(from, to) })
    })
    return found
  } finally {
    reader.leave()
  }
}
