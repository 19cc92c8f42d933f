/** Sorts in steps. */
import type { Steps } from './steps.ts'

/** Items that are sorted in one piece, and merged in one step. */
const STEP = 512

/** A sorted copy; equal items keep their order. */
export function* sortInSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  if (items.length <= STEP) return items.toSorted(compare)
  const middle = items.length >>> 1
  const left = yield* sortInSteps(items.slice(0, middle), compare)
  const right = yield* sortInSteps(items.slice(middle), compare)
  const sorted: T[] = []
  let l = 0
  let r = 0
  while (l < left.length && r < right.length) {
    sorted.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!)
    if (sorted.length % STEP === 0) yield
  }
  return sorted.concat(left.slice(l), right.slice(r))
}
