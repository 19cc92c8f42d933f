/** The NSEC records that are known of a zone, in canonical order (RFC 4034 §4). */
import { commonLabels, dropLabels, MAX_SORT_KEY, Name, writeSortKey } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import { SOA } from '../../dns/rr/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { NsecRecord } from '../../validator/index.ts'
import { findGood, orderString, type ProofSelection, type ProofSpan } from './proof-span.ts'
import { SortedRuns } from './sorted-runs.ts'

export type NsecSpan = ProofSpan & { readonly kind: 'nsec'; readonly record: NsecRecord }

export class NsecChain {
  readonly spans: SortedRuns<NsecSpan> = new SortedRuns()
  readonly #zone: Name
  readonly #zoneLabels: number

  constructor(zone: Name) {
    this.#zone = zone
    this.#zoneLabels = zone.labelCount
  }

  /** The span of an RRset; undefined when it is none of this zone's. */
  read(set: RRset, since: SteadySeconds): NsecSpan | undefined {
    const zone = this.#zone
    const [record, another] = NsecRecord.read(set, zone)
    if (record === undefined || another !== undefined || !record.next.isAtOrBelow(zone)) return undefined
    // The apex of another zone: it says nothing of what is above.
    if (record.types.has(SOA.number) && !set.owner.equals(zone)) return undefined
    const key = zone.key + set.owner.key
    return { kind: 'nsec', order: this.#orderOf(set.owner), key, zone, set, since, record }
  }

  #orderOf({ octets }: Name): string {
    return orderString(sortKey, writeSortKey(octets, 0, this.#zoneLabels, sortKey, 0))
  }

  /** The record at or around a name of the zone, and that at or around the wildcard that would stand in for it. */
  select(name: Name, now: SteadySeconds): ProofSelection<NsecSpan> | undefined {
    const span = findGood(this.spans, this.#orderOf(name), now)
    if (span === undefined) return undefined
    const { record } = span
    if (!record.deniesName(name)) return this.#selection([span], undefined)
    const encloser = encloserOf(name, record)
    const standIn = findGood(this.spans, this.#orderOf(encloser.child('*')), now)
    const spans = standIn === undefined || standIn === span ? [span] : [span, standIn]
    return this.#selection(spans, encloser)
  }

  #selection(spans: readonly NsecSpan[], encloser: Name | undefined): ProofSelection<NsecSpan> {
    const nsec = spans.map(({ record }) => record)
    return { records: { zone: this.#zone, nsec, chains: [], excessive: [] }, spans, encloser }
  }
}

const sortKey = new Uint8Array(MAX_SORT_KEY)

/** Both ends of the span between which the name would stand exist, and with them their ancestors. */
function encloserOf({ octets, labelCount }: Name, { owner, next }: NsecRecord): Name {
  const common = Math.max(commonLabels(octets, 0, owner.octets, 0), commonLabels(octets, 0, next.octets, 0))
  return Name.fromOctets(octets, dropLabels(octets, 0, labelCount - common))
}
