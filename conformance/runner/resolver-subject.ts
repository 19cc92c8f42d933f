/** The product's resolver, put together as a scenario configures it. What is said here of cryptography is for replays alone. */
import { AXFR, CLASS_IN, IXFR } from '../../src/dns/rr/index.ts'
import {
  decodeMessage,
  FLAG_CD,
  FLAG_RD,
  headerOf,
  MessageView,
  OPCODE_MASK,
  OPCODE_QUERY,
  RCODE_FORMERR,
  RCODE_NOTIMP,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
  TOLERATE_ODD,
} from '../../src/dns/wire/index.ts'
import { findAlgorithm } from '../../src/dnssec/index.ts'
import type { Random } from '../../src/ports/index.ts'
import {
  Caches,
  type CachesSettings,
  type ClientQuery,
  DEFAULT_LIMITS,
  defaultCachesSettings,
  type Resolution,
  Resolver,
  type ResolverSettings,
  ResponseWriter,
  readClientQuery,
} from '../../src/resolver/index.ts'
import {
  KeyCache,
  parseAutotrust,
  printAutotrust,
  sentinelOutcome,
  type TrustPoint,
  TrustPoints,
  Validator,
  type ValidatorSettings,
} from '../../src/validator/index.ts'
import { type AnchorState, readAnchorState } from './anchor-state.ts'
import type { ScenarioSettings } from './configure.ts'
import { encodeLoose } from './encode-loose.ts'
import type { FakeNetwork } from './fake-network.ts'
import { HeldZones } from './held-zones.ts'
import type { ScenarioTime } from './scenario-time.ts'
import type { Client, Subject } from './subject.ts'
import { isDsa, prepareTestKey } from './test-signatures.ts'
import { TrustPointTimer } from './trust-point-timer.ts'

const UDP_PAYLOAD = 1232
/** For what has no end. */
const NO_TIME = { wall: 0, steady: 0 }
const MAX_STALE_SECONDS = 86_400

export class ResolverSubject implements Subject {
  readonly faults: unknown[] = []
  readonly #settings: ScenarioSettings
  readonly #time: ScenarioTime
  readonly #resolver: Resolver
  readonly #writer: ResponseWriter
  readonly #points: TrustPoints
  readonly #zones: HeldZones
  readonly #files = new Map<string, TrustPoint['zone']>()
  /** What the file of a trust point holds, by the key of its zone: what was learned and not saved does not count. */
  readonly #saved = new Map<string, readonly string[]>()

  constructor(settings: ScenarioSettings, network: FakeNetwork, time: ScenarioTime) {
    this.#settings = settings
    this.#time = time
    const random = new RepeatableRandom()
    const validation = validatorSettings(settings)
    const keeper = {
      save: (point: TrustPoint) => this.#saved.set(point.zone.key, printAutotrust(point).split('\n')),
      forget: (zone: TrustPoint['zone']) => this.#saved.delete(zone.key),
      tell: () => undefined,
    }
    const points = [...settings.anchorFiles].map(([file, lines]) => {
      const point = parseAutotrust(`${lines.join('\n')}\n`, file)
      this.#files.set(file, point.zone)
      this.#saved.set(point.zone.key, lines)
      return point
    })
    this.#points = new TrustPoints(validation, random, keeper, points)
    this.#points.configure([...settings.anchors, ...points.flatMap(({ configured }) => configured)], {
      isManaged: points.length > 0,
    })
    for (const name of settings.negativeAnchors) this.#points.negative.set({ name, until: undefined }, NO_TIME)
    const validator = new Validator({ settings: validation, trust: this.#points, keys: new KeyCache() })
    this.#zones = new HeldZones(settings.zones, {
      network,
      time,
      trust: this.#points,
      isPermissive: settings.zonemdPermissive,
      onFault: (error) => this.faults.push(error),
    })
    this.#resolver = new Resolver({
      settings: resolverSettings(settings),
      upstream: this.#zones,
      ownZone: (name) => this.#zones.own(name),
      timers: time,
      random,
      clock: time,
      caches: new Caches(cachesSettings(settings)),
      validator,
      onKeys: (zone, response) => {
        if (this.#points.get(zone) !== undefined) this.#points.observe(zone, response, time.now(), time.validationNow())
      },
      onFault: (error) => this.faults.push(error),
    })
    this.#writer = new ResponseWriter({ udpSize: UDP_PAYLOAD, isMinimal: settings.minimalResponses })
    this.#zones.start(this.#resolver)
    new TrustPointTimer(this.#points, this.#resolver, time).start()
  }

  answer(octets: Uint8Array, client: Client, done: (response: Uint8Array | undefined) => void): void {
    const query = readQuery(octets, client)
    if (query === undefined || typeof query === 'number') {
      done(query === undefined ? undefined : turnRound(octets, query))
      return
    }
    const tell = (resolution: Resolution): void => {
      const remarks = this.#settings.extendedErrors ? resolution.remarks : []
      done(this.#writer.write(query, { ...resolution, remarks }, this.#time.now()).slice())
    }
    const own = this.#zones.answer(query.name, octets)
    if (own !== undefined) {
      done(own)
      return
    }
    const refusal = this.#zones.isBroken(query.name) ? RCODE_SERVFAIL : this.#refusal(query, client)
    if (refusal !== undefined) tell(bare(refusal))
    else this.#resolver.resolve(query, (resolution) => tell(this.#sentinel(query, resolution)))
  }

  #refusal({ recursionDesired }: ClientQuery, client: Client): number | undefined {
    return recursionDesired || this.#maySnoop(client) ? undefined : RCODE_REFUSED
  }

  /** RFC 8509, where the root has an anchor. */
  #sentinel(query: ClientQuery, resolution: Resolution): Resolution {
    const tags = this.#points.rootTags()
    const { security } = resolution
    if (tags.length === 0 || security === 'unchecked') return resolution
    return sentinelOutcome(query, security, tags) === 'servfail' ? bare(RCODE_SERVFAIL) : resolution
  }

  anchorState(file: string): AnchorState | undefined {
    const zone = this.#files.get(file)
    const lines = zone === undefined ? undefined : this.#saved.get(zone.key)
    return lines === undefined ? undefined : readAnchorState(lines)
  }

  zoneLines(file: string): readonly string[] | undefined {
    return this.#zones.lines(file)
  }

  /** Whether the client may look into the cache. The networks of the scenarios are whole octets or one address. */
  #maySnoop({ address }: Client): boolean {
    return this.#settings.snoopers.some((text) => {
      const [network = '', bits = '32'] = text.split('/')
      const octets = network.split('.').map(Number)
      return octets.slice(0, Number(bits) / 8).every((octet, i) => octet === address[i])
    })
  }
}

