/**
 * One question to one server: EDNS with options first, then without options, then without EDNS, as far as the server does not know
 * them; TCP after a truncated answer; the server's cookie; and what was learned of the server.
 */

import type { Name } from '../dns/name/index.ts'
import {
  CLIENT_COOKIE_SIZE,
  RCODE_BADCOOKIE,
  RCODE_BADVERS,
  RCODE_FORMERR,
  RCODE_NOTIMP,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
} from '../dns/wire/index.ts'
import type { Protocol, Random, SteadySeconds, UnixSeconds } from '../ports/index.ts'
import type { Upstream, UpstreamReply } from '../ports/upstream.ts'
import type { Budget } from './budget.ts'
import type { EdnsUse, InfrastructureCache, NoReplyReason } from './cache/index.ts'
import type { Server } from './delegation.ts'
import { type Reply, readReply } from './reply.ts'
import type { ServerFailureKind } from './server-failure.ts'
import type { ServerWatch } from './server-watch.ts'
import type { ResolverSettings } from './settings.ts'
import type { Effect, Task, Work } from './tasks.ts'
import { writeUpstreamQuery } from './upstream-query.ts'

/** Messages that one question to one server may take: EDNS, cookie, TCP, in whatever order. */
const MOST_MESSAGES = 6
const TCP_MILLISECONDS = 2500
const LEAST_MILLISECONDS = 250
const MOST_MILLISECONDS = 2000
/** Timeouts of a server in one resolution after which it is asked without options: some drop queries that have them. */
const TIMEOUTS_WITH_OPTIONS = 2

function waitFor(estimate: number): number {
  return Math.min(MOST_MILLISECONDS, Math.max(LEAST_MILLISECONDS, estimate))
}

export type ServerQuestion = {
  readonly name: Name
  readonly type: number
  readonly recursion: boolean
}

/** Why there is no reply. `exhausted`: the query may cause no more messages. */
export type AskFailure = {
  readonly kind: Extract<ServerFailureKind, 'silent' | 'network' | 'truncated' | 'malformed'> | 'exhausted'
  readonly detail?: string
}

export type ServerAnswer = Reply | AskFailure

/** How the server is asked. */
export type AskOptions = {
  /** How often it did not reply in this resolution. */
  readonly timeouts: number
  /** Waits no longer than this (milliseconds). */
  readonly mostMilliseconds: number
}

export type AskParts = {
  readonly settings: ResolverSettings
  readonly upstream: Upstream
  readonly infrastructure: InfrastructureCache
  readonly random: Random
  readonly clock: ResolverClock
  readonly watch?: ServerWatch
}

export type ResolverClock = {
  /** For caches and whatever else is waited for. */
  now(): SteadySeconds
  /** For the times of signatures. */
  validationNow(): UnixSeconds
  /** A clock that only goes forward. */
  milliseconds(): number
}

/** One message to a server. Its answer is read as long as its octets are there. */
class Ask implements Effect {
  readonly #begin: (done: (reply: UpstreamReply) => void) => void
  readonly #read: (octets: Uint8Array) => Reply | undefined
  kind: UpstreamReply['kind'] = 'timeout'
  milliseconds = 0
  /** Why the network or the peer refused. */
  text = ''
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
      } else if (reply.kind === 'failed') this.text = reply.text
      resume()
    })
  }
}

