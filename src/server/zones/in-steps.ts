/** Work of the control thread that others must not wait for: it is done in slices. */
import type { Steps } from '../../zone/index.ts'
import { nextTurn } from './next-turn.ts'

/** A slice ends after so long: some five of them stay below what a client of a stream notices. */
const SLICE_MILLISECONDS = 8

/** Does all steps, with turns for others between slices. Throws what a step throws. */
export async function inSteps<T>(steps: Steps<T>): Promise<T> {
  let end = performance.now() + SLICE_MILLISECONDS
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    if (performance.now() < end) continue
    await nextTurn()
    end = performance.now() + SLICE_MILLISECONDS
  }
}
