/**
 * What the data plane counts: a block of cells for each thread, in shared memory. Only its thread writes a block, with plain
 * stores; the control thread sums all blocks whenever somebody asks. A cell is a double: it counts exactly to 2^53, and a reader
 * never sees half of one. Sums of a running server are those of a moment only roughly: a query may be counted in one cell and
 * not yet in the next.
 *
 * Zones are counted by a slot, a small number that the zone has been given by whoever publishes it. Their cells grow in place.
 */

/** The numbers that the packet path counts transports by. */
export const TRANSPORT = { udp4: 0, udp6: 1, tcp4: 2, tcp6: 3, tls: 4, https: 5 } as const
export type TransportName = keyof typeof TRANSPORT

/** What happened to a query, or was found in it: the numbers that the packet path counts by. A query can count in several. */
export const EVENT = {
  /** Octets that no query could be read from: answered FORMERR, or not at all. */
  malformed: 0,
  /** Nothing was sent: a response, a packet too short, a client that may not ask. */
  dropped: 1,
  /** TC=1 for want of room. */
  truncated: 2,
  edns: 3,
  /** EDNS of a version above 0. */
  ednsBadVersion: 4,
  dnssecOk: 5,
  /** Answered with TC=1 by the rate limit. */
  rateLimitSlip: 6,
  rateLimitDrop: 7,
  cookieAbsent: 8,
  /** A client's cookie without the server's. */
  cookieClientOnly: 9,
  cookieGood: 10,
  cookieBad: 11,
  /** Given to the control thread, which answers. */
  handedOver: 12,
  /** The kernel did not take the answer. */
  unsent: 13,
  /** A call brought as many packets as it can: more may be waiting. */
  fullBatch: 14,
  /** Answering failed in a way that it should not: an error of this program. */
  fault: 15,
  /** A name that no zone here has: what was resolved before answered. */
  cacheHit: 16,
  /** It did not: the resolver has to look. */
  cacheMiss: 17,
} as const
export type EventName = keyof typeof EVENT

/** What is counted of each zone: the numbers that the packet path counts by. Every query of a zone is one of `queries`. */
export const ZONE_COUNT = { queries: 0, nxdomain: 1, nodata: 2, referrals: 3, refused: 4, dnssecOk: 5 } as const
export type ZoneCountName = keyof typeof ZONE_COUNT

/** Cells of a zone: a line of the processor's cache. */
const ZONE_CELLS = 8

const TRANSPORTS = Object.keys(TRANSPORT).filter((name): name is TransportName => name in TRANSPORT)
const EVENTS = Object.keys(EVENT).filter((name): name is EventName => name in EVENT)

const OPCODES = 16
/** Types below are counted one by one, the others together. */
const TYPES = 256
/** RCODEs below are counted one by one, the others together. */
const RCODES = 24
/** Powers of two of nanoseconds, up to four seconds; what took longer is in the last. */
const LATENCIES = 33

const TRANSPORT_AT = 0
const EVENT_AT = TRANSPORT_AT + TRANSPORTS.length
const OPCODE_AT = EVENT_AT + EVENTS.length
const TYPE_AT = OPCODE_AT + OPCODES
const RCODE_AT = TYPE_AT + TYPES + 1
const LATENCY_AT = RCODE_AT + RCODES + 1
const LATENCY_SUM_AT = LATENCY_AT + LATENCIES
const OCTETS_IN_AT = LATENCY_SUM_AT + 1
const OCTETS_OUT_AT = OCTETS_IN_AT + 1
const CELLS = OCTETS_OUT_AT + 1

const CELL_SIZE = 8
const ZONE_SIZE = ZONE_CELLS * CELL_SIZE
/** Address space is set aside for so many zones; memory is taken for those that were asked for. */
const MOST_ZONES = 1 << 21
const ZONES_STEP = 512

/** The memory of one thread's counters. It can be sent from one thread to another. */
export type CounterBlock = { readonly cells: SharedArrayBuffer; readonly zones: SharedArrayBuffer }

/** Makes the memory for the counters of one thread. */
export function allocateCounters(): CounterBlock {
  return {
    cells: new SharedArrayBuffer(CELLS * CELL_SIZE),
    zones: new SharedArrayBuffer(ZONES_STEP * ZONE_SIZE, { maxByteLength: MOST_ZONES * ZONE_SIZE }),
  }
}

/** One thread's hand on its own counters. Nothing here throws or, but for the growth of the zones' cells, allocates. */
export class QueryCounters {
  readonly #cells: Float64Array
  readonly #zoneMemory: SharedArrayBuffer
  #zones: Float64Array

  constructor(block: CounterBlock) {
    this.#cells = new Float64Array(block.cells)
    this.#zoneMemory = block.zones
    this.#zones = viewOf(block.zones)
  }

  /** A message of `octets` octets came in by this transport (`TRANSPORT`). */
  received(transport: number, octets: number): void {
    const cells = this.#cells
    cells[TRANSPORT_AT + transport]!++
    cells[OCTETS_IN_AT]! += octets
  }

  /** What it asks: counted once it could be read. */
  asked(opcode: number, qtype: number): void {
    const cells = this.#cells
    cells[OPCODE_AT + opcode]!++
    cells[TYPE_AT + (qtype < TYPES ? qtype : TYPES)]!++
  }

  /** An answer of `octets` octets went out; the RCODE is that of 12 bits. */
  answered(rcode: number, octets: number): void {
    const cells = this.#cells
    cells[RCODE_AT + (rcode < RCODES ? rcode : RCODES)]!++
    cells[OCTETS_OUT_AT]! += octets
  }

