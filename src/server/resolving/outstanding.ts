/** How many questions are worked on at once, in all and for each client: one client must not use up the resolver. */

export class Outstanding {
  #mostAll: number
  #mostEach: number
  #all = 0
  readonly #byClient = new Map<string, number>()

  constructor(mostAll: number, mostEach: number) {
    this.#mostAll = mostAll
    this.#mostEach = mostEach
  }

  configure(mostAll: number, mostEach: number): void {
    this.#mostAll = mostAll
    this.#mostEach = mostEach
  }

  get count(): number {
    return this.#all
  }

  /** Counts one more of a client, by its address; undefined when there are too many. The result is called when it is done. */
  begin(address: Uint8Array): (() => void) | undefined {
    const client = clientOf(address)
    const own = this.#byClient.get(client) ?? 0
    if (this.#all >= this.#mostAll || own >= this.#mostEach) return undefined
    this.#all++
    this.#byClient.set(client, own + 1)
    let isDone = false
    return () => {
      if (isDone) return
      isDone = true
      this.#all--
      const left = (this.#byClient.get(client) ?? 1) - 1
      if (left === 0) this.#byClient.delete(client)
      else this.#byClient.set(client, left)
    }
  }
}

/** A client of IPv6 has a whole /64 to choose addresses from. */
function clientOf(address: Uint8Array): string {
  return String.fromCharCode(...(address.length === 16 ? address.subarray(0, 8) : address))
}
