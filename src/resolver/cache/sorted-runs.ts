/**
 * Values in the order of their string keys, for the question "what stands at this key, or last before it". Runs of some hundred
 * values each: a search is two bisections, an insertion moves no more than one run.
 */

/** A run that has grown to this is cut in two. */
const LONGEST_RUN = 256

export class SortedRuns<V extends { readonly order: string }> {
  /** None of them is empty. */
  readonly #runs: V[][] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The value with this key, or else the one with the greatest key below it. */
  floor(order: string): V | undefined {
    const run = this.#runs[countUpTo(this.#runs, order, firstOrder) - 1]
    return run?.[countUpTo(run, order, ownOrder) - 1]
  }

  last(): V | undefined {
    return this.#runs.at(-1)?.at(-1)
  }

  *values(): Generator<V> {
    for (const run of this.#runs) yield* run
  }

  /** Inserts the value, in place of the one with its key if there is one: that is returned. */
  insert(value: V): V | undefined {
    const runs = this.#runs
    const which = Math.max(0, countUpTo(runs, value.order, firstOrder) - 1)
    const run = runs[which]
    if (run === undefined) {
      runs.push([value])
      this.#size++
      return undefined
    }
    const at = countUpTo(run, value.order, ownOrder)
    const before = run[at - 1]
    if (before?.order === value.order) {
      run[at - 1] = value
      return before
    }
    run.splice(at, 0, value)
    this.#size++
    if (run.length >= LONGEST_RUN) runs.splice(which + 1, 0, run.splice(LONGEST_RUN / 2))
    return undefined
  }

  /** Removes this very value; false when it does not stand here. */
  remove(value: V): boolean {
    const which = countUpTo(this.#runs, value.order, firstOrder) - 1
    const run = this.#runs[which]
    if (run === undefined) return false
    const at = countUpTo(run, value.order, ownOrder) - 1
    if (run[at] !== value) return false
    run.splice(at, 1)
    if (run.length === 0) this.#runs.splice(which, 1)
    this.#size--
    return true
  }
}

const ownOrder = (value: { readonly order: string }): string => value.order
const firstOrder = (run: readonly { readonly order: string }[]): string => run[0]?.order ?? ''

/** How many of the items, which are in order, have a key not above this one. */
function countUpTo<T>(items: readonly T[], order: string, orderOf: (item: T) => string): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && orderOf(item) <= order) low = middle + 1
    else high = middle
  }
  return low
}
