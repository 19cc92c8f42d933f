/**
 * DNS error reporting (RFC 9567): a zone's server names an agent beside its answers, and what of the zone then fails is told to
 * that agent by asking for a name that says it. Decides what is reported to whom, and how often; asking is for others.
 *
 * What it never reports: what was asked under `_er`, which would make reports about reports; what the agent's own zone is at
 * fault for; failures that are only remembered; data that is older than its TTL.
 */
import { MAX_NAME, Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import type { Resolution } from './resolution.ts'

/** Agents of so many zones are remembered; the oldest go. */
const MOST_AGENTS = 4096
/** The same is reported once in so long (seconds), whatever the TTL of the agent's answer. */
const SILENCE_SECONDS = 600
const MOST_REMEMBERED = 4096
/** Reports a minute, in all. */
const MOST_A_MINUTE = 60
/** What failed is not said, or not just now: other error, stale answer, cached error, stale NXDOMAIN. */
const NO_NEWS: ReadonlySet<number> = new Set([0, 3, 13, 19])
const NOERROR = 0
const NXDOMAIN = 3
const ascii = new TextEncoder()
const MARK = ascii.encode('_er')

export type Report = { readonly name: Name; readonly type: number; readonly code: number; readonly agent: Name }

/** The name that says it (RFC 9567 §6.1.1). Undefined: it must not be sent, or would be too long for a name. */
export function reportName({ name, type, code, agent }: Report): Name | undefined {
  if (agent.isRoot || name.isAtOrBelow(agent) || hasMark(name) || hasMark(agent)) return undefined
  const own = name.octets.subarray(0, -1)
  const head = [MARK, ascii.encode(String(type))].flatMap(withLength)
  const tail = [ascii.encode(String(code)), MARK].flatMap(withLength)
  const length = head.length + own.length + tail.length + agent.octets.length
  if (length > MAX_NAME) return undefined
  const octets = new Uint8Array(length)
  octets.set(head)
  octets.set(own, head.length)
  octets.set(tail, head.length + own.length)
  octets.set(agent.octets, length - agent.octets.length)
  return Name.fromOctets(octets)
}

function withLength(label: Uint8Array): number[] {
  return [label.length, ...label]
}

function hasMark(name: Name): boolean {
  for (const label of name.labels()) {
    // Letters of either case: the second and third octet may lack the bit that makes them small.
    if (label.length === 3 && label[0] === MARK[0] && (label[1]! | 32) === MARK[1] && (label[2]! | 32) === MARK[2]) {
      return true
    }
  }
  return false
}

export class ErrorReports {
  readonly #agents = new Map<string, Name>()
  readonly #reportedAt = new Map<string, SteadySeconds>()
  #minute = 0
  #count = 0

  /** A server of this zone answered, and named an agent or none. */
  heard(zone: Name, agent: Name | undefined): void {
    const { key } = zone
    if (agent === undefined || agent.isRoot) {
      if (this.#agents.size > 0) this.#agents.delete(key)
      return
    }
    if (!this.#agents.has(key) && this.#agents.size >= MOST_AGENTS) {
      const [oldest = key] = this.#agents.keys()
      this.#agents.delete(oldest)
    }
    this.#agents.set(key, agent)
  }

  /**
   * The name to ask for (TXT), when what became of this question is to be reported. `zoneInCharge`: the zone whose servers are to
   * answer for the name, where the verdict names none.
   */
  saw(
    name: Name,
    type: number,
    { rcode, verdict, remarks }: Resolution,
    zoneInCharge: (name: Name) => Name,
    now: SteadySeconds,
  ): Name | undefined {
    if (this.#agents.size === 0 || rcode === NOERROR || rcode === NXDOMAIN) return undefined
    if (remarks.some(({ code }) => NO_NEWS.has(code))) return undefined
    const [remark] = remarks
    if (remark === undefined) return undefined
    const zone = verdict?.zone ?? zoneInCharge(name)
    const agent = this.#agents.get(zone.key)
    // What an alias led to is another name's failure: it is reported when that name is asked for.
    if (agent === undefined || !name.isAtOrBelow(zone)) return undefined
    const report = reportName({ name, type, code: remark.code, agent })
    return report !== undefined && this.#mayReport(report, now) ? report : undefined
  }

  #mayReport({ key }: Name, now: SteadySeconds): boolean {
    if (now - (this.#reportedAt.get(key) ?? Number.NEGATIVE_INFINITY) < SILENCE_SECONDS) return false
    const minute = Math.floor(now / 60)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#count = 0
    }
    if (this.#count >= MOST_A_MINUTE) return false
    this.#count++
    if (this.#reportedAt.size >= MOST_REMEMBERED) this.#reportedAt.clear()
    this.#reportedAt.set(key, now)
    return true
  }
}