/** The query in these octets; the RCODE of one that is turned down before it is looked at; undefined: nothing is said. */
function readQuery(octets: Uint8Array, { protocol }: Client): ClientQuery | number | undefined {
  const view = new MessageView()
  const fault = view.parse(octets, octets.length) ?? view.scan()
  if (view.isResponse || fault === 'no-header') return undefined
  // A question brings nothing along.
  if (fault !== undefined || view.answers + view.authorities > 0) return RCODE_FORMERR
  const query = readClientQuery(view, protocol === 'udp' ? { maxUdpPayload: 4096 } : undefined)
  if (query === undefined || view.opcode !== OPCODE_QUERY) return RCODE_NOTIMP
  return query.class !== CLASS_IN || TRANSFERS.has(query.type) ? RCODE_REFUSED : query
}

const TRANSFERS: ReadonlySet<number> = new Set([AXFR.number, IXFR.number])

/** The header of the query as that of an answer, with the question if there is no doubt about it. */
function turnRound(octets: Uint8Array, rcode: number): Uint8Array {
  const message = rcode === RCODE_FORMERR ? undefined : decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
  const bits = ((octets[2] ?? 0) << 8) | (octets[3] ?? 0)
  const header = headerOf(((octets[0] ?? 0) << 8) | (octets[1] ?? 0), bits & (OPCODE_MASK | FLAG_RD | FLAG_CD))
  const questions = message?.questions ?? []
  return encodeLoose({ header: { ...header, qr: true, rcode }, questions, answer: [], authority: [], additional: [] })
}

function bare(rcode: number): Resolution {
  return {
    rcode,
    answer: [],
    authority: [],
    additional: [],
    security: 'indeterminate',
    remarks: [],
    expires: 0,
    isStale: false,
  }
}

function validatorSettings(settings: ScenarioSettings): ValidatorSettings {
  return {
    prepareKey: prepareTestKey,
    isSupported: (algorithm) => isDsa(algorithm) || findAlgorithm(algorithm) !== 'unsupported',
    maxNsec3Iterations: settings.maxNsec3Iterations,
    hardenAlgorithmDowngrade: settings.hardenAlgorithmDowngrade,
    acceptSha1BesideBetter: settings.acceptSha1BesideBetter,
    forgiveUnreachableAnchors: !settings.hardenDnssecStripped,
    skew: { share: 0.1, ...settings.skew },
    ignoreTimes: settings.ignoreTimes,
    maxKeySeconds: settings.maxTtl,
    bogusSeconds: 60,
  }
}

function resolverSettings(settings: ScenarioSettings): ResolverSettings {
  const { hints, routed, validate, qnameMinimisation, ipv4, ipv6, allowLoopbackServers, aggressiveNsec } = settings
  return {
    hints,
    prime: true,
    routed,
    validate,
    qnameMinimisation,
    caseRandomisation: false,
    ipv4,
    ipv6,
    allowLoopbackServers,
    privateAddresses: [],
    privateDomains: [],
    aggressiveNsec,
    takeChildServers: settings.takeChildServers,
    keepEvidence: false,
    prefetch: settings.prefetch,
    serveStale: settings.serveExpired ? { maxSeconds: MAX_STALE_SECONDS, clientMilliseconds: 1800 } : undefined,
    cookies: true,
    udpPayload: UDP_PAYLOAD,
    limits: { ...DEFAULT_LIMITS, aliases: settings.maxAliases ?? DEFAULT_LIMITS.aliases },
  }
}

function cachesSettings({ minTtl, maxTtl, serveExpired }: ScenarioSettings): CachesSettings {
  const settings = defaultCachesSettings(new Uint8Array(16))
  const staleSeconds = serveExpired ? MAX_STALE_SECONDS : 0
  return {
    ...settings,
    rrsets: { ...settings.rrsets, minTtl, maxTtl, staleSeconds },
    messages: { ...settings.messages, staleSeconds },
  }
}

/** Octets that are the same in every run. */
class RepeatableRandom implements Random {
  #next = 1

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      this.#next = (this.#next * 1103515245 + 12345) & 0x7fffffff
      return (this.#next >>> 16) & 0xff
    })
  }
}
