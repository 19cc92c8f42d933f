/** How a command ends: exit statuses, and errors as a person and a script read them. */
import { CommanderError } from 'commander'
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import { isReaderGone } from '../store/index.ts'
import { printErrorLine, printErrorLines } from './output.ts'

/** good: done and good. bad: done, and what was looked at is bad. usage: wrong use, or input that does not parse. failed: could not be done. */
export const EXIT = { good: 0, bad: 1, usage: 2, failed: 3 } as const

/** Errors that lie with the world rather than with the words or the input. */
const FAILED: ReadonlySet<DnsErrorCode> = new Set(['output-failed', 'exchange-failed', 'memory-exhausted'])

/** Tells an error on standard error, the first line complete in itself; returns the exit status. */
export function reportError(error: unknown, help: string): number {
  if (error instanceof CommanderError) {
    // Help that was asked for has been printed.
    if (error.exitCode === 0) return EXIT.good
    // A word that is near to the wrong one comes on a line of its own.
    const [message = '', ...hints] = error.message.replace(/^error: /, '').split(/\n(?=\(Did you mean )/)
    printErrorLines([`signet: ${message}`, ...hints, `see: ${help}`])
    return EXIT.usage
  }
  // The reader of a pipe went away (`| head`): that is its choice.
  if (isReaderGone(error)) return EXIT.good
  if (error instanceof DnsError) {
    printErrorLine(`signet: ${error.message}`)
    return FAILED.has(error.code) ? EXIT.failed : EXIT.usage
  }
  printErrorLine(`signet: unexpected: ${error instanceof Error ? error.message : String(error)}`)
  if (error instanceof Error && process.env.SIGNET_DEBUG !== undefined) printErrorLines((error.stack ?? '').split('\n'))
  return EXIT.failed
}

/** A remark on how something was understood. */
export function note(message: string): void {
  printErrorLine(`signet: note: ${message}`)
}

/** A remark that does not change the outcome. */
export function warn(message: string): void {
  printErrorLine(`signet: warning: ${message}`)
}
