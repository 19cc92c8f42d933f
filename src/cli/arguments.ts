/** Values that several commands take, read from their words. All throw DnsError `usage`. */
import { availableParallelism } from 'node:os'
import { DnsError } from '../dns/errors.ts'
import { type Name, readUnicodeName, showBothWays, toAsciiText } from '../dns/name/index.ts'
import { note } from './outcome.ts'

/** The name of a zone; the final dot may be left out. */
export function parseZoneName(text: string): Name {
  return parseName(text, '--zone: ')
}

/** A name as a person writes it. One with characters beyond ASCII is converted (IDNA), and a note shows it both ways. */
export function parseName(text: string, before = ''): Name {
  try {
    const name = readUnicodeName(text)
    if (toAsciiText(text) !== text) note(`in the DNS the name is ${showBothWays(name)}`)
    return name
  } catch (error) {
    throw new DnsError('usage', `${before}${error instanceof Error ? error.message : String(error)}`)
  }
}

export function parseWhole(option: string, text: string, least: number, most: number): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new DnsError('usage', `${option} takes a number from ${least} to ${most}, not '${text.slice(0, 40)}'`)
  return value
}

/** One of a few words. */
export function parseChoice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text.toLowerCase())
  if (found === undefined)
    throw new DnsError('usage', `${option} takes ${choices.join(', ')}, not '${text.slice(0, 40)}'`)
  return found
}

/** Octets of text from which on workers are worth their start, some 60 ms each. */
const WORTH_WORKERS = 200_000

/** How many workers a file of so many octets gets; 0 is none, all is done in the main thread. */
export type WorkerCount = (octets: number) => number

/** As many as `--jobs` says, whatever the size; without it one a processor for files that gain from them. */
export function parseJobs(text: string | undefined): WorkerCount {
  if (text !== undefined) {
    const jobs = parseWhole('--jobs', text, 1, 64)
    return () => (jobs > 1 ? jobs : 0)
  }
  const processors = Math.min(availableParallelism(), 64)
  return (octets) => (octets >= WORTH_WORKERS && processors > 1 ? processors : 0)
}

/** Gathers the words of an option that may stand several times. */
export function appendWord(word: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, word]
}
