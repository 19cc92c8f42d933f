/** Work that is done in steps: a generator that yields now and then, so that its caller can let others have their turn. */
export type Steps<T = void> = Generator<void, T, void>

/** Does all steps in one piece. */
export function doAll<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
