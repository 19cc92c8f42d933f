/** The product's resolver over a simulated internet, with what it did for each query counted. */
import { Name } from '../../src/dns/name/index.ts'
import { typeNumber } from '../../src/dns/rr/index.ts'
import { decodeMessage, type Message, TOLERATE_ODD } from '../../src/dns/wire/index.ts'
import type { Response, TrustAnchor } from '../../src/dnssec/index.ts'
import {
  Caches,
  type CachesSettings,
  type ClientQuery,
  defaultCachesSettings,
  type Limits,
  type Resolution,
  Resolver,
  type ResolverQuery,
  type ResolverSettings,
  ResponseWriter,
  USUAL_RESOLVER_SETTINGS,
} from '../../src/resolver/index.ts'
import { parseAddress } from '../../src/transport/index.ts'
import {
  type Fetched,
  KeyCache,
  type Need,
  type PrepareKey,
  USUAL_VALIDATOR_SETTINGS,
  type ValidationBudget,
  Validator,
  type ValidatorSettings,
  type Verdict,
} from '../../src/validator/index.ts'
import type { Internet } from './internet.ts'
import { keysOf } from './zones.ts'

export type SimulatedResolverOptions = {
  readonly settings?: Partial<Omit<ResolverSettings, 'limits'>>
  readonly limits?: Partial<Limits>
  readonly validation?: Partial<ValidatorSettings>
  readonly caches?: Partial<CachesSettings>
  /** Zones whose key-signing keys are trusted. */
  readonly anchors?: readonly string[]
  readonly negativeAnchors?: readonly string[]
  readonly seed?: number
}

/** What one query, or several, cost. */
export type Costs = {
  verifications: number
  hashes: number
  hashRounds: number
  exchanges: number
  turnMilliseconds: number
}

export type Flags = { readonly cd?: boolean; readonly rd?: boolean }
/** How a client asks. */
export type ClientFlags = Flags & { readonly dnssecOk?: boolean; readonly ad?: boolean; readonly limit?: number }

export class SimulatedResolver {
  readonly resolver: Resolver
  readonly caches: Caches
  /** Errors of the program, which there should be none of. */
  readonly faults: unknown[] = []
  readonly #internet: Internet
  readonly #writer = new ResponseWriter({ udpSize: 1232 })
  #costs: Costs = noCosts()

  constructor(internet: Internet, options: SimulatedResolverOptions) {
    const { settings, limits, validation, anchors = ['.'], negativeAnchors = [], seed = 1 } = options
    this.#internet = internet
    const secret = new Uint8Array(16).fill(7)
    this.caches = new Caches({ ...defaultCachesSettings(secret), ...options.caches })
    const trust = new FixedTrust(internet, anchors, negativeAnchors)
    const prepareKey = this.#counting(validation?.prepareKey ?? USUAL_VALIDATOR_SETTINGS.prepareKey)
    this.resolver = new Resolver({
      settings: {
        ...USUAL_RESOLVER_SETTINGS,
        hints: [{ name: Name.parse('ns.'), addresses: rootAddresses(internet) }],
        ...settings,
        limits: { ...USUAL_RESOLVER_SETTINGS.limits, ...limits },
      },
      upstream: internet,
      timers: internet.time,
      afterOthers: (call) => internet.time.after(0, () => internet.turn(call)),
      random: repeatableRandom(seed),
      clock: {
        now: () => internet.time.now(),
        validationNow: () => internet.time.now(),
        // Turns are ended by what they really take, where that is of interest.
        milliseconds: () => (internet.isTimed ? performance.now() : internet.time.milliseconds()),
      },
      caches: this.caches,
      validator: new CountedValidator(
        { settings: { ...USUAL_VALIDATOR_SETTINGS, ...validation, prepareKey }, trust, keys: new KeyCache() },
        (iterations) => {
          this.#costs.hashes++
          this.#costs.hashRounds += iterations + 1
        },
      ),
      onFault: (error) => this.faults.push(error),
    })
  }

  /** What the last `resolve`, `ask` or `measure` cost. */
  get costs(): Readonly<Costs> {
    return this.#costs
  }

  /** Asks, and lets time pass until the answer is there. */
  resolve(name: string | Name, type: string | number, flags: Flags = {}): Resolution {
    let resolution: Resolution | undefined
    this.measure(() => {
      this.start(name, type, flags, (outcome) => {
        resolution = outcome
      })
      this.#internet.run(() => resolution !== undefined)
    })
    if (resolution === undefined) throw new Error(`${name} is never answered`)
    return resolution
  }

