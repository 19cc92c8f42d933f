/**
 * How many questions are worked on at once, in all and for each client: one client must not use up the resolver. Questions whose
 * servers are known to be silent get at most half of either, so that there is room for names that can be answered.
 */

const SILENT_SHARE = 0.5

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

  /**
   * Counts one more of a client, by its address; undefined when there are too many. The result is called when it is done.
   * `isSilent`: whether the question has no server that replies; it is called only when half of the room is taken.
   */
  begin(address: Uint8Array, isSilent: () => boolean): (() => void) | undefined {
    const client = clientOf(address)
    const own = this.#byClient.get(client) ?? 0
    if (this.#all >= this.#mostAll || own >= this.#mostEach) return undefined
    const isHalfFull = this.#all >= this.#mostAll * SILENT_SHARE || own >= this.#mostEach * SILENT_SHARE
    if (isHalfFull && isSilent()) return undefined
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
