/** Answers recorded queries from an image in shared memory, over and over, and tells how many in how long. */
import { parentPort, workerData } from 'node:worker_threads'
import { Asker, allocateCounters, QueryCounters, Responder } from '../src/authority/index.ts'
import { ImageReader } from '../src/zone/index.ts'
import type { Queries } from './image-zone.ts'

export type AnsweringTask = {
  readonly buffer: SharedArrayBuffer
  readonly slot: number
  readonly queries: Queries
  readonly milliseconds: number
  /** Shared: how many workers are ready; they begin together when all of `workers` are. */
  readonly gate: Int32Array
  readonly workers: number
}

/** Packets between two versions, as a batch of the data plane has them. */
const BATCH = 64

/** Answers for so long; returns answers a second. */
export function answerFor(buffer: SharedArrayBuffer, slot: number, queries: Queries, milliseconds: number): number {
  const reader = new ImageReader(buffer, slot)
  const onFault = (error: unknown): never => {
    throw error
  }
  const settings = { maxUdpPayload: 1232, chaos: {}, keepaliveDeciseconds: 0, onFault }
  const responder = new Responder(reader, settings, new QueryCounters(allocateCounters()))
  const asker = new Asker()
  const { octets, starts } = queries
  const packet = new Uint8Array(2048)
  // As the data plane gives each answer its room.
  const room = new Uint8Array(4096)
  const view = new DataView(room.buffer)
  const count = starts.length - 1
  const now = { wall: 1_790_000_000, steady: 1_790_000_000 }
  let answered = 0
  let i = 0
  const begun = performance.now()
  const end = begun + milliseconds
  while (performance.now() < end) {
    reader.enter()
    for (let n = 0; n < BATCH; n++) {
      const from = starts[i] ?? 0
      const length = (starts[i + 1] ?? 0) - from
      for (let k = 0; k < length; k++) packet[k] = octets[from + k] ?? 0
      responder.builder.out.use(room, view)
      if (responder.respond(packet, length, asker, now) > 0) answered++
      i = i + 1 === count ? 0 : i + 1
    }
    reader.leave()
  }
  return (answered * 1000) / (performance.now() - begun)
}

const port = parentPort
if (port !== null) {
  const { buffer, slot, queries, milliseconds, gate, workers }: AnsweringTask = workerData
  // A first round lets the compiler do its work.
  answerFor(buffer, slot, queries, 700)
  Atomics.add(gate, 0, 1)
  Atomics.notify(gate, 0)
  for (let ready = Atomics.load(gate, 0); ready < workers; ready = Atomics.load(gate, 0))
    Atomics.wait(gate, 0, ready, 100)
  port.postMessage(answerFor(buffer, slot, queries, milliseconds))
}
