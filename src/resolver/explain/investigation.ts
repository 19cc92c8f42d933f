/**
 * One question resolved and validated with all that is exchanged written down, link by link of its aliases: over the network that
 * the caller has, or once more from what was written down.
 */
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import type { SteadySeconds, UnixSeconds } from '../../dns/presentation/index.ts'
import { CNAME, DNSKEY, DS } from '../../dns/rr/index.ts'
import { isAnchorValid, type TrustAnchor } from '../../dnssec/index.ts'
import type { Endpoint } from '../../ports/index.ts'
import type { Timers, Upstream } from '../../ports/upstream.ts'
import { KeyCache, type Trust, USUAL_VALIDATOR_SETTINGS, Validator } from '../../validator/index.ts'
import { Caches, defaultCachesSettings } from '../cache/index.ts'
import type { Resolution } from '../resolution.ts'
import { Resolver } from '../resolver.ts'
import type { ResolverSettings } from '../settings.ts'
import { USUAL_RESOLVER_SETTINGS } from '../usual-settings.ts'
import type { EvidenceBundle, EvidencePlan, EvidenceSource } from './evidence-bundle.ts'
import { type RecordedExchange, ReplayedNetwork, SeededRandom } from './recording.ts'

const MAX_ALIASES = 16

/** One name of a chain of aliases, and what it came to by itself. */
export type Part = { readonly name: Name; readonly type: number; readonly resolution: Resolution }

export type Investigation = {
  readonly bundle: EvidenceBundle
  /** The whole answer. */
  readonly resolution: Resolution
  /** Each alias with its verdict, the data last. */
  readonly parts: readonly Part[]
  readonly milliseconds: number
  /** Where nothing could be judged: the nearest zone above the name of which something could, as far as that is known. */
  readonly above?: Part
  /** Of one that was played again: questions of which nothing was written down. */
  readonly missing: number
}

/** Resolves again from what was written down, as at that time. */
export function replay(bundle: EvidenceBundle): Investigation {
  const network = new ReplayedNetwork(bundle.exchanges)
  let outcome: InvestigationOutcome | undefined
  let fault: unknown
  const world: InvestigationWorld = {
    upstream: network,
    timers: network,
    milliseconds: () => network.milliseconds,
    now: () => bundle.takenAt + Math.floor(network.milliseconds / 1000),
    exchanges: bundle.exchanges,
  }
  investigateIn(
    bundle,
    world,
    (result) => {
      outcome = result
    },
    (error) => {
      fault = error
    },
  )
  network.run(() => outcome !== undefined || fault !== undefined)
  if (outcome === undefined) throw fault ?? new DnsError('input-unreadable', 'what was written down leads to no answer')
  return { ...outcome, bundle, milliseconds: network.milliseconds, missing: network.missing }
}

export type InvestigationOutcome = Pick<Investigation, 'resolution' | 'parts' | 'above'>

/** What an investigation needs of its caller. */
export type InvestigationWorld = {
  readonly upstream: Upstream
  readonly timers: Timers
  /** A clock that only advances. */
  readonly milliseconds: () => number
  readonly now: () => SteadySeconds
  /** What `upstream` exchanged so far. */
  readonly exchanges: readonly RecordedExchange[]
  /** Of the server that a plan names, where it is asked over TLS or HTTPS. */
  readonly tls?: Pick<Endpoint, 'tls' | 'path'>
}

function isReply({ reply }: RecordedExchange): boolean {
  return reply.kind === 'message'
}

