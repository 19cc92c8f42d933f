/**
 * Answers made from proofs that were validated before (RFC 8198): the secure NSEC and NSEC3 records of zones, each zone's in the
 * order of its chain. Here the records around a name are found; whether they prove something is for the provers of the validator
 * to say, as it is when they come with an answer.
 *
 * NSEC3 records with opt-out are not kept: they deny nothing (RFC 8198 §5.2). Questions for types that are no data (ANY, RRSIG…)
 * are not answered here. The SOA and the wildcards' RRsets are those of the RRset cache.
 */
import { dropLabels, equalNames, MAX_NAME, Name, nameEnd } from '../../dns/name/index.ts'
import { readU32 } from '../../dns/octets.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import { CNAME, DNAME, DS, NS, NSEC, NSEC3, SOA } from '../../dns/rr/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { proveNoData, proveNoName, proveWildcard } from '../../validator/index.ts'
import { BoundedTable, type TableCounts } from './bounded-table.ts'
import { MOST_NEGATIVE_SECONDS } from './message-cache.ts'
import { NsecChain, type NsecSpan } from './nsec-chain.ts'
import { Nsec3Chain, type Nsec3Span, readNsec3 } from './nsec3-chain.ts'
import { octetsOfRrset } from './octet-sizes.ts'
import { isGood, type ProofSelection } from './proof-span.ts'
import { Rank } from './rank.ts'
import type { RRsetCache } from './rrset-cache.ts'

const NOERROR = 0
const NXDOMAIN = 3
const SIG = 24
const RRSIG = 46
/** From here to 255 types are questions and mechanisms, not data (RFC 6895 §3.1). */
const FIRST_META = 128
const LAST_META = 255
/** In the RDATA of an RRSIG: the labels of the signed name, and the signer's name. */
const LABELS_AT = 3
const SIGNER_AT = 18
/** A span with its record, its string and its place in a run. */
const SPAN_OCTETS = 420
const ZONE_OCTETS = 700
/** What a wildcard does not stand in for (RFC 4592 §4). */
const NEVER_EXPANDED: ReadonlySet<number> = new Set([NS, SOA, DS, DNAME, NSEC, NSEC3].map(({ number }) => number))

export type AggressiveCacheSettings = {
  readonly maxOctets: number
  /** NSEC3 records with more iterations are not kept. */
  readonly maxNsec3Iterations: number
  /** The most that an answer made here is good for (seconds), at most `MOST_NEGATIVE_SECONDS`. */
  readonly maxNegativeTtl: number
}

/** An answer that nobody was asked for. All its RRsets are secure. */
export type Synthesized = {
  readonly kind: 'nxdomain' | 'nodata' | 'wildcard'
  readonly rcode: number
  /** Of `wildcard`: its RRset of the type, or its CNAME, under the name that was asked for. */
  readonly answer: readonly RRset[]
  /** The SOA of a denial, and the proofs, with signatures. */
  readonly authority: readonly RRset[]
  /** TTLs that are told are not above what is left until then. */
  readonly expires: SteadySeconds
}

type Span = NsecSpan | Nsec3Span
type ZoneChains = { readonly nsec: NsecChain; nsec3: Nsec3Chain | undefined }

export class AggressiveCache {
  readonly #settings: AggressiveCacheSettings
  readonly #rrsets: RRsetCache
  readonly #zones = new Map<string, ZoneChains>()
  readonly #table: BoundedTable<Span>

