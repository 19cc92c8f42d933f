/**
 * What one question came to: one link of a chain of aliases with its proofs and its verdict. RRsets are the objects of the RRset
 * cache. One entry serves all clients: those that set CD get its data whatever the verdict, the others get what the verdict
 * allows; without a verdict it is for clients that set CD only.
 *
 * NXDOMAIN is kept for the name, whatever type was asked (RFC 2308 §5). Other RCODEs are failures: `failure-cache.ts`.
 */
import type { Name } from '../../dns/name/index.ts'
import { readU32 } from '../../dns/octets.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import { SOA } from '../../dns/rr/index.ts'
import type { RRset, Security } from '../../dnssec/index.ts'
import type { Verdict } from '../../validator/index.ts'
import { BoundedTable, type TableCounts } from './bounded-table.ts'
import { octetsOfRrsets, octetsOfVerdict } from './octet-sizes.ts'

const NOERROR = 0
const NXDOMAIN = 3
/** NXDOMAIN stands under this type, which no question has. */
const EVERY_TYPE = 0
const MESSAGE_OCTETS = 240

/** RFC 2308 §5: more than three hours for a negative answer does harm. */
export const MOST_NEGATIVE_SECONDS = 10800

export type MessageCacheSettings = {
  readonly maxOctets: number
  /** The most that a negative answer is kept (seconds), at most `MOST_NEGATIVE_SECONDS`. */
  readonly maxNegativeTtl: number
  /** What does not validate is kept so long, whatever it says of itself. */
  readonly bogusSeconds: number
  /** How long after its end a message is kept for `findStale`; 0: it goes. */
  readonly staleSeconds: number
}

export type Message = {
  readonly name: Name
  readonly type: number
  readonly rcode: number
  readonly answer: readonly RRset[]
  readonly authority: readonly RRset[]
  readonly additional: readonly RRset[]
  readonly security: Security
  /** Without it nothing was checked. */
  readonly verdict?: Verdict | undefined
  /** Made from proofs and wildcards that were validated before (RFC 8198): no server was asked. */
  readonly isSynthesized?: boolean
}

/** TTLs that are told to a client are those of the RRsets, but never more than what is left until `expires`. */
export type CachedMessage = Message & { readonly expires: SteadySeconds }

export class MessageCache {
  readonly #settings: MessageCacheSettings
  readonly #table: BoundedTable<CachedMessage>
  /** Whether any name was ever denied. */
  #sawAbsence = false

  constructor(settings: MessageCacheSettings) {
    this.#settings = settings
    this.#table = new BoundedTable(settings.maxOctets, (message, now) => endOf(message) + settings.staleSeconds <= now)
  }

  get counts(): TableCounts {
    return this.#table.counts
  }

