/** Lets so many through at a time, and so many of them toward one server; the others wait in turn, server by server. */

export type Pass = { leave(): void }

type Waiting = { readonly begin: () => void }

export class Turnstile {
  /** Asked each time, since a reload may change it. */
  readonly #limits: () => { readonly all: number; readonly each: number }
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #inside = new Map<string, number>()
  #count = 0

  constructor(limits: () => { readonly all: number; readonly each: number }) {
    this.#limits = limits
  }

  /** Resolves when it is this one's turn; `leave` lets the next one in. */
  enter(server: string): Promise<Pass> {
    return new Promise((resolve) => {
      const begin = (): void => {
        this.#count++
        this.#inside.set(server, (this.#inside.get(server) ?? 0) + 1)
        resolve(this.#passOf(server))
      }
      const queue = this.#waiting.get(server)
      if (queue !== undefined) queue.push({ begin })
      else if (this.#hasRoom(server)) begin()
      else this.#waiting.set(server, [{ begin }])
    })
  }

  #hasRoom(server: string): boolean {
    const { all, each } = this.#limits()
    return this.#count < all && (this.#inside.get(server) ?? 0) < each
  }

  #passOf(server: string): Pass {
    let inside = true
    return {
      leave: () => {
        if (!inside) return
        inside = false
        this.#count--
        const left = (this.#inside.get(server) ?? 1) - 1
        if (left === 0) this.#inside.delete(server)
        else this.#inside.set(server, left)
        this.#admit()
      },
    }
  }

  /** The servers that wait have their turn one after the other. */
  #admit(): void {
    for (const [server, queue] of this.#waiting) {
      if (!this.#hasRoom(server)) continue
      const next = queue.shift()
      // A map keeps the order of insertion: what is put back stands last.
      this.#waiting.delete(server)
      if (queue.length > 0) this.#waiting.set(server, queue)
      next?.begin()
      return
    }
  }
}
