/**
 * What is known of servers: how long they take (RFC 6298), whether they answer, how much of EDNS they accept, of which zones they
 * know nothing, the cookie that they gave (RFC 7873). Each thing is forgotten some time after it was learned, so that a server that
 * was mended is found so.
 *
 * Which server is asked is not decided here.
 */
import type { Name } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import type { Endpoint } from '../../ports/index.ts'
import { SIPHASH_LENGTH, sipHash24, sipHashKey } from '../../tsig/index.ts'
import { BoundedTable, type TableCounts } from './bounded-table.ts'
import { serverKey } from './server-key.ts'

const UNKNOWN_MILLISECONDS = 376
const LEAST_MILLISECONDS = 50
const MOST_MILLISECONDS = 120_000
/** A server is silent after so many timeouts in a row over so many seconds: a short loss of packets does not suffice. */
const SILENT_TIMEOUTS = 5
const SILENT_SECONDS = 2
/** Between thorough probes of a silent server. */
const FIRST_PROBE_SECONDS = 5
const MOST_PROBE_SECONDS = 60
const CLIENT_COOKIE = 8
const MOST_COOKIE = 40
const SERVER_OCTETS = 260
const LAME_OCTETS = 60

export type InfrastructureSettings = {
  readonly maxOctets: number
  /** How long things are remembered (seconds). */
  readonly rememberSeconds: number
  /** 16 octets that nobody knows: client cookies are made with them. */
  readonly secret: Uint8Array
}

/** How much of EDNS a server accepts: OPT with options, OPT without options, no OPT. */
export type EdnsUse = 'options' | 'plain' | 'none'

export type ServerState = {
  /** Smoothed, 0 before the first answer. */
  readonly rttMilliseconds: number
  readonly variationMilliseconds: number
  /** How long to wait for an answer. */
  readonly timeoutMilliseconds: number
  readonly timeoutsInRow: number
  /** Undefined: not known. */
  readonly edns: EdnsUse | undefined
  readonly serverCookie: Uint8Array | undefined
  /** It is silent, and is not probed thoroughly before then. */
  readonly probeAt: SteadySeconds | undefined
}

/** Why a server did not reply, where there is more to say than that its time was over. */
export type NoReplyReason = { readonly kind: 'network' | 'truncated'; readonly detail: string }

type Server = {
  rtt: number
  variation: number
  timeout: number
  timeoutsInRow: number
  /** When the first of these timeouts was. */
  silentSince: SteadySeconds
  /** Of the last of them. */
  reason: NoReplyReason | undefined
  probes: number
  edns: EdnsUse | undefined
  ednsExpires: SteadySeconds
  /** It sent an OPT record. */
  sentEdns: boolean
  cookie: Uint8Array | undefined
  /** What a query to it carries: ours and its own. */
  option: Uint8Array | undefined
  probeAt: SteadySeconds | undefined
  expires: SteadySeconds
}

export class InfrastructureCache {
  readonly #settings: InfrastructureSettings
  readonly #servers: BoundedTable<Server>
  readonly #lame: BoundedTable<SteadySeconds>
  readonly #cookieKey: Int32Array

  constructor(settings: InfrastructureSettings) {
    this.#settings = settings
    this.#servers = new BoundedTable(Math.ceil(settings.maxOctets * 0.75), ({ expires }, now) => expires <= now)
    this.#lame = new BoundedTable(Math.floor(settings.maxOctets * 0.25), (expires, now) => expires <= now)
    this.#cookieKey = sipHashKey(settings.secret)
  }

  get counts(): TableCounts {
    return this.#servers.counts
  }

  /** All that is known of the server; undefined: it was not asked lately. */
  find(server: Endpoint, now: SteadySeconds): ServerState | undefined {
    const known = this.#find(server, now)
    if (known === undefined) return undefined
    return {
      rttMilliseconds: known.rtt,
      variationMilliseconds: known.variation,
      timeoutMilliseconds: known.timeout,
      timeoutsInRow: known.timeoutsInRow,
      edns: known.ednsExpires > now ? known.edns : undefined,
      serverCookie: known.cookie,
      probeAt: known.probeAt,
    }
  }