  find(name: Name, type: number, now: SteadySeconds): CachedMessage | undefined {
    const table = this.#table
    const { key } = name
    let message = table.find(key, type)
    if (message === undefined || endOf(message) <= now) message = table.find(key, EVERY_TYPE) ?? message
    if (message !== undefined) {
      const end = endOf(message)
      if (end > now) {
        table.hits++
        return message
      }
      if (end + this.#settings.staleSeconds <= now) table.delete(key, message.rcode === NXDOMAIN ? EVERY_TYPE : type)
    }
    table.misses++
    return undefined
  }

  /** The message, also when its time was over not more than `maxStaleSeconds` ago (RFC 8767 §5). Bogus ones never come stale. */
  findStale(name: Name, type: number, now: SteadySeconds, maxStaleSeconds: number): CachedMessage | undefined {
    for (const kept of [type, EVERY_TYPE]) {
      const message = this.#table.find(name.key, kept)
      if (message === undefined) continue
      const end = endOf(message)
      if (end > now || (end + maxStaleSeconds > now && message.security !== 'bogus')) return message
    }
    return undefined
  }

  /**
   * The nearest name above `name` of which it is known that it does not exist, and so nothing below it (RFC 8020). Only a secure
   * NXDOMAIN counts: of others too many are lies.
   */
  findAbsentAncestor(name: Name, now: SteadySeconds): CachedMessage | undefined {
    if (!this.#sawAbsence) return undefined
    for (let above = name; !above.isRoot; ) {
      above = above.parent
      const message = this.#table.find(above.key, EVERY_TYPE)
      if (message !== undefined && message.security === 'secure' && endOf(message) > now) return message
    }
    return undefined
  }

  /**
   * Puts what a question came to and returns what stands in the cache afterwards: this message with its end, or a secure one that
   * was there, when this one is bogus or not checked. A negative answer without a SOA is returned with its end at `now`, and not
   * kept (RFC 2308 §5); so is a message with any RCODE but NOERROR and NXDOMAIN.
   */
  put(message: Message, now: SteadySeconds): CachedMessage {
    const { name, rcode, security } = message
    const expires = this.#expiresOf(message, now)
    const cached: CachedMessage = { ...message, expires }
    if (expires <= now) return cached
    const type = rcode === NXDOMAIN ? EVERY_TYPE : message.type
    if (type === EVERY_TYPE) this.#sawAbsence = true
    const { key } = name
    if (security !== 'secure' && security !== 'insecure') {
      const old = this.#table.find(key, type)
      if (old?.security === 'secure' && endOf(old) > now) return old
    }
    // What is there now was not there before; of what was bogus nothing follows.
    if (type !== EVERY_TYPE && security !== 'bogus') this.#forgetAbsence(key, security, now)
    const octets =
      MESSAGE_OCTETS +
      octetsOfRrsets(message.answer) +
      octetsOfRrsets(message.authority) +
      octetsOfRrsets(message.additional) +
      octetsOfVerdict(message.verdict)
    this.#table.put(key, type, cached, octets, now)
    return cached
  }

  #forgetAbsence(key: string, security: Security, now: SteadySeconds): void {
    const absence = this.#table.find(key, EVERY_TYPE)
    if (absence === undefined) return
    if (security === 'secure' || absence.security !== 'secure' || endOf(absence) <= now) {
      this.#table.delete(key, EVERY_TYPE)
    }
  }

  #expiresOf({ rcode, answer, authority, additional, security, verdict }: Message, now: SteadySeconds): SteadySeconds {
    const { bogusSeconds, maxNegativeTtl } = this.#settings
    if (rcode !== NOERROR && rcode !== NXDOMAIN) return now
    if (security === 'bogus') return now + bogusSeconds
    let expires = verdict?.expires ?? Number.POSITIVE_INFINITY
    for (const sets of [answer, authority, additional]) {
      for (const set of sets) if (set.expires < expires) expires = set.expires
    }
    if (rcode === NXDOMAIN || answer.length === 0) {
      const soa = authority.find(({ type }) => type === SOA.number)?.rdatas[0]
      if (soa === undefined || soa.length < 22) return now
      const seconds = Math.min(readU32(soa, soa.length - 4), maxNegativeTtl, MOST_NEGATIVE_SECONDS)
      expires = Math.min(expires, now + seconds)
    }
    return expires
  }

  delete(name: Name, type: number): boolean {
    const hasOwn = this.#table.delete(name.key, type)
    return this.#table.delete(name.key, EVERY_TYPE) || hasOwn
  }

  deleteWhere(goes: (message: CachedMessage) => boolean): number {
    return this.#table.deleteWhere(goes)
  }

  clear(): void {
    this.#table.clear()
  }

  *values(): Generator<CachedMessage> {
    yield* this.#table.values()
  }
}

/** A validator may have brought an RRset's end forward since. */
function endOf({ answer, authority, security, expires }: CachedMessage): SteadySeconds {
  if (security === 'bogus') return expires
  let end = expires
  for (let i = 0; i < answer.length; i++) end = Math.min(end, answer[i]?.expires ?? end)
  for (let i = 0; i < authority.length; i++) end = Math.min(end, authority[i]?.expires ?? end)
  return end
}