  /** Asks; `done` is told later, while the internet runs. */
  start(
    name: string | Name,
    type: string | number,
    { cd = false, rd = true }: Flags,
    done: (r: Resolution) => void,
  ): void {
    const query: ResolverQuery = {
      name: typeof name === 'string' ? Name.parse(name) : name,
      type: typeof type === 'string' ? (typeNumber(type) ?? 0) : type,
      checkingDisabled: cd,
      recursionDesired: rd,
    }
    this.#internet.turn(() => this.resolver.resolve(query, done))
  }

  /** What a client is sent. */
  ask(
    name: string,
    type: string,
    { dnssecOk = false, ad = false, limit = 65_535, ...flags }: ClientFlags = {},
  ): Message {
    const resolution = this.resolve(name, type, flags)
    const query: ClientQuery = {
      id: 1,
      name: Name.parse(name),
      type: typeNumber(type) ?? 0,
      class: 1,
      recursionDesired: flags.rd ?? true,
      checkingDisabled: flags.cd ?? false,
      authenticData: ad,
      hasEdns: dnssecOk,
      dnssecOk,
      limit,
    }
    const octets = this.#writer.write(query, resolution, this.#internet.time.now()).slice()
    return decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
  }

  /** Counts what `work` costs. */
  measure(work: () => void): Costs {
    this.#costs = noCosts()
    const before = this.#internet.exchanges
    this.#internet.longestTurnMilliseconds = 0
    work()
    this.#costs.exchanges = this.#internet.exchanges - before
    this.#costs.turnMilliseconds = this.#internet.longestTurnMilliseconds
    if (this.faults.length > 0) throw this.faults[0]
    return this.#costs
  }

  #counting(prepareKey: PrepareKey): PrepareKey {
    return (algorithm, publicKey) => {
      const key = prepareKey(algorithm, publicKey)
      if (typeof key === 'string') return key
      const verify = (data: Uint8Array, signature: Uint8Array): boolean => {
        this.#costs.verifications++
        return key.verify(data, signature)
      }
      return { verify }
    }
  }
}

function noCosts(): Costs {
  return { verifications: 0, hashes: 0, hashRounds: 0, exchanges: 0, turnMilliseconds: 0 }
}

/** Hears of each NSEC3 hash that is computed. */
class CountedValidator extends Validator {
  readonly #onHash: (iterations: number) => void

  constructor(parts: ConstructorParameters<typeof Validator>[0], onHash: (iterations: number) => void) {
    super(parts)
    this.#onHash = onHash
  }

  override validate(
    response: Response,
    at: number,
    now: number,
    budget: ValidationBudget,
  ): Generator<Need, Verdict, Fetched> {
    const takeHash = (iterations: number): boolean => {
      const isThere = budget.takeHash(iterations)
      if (isThere) this.#onHash(iterations)
      return isThere
    }
    return super.validate(response, at, now, { takeVerification: () => budget.takeVerification(), takeHash })
  }
}

type Anchored = { readonly zone: Name; readonly anchors: readonly TrustAnchor[] }

/** Trusts the keys that some zones are signed with. */
class FixedTrust {
  readonly #points: readonly Anchored[]
  readonly #negative: readonly Name[]

  constructor(internet: Internet, zones: readonly string[], negative: readonly string[]) {
    this.#points = zones.map((text) => {
      const zone = Name.parse(text)
      const keys = keysOf(zone, internet.options[text] ?? {}).filter((key) => key.signsKeys)
      return { zone, anchors: keys.map((key) => ({ zone, kind: 'dnskey', rdata: key.dnskeyRdata })) }
    })
    this.#negative = negative.map((name) => Name.parse(name))
  }

  /** The nearest point: the same object as long as it is the same. */
  find(name: Name): Anchored | undefined {
    let nearest: Anchored | undefined
    for (const point of this.#points) {
      const isNearer = nearest === undefined || point.zone.labelCount > nearest.zone.labelCount
      if (isNearer && name.isAtOrBelow(point.zone)) nearest = point
    }
    return nearest
  }

  findNegative(name: Name): Name | undefined {
    return this.#negative.find((zone) => name.isAtOrBelow(zone))
  }
}

function rootAddresses(internet: Internet): Uint8Array[] {
  const addresses = internet.zones.get(Name.root.key)?.addresses ?? []
  return addresses.flatMap((address) => parseAddress(address) ?? [])
}

/** Octets that are the same in every run. */
function repeatableRandom(seed: number): { bytes(length: number): Uint8Array } {
  let state = seed >>> 0 || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 11) & 255
  }
  return { bytes: (length) => Uint8Array.from({ length }, next) }
}
