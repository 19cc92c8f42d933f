/** Work of the control thread that others must not wait for: it is done in slices. */
import { monotonicMilliseconds } from '../../clock/index.ts'
import type { Steps } from '../../zone/index.ts'
import type { TurnWatch } from '../turn-watch.ts'
import { nextTurn } from './next-turn.ts'

/** A slice ends after so long: some five of them stay below what a client of a stream notices. */
const SLICE_MILLISECONDS = 8

/** Does all steps, with turns for others between slices, of which `turns` hears as `what`. Throws what a step throws. */
export async function inSteps<T>(steps: Steps<T>, turns: TurnWatch, what: string): Promise<T> {
  for (;;) {
    const began = monotonicMilliseconds()
    const end = began + SLICE_MILLISECONDS
    let step = steps.next()
    while (step.done !== true && monotonicMilliseconds() < end) step = steps.next()
    turns.took(what, monotonicMilliseconds() - began)
    if (step.done === true) return step.value
    await nextTurn()
  }
}
