/**
 * The log of the server: pino, JSON objects a line or lines for people, to standard error or a file. Written in the
 * background by this thread itself (pino's transports would each be a thread of their own); what waits is written at exit.
 *
 * What it does not do: rotate files. Whoever rotates them sends the signal for which `reopen` is called.
 */
import pino from 'pino'
import { DnsError } from '../dns/errors.ts'
import type { Log } from '../ports/log.ts'
import { formatLogLine } from './log-line.ts'
import { boundFields, boundText } from './log-text.ts'

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

export type LogOptions = {
  readonly level?: LogLevel
  /** `auto`: `pretty` when standard error is a terminal. */
  readonly format?: 'json' | 'pretty' | 'auto'
  /** Standard error unless told. */
  readonly file?: string
}

export type ServerLog = Log & {
  setLevel(level: LogLevel): void
  /** Begins the file anew under its name; of no effect on standard error. */
  reopen(): void
}

/** What may wait for a slow reader, octets; beyond it lines are dropped. A server does not stop because its log does. */
const MAX_WAITING = 8 << 20

/** Names under which a secret could come by mistake, up to two levels deep. */
const SECRETS = ['secret', 'password', 'passphrase', 'privateKey', 'token', 'authorization', 'cookie', 'mac']
const REDACTED = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

export function createLog(options: LogOptions = {}): ServerLog {
  const destination = pino.destination({ dest: options.file ?? 2, sync: false, maxLength: MAX_WAITING, mode: 0o640 })
  // A full disk is no reason to stop: pino tries again with the next line.
  destination.on('error', () => {})
  const format = options.format ?? 'json'
  const isPretty = format === 'pretty' || (format === 'auto' && options.file === undefined && process.stderr.isTTY)
  const colours = isPretty && options.file === undefined && process.stderr.isTTY && process.env.NO_COLOR === undefined
  const stream = isPretty ? { write: (line: string) => destination.write(formatLogLine(line, colours)) } : destination
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }), log: boundFields },
      redact: { paths: REDACTED, censor: '(secret)' },
      serializers: { error: describeError },
    },
    stream,
  )
  return {
    debug: (fields, message) => logger.debug(fields, boundText(message)),
    info: (fields, message) => logger.info(fields, boundText(message)),
    warn: (fields, message) => logger.warn(fields, boundText(message)),
    error: (fields, message) => logger.error(fields, boundText(message)),
    setLevel(level) {
      logger.level = level
    },
    reopen() {
      if (options.file !== undefined) destination.reopen()
    },
  }
}

/** An error of ours is its code and sentence; of an unexpected one the stack helps who mends it. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = boundText(error.message)
  if (error instanceof DnsError) return { code: error.code, message }
  // The calls alone: before them the stack repeats the message.
  const calls = /\n\s+at .*/s.exec(error.stack ?? '')?.[0].trim() ?? ''
  return { name: error.name, message, stack: boundText(calls) }
}