export function* askServer(
  parts: AskParts,
  server: Server,
  question: ServerQuestion,
  budget: Budget,
  { timeouts, mostMilliseconds }: AskOptions,
): Work<ServerAnswer> {
  const { settings, infrastructure, clock } = parts
  const { endpoint } = server
  let protocol: Protocol = server.protocol
  const known = infrastructure.ednsUse(endpoint, clock.now())
  let edns: EdnsUse = known ?? 'options'
  if (edns === 'options' && timeouts >= TIMEOUTS_WITH_OPTIONS) edns = 'plain'
  let badCookies = 0
  let isTruncated = false
  for (let messages = 0; messages < MOST_MESSAGES; messages++) {
    if (!budget.takeExchange()) return EXHAUSTED
    const isUdp = protocol === 'udp'
    const hasCookie = isUdp && settings.cookies && edns === 'options'
    const cookie = hasCookie ? infrastructure.cookieFor(endpoint, clock.now()) : undefined
    const message = writeUpstreamQuery({
      name: question.name,
      type: question.type,
      recursion: question.recursion,
      checkingDisabled: question.recursion && settings.validate,
      ...(edns !== 'none' && { edns: { udpPayload: settings.udpPayload, ...(cookie !== undefined && { cookie }) } }),
      // Some servers change the case of letters: a further try does not depend on it.
      ...(settings.caseRandomisation && isUdp && timeouts === 0 && { caseFrom: parts.random }),
    })
    const estimate = isUdp ? waitFor(infrastructure.rttEstimate(endpoint, clock.now())) : TCP_MILLISECONDS
    const wait = Math.min(estimate, mostMilliseconds)
    const began = clock.milliseconds()
    const ask: Ask = new Ask(
      (done) => {
        const sentBy = protocol
        parts.upstream.ask(endpoint, sentBy, message, wait, (reply) => {
          const took = reply.kind === 'message' ? reply.milliseconds : clock.milliseconds() - began
          budget.attempt?.add(endpoint, sentBy, message, reply, took)
          done(reply)
        })
      },
      (octets) => readReply(octets, clock.now(), question.name),
    )
    yield ask
    const now = clock.now()
    if (ask.kind !== 'message') {
      // Some networks take their time to say that there is no way.
      budget.silentMilliseconds += ask.kind === 'timeout' ? wait : clock.milliseconds() - began
      const reason = noReplyReason(ask, isTruncated)
      infrastructure.timedOut(endpoint, wait, now, reason)
      const failure = reason ?? SILENT
      parts.watch?.serverFailed(server, { endpoint, protocol: server.protocol, ...failure })
      return failure
    }
    const { reply } = ask
    infrastructure.observe(endpoint, ask.milliseconds, reply?.hasEdns === true, now)
    if (reply === undefined) return MALFORMED
    parts.watch?.serverReplied(server, reply.rcode)
    const taken = cookie !== undefined ? infrastructure.takeCookie(endpoint, reply.cookie, now) : 'none'
    if (reply.isTruncated && !isUdp) return isTruncated ? TRUNCATED_TWICE : MALFORMED
    if (taken === 'wrong' || (taken === 'missing' && reply.hasEdns) || (reply.isTruncated && isUdp)) {
      // Truncated, or perhaps forged (RFC 7873 §5.3): over a connection there is no doubt.
      isTruncated = reply.isTruncated
      protocol = 'tcp'
      continue
    }
    if (reply.rcode === RCODE_BADCOOKIE && isUdp) {
      // The second time by TCP, where no cookie is needed (RFC 7873 §5.3).
      if (badCookies++ > 0) protocol = 'tcp'
      continue
    }
    const less = lessEdns(reply, edns, cookie !== undefined)
    if (less === undefined) {
      // What it accepts is remembered once it has answered.
      if (edns !== 'options' && edns !== known && !isFormError(reply.rcode))
        infrastructure.learnEdns(endpoint, edns, now)
      return reply
    }
    edns = less
  }
  return MALFORMED
}

function noReplyReason({ kind, text }: Ask, isTruncated: boolean): NoReplyReason | undefined {
  if (isTruncated) return { kind: 'truncated', detail: kind === 'timeout' ? 'no reply in time' : text }
  return kind === 'timeout' ? undefined : { kind: 'network', detail: text }
}

const EXHAUSTED: AskFailure = { kind: 'exhausted' }
const SILENT = { kind: 'silent' } as const
const MALFORMED: AskFailure = { kind: 'malformed' }
const TRUNCATED_TWICE: AskFailure = { kind: 'truncated', detail: 'the reply over TCP is truncated too' }

function isFormError(rcode: number): boolean {
  return rcode === RCODE_FORMERR || rcode === RCODE_NOTIMP || rcode === RCODE_BADVERS
}

/** What servers and middleboxes say, beside FORMERR, that know EDNS but not the option. */
const OPTION_ERRORS: readonly number[] = [RCODE_SERVFAIL, RCODE_NOTIMP, RCODE_REFUSED]

/**
 * What to leave out of the next query to a server that does not accept this one, as servers from before EDNS and middleboxes
 * answer (RFC 6891 §7): the options when it has sent an OPT record back, EDNS otherwise. Undefined: the reply stands.
 */
function lessEdns(reply: Reply, edns: EdnsUse, hadOptions: boolean): EdnsUse | undefined {
  const { rcode, hasEdns, isBare } = reply
  if (edns === 'none') return undefined
  if (rcode === RCODE_FORMERR) return hadOptions && hasEdns ? 'plain' : 'none'
  if (rcode === RCODE_BADVERS) return 'none'
  if (hadOptions && hasEdns && !givesCookie(reply) && OPTION_ERRORS.includes(rcode)) return 'plain'
  if (hasEdns) return undefined
  return rcode === RCODE_NOTIMP || (rcode === RCODE_REFUSED && !isBare) ? 'none' : undefined
}

/** Whether it has a server's cookie: who gives one knows the option. One that only comes back is no sign of it. */
function givesCookie({ cookie }: Reply): boolean {
  return cookie !== undefined && cookie.length > CLIENT_COOKIE_SIZE
}
