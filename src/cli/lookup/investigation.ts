/**
 * One question resolved and validated in this process, link by link of its aliases: from the network, with all that is exchanged
 * written down, or once more from what was written down.
 */
import { randomBytes } from 'node:crypto'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { CNAME, DNSKEY, DS } from '../../dns/rr/index.ts'
import { isAnchorValid, type TrustAnchor } from '../../dnssec/index.ts'
import type { SteadySeconds, UnixSeconds } from '../../ports/index.ts'
import type { Timers, Upstream } from '../../ports/upstream.ts'
import {
  Caches,
  defaultCachesSettings,
  type EvidenceBundle,
  type EvidencePlan,
  type EvidenceSource,
  type RecordedExchange,
  RecordingUpstream,
  ReplayedNetwork,
  type Resolution,
  Resolver,
  type ResolverSettings,
  SeededRandom,
  USUAL_RESOLVER_SETTINGS,
} from '../../resolver/index.ts'
import { loadNative, NetworkUpstream } from '../../transport/index.ts'
import { KeyCache, type Trust, USUAL_VALIDATOR_SETTINGS, Validator } from '../../validator/index.ts'
import { endpointTls, type ServerTls } from './server-flags.ts'

/** Ports for one question and what it takes. */
const POOL_SIZE = 16
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

/** Resolves over the network. `tls`: of a server that is asked over TLS or HTTPS. */
export async function investigate(plan: EvidencePlan, tls?: ServerTls): Promise<Investigation> {
  const network = new NetworkUpstream({ poolSize: POOL_SIZE }, await loadNative())
  const began = performance.now()
  const milliseconds = (): number => performance.now() - began
  const upstream = new RecordingUpstream(network, milliseconds)
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
    const start = Date.now()
    const now = (): number => Math.floor((start + milliseconds()) / 1000)
    const clock = { milliseconds, timers: network.timers, now }
    run(plan, upstream, { ...clock, hasReplies: () => upstream.exchanges.some(isReply) }, resolve, reject, tls)
    const outcome = await promise
    const took = Math.round(milliseconds())
    return { ...outcome, bundle: { ...plan, exchanges: upstream.exchanges }, milliseconds: took, missing: 0 }
  } finally {
    network.close()
  }
}

/** Resolves again from what was written down, as at that time. */
export function replay(bundle: EvidenceBundle): Investigation {
  const network = new ReplayedNetwork(bundle.exchanges)
  let outcome: Outcome | undefined
  let fault: unknown
  const milliseconds = (): number => network.milliseconds
  const now = (): SteadySeconds => bundle.takenAt + Math.floor(network.milliseconds / 1000)
  const done = (result: Outcome): void => {
    outcome = result
  }
  const failed = (error: unknown): void => {
    fault = error
  }
  const hasReplies = (): boolean => bundle.exchanges.some(isReply)
  run(bundle, network, { milliseconds, timers: network, now, hasReplies }, done, failed)
  network.run(() => outcome !== undefined || fault !== undefined)
  if (outcome === undefined) throw fault ?? new DnsError('input-unreadable', 'what was written down leads to no answer')
  return { ...outcome, bundle, milliseconds: network.milliseconds, missing: network.missing }
}

type Outcome = Pick<Investigation, 'resolution' | 'parts' | 'above'>

type World = {
  readonly milliseconds: () => number
  readonly timers: Timers
  readonly now: () => SteadySeconds
  /** Whether any server replied. */
  readonly hasReplies: () => boolean
}

function isReply({ reply }: RecordedExchange): boolean {
  return reply.kind === 'message'
}

function run(
  plan: EvidencePlan,
  upstream: Upstream,
  { milliseconds, timers, now, hasReplies }: World,
  done: (outcome: Outcome) => void,
  onFault: (error: unknown) => void,
  tls?: ServerTls,
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
  const judgeAbove = (outcome: Outcome): void => {
    const last = outcome.parts.at(-1)
    if (last === undefined || last.resolution.verdict !== undefined || !hasReplies()) {
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

function settingsOf({ source, allowLoopbackServers }: EvidencePlan, tls: ServerTls | undefined): ResolverSettings {
  // What is proved by what was proved before has no chain of its own to show.
  const usual = { ...USUAL_RESOLVER_SETTINGS, keepEvidence: true, aggressiveNsec: false, allowLoopbackServers }
  if (source.kind === 'hints') return { ...usual, hints: source.hints }
  return { ...usual, routed: [routeOf(source, tls)] }
}

function routeOf(
  { kind, address, port, protocol }: Exclude<EvidenceSource, { kind: 'hints' }>,
  tls: ServerTls | undefined,
): ResolverSettings['routed'][number] {
  const isPrivate = protocol === 'tls' || protocol === 'https'
  const endpoint = { address, port, ...(isPrivate && endpointTls(tls)) }
  return {
    zone: Name.root,
    kind: kind === 'root' ? 'stub' : 'forward',
    servers: [{ endpoint, protocol }],
    first: false,
  }
}

/** A seed that nobody can foretell. */
export function newSeed(): number {
  return randomBytes(4).readUInt32BE(0)
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
