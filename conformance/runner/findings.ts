/** What came of a scenario, check by check. */

import type { Message } from '../../src/dns/wire/index.ts'
import { messageText } from '../../src/dns/wire/index.ts'
import type { Level } from './compare.ts'
import type { Step } from './scenario.ts'

/** One thing that a step looked at. */
export type Finding = {
  readonly step: Step | undefined
  readonly level: Level
  /** Why the level is not 3; empty when it is. */
  readonly text: string
  readonly isWrongAd: boolean
  /** For people: what was expected, what came. */
  readonly expected?: string
  readonly got?: string
}

export type Outcome = {
  readonly level: Level
  /** Of the worst finding; empty at level 3. */
  readonly reason: string
  readonly wrongAd: boolean
  readonly findings: readonly Finding[]
  /** Step by step what was done and sent, for people. */
  readonly log: readonly string[]
}

/** A scenario is as good as its worst check. */
export function outcomeOf(findings: readonly Finding[], log: readonly string[]): Outcome {
  let worst: Finding | undefined
  for (const finding of findings) if (worst === undefined || finding.level < worst.level) worst = finding
  const where = worst?.step === undefined ? '' : `step ${worst.step.number} (line ${worst.step.line}): `
  return {
    level: worst?.level ?? 3,
    reason: worst === undefined || worst.level === 3 ? '' : where + worst.text,
    wrongAd: findings.some(({ isWrongAd }) => isWrongAd),
    findings,
    log,
  }
}

/** A message for people, without what is the same in all. */
export function shown(message: Message | undefined): string {
  return message === undefined ? 'nothing' : messageText(message).trimEnd()
}
