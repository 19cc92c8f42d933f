/**
 * A worker of the data plane: receives packets, answers them from the image, sends the answers, and does nothing else. Its
 * event loop does not run: what it cannot answer goes to the control thread by shared memory, and it is told to stop by a shared word.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Asker, EVENT, makeResponder, QueryCounters, TRANSPORT } from '../authority/index.ts'
import { ThreadClock } from '../clock/index.ts'
import { addressOffset, BATCH, DatagramBatch, loadNative, SocketWaiter, type UdpSocket } from '../transport/index.ts'
import { ImageReader } from '../zone/index.ts'
import { type BatchedTask, type WorkerMessage, WorkerWords } from './data-plane-task.ts'
import { HandOverLine, TO_ANSWER, TO_REFRESH } from './hand-over-line.ts'
import { CopyLine, QueryCopier } from './query-copies.ts'

const NOTHING = new Uint8Array(0)
const WAITING: WorkerMessage = { kind: 'waiting' }

await run(workerData)

async function run(task: BatchedTask): Promise<void> {
  const native = await loadNative()
  if (native === undefined) throw new Error('batched UDP is not available here')
  const words = new WorkerWords(task.control)
  const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []): void => {
    parentPort?.postMessage(message, transfer)
  }
  const onFault = (error: unknown): void => post({ kind: 'fault', error })
  const reader = new ImageReader(task.image, task.slot)
  const counters = new QueryCounters(task.counters)
  const responder = makeResponder(reader, task.settings, task.counters, onFault)
  const batch = new DatagramBatch(native)
  const asker = new Asker()
  asker.octets = batch.names
  const { builder } = responder
  const waiter = new SocketWaiter(native, task.sockets)
  const handed = new HandOverLine(task.line)
  const line = new CopyLine(task.copies)
  const copier = new QueryCopier(line, (bunch) => post({ kind: 'copies', bunch }, [bunch.buffer]))
  const lengths = new Int32Array(BATCH)
  const clock = new ThreadClock(task.clock)
  /** Of the batch. */
  const now = { wall: 0, steady: 0 }

  const handOver = (kind: number, s: number, i: number): void => {
    const length = batch.length(i)
    const mayGo = kind === TO_REFRESH || words.handOver(length)
    const packet = (batch.packets[i] ?? NOTHING).subarray(0, length)
    if (mayGo && handed.add(kind, s, batch.returnPath(i), packet)) return
    if (kind === TO_REFRESH) return
    if (mayGo) words.tookOver(length)
    counters.event(EVENT.dropped)
  }

  /** Copies what the batch holds for whoever looks on; what was handed over is seen by the control thread itself. */
  const copy = (s: number, socket: UdpSocket, n: number, askedAt: number): void => {
    copier.begin(askedAt)
    for (let i = 0; i < n; i++) {
      const length = lengths[i] ?? 0
      const size = batch.length(i)
      if (length < 0 || size < 0) continue
      const at = addressOffset(i, socket.isIpv6)
      const client = { octets: batch.names, at, length: socket.isIpv6 ? 16 : 4, port: batch.clientPort(i) }
      const query = (batch.packets[i] ?? NOTHING).subarray(0, size)
      const answer = (batch.answers[i] ?? NOTHING).subarray(0, length)
      copier.add(s, client, batch.localAddress(socket, i), query, answer)
    }
    copier.flush(clock.wallMillisecondsAt(clock.milliseconds()))
  }

  post({ kind: 'ready' })
  while (!words.mustStop) {
    for (let s = waiter.next(); s >= 0; s = waiter.nextReady()) {
      const socket = task.sockets[s]
      if (socket === undefined) break
      const n = batch.receive(socket, waiter.mayBlock)
      if (n <= 0) {
        if (n < 0 && waiter.failed(s)) post({ kind: 'socket', socket: s, errno: -n })
        continue
      }
      if (waiter.isFailing(s)) post({ kind: 'socket', socket: s, errno: 0 })
      waiter.worked(s)
      const began = clock.milliseconds()
      now.wall = clock.wallAt(began)
      now.steady = clock.steadyAt(began)
      reader.enter()
      asker.transport = socket.isIpv6 ? TRANSPORT.udp6 : TRANSPORT.udp4
      asker.length = socket.isIpv6 ? 16 : 4
      for (let i = 0; i < n; i++) {
        const length = batch.length(i)
        const packet = batch.packets[i]
        const room = batch.answers[i]
        const view = batch.answerViews[i]
        if (length < 0 || packet === undefined || room === undefined || view === undefined) {
          batch.setAnswer(i, 0)
          continue
        }
        asker.at = addressOffset(i, socket.isIpv6)
        builder.out.use(room, view)
        const answered = responder.respond(packet, length, asker, now)
        // A record longer than the room made the builder move: the answer itself is never longer.
        if (answered > 0 && builder.octets !== room) room.set(builder.octets.subarray(0, answered))
        batch.setAnswer(i, answered > 0 ? answered : 0)
        lengths[i] = answered
        if (answered < 0) handOver(TO_ANSWER, s, i)
        else if (responder.wantsRefresh) handOver(TO_REFRESH, s, i)
      }
      reader.leave()
      if (handed.flush()) post(WAITING)
      batch.send(socket, n)
      if (line.wanted) copy(s, socket, n, clock.wallMillisecondsAt(began))
      counters.took((clock.milliseconds() - began) * 1e6, n)
      if (n === BATCH) counters.event(EVENT.fullBatch)
      for (; batch.failed > 0; batch.failed--) counters.event(EVENT.unsent)
    }
  }
}
