/**
 * Failures to resolve a name and type, which are remembered as answers are, or each client asks for them anew (RFC 9520 §3). One
 * that repeats is remembered longer: 5 s, 10 s, 20 s, … 300 s. Its streak ends with a success, or when nothing failed for as long
 * again as it was remembered. Silence is remembered briefly, however often it repeats: the servers are known to be silent
 * (`infrastructure-cache.ts`), so that the next try costs little, and a zone is to come back when they do.
 */
import type { Name } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import type { Verdict } from '../../validator/index.ts'
import type { Remark, ResolutionFailure } from '../resolution.ts'
import { BoundedTable, type TableCounts } from './bounded-table.ts'
import { octetsOfVerdict } from './octet-sizes.ts'

/** RFC 9520 §3.2: never less than one second, never more than five minutes. */
const LEAST_SECONDS = 1
const MOST_SECONDS = 300
const SILENCE_SECONDS = 2
const FAILURE_OCTETS = 120

export type FailureCacheSettings = {
  readonly maxOctets: number
  /** How long the first failure is remembered (seconds, 1 to 300). */
  readonly firstSeconds: number
}

export type FailureCause = {
  readonly remarks: readonly Remark[]
  readonly verdict?: Verdict | undefined
  readonly failure?: ResolutionFailure | undefined
}

export type Failure = FailureCause & {
  /** Failures in a row, this one counted. */
  readonly streak: number
  /** Until then it is not tried again. */
  readonly until: SteadySeconds
}

type NamedFailure = Failure & { readonly name: Name; readonly type: number }

export class FailureCache {
  readonly #settings: FailureCacheSettings
  readonly #questions: BoundedTable<NamedFailure>

  constructor(settings: FailureCacheSettings) {
    this.#settings = settings
    this.#questions = new BoundedTable<NamedFailure>(settings.maxOctets, isOver)
  }

  get counts(): TableCounts {
    return this.#questions.counts
  }

  /** The failure, when it is to stand instead of another try. */
  find(name: Name, type: number, now: SteadySeconds): Failure | undefined {
    const table = this.#questions
    const failure = table.find(name.key, type)
    if (failure !== undefined && failure.until > now) {
      table.hits++
      return failure
    }
    table.misses++
    return undefined
  }

  /** Resolving failed. */
  put(name: Name, type: number, cause: FailureCause, now: SteadySeconds): Failure {
    const last = this.#questions.find(name.key, type)
    const failure = { ...this.#next(last, cause, now), name, type }
    const octets = octetsOf(failure) + name.octets.length
    this.#questions.put(name.key, type, failure, octets, now)
    return failure
  }

  #next(last: Failure | undefined, cause: FailureCause, now: SteadySeconds): Failure {
    const { remarks, verdict, failure } = cause
    const isSilence = failure?.isSilence === true
    const isStreak = last !== undefined && last.until + this.#secondsOf(last.streak) > now
    // One that has not run out yet was tried in spite of it (two clients at once): that is no new failure.
    if (isStreak && last.until > now) return { ...last, remarks, verdict, failure }
    if (isSilence) return { remarks, verdict, failure, streak: 1, until: now + SILENCE_SECONDS }
    const streak = isStreak ? last.streak + 1 : 1
    return { remarks, verdict, failure, streak, until: now + this.#secondsOf(streak) }
  }

  #secondsOf(streak: number): number {
    const seconds = this.#settings.firstSeconds * 2 ** Math.min(streak - 1, 30)
    return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds))
  }

  /** It works again. */
  delete(name: Name, type: number): boolean {
    return this.#questions.delete(name.key, type)
  }

  deleteWhere(goes: (failure: { readonly name: Name; readonly type: number }) => boolean): number {
    return this.#questions.deleteWhere(goes)
  }

  clear(): void {
    this.#questions.clear()
  }

  *values(): Generator<NamedFailure> {
    yield* this.#questions.values()
  }
}

function isOver({ until, streak }: Failure, now: SteadySeconds): boolean {
  return until <= now && streak === 1
}

function octetsOf({ remarks, verdict }: Failure): number {
  let octets = FAILURE_OCTETS + octetsOfVerdict(verdict)
  for (const { text } of remarks) octets += 64 + 2 * text.length
  return octets
}
