/** Faults of a zone, as a person and a script read them. */
import type { Fault, FaultCount } from '../zone/index.ts'
import { printLine, printObject } from './output.ts'

export type FaultReport = {
  readonly verdict: 'good' | 'bad'
  readonly serial: number
  readonly faults: readonly Fault[]
  readonly counts: readonly FaultCount[]
  readonly omitted: number
}

const RANK = { error: 0, warning: 1, note: 2 } as const

/** One fault a line, errors first. */
export function printFaults(faults: readonly Fault[]): void {
  for (const { severity, owner, type, code, message } of [...faults].sort(
    (a, b) => RANK[a.severity] - RANK[b.severity],
  )) {
    printLine(`${severity}: ${owner}${type === undefined ? '' : ` ${type}`}: ${message} [${code}]`)
  }
}

/** How many there are of each severity, in words; the last line of a report. */
export function summarize(counts: readonly FaultCount[], omitted: number): string {
  const total = (severity: FaultCount['severity']): number => {
    let sum = 0
    for (const entry of counts) if (entry.severity === severity) sum += entry.count
    return sum
  }
  const say = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`
  const parts = [say(total('error'), 'error'), say(total('warning'), 'warning'), say(total('note'), 'note')]
  const rest = omitted === 0 ? '' : ` (${omitted} of them not listed)`
  return `${parts.join(', ')}${rest}`
}

/** The report as JSON (CONTRACT: zone, serial, verdict, faults), on one line. */
export function printJson(zone: string, report: FaultReport, more: Readonly<Record<string, unknown>> = {}): void {
  const { serial, verdict, faults, counts, omitted } = report
  printObject({ zone, serial, verdict, ...more, faults, counts, omitted })
}
