/**
 * A thread that sends a query every millisecond and waits for its answer: the longest delay, less the time in which the server's
 * thread or this one was ready to run and had no processor. So long, at the most, the server's thread did not look at its socket
 * for a reason of its own. Blocking calls and no event loop: what is measured is the server, not the client.
 */
import { openSync, readlinkSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { workerData } from 'node:worker_threads'
import { DatagramBatch, loadNative, type NativeSockets } from '../../src/transport/index.ts'
import { pinThread } from './process-figures.ts'

export type ProbeTask = {
  readonly port: number
  readonly query: Uint8Array
  readonly pid: number
  /** The thread that answers. */
  readonly thread: number
  /** That this thread shares with it. */
  readonly processor: number
  /** Float64: `PROBE`. */
  readonly figures: SharedArrayBuffer
}

/** What stands where in the figures. Durations in milliseconds. */
export const PROBE = {
  stop: 0,
  asked: 1,
  lost: 2,
  longestDelay: 3,
  longestGap: 4,
  waited: 5,
  above1: 6,
  length: 7,
} as const

const AF_INET = 2
const SOCK_DGRAM = 2
const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const TIMEOUT_SECONDS = 1

async function probe({ port, query, pid, thread, processor, figures }: ProbeTask): Promise<void> {
  const native = await loadNative()
  if (native === undefined) throw new Error('no native sockets here')
  pinThread(Number(basename(readlinkSync('/proc/thread-self'))), processor)
  const cells = new Float64Array(figures)
  const fd = openSocket(native)
  const name = new Uint8Array(16)
  new DataView(name.buffer).setUint16(0, AF_INET, true)
  name.set([port >>> 8, port & 255, 127, 0, 0, 1], 2)
  const batch = new DatagramBatch(native)
  const socket = { fd, isIpv6: false, isWildcard: false }
  const server = new Waiting(`/proc/${pid}/task/${thread}/schedstat`)
  const own = new Waiting('/proc/thread-self/schedstat')
  const pause = new Int32Array(new SharedArrayBuffer(4))
  let number = 0
  while (cells[PROBE.stop] === 0) {
    Atomics.wait(pause, 0, 0, 1)
    number = (number + 1) & 0xffff
    query[0] = number >>> 8
    query[1] = number & 255
    const waitedBefore = server.read() + own.read()
    const began = performance.now()
    native.sendto(fd, query, query.length, 0, name, name.length)
    const isAnswered = receive(batch, socket, number)
    const delay = performance.now() - began
    const waited = server.read() + own.read() - waitedBefore
    count(cells, delay, waited, isAnswered)
  }
  native.close(fd)
}

function count(cells: Float64Array, delay: number, waited: number, isAnswered: boolean): void {
  const add = (cell: number, value: number): void => {
    cells[cell] = (cells[cell] ?? 0) + value
  }
  const raise = (cell: number, value: number): void => {
    cells[cell] = Math.max(cells[cell] ?? 0, value)
  }
  add(PROBE.asked, 1)
  add(PROBE.waited, waited)
  if (!isAnswered) {
    add(PROBE.lost, 1)
    return
  }
  raise(PROBE.longestDelay, delay)
  raise(PROBE.longestGap, delay - waited)
  if (delay - waited > 1) add(PROBE.above1, 1)
}

function openSocket(native: NativeSockets): number {
  const fd = native.socket(AF_INET, SOCK_DGRAM, 0)
  const timeout = new Uint8Array(16)
  new DataView(timeout.buffer).setBigInt64(0, BigInt(TIMEOUT_SECONDS), true)
  native.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length)
  return fd
}

/** Takes answers until the one with this number; false when none comes in time. */
function receive(batch: DatagramBatch, socket: Parameters<DatagramBatch['receive']>[0], number: number): boolean {
  for (;;) {
    const n = batch.receive(socket)
    if (n === 0) return false
    for (let i = 0; i < n; i++) {
      const [high = 0, low = 0] = batch.packets[i] ?? []
      if (((high << 8) | low) === number) return true
    }
  }
}

/** How long a thread has waited for a processor since it began, from its schedstat. */
class Waiting {
  readonly #fd: number
  readonly #octets = new Uint8Array(80)

  constructor(path: string) {
    this.#fd = openSync(path, 'r')
  }

  /** In milliseconds. */
  read(): number {
    const length = readSync(this.#fd, this.#octets, 0, this.#octets.length, 0)
    let nanoseconds = 0
    // The second number of three.
    for (let i = this.#octets.indexOf(0x20) + 1; i < length; i++) {
      const octet = this.#octets[i] ?? 0x20
      if (octet === 0x20) break
      nanoseconds = nanoseconds * 10 + octet - 0x30
    }
    return nanoseconds / 1e6
  }
}

// Whoever only wants the names above has no task.
if (workerData !== null) await probe(workerData)
