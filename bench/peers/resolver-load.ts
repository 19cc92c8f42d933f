/**
 * Questions of clients at a steady rate, and what became of them: for soaks of a resolver. A kind of question is a name that is made
 * anew each time, and the RCODE that is right for it.
 */
import { createSocket, type Socket } from 'node:dgram'
import { Name } from '../../src/dns/name/index.ts'
import { A, CLASS_IN } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf } from '../../src/dns/wire/index.ts'

export type QuestionKind = {
  readonly kind: string
  readonly name: (n: number) => string
  /** Undefined: nothing is expected of it. */
  readonly rcode: number | undefined
  /** Of `rate` in all. */
  readonly share: number
}

type Asked = { readonly kind: QuestionKind; readonly at: number }

/** Milliseconds of `performance.now()`. */
export type Span = { readonly from: number; readonly to: number }

/** A question that did not get what is right within `PATIENCE_MILLISECONDS`. */
export type Miss = { readonly kind: string; readonly at: number; readonly what: string }

const PATIENCE_MILLISECONDS = 1000
const TICK_MILLISECONDS = 20
const GIVE_UP_MILLISECONDS = 8000
/** When this process did not run for so long, what it measured around that time says nothing of the server. */
const STALL_MILLISECONDS = 400

export class ResolverLoad {
  readonly #socket: Socket = createSocket('udp4')
  readonly #port: number
  readonly #kinds: readonly QuestionKind[]
  readonly #rate: number
  readonly #pending = new Map<number, Asked>()
  readonly #timer: NodeJS.Timeout
  readonly misses: Miss[] = []
  /** When this process itself did not run. */
  readonly stalls: Span[] = []
  /** Answers by kind and RCODE. */
  readonly answers: Record<string, Record<string, number>> = {}
  sent = 0
  #number = 0
  #debt = 0
  #last = performance.now()

  /** `rate`: questions a second. */
  constructor(port: number, kinds: readonly QuestionKind[], rate: number) {
    this.#port = port
    this.#kinds = kinds
    this.#rate = rate
    this.#socket.on('message', (octets) => this.#onAnswer(octets))
    this.#socket.on('error', () => {})
    this.#timer = setInterval(() => this.#tick(), TICK_MILLISECONDS)
  }

  /** Misses but for those around a stall of this process, or around `others`. */
  missesBeside(others: readonly Span[]): Miss[] {
    const spans = [...this.stalls, ...others]
    const isDoubtful = ({ at }: Miss): boolean =>
      spans.some(({ from, to }) => at >= from - PATIENCE_MILLISECONDS && at <= to + PATIENCE_MILLISECONDS)
    return this.misses.filter((miss) => !isDoubtful(miss))
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#socket.close()
  }

  #tick(): void {
    const now = performance.now()
    if (now - this.#last > STALL_MILLISECONDS) this.stalls.push({ from: this.#last, to: now })
    this.#debt = Math.min(this.#rate, this.#debt + ((now - this.#last) / 1000) * this.#rate)
    this.#last = now
    for (; this.#debt >= 1; this.#debt--) this.#ask(now)
    for (const [id, { kind, at }] of this.#pending) {
      if (now - at < GIVE_UP_MILLISECONDS) break
      this.#pending.delete(id)
      this.#note(kind, at, 'no answer')
    }
  }

  #ask(now: number): void {
    const n = this.#number++
    const kind = this.#draw(n)
    const id = n & 0xffff
    const query = encodeMessage({
      header: { ...headerOf(id, 0), rd: true },
      questions: [{ name: Name.parse(kind.name(n)), type: A.number, class: CLASS_IN }],
      answer: [],
      authority: [],
      additional: [],
    })
    this.#pending.set(id, { kind, at: now })
    this.#socket.send(query, this.#port, '127.0.0.1')
    this.sent++
  }

  /** The kinds in turn, as often as their shares say. */
  #draw(n: number): QuestionKind {
    const total = this.#kinds.reduce((sum, { share }) => sum + share, 0)
    let at = (n * 7919) % total
    for (const kind of this.#kinds) {
      at -= kind.share
      if (at < 0) return kind
    }
    throw new Error('no kinds of questions')
  }

  #onAnswer(octets: Uint8Array): void {
    const id = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0)
    const asked = this.#pending.get(id)
    if (asked === undefined) return
    this.#pending.delete(id)
    const { kind, at } = asked
    const rcode = (octets[3] ?? 0) & 15
    const took = performance.now() - at
    if (took > PATIENCE_MILLISECONDS) this.#note(kind, at, `RCODE ${rcode} after ${Math.round(took)} ms`)
    else this.#note(kind, at, `RCODE ${rcode}`)
  }

  #note(kind: QuestionKind, at: number, what: string): void {
    const counts = this.answers[kind.kind] ?? {}
    this.answers[kind.kind] = counts
    const short = what.replace(/ after .*/, ' late')
    counts[short] = (counts[short] ?? 0) + 1
    if (kind.rcode !== undefined && what !== `RCODE ${kind.rcode}`) this.misses.push({ kind: kind.kind, at, what })
  }
}
