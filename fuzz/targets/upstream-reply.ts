/**
 * Datagrams at a socket that waits: one passes exactly when it has the ID and the question of the query, or is an error without a
 * question and without data, and nothing is lost.
 */
import { zeroCounters } from '../../src/transport/upstream/counters.ts'
import { padQuery } from '../../src/transport/upstream/padding.ts'
import { DEFAULT_PORT_SETTINGS, type PortPool, Target } from '../../src/transport/upstream/port-pool.ts'
import { questionEnd } from '../../src/transport/upstream/question.ts'
import { RandomDraws } from '../../src/transport/upstream/random-draws.ts'
import { TimerWheel } from '../../src/transport/upstream/timer-wheel.ts'
import { MOST_MISMATCHES, type UdpOutcome, UdpQueries } from '../../src/transport/upstream/udp-queries.ts'
import { type FuzzTarget, hold } from '../target.ts'

/** In mixed case, which an answer has to keep, and in lower case, which it need not. */
const MIXED = Uint8Array.fromHex('0000010000010000000000010345784103636f6d00001c000100002904d0000080000000')
const LOWER = Uint8Array.fromHex('0000010000010000000000010365786103636f6d00001c000100002904d0000080000000')
const NAME_END = 21
const QUESTION_END = 25
/** FORMERR, SERVFAIL, NOTIMP and REFUSED. */
const ERRORS: readonly number[] = [1, 2, 4, 5]
const SERVER = new Target({ address: Uint8Array.of(192, 0, 2, 1), port: 53 })
const draws = new RandomDraws()

/** What passes, by the plain reading: a response to a query, its ID, one question, the same octets; or an error and nothing else. */
function passes(reply: Uint8Array, query: Uint8Array, id: number): boolean {
  if (reply.length < 12) return false
  const words = new DataView(reply.buffer, reply.byteOffset, reply.length)
  const word = (index: number): number => words.getUint16(2 * index)
  if (word(0) !== id || (word(1) & 0xf800) !== 0x8000) return false
  if (word(2) === 0) return word(3) === 0 && word(4) === 0 && word(5) <= 1 && ERRORS.includes(word(1) & 15)
  return word(2) === 1 && reply.length >= QUESTION_END && questionOf(reply, query) === questionOf(query, query)
}

/** The question as it is compared: by its letters in lower case where the query has no others. */
function questionOf(message: Uint8Array, query: Uint8Array): string {
  const octets = message.slice(12, QUESTION_END)
  if (query === LOWER) {
    for (const [i, octet] of octets.entries())
      if (12 + i < NAME_END && octet >= 65 && octet <= 90) octets[i] = octet + 32
  }
  return octets.toHex()
}

/** Queries whose socket is the fuzzer: it learns the ID, and stands in for the network. */
class Wire implements PortPool {
  readonly open = 1
  id = 0
  draw(): number {
    return 0
  }
  send(_slot: number, octets: Uint8Array): undefined {
    this.id = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0)
  }
  close(): void {}
}

export const target: FuzzTarget = {
  name: 'upstream-reply',
  /** Pieces of the input, each with its length in an octet before it, come as datagrams; their IDs are relative to the query's. */
  run(octets) {
    checkQuery(octets)
    return `${answering(MIXED, octets)} ${answering(LOWER, octets)}`
  },
  seeds() {
    const reply = '000084000001000000000000' + '0345784103636f6d00001c0001'
    const bareError = '000080010000000000000000'
    return [
      '',
      reply,
      `${reply}c00c001c00010000`,
      reply.replace('457841', '657861'),
      '0000',
      reply.slice(0, 24),
      bareError,
      bareError.replace('8001', '8003'),
    ].map((hex) => Uint8Array.fromHex((hex.length / 2).toString(16).padStart(2, '0') + hex))
  },
  dictionary: ['19000084000001000000000000', '0345784103636f6d00001c0001', '8400', '0001'].map((hex) =>
    Uint8Array.fromHex(hex),
  ),
}

/** The question of anything, and its padding. */
function checkQuery(octets: Uint8Array): void {
  const end = questionEnd(octets)
  hold(end === -1 || (end >= 17 && end <= octets.length), 'a question lies within its message')
  const padded = padQuery(octets)
  hold(padded.length >= octets.length && questionEnd(padded) === end, 'padding leaves the question as it is')
}

/** How the query ends with these datagrams, and how many of them did not pass. */
function answering(query: Uint8Array, octets: Uint8Array): string {
  const wire = new Wire()
  const wheel = new TimerWheel(256)
  const queries = new UdpQueries(() => wire, { ...DEFAULT_PORT_SETTINGS, poolSize: 1 }, wheel, draws, zeroCounters())
  const outcomes: UdpOutcome[] = []
  queries.ask(SERVER, query, QUESTION_END, 1000, (outcome) => outcomes.push(outcome))
  let expected = 'waits'
  let mismatches = 0
  for (let at = 0; at < octets.length; ) {
    const reply = octets.slice(at + 1, at + 1 + (octets[at] ?? 0))
    at += 1 + reply.length
    if (reply.length >= 2) new DataView(reply.buffer).setUint16(0, wire.id ^ new DataView(reply.buffer).getUint16(0))
    if (expected === 'waits') {
      if (passes(reply, query, wire.id)) expected = 'message'
      else if (++mismatches === MOST_MISMATCHES) expected = 'guessed'
    }
    queries.onDatagram(0, reply, reply.length, { isFrom: () => true })
  }
  hold((outcomes[0]?.kind ?? 'waits') === expected, `${outcomes[0]?.kind} instead of ${expected}`)
  hold(outcomes.length <= 1, 'one end')
  hold(queries.outstanding === (expected === 'waits' ? 1 : 0), 'what waits is counted')
  if (expected === 'waits') queries.onRefusal(0, octets, octets.length, { isFrom: () => true }, 'refused')
  wheel.close()
  return `${expected} ${mismatches}`
}
