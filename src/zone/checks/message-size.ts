/** Whether an RRset can be sent at all: it goes whole into one message of at most 65,535 octets (RFC 1035 §4.2.2, RFC 2181 §5). */
import { readU16 } from '../../dns/octets.ts'
import { CLASS_IN, RRSIG } from '../../dns/rr/index.ts'
import { HEADER_SIZE, MAX_MESSAGE, MessageBuilder, SECTION_ANSWER } from '../../dns/wire/index.ts'
import type { Zone } from '../zone.ts'

/** RRsets with RDATA of fewer octets are not looked at closely: owners, TTLs and signatures do not fill the rest. */
const SURELY_FITS = 32_768
const NONE = new Uint32Array(0)
/** Type, class, TTL, length, and a pointer to the owner. */
const RECORD_OVERHEAD = 12

export class MessageSizes {
  readonly #zone: Zone
  readonly #builder = new MessageBuilder()

  constructor(zone: Zone) {
    this.#zone = zone
  }

  /** Whether a single record is worth a closer look. */
  isLarge(position: number): boolean {
    return this.#zone.table.rdataLength[this.#zone.records[position]!]! >= SURELY_FITS - RECORD_OVERHEAD
  }

  /** too-large-signed: the RRset fits, but not together with its RRSIG records, which validating resolvers ask for. */
  judge(node: number, type: number, from: number, to: number): 'fits' | 'too-large' | 'too-large-signed' {
    const { rdataLength } = this.#zone.table
    let octets = 0
    for (let position = from; position < to; position++) {
      octets += rdataLength[this.#zone.records[position]!]! + RECORD_OVERHEAD
    }
    if (octets < SURELY_FITS) return 'fits'
    const records = this.#zone.records.subarray(from, to)
    if (!this.#fits(node, type, records, NONE)) return 'too-large'
    const signatures = this.#signatures(node, type)
    return this.#fits(node, type, records, signatures) ? 'fits' : 'too-large-signed'
  }

  /** Builds the answer, names compressed, as it would be sent; with signatures there is an OPT record. */
  #fits(node: number, type: number, records: Uint32Array, signatures: Uint32Array): boolean {
    const { table } = this.#zone
    const builder = this.#builder
    builder.begin(0, 0, MAX_MESSAGE)
    builder.question(table.octets, this.#zone.ownerOf(node), type, CLASS_IN)
    if (signatures.length > 0) builder.reserveOpt(0)
    builder.openGroup(SECTION_ANSWER)
    for (const index of records) this.#add(type, index)
    for (const index of signatures) this.#add(RRSIG.number, index)
    return builder.closeGroup(true)
  }

  #add(type: number, index: number): void {
    const { table } = this.#zone
    this.#builder.recordAt(HEADER_SIZE, type, CLASS_IN, 0, table.octets, table.rdata[index]!, table.rdataEnd(index))
  }

  /** The RRSIG records of the node that cover the type. */
  #signatures(node: number, type: number): Uint32Array {
    const zone = this.#zone
    const from = zone.findRrset(node, RRSIG.number)
    if (from < 0) return NONE
    const all = zone.records.subarray(from, zone.rrsetEnd(from, zone.nodes[node + 1]!))
    return all.filter((index) => readU16(zone.table.octets, zone.table.rdata[index]!) === type)
  }
}
