/** Kinds of questions on which ours is as neither of two peers; docs/verdicts-disputed.md tells each with the RFC that decides. */
import type { Row } from './compare.ts'

export function disputeOf(_row: Row): string | undefined {
  return undefined
}
