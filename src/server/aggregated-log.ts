/**
 * A log for lines that strangers can cause: with packets, connections and requests, from any address and about any name. The first
 * line of a minute about a zone and peer is written at once. Others like it are counted, and the count is written when the minute
 * ends. Lines beyond the limit are counted together. Neither the log nor the memory grows with what strangers send.
 *
 *     transfer refused                       the first, with zone, peer and reason
 *     transfer refused (41 more)             those like it, at the end of the minute
 *     260 more lines about … are left out    all the rest
 */
import type { Log, LogFields } from '../ports/log.ts'

export type AggregationOptions = {
  /** What lines that are left out are about, after "more lines". */
  readonly about: string
  /** Lines of each level that a minute may begin with; as many counts may follow. 60 unless given. */
  readonly mostLines?: number
  /** 60 unless given. */
  readonly minuteSeconds?: number
}

type Level = keyof Log
type Line = { readonly level: Level; readonly fields: LogFields; readonly message: string; more: number }

const MOST_LINES = 60
const MINUTE_SECONDS = 60

export class AggregatedLog implements Log {
  readonly #log: Log
  readonly #about: string
  readonly #mostLines: number
  readonly #minuteSeconds: number
  /** The lines of this minute by what makes them alike. */
  readonly #lines = new Map<string, Line>()
  #written = { debug: 0, info: 0, warn: 0, error: 0 }
  #leftOut = 0
  #timer: NodeJS.Timeout | undefined

  constructor(log: Log, { about, mostLines = MOST_LINES, minuteSeconds = MINUTE_SECONDS }: AggregationOptions) {
    this.#log = log
    this.#about = about
    this.#mostLines = mostLines
    this.#minuteSeconds = minuteSeconds
  }

  debug(fields: LogFields, message: string): boolean {
    return this.#take('debug', fields, message)
  }

  info(fields: LogFields, message: string): boolean {
    return this.#take('info', fields, message)
  }

  warn(fields: LogFields, message: string): boolean {
    return this.#take('warn', fields, message)
  }

  error(fields: LogFields, message: string): boolean {
    return this.#take('error', fields, message)
  }

  /** Writes the counts of this minute. The next line begins another one. */
  endMinute(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const { level, fields, message, more } of this.#lines.values()) {
      if (more > 0) this.#log[level]({ ...commonFields(fields), count: more }, `${message} (${more} more)`)
    }
    const count = this.#leftOut
    if (count > 0) this.#log.info({ count }, `${count} more lines about ${this.#about} are left out`)
    this.#lines.clear()
    this.#written = { debug: 0, info: 0, warn: 0, error: 0 }
    this.#leftOut = 0
  }

  /** Whether the line is written; otherwise it is counted. */
  #take(level: Level, fields: LogFields, message: string): boolean {
    const key = keyOf(fields, message)
    const known = this.#lines.get(key)
    if (known !== undefined) {
      known.more++
      return false
    }
    // Each level has lines of its own: one that is not written must not use up those of others. Half of them are for peers
    // whose address is no forged one.
    if (this.#written[level] >= (fields.transport === 'udp' ? this.#mostLines >> 1 : this.#mostLines)) {
      this.#leftOut++
      return false
    }
    this.#written[level]++
    this.#lines.set(key, { level, fields, message, more: 0 })
    this.#timer ??= setTimeout(() => this.endMinute(), this.#minuteSeconds * 1000).unref()
    this.#log[level](fields, message)
    return true
  }
}

/** Lines are alike that have the same sentence and the same of these; errors, when they were thrown at the same place. */
const COMMON = ['zone', 'owner', 'peer', 'kind', 'serial', 'reason'] as const

function keyOf(fields: LogFields, message: string): string {
  return [message, placeOf(fields.error), ...COMMON.map((name) => fields[name])].join('\n')
}

function commonFields(fields: LogFields): LogFields {
  return Object.fromEntries(COMMON.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])))
}

/** The innermost call of the stack of an error. Its message may hold what a stranger sent. */
function placeOf(error: unknown): string | undefined {
  return error instanceof Error ? /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] : undefined
}
