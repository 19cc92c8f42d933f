/** Lines of the benchmarks with peers: what was measured of ours and of theirs, the ratio, and what was promised. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineLoad } from './process-figures.ts'

export type Comparison = {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly peer?: number
  readonly peerName?: string
  /** Of ours to the peer's: where it must lie. Without a peer, of ours itself. */
  readonly atMost?: number
  readonly atLeast?: number
}

/** Prints a line of JSON. A ratio that breaks the promise sets the exit status, unless RATIOS=report. */
export function report(comparison: Comparison, more: Readonly<Record<string, unknown>> = {}): void {
  const { name, unit, ours, peer, peerName, atMost, atLeast } = comparison
  const ratio = peer === undefined ? undefined : ours / peer
  const judged = ratio ?? ours
  const promise = atMost === undefined ? atLeast : atMost
  const kept = (atMost === undefined || judged <= atMost) && (atLeast === undefined || judged >= atLeast)
  const line = {
    name,
    unit,
    ours: rounded(ours),
    ...(peer !== undefined && { peer: rounded(peer), peerName, ratio: rounded(judged) }),
    ...(promise !== undefined && { promise: `${atMost === undefined ? '>=' : '<='} ${promise}`, kept }),
    ...more,
    machineLoad: machineLoad(),
  }
  console.log(JSON.stringify(line))
  if (!kept && process.env.RATIOS !== 'report') process.exitCode = 1
}

export function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

/** The one in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[half] ?? Number.NaN) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
}

/** Says by name what is not measured here. */
export function skip(name: string, reason: string): void {
  console.log(JSON.stringify({ name, skipped: reason }))
}

/** Runs with a folder of its own, which goes at the end. */
export async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'))
  try {
    await action(folder)
  } finally {
    if (process.env.KEEP === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
