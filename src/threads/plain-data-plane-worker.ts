/**
 * A worker of the data plane by Node's own sockets, where the batched one cannot run. It answers from the image like the other;
 * its event loop runs, so that it takes orders as messages and brings the control thread's answers itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Asker, EVENT, makeResponder, QueryCounters, SILENCE, TRANSPORT } from '../authority/index.ts'
import { ThreadClock } from '../clock/index.ts'
import type { Peer } from '../ports/index.ts'
import { PlainUdpServer, type UdpAnswerer } from '../transport/index.ts'
import { ImageReader } from '../zone/index.ts'
import { type PlainTask, type WorkerMessage, type WorkerOrder, WorkerWords } from './data-plane-task.ts'
import { CopyLine, QueryCopier } from './query-copies.ts'

const BUFFER_OCTETS = 4 << 20
/** Until what was given to the system as the last answer is out. */
const LINGER_MILLISECONDS = 20
const NOTHING = new Uint8Array(0)

await run(workerData)

async function run(task: PlainTask): Promise<void> {
  const words = new WorkerWords(task.control)
  const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []): void => {
    parentPort?.postMessage(message, transfer)
  }
  const onFault = (error: unknown): void => post({ kind: 'fault', error })
  const reader = new ImageReader(task.image, task.slot)
  const counters = new QueryCounters(task.counters)
  let responder = makeResponder(reader, task.settings, task.counters, onFault)
  const asker = new Asker()
  const line = new CopyLine(task.copies)
  const copier = new QueryCopier(line, (bunch) => post({ kind: 'copies', bunch }, [bunch.buffer]))
  let started = false
  let copying = false
  const waiting = new Map<number, (answer: Uint8Array | undefined) => void>()
  let number = 0
  const clock = new ThreadClock(task.clock)
  /** Of the packet that is answered. */
  const now = { wall: 0, steady: 0 }

  const answer: UdpAnswerer = (packet, length, peer) => {
    // Between two addresses that are bound a packet may come: whoever answers later waits for the zones.
    if (!started) return 'later'
    const began = clock.milliseconds()
    const isIpv6 = peer.address.length === 16
    asker.octets = peer.address
    asker.length = peer.address.length
    asker.transport = isIpv6 ? TRANSPORT.udp6 : TRANSPORT.udp4
    now.wall = clock.wallAt(began)
    now.steady = clock.steadyAt(began)
    reader.enter()
    const answered = responder.respond(packet, length, asker, now)
    reader.leave()
    if (answered < 0) return 'later'
    if (responder.wantsRefresh) post({ kind: 'refresh', packet: packet.slice(0, length) })
    const { octets } = responder.builder
    if (line.wanted) {
      if (!copying) {
        // A message to another thread costs more than an answer: one carries all of a turn of the loop, with its times.
        copying = true
        copier.begin(clock.wallMillisecondsAt(began))
        setImmediate(() => {
          copying = false
          copier.flush(clock.wallMillisecondsAt(clock.milliseconds()))
        })
      }
      const client = { octets: peer.address, at: 0, length: asker.length, port: peer.port }
      copier.add(
        0,
        client,
        undefined,
        packet.subarray(0, length),
        answered > 0 ? octets.subarray(0, answered) : NOTHING,
      )
    }
    counters.took((clock.milliseconds() - began) * 1e6)
    return answered === SILENCE ? undefined : { octets, length: answered }
  }

  const later = (packet: Uint8Array, { address, port }: Peer): Promise<Uint8Array | undefined> => {
    if (!words.handOver(packet.length)) {
      counters.event(EVENT.dropped)
      return Promise.resolve(undefined)
    }
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>()
    number = (number + 1) >>> 0
    waiting.set(number, resolve)
    post({ kind: 'handed-over', packet: packet.slice(), address, port, number })
    return promise
  }

  const server = new PlainUdpServer(answer, {
    later,
    reusePort: task.reusePort,
    receiveBufferOctets: BUFFER_OCTETS,
    sendBufferOctets: BUFFER_OCTETS,
    report: (text) => post({ kind: 'remark', text }),
  })
  parentPort?.on('message', (order: WorkerOrder) => {
    switch (order.kind) {
      case 'answer':
        waiting.get(order.number)?.(order.message)
        waiting.delete(order.number)
        return
      case 'settings':
        responder = makeResponder(reader, order.settings, task.counters, onFault)
        return
      case 'stop':
        // What came before it is answered: the sockets are read in the same turn of the loop.
        void sleep(LINGER_MILLISECONDS).then(() => {
          server.close()
          parentPort?.close()
        })
    }
  })
  try {
    post({ kind: 'bound', addresses: await server.listen(task.listen) })
  } catch (error) {
    post({ kind: 'bind-failed', message: error instanceof Error ? error.message : String(error) })
    parentPort?.close()
    return
  }
  words.awaitGo()
  started = true
  post({ kind: 'ready' })
}
