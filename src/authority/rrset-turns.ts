/**
 * The order of the records of an RRset where a zone rotates them: each answer begins with the next record. Each responder counts
 * for itself, and for each RRset apart: a client that asks for two sets by turns sees both of them move.
 */
import type { MessageBuilder } from '../dns/wire/index.ts'
import { type ImageReader, OPTION_ROTATES, setRecords, ZONE_OPTIONS } from '../zone/index.ts'
import { putRrset, putTurned } from './rrsets.ts'

/** RRsets that are counted apart; others share a count with one of them. A power of two. */
const COUNTS = 1024

export class RrsetTurns {
  readonly #reader: ImageReader
  readonly #builder: MessageBuilder
  readonly #counts = new Uint32Array(COUNTS)

  constructor(reader: ImageReader, builder: MessageBuilder) {
    this.#reader = reader
    this.#builder = builder
  }

  /** As `putRrset`, with the records in the order that is due in the zone. */
  put(
    zone: number,
    unit: number,
    set: number,
    withSignatures: boolean,
    ownerOffset: number,
    owner: Uint8Array,
    ownerAt: number,
  ): void {
    const { memory } = this.#reader
    const { words } = memory
    if ((words[zone * 2 + ZONE_OPTIONS]! & OPTION_ROTATES) === 0 || setRecords(words, set) < 2) {
      putRrset(this.#builder, memory, unit, set, withSignatures, ownerOffset, owner, ownerAt)
      return
    }
    const turn = this.#counts[set & (COUNTS - 1)]!++
    putTurned(this.#builder, memory, unit, set, withSignatures, ownerOffset, owner, ownerAt, turn)
  }
}
