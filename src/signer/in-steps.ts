/** Work on many names that is done in steps. */
import type { Steps } from '../zone/index.ts'

/** Names that are looked at in one step: with signatures left out, a millisecond or two. */
const STEP = 32

/** Says when a step has been long enough. */
export class Pace {
  #items = 0

  /** Counts an item; returns whether it is the last one of a step. */
  isDue(): boolean {
    return ++this.#items % STEP === 0
  }
}

/** Does the action for each item. */
export function* eachInSteps<T>(items: Iterable<T>, action: (item: T) => void): Steps {
  const pace = new Pace()
  for (const item of items) {
    action(item)
    if (pace.isDue()) yield
  }
}
