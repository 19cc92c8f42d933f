/** Values that several commands take, read from their words. All throw DnsError `usage`. */
import { availableParallelism } from 'node:os'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'

/** The name of a zone; the final dot may be left out. */
export function parseZoneName(text: string): Name {
  try {
    return Name.parse(text)
  } catch (error) {
    throw new DnsError('usage', `--zone: ${error instanceof Error ? error.message : String(error)}`)
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

/** Workers to use: as asked for, else one a processor. */
export function parseJobs(text: string | undefined): number {
  return text === undefined ? Math.min(availableParallelism(), 64) : parseWhole('--jobs', text, 1, 64)
}

/** Gathers the words of an option that may stand several times. */
export function appendWord(word: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, word]
}
