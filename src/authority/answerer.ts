/**
 * Finds what the zones of the image say to a question and writes it into the message (RFC 1034 §4.3.2, with RFC 4592 for
 * wildcards, RFC 6672 for DNAME, RFC 4035 §3.1 and RFC 5155 §7.2 for DNSSEC).
 *
 * A name is followed step by step; each step ends in one of these:
 *
 *     answer      the RRset is there                               AA, ANSWER
 *     alias       CNAME or DNAME: the next step asks for its target, if one of our zones has it
 *     referral    a zone cut lies above the name, or at it         AUTHORITY: NS, DS or its absence; glue
 *     nodata      the name is there, the type is not               AUTHORITY: SOA, proof
 *     nxdomain    the name is not there                            AUTHORITY: SOA, proof
 *
 * Answers that are not minimal carry more (`additional.ts`). What it does not do: EDNS, cookies, limits (`responder.ts`).
 */
import { MAX_NAME, skipName } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { ANY, CLASS_IN, CNAME, DNAME, DS, NS, RRSIG } from '../dns/rr/index.ts'
import {
  FLAG_AA,
  HEADER_SIZE,
  type MessageBuilder,
  RCODE_NXDOMAIN,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
  RCODE_YXDOMAIN,
  SECTION_ANSWER,
  SECTION_AUTHORITY,
  type Section,
} from '../dns/wire/index.ts'
import {
  findSet,
  firstSet,
  type ImageReader,
  LEAF_CUT,
  LEAF_DNAME,
  LEAF_HAS_WILDCARD,
  OPTION_RESTRICTED,
  RECORD_FIXED,
  recordsAt,
  SET_WORDS,
  STATE_HANDED_OVER,
  STATE_RESOLVED,
  STATE_SERVING,
  setCount,
  setRecords,
  setSignatures,
  setTtl,
  ZONE_OPTIONS,
  ZONE_STATE,
} from '../zone/index.ts'
import { Additional } from './additional.ts'
import { AliasChain, MAX_STEPS } from './alias-chain.ts'
import { ANSWERED, type AnswerKind, ELSEWHERE, HANDED_OVER } from './answer-kinds.ts'
import { Glue } from './glue.ts'
import { NegativeSoa } from './negative-soa.ts'
import { Proofs } from './proofs.ts'
import { RrsetTurns } from './rrset-turns.ts'
import { AT_QUESTION, BY_NAME, putRrset, putSignatures, writeWildcard } from './rrsets.ts'

export class Answerer {
  readonly #reader: ImageReader
  readonly #builder: MessageBuilder
  readonly #proofs: Proofs
  readonly #soa: NegativeSoa
  readonly #turns: RrsetTurns
  readonly #glue: Glue
  /** None: answers are minimal. */
  readonly #additional: Additional | undefined
  readonly #chain = new AliasChain()
  readonly #wildcard = new Uint8Array(MAX_NAME + 2)
  #type = 0
  #dnssec = false
  #rcode = 0
  /** The name of the step. */
  #name: Uint8Array = new Uint8Array(0)
  #at = 0
  #offset = AT_QUESTION
  /** What our zones do not have can be asked for: where aliases and delegations lead, the DS of their apexes. */
  asksElsewhere = false
  kind: AnswerKind = 'answer'
  /** The zone that answered first, 0 for none. */
  zone = 0
  /** Where the name of the answer's wildcard or closest encloser begins, in `reader.memory`; of use to a rate limit. */
  encloser = 0

  constructor(reader: ImageReader, builder: MessageBuilder, isMinimal: boolean) {
    this.#reader = reader
    this.#builder = builder
    this.#proofs = new Proofs(reader, builder)
    this.#soa = new NegativeSoa(reader, builder)
    this.#turns = new RrsetTurns(reader, builder)
    this.#glue = new Glue(reader, builder, this.#turns)
    this.#additional = isMinimal ? undefined : new Additional(reader, builder, this.#turns)
  }