  constructor(settings: AggressiveCacheSettings, rrsets: RRsetCache) {
    this.#settings = settings
    this.#rrsets = rrsets
    this.#table = new BoundedTable<Span>(
      settings.maxOctets,
      (span, now) => !isGood(span, now),
      (span) => this.#unlink(span),
    )
  }

  get counts(): TableCounts {
    return this.#table.counts
  }

  /**
   * Keeps what later answers can be made of: a secure NSEC, NSEC3 or SOA RRset of `zone`, the zone whose key has validated it, and
   * the wildcard that a secure answer was expanded from. Passes over all others.
   */
  put(zone: Name, set: RRset, now: SteadySeconds): void {
    if (set.security !== 'secure' || set.expires <= now || !set.owner.isAtOrBelow(zone)) return
    if (!isSignedAsItStands(set, zone)) this.#putExpanded(zone, set, now)
    else if (set.type === NSEC.number || set.type === NSEC3.number) this.#putSpan(zone, set, now)
    else if (set.type === SOA.number && set.owner.equals(zone)) this.#rrsets.put(set, Rank.secure, now)
  }

  #putSpan(zone: Name, set: RRset, now: SteadySeconds): void {
    const chains = this.#zones.get(zone.key) ?? { nsec: new NsecChain(zone), nsec3: undefined }
    const isFirst = chains.nsec.spans.size === 0
    const span = set.type === NSEC.number ? chains.nsec.read(set, now) : this.#readNsec3(chains, zone, set, now)
    if (span === undefined) return
    this.#zones.set(zone.key, chains)
    if (span.kind === 'nsec') chains.nsec.spans.insert(span)
    else chains.nsec3?.spans.insert(span)
    const octets = octetsOfRrset(set) + SPAN_OCTETS + (isFirst ? ZONE_OCTETS : 0)
    if (!this.#table.put(span.key, set.type, span, octets, now)) this.#unlink(span)
  }

  #readNsec3(chains: ZoneChains, zone: Name, set: RRset, now: SteadySeconds): Nsec3Span | undefined {
    const record = readNsec3(set, zone)
    if (record === undefined || record.isOptOut) return undefined
    const { parameters } = record
    if (parameters.iterations > this.#settings.maxNsec3Iterations) return undefined
    if (chains.nsec3?.has(parameters) === true) return chains.nsec3.spanOf(record, now)
    // The zone has changed its parameters, or is about to: one chain is enough.
    for (const old of [...(chains.nsec3?.spans.values() ?? [])]) this.#table.delete(old.key, NSEC3.number)
    chains.nsec3 = new Nsec3Chain(zone, parameters)
    return chains.nsec3.spanOf(record, now)
  }

  #unlink(span: Span): void {
    const key = span.zone.key
    const chains = this.#zones.get(key)
    if (chains === undefined) return
    if (span.kind === 'nsec') chains.nsec.spans.remove(span)
    else chains.nsec3?.spans.remove(span)
    if (chains.nsec.spans.size === 0 && (chains.nsec3?.spans.size ?? 0) === 0) this.#zones.delete(key)
  }

  /** RFC 8198 §5.3: under its own name the wildcard can be used again. */
  #putExpanded(zone: Name, set: RRset, now: SteadySeconds): void {
    const { owner, type, signatures } = set
    const labels = signatures[0]?.[LABELS_AT]
    if (labels === undefined || NEVER_EXPANDED.has(type)) return
    if (labels >= owner.labelCount || labels < zone.labelCount || owner.isWildcard) return
    if (!signatures.every((signature) => signature[LABELS_AT] === labels && isSignedBy(signature, zone))) return
    const encloser = Name.fromOctets(owner.octets, dropLabels(owner.octets, 0, owner.labelCount - labels))
    this.#rrsets.put({ ...set, owner: encloser.child('*') }, Rank.secure, now)
  }

  get isEmpty(): boolean {
    return this.#zones.size === 0
  }

  /** What `zone` would answer, when what is kept proves it. `zone` is the deepest that may hold the name (for a DS: the parent). */
  deny(name: Name, type: number, zone: Name, now: SteadySeconds): Synthesized | undefined {
    const chains = this.#zones.get(zone.key)
    if (chains === undefined || !isData(type) || !name.isAtOrBelow(zone)) return undefined
    const { nsec, nsec3 } = chains
    const hasWildcard = (encloser: Name): boolean => this.#findWildcard(zone, encloser, type, now) !== undefined
    const answer =
      (nsec.spans.size > 0 ? this.#judge(nsec.select(name, now), name, type, now) : undefined) ??
      (nsec3 === undefined ? undefined : this.#judge(nsec3.select(name, now, hasWildcard), name, type, now))
    if (answer === undefined) this.#table.misses++
    else this.#table.hits++
    return answer
  }

  #judge(
    selection: ProofSelection<Span> | undefined,
    name: Name,
    type: number,
    now: SteadySeconds,
  ): Synthesized | undefined {
    if (selection === undefined) return undefined
    const { records, encloser } = selection
    if (encloser !== undefined) {
      const noName = proveNoName(records, name)
      if (noName.outcome === 'proved') return this.#negative('nxdomain', selection, noName.used, now)
    }
    const noData = proveNoData(records, name, type)
    if (noData.outcome === 'proved') return this.#negative('nodata', selection, noData.used, now)
    return encloser === undefined ? undefined : this.#expand(selection, encloser, name, type, now)
  }

  /** RFC 8198 §5.3. A CNAME at the wildcard stands in for every type. */
  #expand(
    selection: ProofSelection<Span>,
    encloser: Name,
    name: Name,
    type: number,
    now: SteadySeconds,
  ): Synthesized | undefined {
    if (NEVER_EXPANDED.has(type)) return undefined
    const { outcome, used } = proveWildcard(selection.records, name, encloser)
    if (outcome !== 'proved') return undefined
    const found = this.#findWildcard(selection.records.zone, encloser, type, now)
    if (found === undefined) return undefined
    const expires = this.#bound(found.expires, selection, used, MOST_NEGATIVE_SECONDS, now)
    if (expires <= now) return undefined
    const answer = [{ ...found, owner: name, expires }]
    return { kind: 'wildcard', rcode: NOERROR, answer, authority: this.#use(selection, used), expires }
  }

  /** One of a zone below would make that zone's names look as if these proofs denied them. */
  #findWildcard(zone: Name, encloser: Name, type: number, now: SteadySeconds): RRset | undefined {
    if (encloser.octets.length > MAX_NAME - 2) return undefined
    const wildcard = encloser.child('*')
    const found = this.#findSecure(wildcard, type, now) ?? this.#findSecure(wildcard, CNAME.number, now)
    return found?.signatures.every((signature) => isSignedBy(signature, zone)) === true ? found : undefined
  }

  #findSecure(name: Name, type: number, now: SteadySeconds): RRset | undefined {
    const found = this.#rrsets.find(name, type, now)?.rrset
    return found?.security === 'secure' ? found : undefined
  }

  #negative(
    kind: 'nxdomain' | 'nodata',
    selection: ProofSelection<Span>,
    used: readonly RRset[],
    now: SteadySeconds,
  ): Synthesized | undefined {
    const soa = this.#findSecure(selection.records.zone, SOA.number, now)
    const rdata = soa?.rdatas[0]
    if (soa === undefined || rdata === undefined || rdata.length < 22) return undefined
    const expires = this.#bound(soa.expires, selection, used, readU32(rdata, rdata.length - 4), now)
    if (expires <= now) return undefined
    const rcode = kind === 'nxdomain' ? NXDOMAIN : NOERROR
    return { kind, rcode, answer: [], authority: [soa, ...this.#use(selection, used)], expires }
  }

  /** RFC 8198 §5.4: no longer than any part, than the SOA's last field since a proof was kept, and than three hours. */
  #bound(
    expires: SteadySeconds,
    { spans }: ProofSelection<Span>,
    used: readonly RRset[],
    minimum: number,
    now: SteadySeconds,
  ): SteadySeconds {
    let end = Math.min(expires, now + Math.min(this.#settings.maxNegativeTtl, MOST_NEGATIVE_SECONDS))
    for (const { set, since } of spans) if (used.includes(set)) end = Math.min(end, set.expires, since + minimum)
    return end
  }

  /** Marks the spans of the proof, so that they stay. */
  #use({ spans }: ProofSelection<Span>, used: readonly RRset[]): readonly RRset[] {
    for (const span of spans) if (used.includes(span.set)) this.#table.find(span.key, span.set.type)
    return used
  }

  deleteWhere(goes: (set: RRset) => boolean): number {
    return this.#table.deleteWhere(({ set }) => goes(set))
  }

  clear(): void {
    this.#table.clear()
    this.#zones.clear()
  }
}

function isData(type: number): boolean {
  return type !== 0 && type !== SIG && type !== RRSIG && (type < FIRST_META || type > LAST_META)
}

/**
 * Whether the RRset stands under the name that was signed. One that was expanded from a wildcard is a record of the wildcard's,
 * and would deny what exists. Which of the signatures was verified is not known here: all of them must say so.
 */
function isSignedAsItStands({ owner, signatures }: RRset, zone: Name): boolean {
  const labels = owner.labelCount - (owner.isWildcard ? 1 : 0)
  return (
    signatures.length > 0 &&
    signatures.every((signature) => signature[LABELS_AT] === labels && isSignedBy(signature, zone))
  )
}

function isSignedBy(signature: Uint8Array, { octets }: Name): boolean {
  if (nameEnd(signature, SIGNER_AT, signature.length) < 0) return false
  return equalNames(signature, SIGNER_AT, octets, 0)
}
