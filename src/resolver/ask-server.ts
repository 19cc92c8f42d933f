/**
 * One question to one server: EDNS first and without it when the server does not know it, TCP after a truncated answer, the
 * server's cookie, and what was learned of the server.
 */

import type { Name } from '../dns/name/index.ts'
import { RCODE_BADCOOKIE, RCODE_FORMERR, RCODE_NOTIMP, RCODE_REFUSED } from '../dns/wire/index.ts'
import type { Protocol, Random } from '../ports/index.ts'
import type { Upstream, UpstreamReply } from '../ports/upstream.ts'
import type { Budget } from './budget.ts'
import type { InfrastructureCache } from './cache/index.ts'
import type { Server } from './delegation.ts'
import { type Reply, readReply } from './reply.ts'
import type { ResolverSettings } from './settings.ts'
import type { Effect, Task, Work } from './tasks.ts'
import { writeUpstreamQuery } from './upstream-query.ts'

/** Messages that one question to one server may take: EDNS, cookie, TCP, in whatever order. */
const MOST_MESSAGES = 4
const TCP_MILLISECONDS = 4000
const LEAST_MILLISECONDS = 250
const MOST_MILLISECONDS = 2000

function waitFor(estimate: number): number {
  return Math.min(MOST_MILLISECONDS, Math.max(LEAST_MILLISECONDS, estimate))
}

export type ServerQuestion = {
  readonly name: Name
  readonly type: number
  readonly recursion: boolean
}

export type ServerAnswer = Reply | 'timeout' | 'failed' | 'exhausted'

export type AskParts = {
  readonly settings: ResolverSettings
  readonly upstream: Upstream
  readonly infrastructure: InfrastructureCache
  readonly random: Random
  readonly clock: ResolverClock
}

export type ResolverClock = {
  /** For caches and timers. */
  now(): number
  /** For the times of signatures. */
  validationNow(): number
  /** A clock that only goes forward. */
  milliseconds(): number
}

/** One message to a server. Its answer is read as long as its octets are there. */
class Ask implements Effect {
  readonly #begin: (done: (reply: UpstreamReply) => void) => void
  readonly #read: (octets: Uint8Array) => Reply | undefined
  kind: UpstreamReply['kind'] = 'timeout'
  milliseconds = 0
  /** Undefined: it cannot be read. */
  reply: Reply | undefined

  constructor(begin: (done: (reply: UpstreamReply) => void) => void, read: (octets: Uint8Array) => Reply | undefined) {
    this.#begin = begin
    this.#read = read
  }

  begin(_task: Task, resume: () => void): void {
    this.#begin((reply) => {
      this.kind = reply.kind
      if (reply.kind === 'message') {
        this.milliseconds = reply.milliseconds
        this.reply = this.#read(reply.octets)
      }
      resume()
    })
  }
}

/** Asks. `isLastTry`: no case of letters is asked for any more, which some servers change. */
export function* askServer(
  parts: AskParts,
  server: Server,
  question: ServerQuestion,
  budget: Budget,
  isLastTry: boolean,
): Work<ServerAnswer> {
  const { settings, infrastructure, clock } = parts
  const { endpoint } = server
  let protocol: Protocol = server.protocol
  let withEdns = infrastructure.hasEdns(endpoint, clock.now()) ?? true
  for (let messages = 0; messages < MOST_MESSAGES; messages++) {
    if (!budget.takeExchange()) return 'exhausted'
    const isUdp = protocol === 'udp'
    const cookie = isUdp && settings.cookies ? infrastructure.cookieFor(endpoint, clock.now()) : undefined
    const message = writeUpstreamQuery({
      name: question.name,
      type: question.type,
      recursion: question.recursion,
      checkingDisabled: question.recursion && settings.validate,
      ...(withEdns && { edns: { udpPayload: settings.udpPayload, ...(cookie !== undefined && { cookie }) } }),
      ...(settings.caseRandomisation && isUdp && !isLastTry && { caseFrom: parts.random }),
    })
    const wait = isUdp ? waitFor(infrastructure.rttEstimate(endpoint, clock.now())) : TCP_MILLISECONDS
    const ask: Ask = new Ask(
      (done) => parts.upstream.ask(endpoint, protocol, message, wait, done),
      (octets) => readReply(octets, clock.now(), question.name),
    )
    yield ask
    const now = clock.now()
    if (ask.kind !== 'message') {
      infrastructure.timedOut(endpoint, now)
      return ask.kind
    }
    infrastructure.observe(endpoint, ask.milliseconds, now)
    const { reply } = ask
    if (reply === undefined) return 'failed'
    const taken = cookie !== undefined && withEdns ? infrastructure.takeCookie(endpoint, reply.cookie, now) : 'none'
    if (reply.isTruncated && !isUdp) return 'failed'
    if (taken === 'wrong' || (taken === 'missing' && reply.hasEdns) || (reply.isTruncated && isUdp)) {
      // Cut off, or perhaps forged (RFC 7873 §5.3): over a connection there is no doubt.
      protocol = 'tcp'
    } else if (reply.rcode === RCODE_BADCOOKIE && isUdp) {
      // The second time by TCP, where no cookie is needed (RFC 7873 §5.3).
      if (messages > 0) protocol = 'tcp'
    } else if (withEdns && !reply.hasEdns && isNoEdns(reply.rcode)) {
      withEdns = false
      infrastructure.learnEdns(endpoint, false, now)
    } else {
      return reply
    }
  }
  return 'failed'
}

/** How servers of before EDNS answer to it (RFC 6891 §7). */
function isNoEdns(rcode: number): boolean {
  return rcode === RCODE_FORMERR || rcode === RCODE_NOTIMP || rcode === RCODE_REFUSED
}
