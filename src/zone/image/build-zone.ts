/**
 * Writes a whole version of a zone into the image from any thread: into memory that no other thread uses. The thread of the
 * writer then publishes it.
 */
import { doAll } from '../steps.ts'
import type { Zone } from '../zone.ts'
import { Arena, type ArenaParts } from './arena.ts'
import { BlockOwner } from './block-owner.ts'
import type { ExtentSource } from './extents.ts'
import { writeZoneBlock, ZONE_WORDS, zoneBlockSize } from './zone-entry.ts'
import { ZoneWriter } from './zone-writer.ts'

/** A version that stands in the image and is not published: plain data, to be posted to the thread of the writer. */
export type BuiltZone = {
  /** What its zone block is to hold. */
  readonly entry: Int32Array
  readonly arena: ArenaParts
}

/**
 * Writes a zone into extents of `source`. Throws DnsError `zone-invalid` without a SOA, `limit-exceeded`, `memory-exhausted`; then
 * `source` has again what it had.
 */
export function buildZone(source: ExtentSource, zone: Zone): BuiltZone {
  const { memory } = source
  const arena = new Arena(source, { octets: 0 })
  const own = new BlockOwner(arena, true)
  try {
    const unit = own.allocate(zoneBlockSize(zone.apex))
    writeZoneBlock(memory, unit, zone.apex)
    doAll(new ZoneWriter(own).fill(own, unit, zone))
    const entry = memory.words.slice(unit * 2, unit * 2 + ZONE_WORDS)
    own.drop(unit, zoneBlockSize(zone.apex))
    arena.trim()
    return { entry, arena: arena.share() }
  } catch (error) {
    arena.release()
    throw error
  }
}
