/**
 * Hears of datagrams on thousands of sockets: one epoll for all of them. While answers are waited for, a thread of Node's pool sleeps in
 * epoll_wait; what it wakes with is read here, on this thread, and as long as more is there at each look it goes on without the other.
 *
 *   watch() → thread sleeps → events → onEvent(…) for each → look again → nothing → thread sleeps → … → nobody waits
 *
 * What else was tried, with figures: docs/adr/0006-asking-other-servers.md.
 */
import type { NativeSockets } from '../native.ts'

const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL_ADD = 1
const EPOLLIN = 1
export const EPOLLERR = 8
const EFD_FLAGS = 0o2000000 | 0o4000
/** struct epoll_event is packed on x64 alone. */
const EVENT_SIZE = process.arch === 'x64' ? 12 : 16
const DATA_AT = process.arch === 'x64' ? 4 : 8
const EVENTS = 64
const EINTR = 4
/** The thread looks up so often whether anybody still waits. */
const SLEEP_MILLISECONDS = 200
/** Node's pool has few threads. When all are busy with long work, nobody sleeps here: then this thread looks by itself, so often. */
const LOOK_MILLISECONDS = 25
/** The key of the event that ends the sleep. */
const WAKE_KEY = 0xffffffff

export type PollListener = {
  /** Something is to be read at the socket that was added with this slot and generation. `flags`: EPOLLERR and others. */
  onEvent(slot: number, generation: number, flags: number): void
  /** Whether it is worth looking on. */
  isWaiting(): boolean
}

/** What one call of epoll_wait fills. */
class EventList {
  readonly octets = new Uint8Array(EVENTS * EVENT_SIZE)
  readonly view = new DataView(this.octets.buffer)
}

export class NativePoller {
  readonly #native: NativeSockets
  readonly #listeners: PollListener[] = []
  #epoll: number
  #wakeup: number
  readonly #slept = new EventList()
  readonly #looked = new EventList()
  readonly #one = new Uint8Array(EVENT_SIZE)
  readonly #oneView = new DataView(this.#one.buffer)
  #timer: NodeJS.Timeout | undefined
  #watching = false
  #sleeping = false
  #closed = false

  private constructor(native: NativeSockets, epoll: number, wakeup: number) {
    this.#native = native
    this.#epoll = epoll
    this.#wakeup = wakeup
  }

  /** Undefined when the system gives no epoll. */
  static open(native: NativeSockets): NativePoller | undefined {
    const poller = new NativePoller(native, native.epollCreate(EPOLL_CLOEXEC), native.eventfd(0, EFD_FLAGS))
    if (poller.#epoll >= 0 && poller.#wakeup >= 0 && poller.#add(poller.#wakeup, WAKE_KEY, 0)) return poller
    poller.#release()
    return undefined
  }

  /** Takes up a pool of sockets; returns the number that its sockets are added with. */
  register(listener: PollListener): number {
    return this.#listeners.push(listener) - 1
  }

  /** Adds a socket of a pool, in a slot below 65536. One that is closed takes itself out. */
  add(pool: number, slot: number, generation: number, fd: number): boolean {
    return this.#add(fd, pool * 0x10000 + slot, generation)
  }

  #add(fd: number, key: number, generation: number): boolean {
    this.#oneView.setUint32(0, EPOLLIN, true)
    this.#oneView.setUint32(DATA_AT, key, true)
    this.#oneView.setUint32(DATA_AT + 4, generation, true)
    return this.#native.epollControl(this.#epoll, EPOLL_CTL_ADD, fd, this.#one) === 0
  }

  /** Listens, until nobody waits any more. */
  watch(): void {
    if (this.#watching || this.#closed) return
    this.#watching = true
    this.#sleep()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    if (this.#sleeping) this.#native.write(this.#wakeup, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), 8)
    else this.#release()
  }

  #sleep(): void {
    this.#sleeping = true
    this.#timer ??= setInterval(() => this.#lookMeanwhile(), LOOK_MILLISECONDS).unref()
    this.#native.epollWaitLater(this.#epoll, this.#slept.octets, EVENTS, SLEEP_MILLISECONDS, (count) => {
      this.#sleeping = false
      try {
        this.#hand(this.#slept, count)
      } finally {
        this.#goOn(count)
      }
    })
  }

  readonly #look = (): void => {
    if (this.#closed) return
    const count = this.#native.epollWait(this.#epoll, this.#looked.octets, EVENTS, 0)
    try {
      this.#hand(this.#looked, count)
    } finally {
      this.#goOn(count)
    }
  }

  /** What is read here is no longer there for the thread, should it wake for it too. */
  #lookMeanwhile(): void {
    if (!this.#sleeping || this.#closed) return
    this.#hand(this.#looked, this.#native.epollWait(this.#epoll, this.#looked.octets, EVENTS, 0))
  }

  #hand({ view }: EventList, count: number): void {
    for (let i = 0, at = 0; i < count && !this.#closed; i++, at += EVENT_SIZE) {
      const key = view.getUint32(at + DATA_AT, true)
      if (key === WAKE_KEY) continue
      const listener = this.#listeners[key >>> 16]
      listener?.onEvent(key & 0xffff, view.getUint32(at + DATA_AT + 4, true), view.getUint32(at, true))
    }
  }

  #goOn(count: number): void {
    if (this.#closed) this.#release()
    else if (!this.#isWaiting()) this.#rest()
    // An epoll that fails does so at once, and would again.
    else if (count < 0 && count !== -EINTR) setTimeout(this.#look, LOOK_MILLISECONDS).unref()
    // Whoever has just read is likely to find more in a moment; after a sleep in vain, not.
    else if (count > 0) setImmediate(this.#look)
    else this.#sleep()
  }

  #rest(): void {
    this.#watching = false
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #isWaiting(): boolean {
    return this.#listeners.some((listener) => listener.isWaiting())
  }

  /** Only when no thread sleeps on them: their numbers may be another file's at once. */
  #release(): void {
    if (this.#epoll >= 0) this.#native.close(this.#epoll)
    if (this.#wakeup >= 0) this.#native.close(this.#wakeup)
    this.#epoll = -1
    this.#wakeup = -1
  }
}
