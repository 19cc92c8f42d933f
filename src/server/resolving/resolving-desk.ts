/**
 * Questions that the resolver is to answer, one client's at a time:
 *
 *     special name ─▶ our own words
 *     too many     ─▶ SERVFAIL
 *     else         ─▶ Resolver.resolve ─▶ sentinel ─▶ ready answer ─▶ answer cache, client
 *
 * What it does not do: say who may ask (the responder did), put OPT and header around the answer (the responder will).
 */
import type { AnswerCacheWriter, ReadyAnswer } from '../../authority/index.ts'
import type { Name } from '../../dns/name/index.ts'
import { TXT } from '../../dns/rr/index.ts'
import { RCODE_SERVFAIL } from '../../dns/wire/index.ts'
import type { Clock } from '../../ports/index.ts'
import type { ErrorReports, Remark, Resolution, Resolver, ResolverQuery, SpecialNames } from '../../resolver/index.ts'
import { sentinelOutcome } from '../../validator/index.ts'
import type { FailureLog } from './failure-log.ts'
import type { FlightRecorder } from './flight-recorder.ts'
import type { Outstanding } from './outstanding.ts'
import type { OwnAnswers } from './own-answers.ts'
import { type AskedQuestion, makeReady } from './ready-answer.ts'
import type { ResolverCounters } from './resolver-counters.ts'

const EDE_OTHER = 0
/** Reports that are under way at once. */
const MOST_REPORTING = 8
/** A question is resolved so often when the clock is set before its answer is there. */
const MOST_ERAS = 3

export type ClientQuestion = AskedQuestion & {
  readonly recursionDesired: boolean
  /** Of the client, 4 or 16 octets. */
  readonly address: Uint8Array
}

/** What changes with the configuration. */
export type DeskSettings = {
  readonly resolver: Resolver
  readonly special: SpecialNames
  readonly prefetch: boolean
  /** Tags of the root's anchors, where sentinel names are answered (RFC 8509). */
  readonly sentinelTags: (() => readonly number[]) | undefined
  /** Where what fails is reported to the agents of zones (RFC 9567). */
  readonly reports: ErrorReports | undefined
  /** The clock is plainly wrong: nothing is secure meanwhile. */
  readonly isClockDoubted: () => boolean
  /** Keeps the evidence of failures. */
  readonly recorder: FlightRecorder | undefined
  /** Another number after each change of the time that signatures are held to. */
  readonly era: number
}

export type ResolvingDeskParts = {
  readonly clock: Clock
  readonly answers: AnswerCacheWriter
  readonly own: OwnAnswers
  /** The zone of this server that has a name. */
  readonly ownZone: (name: Name) => Name | undefined
  readonly outstanding: Outstanding
  readonly counters: ResolverCounters
  readonly failures: FailureLog
  /** Something was proved to be secure by the time that it is. */
  readonly proved: () => void
}

export class ResolvingDesk {
  readonly #parts: ResolvingDeskParts
  settings: DeskSettings
  #reporting = 0

  constructor(parts: ResolvingDeskParts, settings: DeskSettings) {
    this.#parts = parts
    this.settings = settings
  }

  /** Answers, at once or later, once. */
  answer(question: ClientQuestion, done: (ready: ReadyAnswer) => void): void {
    const { clock, outstanding, counters } = this.#parts
    const { resolver, special } = this.settings
    counters.counts.questions++
    const now = clock.steady()
    const own = special.answer(question.name, question.type, now)
    if (own !== undefined) {
      counters.counts.special++
      done(this.#ready(question, own, { isAuthoritative: true }))
      return
    }
    const { name, type, checkingDisabled, recursionDesired } = question
    const query = { name, type, checkingDisabled, recursionDesired }
    let isSilent = false
    const finish = outstanding.begin(question.address, () => {
      isSilent = resolver.isSilent(query)
      return isSilent
    })
    if (finish === undefined) {
      counters.counts.refusedByLimit++
      const text = isSilent
        ? `no server for ${name} replies, and too many questions wait for such servers`
        : 'too many questions at once'
      done(makeReady(question, failure({ code: EDE_OTHER, text }), now))
      return
    }
    this.#resolve(query, MOST_ERAS, (resolution) => {
      finish()
      done(this.#resolved(question, resolution))
    })
  }

