/**
 * A worker of the data plane: receives packets, answers them from the image, sends the answers, and does nothing else. Its
 * event loop does not run: what it cannot answer is posted to the control thread, and it is told to stop by a shared word.
 */
import { parentPort, workerData } from 'node:worker_threads'
import {
  type AnsweringSettings,
  Asker,
  type CounterBlock,
  EVENT,
  makeResponder,
  QueryCounters,
  TO_CONTROL,
  TRANSPORT,
} from '../authority/index.ts'
import { addressOffset, BATCH, DatagramBatch, loadNative, SocketWaiter, type UdpSocket } from '../transport/index.ts'
import { ImageReader } from '../zone/index.ts'

export type DataPlaneTask = {
  readonly image: SharedArrayBuffer
  /** Reader slot of the image. */
  readonly slot: number
  readonly sockets: readonly UdpSocket[]
  readonly settings: AnsweringSettings
  readonly counters: CounterBlock
  /** Word 0: not zero when the worker is to stop. */
  readonly control: SharedArrayBuffer
}

/** A packet that the control thread is to answer. */
export type HandedOver = {
  readonly socket: number
  readonly packet: Uint8Array
  /** The client's socket name, and of a wildcard socket where the packet came to. */
  readonly name: Uint8Array
  readonly control: Uint8Array
}

/** An error of this program, which cost one answer. */
export type Fault = { readonly fault: string }

await run(workerData)

async function run(task: DataPlaneTask): Promise<void> {
  const native = await loadNative()
  if (native === undefined) throw new Error('batched UDP is not available here')
  const control = new Int32Array(task.control)
  const reader = new ImageReader(task.image, task.slot)
  const counters = new QueryCounters(task.counters)
  const responder = makeResponder(reader, task.settings, task.counters)
  const batch = new DatagramBatch(native)
  const asker = new Asker()
  asker.octets = batch.names
  const { builder } = responder
  const waiter = new SocketWaiter(native, task.sockets)
  parentPort?.postMessage('ready')
  while (Atomics.load(control, 0) === 0) {
    for (let s = waiter.next(); s >= 0; s = waiter.nextReady()) {
      const socket = task.sockets[s]
      if (socket === undefined) break
      const n = batch.receive(socket, waiter.mayBlock)
      if (n === 0) continue
      const began = performance.now()
      const now = Math.floor(Date.now() / 1000)
      reader.enter()
      asker.transport = socket.isIpv6 ? TRANSPORT.udp6 : TRANSPORT.udp4
      asker.length = socket.isIpv6 ? 16 : 4
      for (let i = 0; i < n; i++) {
        const length = batch.length(i)
        const packet = batch.packets[i]
        const room = batch.answers[i]
        if (length < 0 || packet === undefined || room === undefined) {
          batch.setAnswer(i, 0)
          continue
        }
        asker.at = addressOffset(i, socket.isIpv6)
        builder.out.octets = room
        const answered = responder.respond(packet, length, asker, now)
        // A record longer than the room made the builder move: the answer itself is never longer.
        if (answered > 0 && builder.octets !== room) room.set(builder.octets.subarray(0, answered))
        batch.setAnswer(i, answered > 0 ? answered : 0)
        if (answered === TO_CONTROL) {
          const path = batch.returnPath(i)
          parentPort?.postMessage({ socket: s, packet: packet.slice(0, length), ...path } satisfies HandedOver)
        }
      }
      reader.leave()
      if (responder.lastFault !== undefined) {
        parentPort?.postMessage({ fault: String(responder.lastFault) } satisfies Fault)
        responder.lastFault = undefined
      }
      batch.send(socket, n)
      counters.tookBatch((performance.now() - began) * 1e6, n)
      if (n === BATCH) counters.event(EVENT.fullBatch)
      for (; batch.failed > 0; batch.failed--) counters.event(EVENT.unsent)
    }
  }
}
