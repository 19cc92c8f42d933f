/**
 * Names that a resolver answers by itself, because no server of the public DNS knows better and some must not even hear of them.
 * Which they are: `special-zones.ts`. What is configured (a zone, a stub, a forward zone, a trust anchor) overrides them there
 * and below: the nearest of both above a name decides.
 *
 * What it does not do: validate. Answers are the resolver's own words and never told as secure.
 */
import { Name } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import type { RRset } from '../dnssec/index.ts'
import type { SteadySeconds } from '../ports/index.ts'
import type { Resolution } from './resolution.ts'
import {
  EMPTY_ZONES,
  LOOPBACK_REVERSES,
  SPECIAL_USES,
  type SpecialKind,
  type SpecialUse,
  type SpecialZone,
} from './special-zones.ts'

const TYPE_A = 1
const TYPE_NS = 2
const TYPE_SOA = 6
const TYPE_PTR = 12
const TYPE_AAAA = 28
const TYPE_DS = 43
const TYPE_ANY = 255
const NXDOMAIN = 3

/** RFC 6303 §3: three hours. */
const TTL = 10_800
const LOCALHOST = Name.parse('localhost.')
const NOBODY = Name.parse('nobody.invalid.')
const IPV4_LOOPBACK = Uint8Array.of(127, 0, 0, 1)
const IPV6_LOOPBACK = new Uint8Array(16).fill(1, 15)

export type SpecialNameSettings = {
  readonly uses: Readonly<Record<SpecialUse, boolean>>
  readonly emptyZones: boolean
}

type Zone = { readonly name: Name; readonly kind: SpecialKind; readonly isDelegated: boolean }

export class SpecialNames {
  /** By the key of the name; undefined where something configured stands. */
  readonly #zones = new Map<string, Zone | undefined>()
  /** Last labels of all of them: most names end here. */
  readonly #lasts = new Set<string>()
  readonly #reverses: ReadonlySet<string>

  /** `configured`: names at and below which others are asked after all. */
  constructor({ uses, emptyZones }: SpecialNameSettings, configured: Iterable<Name> = []) {
    const zones: SpecialZone[] = []
    let use: SpecialUse
    for (use in SPECIAL_USES) if (uses[use]) zones.push(SPECIAL_USES[use])
    if (emptyZones) zones.push(...EMPTY_ZONES.map((name) => ({ name, kind: 'empty', isDelegated: true }) as const))
    for (const { name: text, kind, isDelegated } of zones) {
      const name = Name.parse(text)
      this.#zones.set(name.key, { name, kind, isDelegated })
      this.#lasts.add(lastLabel(name.key))
    }
    for (const name of configured) this.#zones.set(name.key, undefined)
    this.#reverses = new Set(emptyZones ? LOOPBACK_REVERSES.map((text) => Name.parse(text).key) : [])
  }

  /** What is to be said of this name and type; undefined: it is no special one, servers are to be asked. */
  answer(name: Name, type: number, now: SteadySeconds): Resolution | undefined {
    const zone = this.#zoneAbove(name.key)
    if (zone === undefined) return undefined
    const isApex = name.key === zone.name.key
    if (isApex && type === TYPE_DS && zone.isDelegated) return undefined
    const answer = this.#data(zone, name, isApex)
      .filter((set) => set.type === type || type === TYPE_ANY)
      .map(({ type: own, rdatas }) => setOf(name, own, rdatas, now))
    const exists = zone.kind !== 'absent' && (isApex || zone.kind !== 'empty' || this.#isAboveData(name.key))
    const soa = setOf(zone.name, TYPE_SOA, [soaOf(zone.name)], now)
    return {
      rcode: exists ? 0 : NXDOMAIN,
      answer,
      authority: answer.length > 0 ? [] : [soa],
      additional: [],
      security: 'unchecked',
      remarks: [],
      expires: now + TTL,
      isStale: false,
    }
  }

  #zoneAbove(key: string): Zone | undefined {
    if (!this.#lasts.has(lastLabel(key))) return undefined
    for (let at = 0; at < key.length; at += key.charCodeAt(at) + 1) {
      const rest = key.slice(at)
      if (this.#zones.has(rest)) return this.#zones.get(rest)
    }
    return undefined
  }

  #data({ name: apex, kind }: Zone, name: Name, isApex: boolean): { type: number; rdatas: Uint8Array[] }[] {
    const data: { type: number; rdatas: Uint8Array[] }[] = []
    if (isApex && kind !== 'absent') {
      data.push({ type: TYPE_SOA, rdatas: [soaOf(apex)] }, { type: TYPE_NS, rdatas: [apex.octets] })
    }
    if (kind === 'loopback') {
      data.push({ type: TYPE_A, rdatas: [IPV4_LOOPBACK] }, { type: TYPE_AAAA, rdatas: [IPV6_LOOPBACK] })
    }
    if (this.#reverses.has(name.key)) data.push({ type: TYPE_PTR, rdatas: [LOCALHOST.octets] })
    return data
  }

  /** Whether the name has data, or is an empty name above one that has. */
  #isAboveData(key: string): boolean {
    for (const reverse of this.#reverses) if (reverse.endsWith(key)) return true
    return false
  }
}

/** Of the key of a name: the label before the root's, with its length; empty for the root. */
function lastLabel(key: string): string {
  let last = ''
  for (let at = 0; at < key.length - 1; ) {
    const next = at + key.charCodeAt(at) + 1
    last = key.slice(at, next)
    at = next
  }
  return last
}

function setOf(owner: Name, type: number, rdatas: readonly Uint8Array[], now: SteadySeconds): RRset {
  const fixed = { owner, type, class: CLASS_IN, ttl: TTL, rdatas, signatures: [] }
  return { ...fixed, expires: now + TTL, security: 'unchecked' }
}

/** RFC 6303 §3: the zone is its own server, and nobody is responsible. */
function soaOf(zone: Name): Uint8Array {
  const out = new OctetWriter(128)
  out.bytes(zone.octets)
  out.bytes(NOBODY.octets)
  for (const number of [1, 3600, 1200, 604_800, TTL]) out.u32(number)
  return out.copy()
}