/** Calls `done` once, now or later; `onFault` for an error of this program, after which nothing follows. */
export function investigateIn(
  plan: EvidencePlan,
  { upstream, timers, milliseconds, now, exchanges, tls }: InvestigationWorld,
  done: (outcome: InvestigationOutcome) => void,
  onFault: (error: unknown) => void,
): void {
  const random = new SeededRandom(plan.seed)
  const trust = new FixedTrust(plan.anchors, plan.at)
  const settings = settingsOf(plan, tls)
  const resolver = new Resolver({
    settings,
    upstream,
    timers,
    random,
    clock: { now, validationNow: () => plan.at, milliseconds },
    caches: new Caches(defaultCachesSettings(random.bytes(16))),
    validator: new Validator({ settings: USUAL_VALIDATOR_SETTINGS, trust, keys: new KeyCache() }),
    onFault,
  })
  const ask = (name: Name, type: number, then: (resolution: Resolution) => void): void =>
    resolver.resolve({ name, type, checkingDisabled: false, recursionDesired: true }, then)
  /** The aliases on the way to what is bogus are in no answer but that to a client which checks for itself. */
  const withAliases = (resolution: Resolution, then: (shown: Resolution) => void): void => {
    const { name, type } = plan
    if (resolution.security !== 'bogus') then(resolution)
    else resolver.resolve({ name, type, checkingDisabled: true, recursionDesired: true }, then)
  }
  const explainParts = (resolution: Resolution, shown: Resolution): void => {
    const { aliases, last } = chainOf(plan.name, plan.type, shown)
    const parts: Part[] = []
    const next = (i: number): void => {
      const alias = aliases[i]
      const [name, type] = alias === undefined ? [last, plan.type] : [alias, CNAME.number]
      ask(name, type, (part) => {
        parts.push({ name, type, resolution: part })
        if (alias === undefined) judgeAbove({ resolution, parts })
        else next(i + 1)
      })
    }
    if (aliases.length === 0) judgeAbove({ resolution, parts: [{ name: plan.name, type: plan.type, resolution }] })
    else next(0)
  }
  /** The DS RRset of the zone in charge, or of a zone above it: the links that hold above the failure. */
  const judgeAbove = (outcome: InvestigationOutcome): void => {
    const last = outcome.parts.at(-1)
    if (last === undefined || last.resolution.verdict !== undefined || !exchanges.some(isReply)) {
      done(outcome)
      return
    }
    const next = (zone: Name): void => {
      const type = zone.isRoot ? DNSKEY.number : DS.number
      ask(zone, type, (resolution) => {
        if (resolution.verdict !== undefined) done({ ...outcome, above: { name: zone, type, resolution } })
        else if (zone.isRoot) done(outcome)
        else next(zone.parent)
      })
    }
    next(resolver.zoneInCharge(last.name))
  }
  ask(plan.name, plan.type, (resolution) => withAliases(resolution, (shown) => explainParts(resolution, shown)))
}

/** The names of the aliases of an answer, and where they lead. */
function chainOf(name: Name, type: number, { answer }: Resolution): { aliases: Name[]; last: Name } {
  const aliases: Name[] = []
  let last = name
  while (type !== CNAME.number && aliases.length < MAX_ALIASES) {
    const set = answer.find((each) => each.type === CNAME.number && each.owner.equals(last))
    const [rdata] = set?.rdatas ?? []
    const target = rdata === undefined ? undefined : Name.fromOctets(rdata)
    if (target === undefined || aliases.some((alias) => alias.equals(target))) break
    aliases.push(last)
    last = target
  }
  return { aliases, last }
}

function settingsOf({ source, allowLoopbackServers }: EvidencePlan, tls: InvestigationWorld['tls']): ResolverSettings {
  // What is proved by what was proved before has no chain of its own to show.
  const usual = { ...USUAL_RESOLVER_SETTINGS, keepEvidence: true, aggressiveNsec: false, allowLoopbackServers }
  if (source.kind === 'hints') return { ...usual, hints: source.hints }
  return { ...usual, routed: [routeOf(source, tls)] }
}

function routeOf(
  { kind, address, port, protocol }: Exclude<EvidenceSource, { kind: 'hints' }>,
  tls: InvestigationWorld['tls'],
): ResolverSettings['routed'][number] {
  const endpoint = { address, port, ...tls }
  return {
    zone: Name.root,
    kind: kind === 'root' ? 'stub' : 'forward',
    servers: [{ endpoint, protocol }],
    first: false,
  }
}

/** Anchors that stay as they are. */
class FixedTrust implements Trust {
  readonly #byZone = new Map<string, { zone: Name; anchors: TrustAnchor[] }>()

  constructor(anchors: readonly TrustAnchor[], at: UnixSeconds) {
    for (const anchor of anchors) {
      if (!isAnchorValid(anchor, at)) continue
      const point = this.#byZone.get(anchor.zone.key)
      if (point === undefined) this.#byZone.set(anchor.zone.key, { zone: anchor.zone, anchors: [anchor] })
      else point.anchors.push(anchor)
    }
  }

  find(name: Name): { readonly zone: Name; readonly anchors: readonly TrustAnchor[] } | undefined {
    for (let at = name; ; at = at.parent) {
      const found = this.#byZone.get(at.key)
      if (found !== undefined || at.isRoot) return found
    }
  }

  findNegative(): undefined {
    return undefined
  }
}
