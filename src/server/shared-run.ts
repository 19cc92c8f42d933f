/**
 * Work that is asked for more often than it can be done. One run goes on and at most one waits: callers that come while one
 * waits share its result. A caller that comes while a run goes on gets a later one, since the run may have read what changed.
 */
export class SharedRun<T> {
  readonly #work: () => Promise<T>
  #running: Promise<T> | undefined
  #waiting: Promise<T> | undefined

  constructor(work: () => Promise<T>) {
    this.#work = work
  }

  /** Resolves, or rejects, as the first run does that begins after this call. */
  ask(): Promise<T> {
    if (this.#waiting !== undefined) return this.#waiting
    if (this.#running === undefined) return this.#begin()
    const next = (): Promise<T> => {
      this.#waiting = undefined
      return this.#begin()
    }
    this.#waiting = this.#running.then(next, next)
    return this.#waiting
  }

  #begin(): Promise<T> {
    const running = this.#work().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }
}
