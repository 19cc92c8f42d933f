/** Waits until each of many zones is served: asks for its SOA until it has been given. */
import { createSocket } from 'node:dgram'
import { Name } from '../../src/dns/name/index.ts'
import { SOA } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf } from '../../src/dns/wire/index.ts'

/** Queries under way at one time once a zone has answered; before that, one. */
const WINDOW = 256
const REPEAT_MILLISECONDS = 20
const GIVE_UP_MILLISECONDS = 300_000

export class ZoneAsker {
  readonly #port: number
  readonly #queries: readonly Uint8Array[]
  readonly #socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  readonly #answered: Uint8Array
  #left: number
  /** Zones that were asked and have not answered, in the order of asking. */
  readonly #waiting = new Map<number, number>()
  #next = 0
  #hasAnswer = false
  #done: () => void = () => {}

  constructor(port: number, zones: readonly string[]) {
    this.#port = port
    this.#left = zones.length
    this.#answered = new Uint8Array(zones.length)
    this.#queries = zones.map((name, i) =>
      encodeMessage({
        header: headerOf(i & 0xffff, 0),
        questions: [{ name: Name.parse(name), type: SOA.number, class: 1 }],
        answer: [],
        authority: [],
        additional: [],
      }),
    )
    if (zones.length > 0x10000) throw new RangeError('more zones than IDs')
    this.#socket.on('message', (message) => this.#take(message))
    // A port where nobody listens yet.
    this.#socket.on('error', () => {})
  }

  bind(): Promise<void> {
    return new Promise((resolve) => this.#socket.bind(0, '127.0.0.1', () => resolve()))
  }

  async untilAllAnswer(goesOn: () => boolean): Promise<void> {
    const began = performance.now()
    await new Promise<void>((resolve, reject) => {
      const timer = setInterval(() => {
        if (!goesOn()) reject(new Error('it ended'))
        else if (performance.now() - began > GIVE_UP_MILLISECONDS)
          reject(new Error(`${this.#left} zones do not answer`))
        else this.#ask()
      }, 2)
      this.#done = () => {
        clearInterval(timer)
        resolve()
      }
    })
  }

  close(): void {
    this.#socket.close()
  }

  #ask(): void {
    const now = performance.now()
    const window = this.#hasAnswer ? WINDOW : 1
    for (const [zone, askedAt] of this.#waiting) {
      if (now - askedAt < REPEAT_MILLISECONDS) break
      this.#waiting.delete(zone)
      this.#send(zone, now)
    }
    while (this.#waiting.size < Math.min(window, this.#left)) {
      while (this.#answered[this.#next] === 1 || this.#waiting.has(this.#next)) this.#advance()
      this.#send(this.#next, now)
      this.#advance()
    }
  }

  #advance(): void {
    this.#next = (this.#next + 1) % this.#queries.length
  }

  #send(zone: number, now: number): void {
    this.#waiting.set(zone, now)
    const query = this.#queries[zone]
    if (query !== undefined) this.#socket.send(query, this.#port, '127.0.0.1')
  }

  #take(message: Uint8Array): void {
    const zone = ((message[0] ?? 0) << 8) | (message[1] ?? 0)
    // Authoritative, without an error, with an answer: what else comes is of a server that does not have the zone yet.
    const isGood = ((message[2] ?? 0) & 4) !== 0 && ((message[3] ?? 0) & 15) === 0 && message[7] === 1
    if (!isGood || this.#answered[zone] !== 0) return
    this.#answered[zone] = 1
    this.#waiting.delete(zone)
    this.#hasAnswer = true
    if (--this.#left === 0) this.#done()
    else if (this.#waiting.size < WINDOW / 2) this.#ask()
  }
}
