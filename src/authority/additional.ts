/**
 * What an answer that is not minimal carries beyond its RRset (RFC 1034 §4.3.2, step 6): the name servers of the zone, and the
 * addresses of the hosts that the records name. Nothing of it is required: what does not fit is left out, and TC stays clear
 * (RFC 2181 §9).
 *
 * Addresses come from the zone that answered, as far as it has authority: what another zone says of its names a resolver does not
 * believe (RFC 2181 §5.4.1), and that zone may be restricted. Names that only a wildcard stands for are not looked up. Which RDATA
 * names hosts is told by the declarations of record types.
 */
import { isAtOrBelow } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { HTTPS, NS, recordType, SVCB } from '../dns/rr/index.ts'
import { type MessageBuilder, SECTION_ADDITIONAL, SECTION_AUTHORITY } from '../dns/wire/index.ts'
import {
  findSet,
  type ImageReader,
  LEAF_CUT,
  LEAF_DNAME,
  RECORD_FIXED,
  recordsAt,
  setType,
  signaturesAt,
  ZONE_APEX,
} from '../zone/index.ts'
import { ADDRESS_TYPES } from './glue.ts'
import type { RrsetTurns } from './rrset-turns.ts'
import { BY_NAME, putRrset } from './rrsets.ts'

/** RRsets of one message that are taken note of: the answer, servers, addresses. */
const MOST_SETS = 64
/** Names that one message looks up. */
const MOST_NAMES = 32

export class Additional {
  readonly #reader: ImageReader
  readonly #builder: MessageBuilder
  readonly #turns: RrsetTurns
  /** RRsets that stand in the message: block and word. Each does so once (RFC 2181 §5). */
  readonly #units = new Int32Array(MOST_SETS)
  readonly #sets = new Int32Array(MOST_SETS)
  #count = 0
  #names = 0
  /** Of the answer: the owner that the RRset was given. */
  #owner: Uint8Array = new Uint8Array(1)
  #ownerAt = 0

  constructor(reader: ImageReader, builder: MessageBuilder, turns: RrsetTurns) {
    this.#reader = reader
    this.#builder = builder
    this.#turns = turns
  }

  /** Before each message. */
  begin(): void {
    this.#count = 0
    this.#names = 0
  }

  /** The RRset is the answer, under the name at `owner[ownerAt]`, which stays. */
  note(unit: number, set: number, owner: Uint8Array, ownerAt: number): void {
    this.#owner = owner
    this.#ownerAt = ownerAt
    this.#remember(unit, set)
  }

  /** Adds what belongs to the answer, if there is one: nothing to what is negative or a referral. `zone`: the one it is from. */
  complete(zone: number, dnssec: boolean): void {
    if (this.#count === 0 || this.#builder.truncated) return
    const { words } = this.#reader.memory
    const apex = words[zone * 2 + ZONE_APEX]!
    const servers = findSet(words, apex, NS.number)
    if (servers !== 0 && !this.#has(servers)) this.#putServers(apex, servers, dnssec)
    const count = this.#count
    for (let i = 0; i < count; i++) this.#addHosts(zone, this.#units[i]!, this.#sets[i]!, dnssec)
  }

  #putServers(apex: number, set: number, dnssec: boolean): void {
    const { memory } = this.#reader
    const builder = this.#builder
    builder.openGroup(SECTION_AUTHORITY)
    putRrset(builder, memory, apex, set, dnssec, BY_NAME, memory.octets, this.#reader.nameOf(apex))
    if (builder.closeGroup(false)) this.#remember(apex, set)
  }

  /** Adds the addresses of the hosts that the records of an RRset name. */
  #addHosts(zone: number, unit: number, set: number, dnssec: boolean): void {
    const { words, octets } = this.#reader.memory
    const type = recordType(setType(words, set))
    if (type?.declaration.additional === undefined) return
    const end = signaturesAt(words, unit, set)
    for (let at = recordsAt(words, unit, set); at < end && this.#names < MOST_NAMES; this.#names++) {
      const rdata = at + RECORD_FIXED
      at = rdata + readU16(octets, rdata - 2)
      const host = type.additionalAt(octets, rdata, at)
      // The root is no host: SVCB and HTTPS mean the owner by it (RFC 9460 §2.5.2), others nobody (RFC 2782, RFC 7505).
      if (octets[host] !== 0) this.#addHost(zone, octets, host, dnssec)
      else if (type.number === SVCB.number || type.number === HTTPS.number)
        this.#addHost(zone, this.#owner, this.#ownerAt, dnssec)
    }
  }

  #addHost(zone: number, name: Uint8Array, at: number, dnssec: boolean): void {
    const reader = this.#reader
    const { words, octets } = reader.memory
    if (!isAtOrBelow(name, at, octets, reader.nameOf(zone))) return
    reader.setName(name, at)
    if (!reader.findName(zone, name, at) || this.#isOccluded()) return
    const node = words[reader.names.found]!
    const builder = this.#builder
    for (const type of ADDRESS_TYPES) {
      const set = findSet(words, node, type)
      if (set === 0 || this.#has(set)) continue
      builder.openGroup(SECTION_ADDITIONAL)
      this.#turns.put(zone, node, set, dnssec, BY_NAME, name, at)
      if (builder.closeGroup(false)) this.#remember(node, set)
    }
  }

  /** Whether the name that was found last is another zone's, or below a DNAME. */
  #isOccluded(): boolean {
    const { names, memory } = this.#reader
    const { words } = memory
    if ((words[names.found + 1]! & LEAF_CUT) !== 0) return true
    for (let i = 0; i < names.ancestorCount; i++) {
      if ((words[names.ancestors[i]! + 1]! & (LEAF_CUT | LEAF_DNAME)) !== 0) return true
    }
    return false
  }

  #remember(unit: number, set: number): void {
    if (this.#count === MOST_SETS) return
    this.#units[this.#count] = unit
    this.#sets[this.#count++] = set
  }

  #has(set: number): boolean {
    for (let i = 0; i < this.#count; i++) if (this.#sets[i] === set) return true
    return false
  }
}