  /** One of `EVENT`, so many times. */
  event(event: number, count = 1): void {
    this.#cells[EVENT_AT + event]! += count
  }

  /** The zone in this slot was asked; `count`, one of `ZONE_COUNT`, says what came of it: `queries` when it is none of the others. */
  zone(slot: number, count: number, dnssecOk: boolean): void {
    const at = slot * ZONE_CELLS
    if (at >= this.#zones.length && !this.#growTo(slot)) return
    const zones = this.#zones
    zones[at]!++
    if (count !== 0) zones[at + count]!++
    if (dnssecOk) zones[at + ZONE_COUNT.dnssecOk]!++
  }

  /** Answering took so many nanoseconds: for `count` queries together. */
  took(nanoseconds: number, count = 1): void {
    const cells = this.#cells
    const each = nanoseconds / count
    const power = each < 0x1_0000_0000 ? 32 - Math.clz32(each) : LATENCIES - 1
    cells[LATENCY_AT + power]! += count
    cells[LATENCY_SUM_AT]! += nanoseconds
  }

  #growTo(slot: number): boolean {
    if (slot >= MOST_ZONES) return false
    const slots = Math.ceil((slot + 1) / ZONES_STEP) * ZONES_STEP
    if (this.#zoneMemory.byteLength < slots * ZONE_SIZE) this.#zoneMemory.grow(slots * ZONE_SIZE)
    this.#zones = viewOf(this.#zoneMemory)
    return true
  }
}

/** What all threads have counted. Types, OPCODEs and RCODEs that never came are left out; `other` is all of the larger ones. */
export type CounterSnapshot = {
  readonly queries: number
  readonly byTransport: ReadonlyMap<TransportName, number>
  readonly byOpcode: ReadonlyMap<number, number>
  readonly byType: ReadonlyMap<number | 'other', number>
  readonly byRcode: ReadonlyMap<number | 'other', number>
  readonly events: ReadonlyMap<EventName, number>
  readonly octetsIn: number
  readonly octetsOut: number
  readonly latency: {
    /** `counts[i]`: queries that took less than `2^i` nanoseconds, and no less than half of it; the last holds all longer ones. */
    readonly counts: readonly number[]
    readonly sumNanoseconds: number
  }
}

/** Sums the blocks of all threads. */
export function sumCounters(blocks: readonly CounterBlock[]): CounterSnapshot {
  const sums = new Float64Array(CELLS)
  for (const block of blocks) {
    const cells = new Float64Array(block.cells)
    for (let i = 0; i < CELLS; i++) sums[i]! += cells[i]!
  }
  return {
    queries: sums.subarray(TRANSPORT_AT, TRANSPORT_AT + TRANSPORTS.length).reduce((sum, count) => sum + count, 0),
    byTransport: named(TRANSPORTS, sums.subarray(TRANSPORT_AT)),
    byOpcode: new Map(present(sums.subarray(OPCODE_AT, OPCODE_AT + OPCODES))),
    byType: withOther(sums.subarray(TYPE_AT, TYPE_AT + TYPES + 1)),
    byRcode: withOther(sums.subarray(RCODE_AT, RCODE_AT + RCODES + 1)),
    events: named(EVENTS, sums.subarray(EVENT_AT)),
    octetsIn: sums[OCTETS_IN_AT] ?? 0,
    octetsOut: sums[OCTETS_OUT_AT] ?? 0,
    latency: {
      counts: [...sums.subarray(LATENCY_AT, LATENCY_AT + LATENCIES)],
      sumNanoseconds: sums[LATENCY_SUM_AT] ?? 0,
    },
  }
}

export type ZoneCounters = Readonly<Record<ZoneCountName, number>>

/** What was counted of zones by their slots, summed over all threads. */
export function sumZoneCounters(blocks: readonly CounterBlock[]): (slot: number) => ZoneCounters {
  const views = blocks.map((block) => viewOf(block.zones))
  const sums = new Float64Array(Math.max(0, ...views.map((view) => view.length)))
  for (const view of views) for (let i = 0; i < view.length; i++) sums[i]! += view[i]!
  const { queries, nxdomain, nodata, referrals, refused, dnssecOk } = ZONE_COUNT
  return (slot) => {
    const of = (count: number): number => sums[slot * ZONE_CELLS + count] ?? 0
    return {
      queries: of(queries),
      nxdomain: of(nxdomain),
      nodata: of(nodata),
      referrals: of(referrals),
      refused: of(refused),
      dnssecOk: of(dnssecOk),
    }
  }
}

/** The zone in this slot belongs to another from now on: what was counted of it is forgotten. */
export function clearZoneCounters(blocks: readonly CounterBlock[], slot: number): void {
  for (const block of blocks) viewOf(block.zones).fill(0, slot * ZONE_CELLS, (slot + 1) * ZONE_CELLS)
}

/** A view of a fixed length: one that follows a growing buffer costs twice as much at each access. */
function viewOf(memory: SharedArrayBuffer): Float64Array {
  return new Float64Array(memory, 0, memory.byteLength / CELL_SIZE)
}

function named<Key extends string>(keys: readonly Key[], cells: Float64Array): Map<Key, number> {
  return new Map(keys.map((key, i): [Key, number] => [key, cells[i] ?? 0]))
}

function present(cells: Float64Array): [number, number][] {
  return [...cells].map((count, i): [number, number] => [i, count]).filter(([, count]) => count > 0)
}

/** The last cell counts everything that has no cell of its own. */
function withOther(cells: Float64Array): Map<number | 'other', number> {
  const last = cells.length - 1
  return new Map(present(cells).map(([i, count]): [number | 'other', number] => [i === last ? 'other' : i, count]))
}
