/** A thread that reads the image over and over: in each reading three names must have the same TXT record. */
import { parentPort, workerData } from 'node:worker_threads'
import { TXT } from '../../dns/rr/index.ts'
import { ImageReader } from './image-reader.ts'
import { findSet, RECORD_FIXED } from './node.ts'

export type ReadingReport = { readonly readings: number; readonly versions: number; readonly faults: string[] }

const { buffer, stop, owners }: { buffer: SharedArrayBuffer; stop: Int32Array; owners: Uint8Array[] } = workerData
const reader = new ImageReader(buffer, 1)
const decoder = new TextDecoder('latin1')

/** The text of the TXT record at a name. */
function textAt(name: Uint8Array): string {
  reader.setName(name, 0)
  const zone = reader.findZone(name, 0)
  if (zone === 0) return 'no zone'
  if (!reader.findName(zone, name, 0)) return 'no name'
  const { words, octets } = reader.memory
  const node = words[reader.names.found] ?? 0
  const set = findSet(words, node, TXT.number)
  if (set === 0) return 'no TXT'
  const at = node * 8 + (words[set + 2] ?? 0) + RECORD_FIXED
  return decoder.decode(octets.slice(at + 1, at + 1 + (octets[at] ?? 0)))
}

let readings = 0
const versions = new Set<string>()
const faults: string[] = []
while (Atomics.load(stop, 0) === 0 && faults.length < 5) {
  reader.enter()
  const texts = owners.map(textAt)
  reader.leave()
  readings++
  const [first = ''] = texts
  versions.add(first)
  if (!/^v\d+$/.test(first) || texts.some((text) => text !== first)) faults.push(texts.join(' '))
}
const report: ReadingReport = { readings, versions: versions.size, faults }
parentPort?.postMessage(report)
