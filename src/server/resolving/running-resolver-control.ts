/** What management may see and steer of the resolver, done by the running one. */
import { DnsError } from '../../dns/errors.ts'
import type { Name } from '../../dns/name/index.ts'
import { DNSKEY, DS, rdataText } from '../../dns/rr/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import type { Clock, UnixSeconds } from '../../ports/index.ts'
import { parseAnchorRecords } from '../../store/index.ts'
import { formatSocketAddress } from '../../transport/index.ts'
import {
  type ClockDoubt,
  type PointAnchor,
  type StoredTrustPoint,
  stateOfPoint,
  tagOf,
  withoutRevoke,
} from '../../validator/index.ts'
import type { Outcome } from '../outcome.ts'
import type {
  CacheStatus,
  FoundFailure,
  NegativeAnchorStatus,
  RecordedFailures,
  ResolverControl,
  ResolverStatus,
  TrustAnchorStatus,
  TrustPointStatus,
  UpstreamStatus,
} from '../resolver-control.ts'
import type { Resolving } from './resolving.ts'

const MAX_ANCHOR_TEXT = 1 << 16

export class RunningResolverControl implements ResolverControl {
  readonly #resolving: Resolving
  readonly #clock: Clock

  constructor(resolving: Resolving, clock: Clock) {
    this.#resolving = resolving
    this.#clock = clock
  }

  status(): ResolverStatus {
    const { settings, trust, counters, network, outstanding, recorder } = this.#resolving
    const { queries, replies, timeouts, failures, mismatches } = network.counters
    const { udpSockets, outstanding: waiting } = network.gauges
    const { clockDoubt } = trust
    return {
      mode: settings.mode,
      validates: settings.validation.enabled,
      ...(clockDoubt !== undefined && { clockDoubt: clockDoubt.text }),
      outstanding,
      counts: { ...counters.counts },
      caches: this.#caches(),
      network: { queries, replies, timeouts, failures, mismatches, udpSockets, outstanding: waiting },
      servers: this.#servers(),
      failing: this.#resolving.failures.failing(this.#clock.steady()),
      ...(recorder !== undefined && { recorder: { ...recorder.counts, maxOctets: recorder.maxOctets } }),
    }
  }

