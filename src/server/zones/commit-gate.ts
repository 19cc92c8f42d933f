/** Keeps what concerns a zone out of the time between a version's being durable and its being published. */
export class CommitGate {
  #committing: Promise<unknown> | undefined

  /** Takes note of a commit until it settles. */
  async follow<T>(committing: Promise<T>): Promise<T> {
    this.#committing = committing
    try {
      return await committing
    } finally {
      this.#committing = undefined
    }
  }

  /** Does something at once, or when the commit that goes on and what follows it at once are done. */
  between(action: () => void): void {
    if (this.#committing === undefined) {
      action()
      return
    }
    const later = (): void => {
      setImmediate(() => this.between(action))
    }
    this.#committing.then(later, later)
  }
}
