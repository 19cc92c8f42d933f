/**
 * Glue: the addresses of a delegation's name servers that lie in the zones below the cut (RFC 9499 §7). Without those that
 * lie below the very cut the child cannot be reached: all of them stand in the referral, or it is truncated (RFC 9471 §3.1).
 */
import { isAtOrBelow } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { A, AAAA } from '../dns/rr/index.ts'
import { type MessageBuilder, SECTION_ADDITIONAL } from '../dns/wire/index.ts'
import { findSet, type ImageReader, RECORD_FIXED, recordsAt, signaturesAt } from '../zone/index.ts'
import type { RrsetTurns } from './rrset-turns.ts'
import { BY_NAME } from './rrsets.ts'

/** Types of records that a name in RDATA is looked up for. */
export const ADDRESS_TYPES: readonly number[] = [A.number, AAAA.number]
/** Name servers of one delegation whose addresses are looked for. */
const MOST_SERVERS = 64

export class Glue {
  readonly #reader: ImageReader
  readonly #builder: MessageBuilder
  readonly #turns: RrsetTurns

  constructor(reader: ImageReader, builder: MessageBuilder, turns: RrsetTurns) {
    this.#reader = reader
    this.#builder = builder
    this.#turns = turns
  }

  /** Adds the addresses of the servers that the NS RRset `set` of `node` names. */
  add(zone: number, node: number, set: number): void {
    // What must be there comes first, so that the rest cannot take its room.
    this.#addAll(zone, node, set, true)
    this.#addAll(zone, node, set, false)
  }

  #addAll(zone: number, node: number, set: number, below: boolean): void {
    const { words, octets } = this.#reader.memory
    const from = recordsAt(words, node, set)
    const end = signaturesAt(words, node, set)
    const cut = this.#reader.nameOf(node)
    let servers = 0
    for (let at = from; at < end && servers < MOST_SERVERS; servers++) {
      const rdata = at + RECORD_FIXED
      if (isAtOrBelow(octets, rdata, octets, cut) === below) this.#addServer(zone, rdata, below)
      at = rdata + readU16(octets, at + 10)
    }
  }

  #addServer(zone: number, nameAt: number, required: boolean): void {
    const reader = this.#reader
    const { words, octets } = reader.memory
    if (!isAtOrBelow(octets, nameAt, octets, reader.nameOf(zone))) return
    reader.setName(octets, nameAt)
    if (!reader.findName(zone, octets, nameAt)) return
    const node = words[reader.names.found]!
    const builder = this.#builder
    for (const type of ADDRESS_TYPES) {
      const set = findSet(words, node, type)
      if (set === 0) continue
      builder.openGroup(SECTION_ADDITIONAL)
      this.#turns.put(zone, node, set, false, BY_NAME, octets, nameAt)
      builder.closeGroup(required)
    }
  }
}