  #find(server: Endpoint, now: SteadySeconds): Server | undefined {
    const table = this.#servers
    const known = table.find(serverKey(server), 0)
    if (known !== undefined && known.expires > now) {
      table.hits++
      return known
    }
    table.misses++
    return undefined
  }

  #learn(server: Endpoint, now: SteadySeconds): Server {
    const expires = now + this.#settings.rememberSeconds
    const key = serverKey(server)
    const known = this.#servers.find(key, 0)
    if (known !== undefined && known.expires > now) {
      known.expires = expires
      return known
    }
    const fresh: Server = {
      rtt: 0,
      variation: 0,
      timeout: UNKNOWN_MILLISECONDS,
      timeoutsInRow: 0,
      silentSince: now,
      reason: undefined,
      probes: 0,
      edns: undefined,
      ednsExpires: 0,
      sentEdns: false,
      cookie: undefined,
      option: undefined,
      probeAt: undefined,
      expires,
    }
    this.#servers.put(key, 0, fresh, SERVER_OCTETS, now)
    return fresh
  }

  /** How long an answer may take (milliseconds): RTO of RFC 6298 §2, doubled by each timeout; 376 of a server not known. */
  rttEstimate(server: Endpoint, now: SteadySeconds): number {
    return this.#find(server, now)?.timeout ?? UNKNOWN_MILLISECONDS
  }

  /** It answered after so many milliseconds, with an OPT record or without. */
  observe(server: Endpoint, milliseconds: number, hasEdns: boolean, now: SteadySeconds): void {
    const known = this.#learn(server, now)
    if (hasEdns) known.sentEdns = true
    if (known.rtt === 0) {
      known.rtt = Math.max(1, milliseconds)
      known.variation = milliseconds / 2
    } else {
      known.variation += (Math.abs(known.rtt - milliseconds) - known.variation) / 4
      known.rtt = Math.max(1, known.rtt + (milliseconds - known.rtt) / 8)
    }
    const timeout = known.rtt + Math.max(1, 4 * known.variation)
    known.timeout = Math.min(MOST_MILLISECONDS, Math.max(LEAST_MILLISECONDS, timeout))
    known.timeoutsInRow = 0
    known.reason = undefined
    known.probes = 0
    known.probeAt = undefined
  }

  /** It did not answer within `waited` milliseconds. Queries that waited at the same time count as one doubling. */
  timedOut(server: Endpoint, waited: number, now: SteadySeconds, reason?: NoReplyReason): void {
    const known = this.#learn(server, now)
    known.reason = reason
    known.timeout = Math.min(MOST_MILLISECONDS, Math.max(known.timeout, waited * 2))
    if (known.timeoutsInRow === 0) known.silentSince = now
    known.timeoutsInRow++
  }

  /** Whether it has not answered anything for some time, although it was asked often enough. */
  isSilent(server: Endpoint, now: SteadySeconds): boolean {
    const known = this.#find(server, now)
    return known !== undefined && isSilent(known, now)
  }

  /** Why it did not reply last; undefined: it did, or its time was over. */
  noReplyReason(server: Endpoint, now: SteadySeconds): NoReplyReason | undefined {
    return this.#find(server, now)?.reason
  }

  /** As `rttEstimate`; infinite for a server that is silent. */
  replyEstimate(server: Endpoint, now: SteadySeconds): number {
    const known = this.#find(server, now)
    if (known === undefined) return UNKNOWN_MILLISECONDS
    return isSilent(known, now) ? Number.POSITIVE_INFINITY : known.timeout
  }

  /**
   * Whether a silent server is due for a thorough probe: one query that waits as long as for any other server. The next is due
   * later, 5 s after the first and at most 60 s.
   */
  takeProbe(server: Endpoint, now: SteadySeconds): boolean {
    const known = this.#find(server, now)
    if (known === undefined) return true
    if (known.probeAt !== undefined && known.probeAt > now) return false
    known.probeAt = now + Math.min(MOST_PROBE_SECONDS, FIRST_PROBE_SECONDS * 2 ** Math.min(known.probes++, 16))
    return true
  }

  /** How much of EDNS it accepts, as its answers show; undefined: not known. */
  ednsUse(server: Endpoint, now: SteadySeconds): EdnsUse | undefined {
    const known = this.#find(server, now)
    return known !== undefined && known.ednsExpires > now ? known.edns : undefined
  }

  learnEdns(server: Endpoint, use: EdnsUse, now: SteadySeconds): void {
    const known = this.#learn(server, now)
    // Without EDNS there is no DNSSEC: one error, perhaps forged, does not outweigh an OPT record that was seen.
    if (use === 'none' && known.sentEdns) return
    // A server that gave a cookie accepts options: it did not reply for another reason.
    if (use === 'plain' && known.cookie !== undefined) return
    known.edns = use
    known.ednsExpires = now + this.#settings.rememberSeconds
  }

  /** The server does not know the zone that was delegated to it. */
  markLame(server: Endpoint, zone: Name, now: SteadySeconds): void {
    const key = serverKey(server) + zone.key
    this.#lame.put(key, 0, now + this.#settings.rememberSeconds, LAME_OCTETS, now)
  }

  isLame(server: Endpoint, zone: Name, now: SteadySeconds): boolean {
    const expires = this.#lame.find(serverKey(server) + zone.key, 0)
    return expires !== undefined && expires > now
  }

  /** The COOKIE option's content for a query: our cookie for this server, and its own when it gave one (RFC 7873 §5.1). */
  cookieFor(server: Endpoint, now: SteadySeconds): Uint8Array {
    const known = this.#find(server, now)
    if (known !== undefined) {
      known.option ??= this.#makeOption(server, known.cookie)
      return known.option
    }
    return this.#makeOption(server, undefined)
  }

  #makeOption(server: Endpoint, theirs: Uint8Array | undefined): Uint8Array {
    const cookie = new Uint8Array(CLIENT_COOKIE + (theirs?.length ?? 0))
    this.#writeClientCookie(server, cookie)
    if (theirs !== undefined) cookie.set(theirs, CLIENT_COOKIE)
    return cookie
  }

  /**
   * Looks at the COOKIE option of an answer, undefined when it has none, and keeps the server's cookie (RFC 7873 §5.3). `wrong`: the
   * answer is not to be believed. `missing`: this server gave cookies before: over UDP the answer may be forged.
   */
  takeCookie(
    server: Endpoint,
    option: Uint8Array | undefined,
    now: SteadySeconds,
  ): 'good' | 'none' | 'missing' | 'wrong' {
    if (option === undefined) return this.#find(server, now)?.cookie === undefined ? 'none' : 'missing'
    const isLong = option.length >= CLIENT_COOKIE + 8 && option.length <= MOST_COOKIE
    if (!isLong && option.length !== CLIENT_COOKIE) return 'wrong'
    const ours = new Uint8Array(CLIENT_COOKIE)
    this.#writeClientCookie(server, ours)
    let difference = 0
    for (let i = 0; i < CLIENT_COOKIE; i++) difference |= ours[i]! ^ option[i]!
    if (difference !== 0) return 'wrong'
    if (isLong) {
      const known = this.#learn(server, now)
      known.cookie = option.slice(CLIENT_COOKIE)
      known.option = undefined
    }
    return 'good'
  }

  #writeClientCookie({ address, port }: Endpoint, out: Uint8Array): void {
    const input = new Uint8Array(address.length + 2)
    input.set(address)
    input[address.length] = port >>> 8
    input[address.length + 1] = port
    const hash = new Uint8Array(SIPHASH_LENGTH)
    sipHash24(this.#cookieKey, input, 0, input.length, hash, 0)
    out.set(hash)
  }

  /** Forgets a server, or all of them. */
  delete(server: Endpoint): boolean {
    return this.#servers.delete(serverKey(server), 0)
  }

  clear(): void {
    this.#servers.clear()
    this.#lame.clear()
  }
}

function isSilent({ timeoutsInRow, silentSince }: Server, now: SteadySeconds): boolean {
  return timeoutsInRow >= SILENT_TIMEOUTS && now - silentSince >= SILENT_SECONDS
}