  /**
   * Answers the question whose name stands at `name[at…]` and, as the question, at the start of the message. Sets AA and the
   * RCODE in the builder's bits. `unrestricted`: the caller has checked who may ask. What was put before ELSEWHERE is good for nothing.
   */
  answer(name: Uint8Array, at: number, type: number, dnssec: boolean, unrestricted: boolean): number {
    this.#name = name
    this.#at = at
    this.#offset = AT_QUESTION
    this.#type = type
    this.#dnssec = dnssec
    this.#rcode = 0
    this.kind = 'answer'
    this.encloser = 0
    this.#chain.begin(name, at)
    this.#proofs.begin()
    this.#additional?.begin()
    const { words } = this.#reader.memory
    let zone = this.#findZone()
    this.zone = zone
    if (zone === 0) return this.#refuse(RCODE_REFUSED, 'refused', ELSEWHERE)
    if (!unrestricted && (words[zone * 2 + ZONE_OPTIONS]! & OPTION_RESTRICTED) !== 0) return HANDED_OVER
    const state = words[zone * 2 + ZONE_STATE]
    if (state === STATE_HANDED_OVER) return HANDED_OVER
    if (state === STATE_RESOLVED) return this.#refuse(RCODE_REFUSED, 'refused', ELSEWHERE)
    if (state !== STATE_SERVING) return this.#refuse(RCODE_SERVFAIL, 'failed', ANSWERED)
    this.#builder.bits |= FLAG_AA
    for (let step = 0; step < MAX_STEPS; step++) {
      if (!this.#step(zone, step === 0)) {
        if (this.asksElsewhere && this.#isReferral) return ELSEWHERE
        break
      }
      if (this.#chain.isClosed) break
      const next = this.#findZone()
      const nextState = next === 0 ? STATE_RESOLVED : words[next * 2 + ZONE_STATE]
      if (this.asksElsewhere && nextState === STATE_RESOLVED) return ELSEWHERE
      if (nextState !== STATE_SERVING) break
      // What another zone restricts is not shown by way of an alias.
      if (next !== zone && (words[next * 2 + ZONE_OPTIONS]! & OPTION_RESTRICTED) !== 0) break
      zone = next
    }
    this.#chain.prove(this.#proofs)
    this.#additional?.complete(zone, dnssec)
    this.#builder.bits |= this.#rcode
    return ANSWERED
  }

  /** The zone nearest to the name. A DS lies in the zone above (RFC 4035 §3.1.4.1), when that one is served here too. */
  #findZone(): number {
    const reader = this.#reader
    reader.setName(this.#name, this.#at)
    const zone = reader.findZone(this.#name, this.#at)
    if (zone === 0 || this.#type !== DS.number) return zone
    if (reader.nameLength(zone) !== skipName(this.#name, this.#at) - this.#at) return zone
    const parent = reader.findZone(this.#name, this.#at, true)
    if (parent !== 0 && reader.memory.words[parent * 2 + ZONE_STATE] === STATE_SERVING) return parent
    return this.asksElsewhere ? 0 : zone
  }

  get #isReferral(): boolean {
    return this.kind === 'referral'
  }

  /** Goes on with the name that the chain has come to. */
  #follow(): void {
    this.#name = this.#chain.name
    this.#at = this.#chain.at
    this.#offset = BY_NAME
  }

  #refuse(rcode: number, kind: AnswerKind, outcome: number): number {
    this.#builder.bits |= rcode
    this.kind = kind
    return outcome
  }

  /** One step. Returns whether an alias is to be followed: the name is then its target. */
  #step(zone: number, isFirst: boolean): boolean {
    const reader = this.#reader
    const { names } = reader
    const { words } = reader.memory
    const exact = reader.findName(zone, this.#name, this.#at)
    for (let i = 0; i < names.ancestorCount; i++) {
      const flags = words[names.ancestors[i]! + 1]!
      if ((flags & LEAF_CUT) !== 0) return this.#refer(zone, words[names.ancestors[i]!]!, isFirst)
      if ((flags & LEAF_DNAME) !== 0) return this.#rename(words[names.ancestors[i]!]!)
    }
    if (exact) {
      const node = words[names.found]!
      if ((words[names.found + 1]! & LEAF_CUT) !== 0 && this.#type !== DS.number)
        return this.#refer(zone, node, isFirst)
      return this.#atNode(zone, node, 0)
    }
    const encloser = names.ancestorCount === 0 ? 0 : names.ancestors[names.ancestorCount - 1]!
    if (encloser === 0) return false
    const node = words[encloser]!
    this.encloser = node
    if ((words[encloser + 1]! & LEAF_HAS_WILDCARD) !== 0) return this.#atWildcard(zone, node)
    this.#nameError(zone, node)
    return false
  }

  /** The name is there, at `node`; or the wildcard `node` stands for it, below `encloser`. */
  #atNode(zone: number, node: number, encloser: number): boolean {
    const { words } = this.#reader.memory
    const isSome = this.#type === ANY.number || this.#type === RRSIG.number
    const set = isSome ? 0 : findSet(words, node, this.#type)
    if (set !== 0) {
      this.#putAnswer(zone, node, set)
      this.#additional?.note(node, set, this.#name, this.#at)
    }
    if (set !== 0 || (isSome && this.#putSome(zone, node))) {
      if (encloser !== 0 && this.#dnssec) this.#proofs.wildcard(zone, encloser, this.#name, this.#at)
      return false
    }
    const alias = isSome ? 0 : findSet(words, node, CNAME.number)
    if (alias !== 0) {
      this.#putAnswer(zone, node, alias)
      if (encloser !== 0 && this.#dnssec) this.#chain.addExpansion(zone, encloser)
      const { octets } = this.#reader.memory
      const rdata = recordsAt(words, node, alias) + RECORD_FIXED
      this.#chain.follow(octets, rdata, readU16(octets, rdata - 2))
      this.#follow()
      return true
    }
    if (encloser === 0) this.kind = 'nodata'
    this.#putSoa(zone)
    if (this.#dnssec) {
      if (encloser === 0) this.#proofs.noData(zone, node, this.#name, this.#at)
      else this.#proofs.wildcardNoData(zone, encloser, node, this.#name, this.#at)
    }
    return false
  }

  #atWildcard(zone: number, encloser: number): boolean {
    const reader = this.#reader
    writeWildcard(reader, encloser, this.#wildcard)
    reader.setName(this.#wildcard, 0)
    if (!reader.findName(zone, this.#wildcard, 0)) {
      this.#nameError(zone, encloser)
      return false
    }
    this.kind = 'wildcard'
    // NS at a wildcard does not delegate what it stands for (RFC 4592 §4.2): it is data.
    return this.#atNode(zone, reader.memory.words[reader.names.found]!, encloser)
  }

  #nameError(zone: number, encloser: number): void {
    this.kind = 'nxdomain'
    this.#rcode = RCODE_NXDOMAIN
    this.#putSoa(zone)
    if (this.#dnssec) this.#proofs.noName(zone, encloser, this.#name, this.#at)
  }

  #putSoa(zone: number): void {
    // What led here is proven first, as other servers have it.
    this.#chain.prove(this.#proofs)
    // As long as no alias was followed, the apex stands within the question.
    const apexOffset =
      this.#offset === AT_QUESTION
        ? HEADER_SIZE + skipName(this.#name, this.#at) - this.#at - this.#reader.nameLength(zone)
        : BY_NAME
    this.#proofs.apexOffset = apexOffset
    this.#soa.put(zone, this.#dnssec, apexOffset)
  }

  #putAnswer(zone: number, node: number, set: number): void {
    // A DNAME may lead to its own owner.
    if (this.#chain.hasDname(set)) return
    const builder = this.#builder
    builder.openGroup(SECTION_ANSWER)
    this.#turns.put(zone, node, set, this.#dnssec, this.#offset, this.#name, this.#at)
    builder.closeGroup(true)
  }

  /** Puts an RRset under the name that it has in the zone. */
  #putNamed(section: Section, node: number, set: number, withSignatures: boolean): void {
    const { memory } = this.#reader
    const builder = this.#builder
    builder.openGroup(section)
    putRrset(builder, memory, node, set, withSignatures, BY_NAME, memory.octets, this.#reader.nameOf(node))
    builder.closeGroup(true)
  }

  /** ANY is answered with one RRset (RFC 8482 §4.1); RRSIG with all signatures of the name. */
  #putSome(zone: number, node: number): boolean {
    const { memory } = this.#reader
    const { words } = memory
    const sets = setCount(words, node)
    this.kind = 'any'
    let any = false
    for (let n = 0; n < sets; n++) {
      const set = firstSet(node) + n * SET_WORDS
      if (this.#type === ANY.number) {
        if (setRecords(words, set) === 0) continue
        this.#putAnswer(zone, node, set)
        this.#additional?.note(node, set, this.#name, this.#at)
        return true
      }
      if (setSignatures(words, set) === 0) continue
      any = true
      if (this.#dnssec && this.#chain.hasDname(set)) continue
      this.#builder.openGroup(SECTION_ANSWER)
      putSignatures(this.#builder, memory, node, set, this.#offset, this.#name, this.#at)
      this.#builder.closeGroup(true)
    }
    return any
  }

  /** The zone below the cut at `node` has the answer (RFC 1034 §4.3.2, step 3b). */
  #refer(zone: number, node: number, isFirst: boolean): boolean {
    const reader = this.#reader
    const { words, octets } = reader.memory
    const name = reader.nameOf(node)
    // Before the glue, which ends the authority section.
    this.#chain.prove(this.#proofs)
    this.encloser = node
    if (isFirst) this.#builder.bits &= ~FLAG_AA
    this.kind = 'referral'
    const ns = findSet(words, node, NS.number)
    this.#putNamed(SECTION_AUTHORITY, node, ns, false)
    if (this.#dnssec) {
      const ds = findSet(words, node, DS.number)
      if (ds === 0) this.#proofs.noDs(zone, node, octets, name)
      // In a zone without signatures a DS proves nothing to anybody; nor do other servers show it.
      else if (setSignatures(words, ds) > 0) this.#putNamed(SECTION_AUTHORITY, node, ds, true)
    }
    this.#glue.add(zone, node, ns)
    return false
  }

  /** A DNAME at `node`, above the name: the name's own end is replaced (RFC 6672 §2.2), and a CNAME says so. */
  #rename(node: number): boolean {
    const reader = this.#reader
    const { words, octets } = reader.memory
    const builder = this.#builder
    const set = findSet(words, node, DNAME.number)
    if (!this.#chain.hasDname(set)) {
      this.#chain.addDname(set)
      this.#putNamed(SECTION_ANSWER, node, set, this.#dnssec)
    }
    const rdata = recordsAt(words, node, set) + RECORD_FIXED
    const prefix = skipName(this.#name, this.#at) - this.#at - reader.nameLength(node)
    if (!this.#chain.substitute(prefix, octets, rdata)) {
      this.#rcode = RCODE_YXDOMAIN
      return false
    }
    const { name, at } = this.#chain
    builder.openGroup(SECTION_ANSWER)
    builder.record(this.#name, this.#at, CNAME.number, CLASS_IN, setTtl(words, set), name, at, skipName(name, at))
    builder.closeGroup(true)
    if (this.#type === CNAME.number) return false
    this.#follow()
    return true
  }
}