  /** Resolves by the time that it is at the end: what was judged by another one is resolved again. */
  #resolve(query: ResolverQuery, tries: number, done: (resolution: Resolution) => void): void {
    const { resolver, era } = this.settings
    resolver.resolve(query, (resolution) => {
      if (era === this.settings.era) done(resolution)
      else if (tries > 1) this.#resolve(query, tries - 1, done)
      else done(failure({ code: EDE_OTHER, text: 'the clock was set again and again' }))
    })
  }

  #resolved(question: ClientQuestion, found: Resolution): ReadyAnswer {
    const { counters, failures, clock } = this.#parts
    const isDoubtful = found.security === 'secure' && this.settings.isClockDoubted()
    const resolution: Resolution = isDoubtful ? { ...found, security: 'indeterminate' } : found
    counters.resolved(resolution)
    if (resolution.security === 'secure') this.#parts.proved()
    failures.saw(question, resolution, clock.steady())
    this.settings.recorder?.saw(question, resolution, this.settings.resolver, clock.wall())
    this.#watchRecovery(question, resolution)
    this.#report(question, resolution)
    const tags = this.settings.sentinelTags?.()
    const { security } = resolution
    if (tags !== undefined && security !== 'unchecked' && sentinelOutcome(question, security, tags) === 'servfail') {
      return makeReady(question, failure({ code: EDE_OTHER, text: 'root key sentinel (RFC 8509)' }), clock.steady())
    }
    return this.#ready(question, resolution, { isRefreshed: this.settings.prefetch && !resolution.isStale })
  }

  /** A good answer shows that a zone is back, unless it comes from the cache while the servers are still silent. */
  #watchRecovery({ name, type, checkingDisabled, recursionDesired }: ClientQuestion, resolution: Resolution): void {
    const { failures, clock } = this.#parts
    if (resolution.rcode === RCODE_SERVFAIL || resolution.isStale || !failures.isWatching(name)) return
    const query = { name, type, checkingDisabled, recursionDesired }
    if (!this.settings.resolver.allSilent(query)) failures.recovered(name, clock.steady())
  }

  /** Asking is reporting. What comes back is of use to nobody, and kept for its TTL like any answer. */
  #report({ name, type, checkingDisabled }: ClientQuestion, resolution: Resolution): void {
    const { reports, resolver } = this.settings
    if (reports === undefined || checkingDisabled) return
    const inCharge = (of: Name): Name => resolver.zoneInCharge(of)
    const report = reports.saw(name, type, resolution, inCharge, this.#parts.clock.steady())
    if (report === undefined || this.#reporting >= MOST_REPORTING) return
    this.#reporting++
    const query = { name: report, type: TXT.number, checkingDisabled: false, recursionDesired: true }
    resolver.resolve(query, () => {
      this.#reporting--
    })
  }

  /** The answer, left in the cache for the next who asks. */
  #ready(
    question: ClientQuestion,
    resolution: Resolution,
    options: { readonly isRefreshed?: boolean; readonly isAuthoritative?: boolean },
  ): ReadyAnswer {
    const { clock, answers, own, ownZone } = this.#parts
    const now = clock.steady()
    const ready = makeReady(question, resolution, now, options)
    // Without recursion the caches may not have had all of it.
    if (!question.recursionDesired || resolution.isStale) return ready
    const zone = answers.put(ready, now) ? ownZone(question.name) : undefined
    if (zone !== undefined) own.note(zone, question)
    return ready
  }
}

function failure(remark: Remark): Resolution {
  return {
    rcode: RCODE_SERVFAIL,
    answer: [],
    authority: [],
    additional: [],
    security: 'indeterminate',
    remarks: [remark],
    expires: 0,
    isStale: false,
  }
}
