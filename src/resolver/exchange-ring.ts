/**
 * The last messages to and from servers, in memory of a fixed size that is written round and round. A resolution does not know
 * before its end whether it fails. So each of them leaves what it exchanges here: one copy of octets a message, no object. One that
 * fails reads back its own messages, as far as they are not overwritten; the others are forgotten by themselves.
 *
 *     record    HEAD | address | query | reply, or the text of a failure
 *     HEAD      the record before it of the same attempt (8), kind (1), protocol (1), length of the address (1), 1 unused,
 *               port (2), length of the query (2), length of the rest (4), milliseconds (4), of a join: the record joined (8)
 */
import type { Endpoint, Protocol } from '../ports/index.ts'
import type { UpstreamReply } from '../ports/upstream.ts'
import type { RecordedExchange } from './explain/recording.ts'

const HEAD = 32
const KINDS = ['message', 'timeout', 'failed'] as const
const JOIN = KINDS.length
const PROTOCOLS: readonly Protocol[] = ['udp', 'tcp', 'tls', 'https']
/** Letters that are kept of the text of a failure. */
const MOST_TEXT = 300
const NONE = -1
const NOTHING = new Uint8Array(0)

/** Room for the longest record, twice: a smaller ring is refused. */
export const LEAST_RING_OCTETS: number = 1 << 18

type StoredRecord = { readonly before: number } & (
  | { readonly joined: number }
  | { readonly exchange: RecordedExchange }
)

export class ExchangeRing {
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #encoder = new TextEncoder()
  readonly #decoder = new TextDecoder()
  /** Octets written since the beginning, with those left out at the end of the memory. A record is known by where it begins. */
  #end = 0

  /** Throws RangeError for fewer octets than `LEAST_RING_OCTETS`. */
  constructor(octets: number) {
    if (octets < LEAST_RING_OCTETS) throw new RangeError(`a ring of ${octets} octets is too small`)
    this.#octets = new Uint8Array(octets)
    this.#view = new DataView(this.#octets.buffer)
  }

  get octets(): number {
    return this.#octets.length
  }

  /** Copies an exchange; returns the place of its record. */
  put(
    before: number,
    { address, port }: Pick<Endpoint, 'address' | 'port'>,
    protocol: Protocol,
    query: Uint8Array,
    reply: UpstreamReply,
    milliseconds: number,
  ): number {
    const rest = this.#restOf(reply)
    const place = this.#reserve(HEAD + address.length + query.length + rest.length)
    const at = place % this.#octets.length
    const view = this.#view
    view.setFloat64(at, before)
    this.#octets[at + 8] = KINDS.indexOf(reply.kind)
    this.#octets[at + 9] = PROTOCOLS.indexOf(protocol)
    this.#octets[at + 10] = address.length
    view.setUint16(at + 12, port)
    view.setUint16(at + 14, query.length)
    view.setUint32(at + 16, rest.length)
    view.setUint32(at + 20, Math.max(0, Math.round(milliseconds)))
    this.#octets.set(address, at + HEAD)
    this.#octets.set(query, at + HEAD + address.length)
    this.#octets.set(rest, at + HEAD + address.length + query.length)
    return place
  }

  /** Notes that an attempt waited for another one; returns the place of the record. */
  join(before: number, other: number): number {
    const place = this.#reserve(HEAD)
    const at = place % this.#octets.length
    this.#view.setFloat64(at, before)
    this.#octets[at + 8] = JOIN
    this.#view.setFloat64(at + 24, other)
    return place
  }

  /** A copy of a record. Undefined: it is overwritten. */
  read(place: number): StoredRecord | undefined {
    if (place < this.#end - this.#octets.length) return undefined
    const at = place % this.#octets.length
    const view = this.#view
    const before = view.getFloat64(at)
    const [kind = 0, protocol = 0, addressLength = 0] = this.#octets.subarray(at + 8, at + 11)
    if (kind === JOIN) return { before, joined: view.getFloat64(at + 24) }
    const milliseconds = view.getUint32(at + 20)
    const queryAt = at + HEAD + addressLength
    const restAt = queryAt + view.getUint16(at + 14)
    const rest = this.#octets.slice(restAt, restAt + view.getUint32(at + 16))
    const exchange = {
      address: this.#octets.slice(at + HEAD, queryAt),
      port: view.getUint16(at + 12),
      protocol: PROTOCOLS[protocol] ?? 'udp',
      query: this.#octets.slice(queryAt, restAt),
      reply: this.#replyOf(KINDS[kind] ?? 'timeout', rest, milliseconds),
      milliseconds,
    }
    return { before, exchange }
  }

  #restOf(reply: UpstreamReply): Uint8Array {
    if (reply.kind === 'message') return reply.octets
    return reply.kind === 'failed' ? this.#encoder.encode(reply.text.slice(0, MOST_TEXT)) : NOTHING
  }

  #replyOf(kind: UpstreamReply['kind'], rest: Uint8Array, milliseconds: number): UpstreamReply {
    if (kind === 'message') return { kind, octets: rest, milliseconds }
    return kind === 'failed' ? { kind, text: this.#decoder.decode(rest) } : { kind }
  }

  /** Room for a record, which does not cross the end of the memory. */
  #reserve(size: number): number {
    const capacity = this.#octets.length
    const left = capacity - (this.#end % capacity)
    const place = size > left ? this.#end + left : this.#end
    this.#end = place + size
    return place
  }
}

/** What one resolution exchanged, which others may have waited for. */
export class Attempt {
  readonly #ring: ExchangeRing
  /** Its last record. */
  #last: number = NONE

  constructor(ring: ExchangeRing) {
    this.#ring = ring
  }

  /** Whether nothing was exchanged. */
  get isEmpty(): boolean {
    return this.#last === NONE
  }

  /** A message to a server and what followed it; octets are copied. */
  add(server: Endpoint, protocol: Protocol, query: Uint8Array, reply: UpstreamReply, milliseconds: number): void {
    this.#last = this.#ring.put(this.#last, server, protocol, query, reply, milliseconds)
  }

  /** This attempt waited for a part of another one, of the same ring, which is over. */
  join(other: Attempt): void {
    if (other === this || other.isEmpty) return
    this.#last = this.#ring.join(this.#last, other.#last)
  }

  /** All that was exchanged, in its order, as far as it is still there. `isCut`: some of it is not. */
  read(): { readonly exchanges: readonly RecordedExchange[]; readonly isCut: boolean } {
    const found = new Map<number, RecordedExchange>()
    const seen = new Set<number>()
    const open = [this.#last]
    let isCut = false
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (place === NONE || seen.has(place)) continue
      seen.add(place)
      const record = this.#ring.read(place)
      if (record === undefined) {
        isCut = true
        continue
      }
      open.push(record.before)
      if ('joined' in record) open.push(record.joined)
      else found.set(place, record.exchange)
    }
    const places = [...found.keys()].sort((a, b) => a - b)
    return { exchanges: places.flatMap((place) => found.get(place) ?? []), isCut }
  }
}
