/** A thread that reads the answer cache over and over: the octets of each answer's text must all be the same, and fit its name. */
import { parentPort, workerData } from 'node:worker_threads'
import { AnswerCacheReader } from './index.ts'
import { look } from './ready-answer.fixture.ts'

export type ReadingReport = { readonly hits: number; readonly misses: number; readonly faults: string[] }

const { buffer, stop, names }: { buffer: SharedArrayBuffer; stop: Int32Array; names: number } = workerData
const reader = new AnswerCacheReader(buffer)
let hits = 0
let misses = 0
const faults: string[] = []
Atomics.store(stop, 1, 1)
for (let i = 0; Atomics.load(stop, 0) === 0 && faults.length < 5; i = (i + 7) % names) {
  const found = look(reader, `n${i}.example.`, 16, 1000)
  if (found === undefined) {
    misses++
    continue
  }
  hits++
  const text = found.records.subarray(12)
  const [first = -1] = text
  if (first % 16 !== i % 16 || text.some((octet) => octet !== first)) faults.push(`n${i}: ${text.join(' ')}`)
}
const report: ReadingReport = { hits, misses, faults }
parentPort?.postMessage(report)