  #servers(): UpstreamStatus[] {
    const { routed, caches, servers: watched } = this.#resolving
    return routed.flatMap(({ zone, kind, servers }) =>
      servers.map(({ endpoint, protocol }): UpstreamStatus => {
        const now = this.#clock.steady()
        const known = caches.infrastructure.find(endpoint, now)
        const isSilent = caches.infrastructure.isSilent(endpoint, now)
        const { isFailing, since, reason } = watched.stateOf(endpoint, protocol)
        const rtt = known === undefined || known.rttMilliseconds === 0 ? undefined : Math.round(known.rttMilliseconds)
        return {
          zone: zone.toString(),
          kind,
          address: formatSocketAddress(endpoint),
          protocol,
          state: isFailing || isSilent ? 'fails' : rtt === undefined ? 'unknown' : 'replies',
          ...(rtt !== undefined && { rttMilliseconds: rtt }),
          ...(since !== undefined && { failingFor: Math.max(0, Math.round(now - since)) }),
          ...(reason !== undefined && { reason }),
        }
      }),
    )
  }

  #caches(): CacheStatus[] {
    const { caches, keys, answers } = this.#resolving
    const tables = Object.entries({
      rrsets: caches.rrsets.counts,
      messages: caches.messages.counts,
      failures: caches.failures.counts,
      denials: caches.denials.counts,
      infrastructure: caches.infrastructure.counts,
      keys: { entries: keys.size, octets: keys.octets },
      answers: answers.figures,
    })
    return tables.map(([name, { entries, octets }]) => ({ name, entries, octets }))
  }

  flush(name: Name, options: { readonly type?: number; readonly isSubtree?: boolean } = {}): Outcome {
    const count = this.#resolving.flush(name, options)
    if (count === 0) return { outcome: 'unchanged', message: 'nothing of it was cached' }
    return { outcome: 'done', message: count === 1 ? 'one entry is forgotten' : `${count} entries are forgotten` }
  }

  dump(): Iterable<string> {
    return this.#resolving.dump()
  }

  failures(most: number): RecordedFailures | undefined {
    const { recorder } = this.#resolving
    if (recorder === undefined) return undefined
    const failures = recorder.list(most)
    return { failures, more: recorder.size - failures.length }
  }

  failure(name: Name, type?: number): FoundFailure | undefined {
    const { recorder } = this.#resolving
    if (recorder === undefined) return undefined
    const evidence = recorder.find(name, type)
    return evidence === undefined ? { kind: 'absent', nearest: recorder.nearest(name) } : { kind: 'found', evidence }
  }

  trustPoints(): readonly TrustPointStatus[] {
    const { trust } = this.#resolving
    return trust.shown().map((point) => statusOfPoint(point, trust.clockDoubt))
  }

  async refreshTrustPoints(zone?: Name): Promise<Outcome> {
    const { points, clockDoubt } = this.#resolving.trust
    const zones = zone === undefined ? points.list().map((point) => point.zone) : [zone]
    if (zone !== undefined && points.get(zone) === undefined) return noPoint(zone)
    const observations = await Promise.all(zones.map((each) => this.#resolving.trust.probe(each)))
    const details = observations.map(
      ({ result, detail }, i) => `${zones[i]} ${result}${detail === '' ? '' : `: ${detail}`}`,
    )
    const failed = observations.filter(({ result }) => result !== 'verified').length
    if (zones.length === 0) return { outcome: 'unchanged', message: 'there are no trust points' }
    if (failed === 0) return { outcome: 'done', message: 'the keys verify', details }
    const message = clockDoubt?.text ?? 'keys could not be fetched, or do not verify'
    return { outcome: 'failed', message, details }
  }

  addTrustAnchors(text: string): Promise<Outcome> {
    return this.#saved(this.#addTrustAnchors(text))
  }

  #addTrustAnchors(text: string): Outcome {
    try {
      if (text.length > MAX_ANCHOR_TEXT) throw new DnsError('limit-exceeded', 'so much is no trust anchor')
      const anchors = parseAnchorRecords(text, 'record')
      if (anchors.length === 0) return { outcome: 'refused', message: 'there is no DS or DNSKEY record' }
      const revoked = anchors.filter((anchor) => !this.#resolving.trust.points.add(anchor))
      if (revoked.length > 0)
        return { outcome: 'refused', message: revokedText(revoked, anchors.length - revoked.length) }
      return { outcome: 'done', message: anchors.length === 1 ? 'it is trusted' : `${anchors.length} are trusted` }
    } catch (error) {
      if (error instanceof DnsError) return { outcome: 'refused', message: error.message }
      throw error
    }
  }

  removeTrustPoint(zone: Name, keyTag?: number): Promise<Outcome> {
    return this.#saved(this.#removeTrustPoint(zone, keyTag))
  }

  #removeTrustPoint(zone: Name, keyTag?: number): Outcome {
    const { points } = this.#resolving.trust
    const point = points.get(zone)
    if (point === undefined) return noPoint(zone)
    const named = point.anchors.filter((anchor) => keyTag === undefined || tagOf(anchor) === keyTag)
    if (named.length === 0) return { outcome: 'refused', message: `${zone} has no anchor with key tag ${keyTag}` }
    if (keyTag === undefined) points.remove(zone)
    else for (const { kind, rdata } of named) points.remove(zone, { zone, kind, rdata: withoutRevoke(rdata) })
    const message =
      keyTag === undefined ? `${zone} is no trust point any more` : `key ${keyTag} is not trusted any more`
    return { outcome: 'done', message }
  }

  negativeAnchors(): readonly NegativeAnchorStatus[] {
    return this.#resolving.trust.points.negative.list().map(({ name, until, reason }) => ({
      name: name.toString(),
      ...(until !== undefined && { until }),
      ...(reason !== undefined && { reason }),
    }))
  }

  async addNegativeAnchor(name: Name, until: UnixSeconds, reason?: string): Promise<Outcome> {
    if (until <= this.#clock.wall()) return { outcome: 'refused', message: 'its end is over already' }
    this.#resolving.trust.addNegative({ name, until, ...(reason !== undefined && { reason }) })
    return this.#saved({ outcome: 'done', message: `at and below ${name} nothing is validated` })
  }

  async removeNegativeAnchor(name: Name): Promise<Outcome> {
    if (!this.#resolving.trust.removeNegative(name)) {
      return { outcome: 'refused', message: `there is no negative trust anchor ${name}` }
    }
    return this.#saved({ outcome: 'done', message: `${name} is validated again` })
  }

  /** An outcome, once what led to it is durable. */
  async #saved(outcome: Outcome): Promise<Outcome> {
    await this.#resolving.trust.saved()
    return outcome
  }
}

function noPoint(zone: Name): Outcome {
  return { outcome: 'refused', message: `there is no trust point ${zone}` }
}

function revokedText(revoked: readonly TrustAnchor[], added: number): string {
  const keys = revoked.map((anchor) => `key ${tagOf(anchor)} of ${anchor.zone}`).join(', ')
  const others = added === 0 ? '' : ` (${added} others are trusted now)`
  return `${keys}: revoked (RFC 5011), and never trusted again; add another key of the zone${others}`
}

/** `clockDoubt`: while it lasts the keys are not looked at, and it is the reason for what fails. */
function statusOfPoint(point: StoredTrustPoint, clockDoubt: ClockDoubt | undefined): TrustPointStatus {
  const { zone, anchors, lastQueried, lastSuccess, nextProbe, isManaged } = point
  const lastResult = [clockDoubt?.text ?? '', point.lastResult].filter((text) => text !== '').join('; ')
  return {
    zone: zone.toString(),
    state: stateOfPoint(point),
    anchors: anchors.map((anchor) => statusOfAnchor(zone, anchor)),
    ...(lastQueried > 0 && { lastRefresh: lastQueried }),
    ...(lastSuccess > 0 && { lastSuccess }),
    ...(nextProbe > 0 && isManaged && { nextRefresh: nextProbe }),
    ...(lastResult !== '' && { lastResult }),
    followsRollovers: isManaged,
  }
}

function statusOfAnchor(zone: Name, anchor: PointAnchor<UnixSeconds>): TrustAnchorStatus {
  const { kind, rdata, state, since, origin } = anchor
  const type = kind === 'ds' ? DS : DNSKEY
  return {
    kind,
    keyTag: tagOf(anchor),
    algorithm: rdata[kind === 'ds' ? 2 : 3] ?? 0,
    state,
    ...(since > 0 && { since }),
    origin,
    record: `${zone} IN ${type.mnemonic} ${rdataText(type.number, rdata)}`,
  }
}
