/**
 * Copies of queries and answers on their way from the data plane to the control thread, for the query log and dnstap. While
 * nobody wants them a worker reads one shared word for a batch of packets. While somebody does, copies are posted in bunches;
 * when the control thread does not keep up they are passed over and counted, and the worker never waits.
 *
 * A bunch begins with two doubles: when the packets came and when they were answered, in milliseconds of UNIX time. Then, for
 * each query:
 *
 *     u16 query · u16 answer · u16 port · u8 socket · u8 octets of an address · client · our address, 0 octets or as many · query · answer
 */
const WANTED = 0
const UNDER_WAY = 1
const PASSED_OVER = 2
/** Bunches that may wait for the control thread, of all workers together. */
const MOST_UNDER_WAY = 32
const HEAD = 16
const ENTRY = 8
/** Room for a batch of questions and usual answers. */
const ROOM = 1 << 16

/** Shared by the control thread and all workers. */
export class CopyLine {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(64)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  get wanted(): boolean {
    return Atomics.load(this.#words, WANTED) !== 0
  }

  set wanted(wanted: boolean) {
    Atomics.store(this.#words, WANTED, wanted ? 1 : 0)
  }

  /** Queries that were not copied because the control thread did not keep up. */
  get passedOver(): number {
    return Atomics.load(this.#words, PASSED_OVER) >>> 0
  }

  /** Whether one more bunch may be posted; it is then under way. */
  enter(): boolean {
    if (Atomics.add(this.#words, UNDER_WAY, 1) < MOST_UNDER_WAY) return true
    this.leave()
    return false
  }

  /** A bunch was taken. */
  leave(): void {
    Atomics.sub(this.#words, UNDER_WAY, 1)
  }

  passOver(queries: number): void {
    Atomics.add(this.#words, PASSED_OVER, queries)
  }
}

/** One query as the data plane saw it. Octets are good as long as the bunch is. */
export type QueryCopy = {
  /** Of the worker's sockets, the one that it came to. */
  readonly socket: number
  readonly address: Uint8Array
  readonly port: number
  /** Of a socket on all addresses: the one that was asked. */
  readonly local: Uint8Array | undefined
  readonly query: Uint8Array
  /** Absent when nothing was sent. */
  readonly answer: Uint8Array | undefined
  readonly askedAtMilliseconds: number
  readonly answeredAtMilliseconds: number
}

/** The worker's side. */
export class QueryCopier {
  readonly #line: CopyLine
  readonly #post: (bunch: Uint8Array<ArrayBuffer>) => void
  readonly #room = new Uint8Array(ROOM)
  readonly #view = new DataView(this.#room.buffer)
  #length = HEAD
  #queries = 0
  #askedAt = 0

  constructor(line: CopyLine, post: (bunch: Uint8Array<ArrayBuffer>) => void) {
    this.#line = line
    this.#post = post
  }

  /** A batch came in. */
  begin(askedAtMilliseconds: number): void {
    this.#askedAt = askedAtMilliseconds
  }

  /** A packet of the batch and what it was answered with, as the batch holds them. */
  add(
    socket: number,
    client: { octets: Uint8Array; at: number; length: number; port: number },
    local: Uint8Array | undefined,
    query: Uint8Array,
    answer: Uint8Array,
  ): void {
    const size = ENTRY + client.length * (local === undefined ? 1 : 2) + query.length + answer.length
    if (this.#length + size > ROOM) this.flush(this.#askedAt)
    // An answer of that size comes by no datagram.
    if (HEAD + size > ROOM) return
    const room = this.#room
    const view = this.#view
    let at = this.#length
    view.setUint16(at, query.length)
    view.setUint16(at + 2, answer.length)
    view.setUint16(at + 4, client.port)
    room[at + 6] = socket
    room[at + 7] = client.length | (local === undefined ? 0 : 0x80)
    at += ENTRY
    room.set(client.octets.subarray(client.at, client.at + client.length), at)
    at += client.length
    if (local !== undefined) {
      room.set(local, at)
      at += local.length
    }
    room.set(query, at)
    room.set(answer, at + query.length)
    this.#length = at + query.length + answer.length
    this.#queries++
  }

  /** Posts what was added. */
  flush(answeredAtMilliseconds: number): void {
    if (this.#queries === 0) return
    if (this.#line.enter()) {
      this.#view.setFloat64(0, this.#askedAt)
      this.#view.setFloat64(8, answeredAtMilliseconds)
      this.#post(this.#room.slice(0, this.#length))
    } else this.#line.passOver(this.#queries)
    this.#length = HEAD
    this.#queries = 0
  }
}

/** The queries of a bunch. */
export function* readQueryCopies(bunch: Uint8Array): Generator<QueryCopy> {
  const view = new DataView(bunch.buffer, bunch.byteOffset, bunch.length)
  const askedAtMilliseconds = view.getFloat64(0)
  const answeredAtMilliseconds = view.getFloat64(8)
  for (let at = HEAD; at < bunch.length; ) {
    const [queryLength, answerLength, port] = [view.getUint16(at), view.getUint16(at + 2), view.getUint16(at + 4)]
    const socket = view.getUint8(at + 6)
    const size = view.getUint8(at + 7)
    const addressLength = size & 0x7f
    const take = (length: number): Uint8Array => {
      at += length
      return bunch.subarray(at - length, at)
    }
    at += ENTRY
    const address = take(addressLength)
    const local = (size & 0x80) === 0 ? undefined : take(addressLength)
    const query = take(queryLength)
    const answer = answerLength === 0 ? undefined : take(answerLength)
    yield { socket, address, port, local, query, answer, askedAtMilliseconds, answeredAtMilliseconds }
  }
}
