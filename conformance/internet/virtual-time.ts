/**
 * Time that passes only when everything that was to happen at a moment has happened: events in a heap, the earliest first, those of
 * one moment in the order in which they were made.
 */
import type { Timers } from '../../src/ports/upstream.ts'

type Event = { readonly at: number; readonly order: number; call: (() => void) | undefined }

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

export class VirtualTime implements Timers {
  readonly #start: number
  readonly #heap: Event[] = []
  #order = 0
  #milliseconds = 0

  /** `start`: seconds of Unix time. */
  constructor(start: number) {
    this.#start = start
  }

  now(): number {
    return this.#start + Math.floor(this.#milliseconds / 1000)
  }

  /** Clocks of signatures and of caches go alike here. */
  validationNow(): number {
    return this.now()
  }

  milliseconds(): number {
    return this.#milliseconds
  }

  after(milliseconds: number, call: () => void): () => void {
    const event: Event = { at: this.#milliseconds + Math.max(0, milliseconds), order: this.#order++, call }
    this.#push(event)
    return () => {
      event.call = undefined
    }
  }

  /** Lets the next thing happen. False: nothing is left. */
  step(): boolean {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      const { call } = event
      if (call === undefined) continue
      this.#milliseconds = Math.max(this.#milliseconds, event.at)
      event.call = undefined
      call()
      return true
    }
    return false
  }

  /** Lets `seconds` pass, with all that happens in them. */
  pass(seconds: number): void {
    const end = this.#milliseconds + seconds * 1000
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) this.step()
    this.#milliseconds = Math.max(this.#milliseconds, end)
  }

  /** Back to the start, and nothing is to happen any more. */
  rewind(): void {
    this.#heap.length = 0
    this.#milliseconds = 0
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = heap[above]
      if (other === undefined || isBefore(other, event)) break
      heap[at] = other
      at = above
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const [a, b] = [heap[left], heap[left + 1]]
      const less = a !== undefined && b !== undefined && isBefore(b, a) ? b : a
      if (less === undefined || isBefore(last, less)) break
      heap[at] = less
      at = less === a ? left : left + 1
    }
    heap[at] = last
    return first
  }
}
