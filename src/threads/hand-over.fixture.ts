/** A thread that puts numbered packets into a line, in bunches, and waits when it is full. */
import { parentPort, workerData } from 'node:worker_threads'
import { HandOverLine, TO_ANSWER } from './hand-over-line.ts'

const { buffer, packets }: { buffer: SharedArrayBuffer; packets: number } = workerData
const line = new HandOverLine(buffer)
const path = { name: new Uint8Array(16), control: new Uint8Array(0) }
const pause = new Int32Array(new SharedArrayBuffer(4))
for (let i = 0; i < packets; ) {
  const packet = new Uint8Array(4 + (i % 97)).fill(i)
  new DataView(packet.buffer).setUint32(0, i)
  if (line.add(TO_ANSWER, 0, path, packet)) {
    i++
    if (i % 7 !== 0 && i < packets) continue
  } else Atomics.wait(pause, 0, 0, 1)
  if (line.flush()) parentPort?.postMessage('waiting')
}
