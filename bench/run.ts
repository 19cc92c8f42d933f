/**
 * `npm run bench`: every benchmark of parts, or those named, as JSON lines { name, value, unit }. Those of whole servers run
 * beside their peers, take minutes, and run only when they are named; a number behind the name is their size:
 * `npm run bench -- transfer-out 1000000`.
 */
import { run as cachedAnswers } from './cached-answers.ts'
import { run as crypto } from './crypto.ts'
import { run as image } from './image.ts'
import { run as name } from './name.ts'
import { PEER_BENCHMARKS } from './peers/index.ts'
import { run as rdata } from './rdata.ts'
import { run as wire } from './wire.ts'
import { run as zone } from './zone.ts'

const BENCHMARKS: Readonly<Record<string, () => unknown>> = {
  name,
  wire,
  rdata,
  crypto: () => crypto(),
  zone,
  image,
  'cached-answers': cachedAnswers,
}

const asked = process.argv.slice(2).filter((word) => !isNumber(word))
const unknown = asked.filter((word) => !(word in BENCHMARKS) && !(word in PEER_BENCHMARKS))
if (unknown.length > 0) {
  const known = [...Object.keys(BENCHMARKS), ...Object.keys(PEER_BENCHMARKS)].join(', ')
  console.error(`bench: there is no '${unknown[0]}'; there are ${known}`)
  process.exitCode = 2
} else {
  for (const [word, run] of Object.entries(BENCHMARKS)) if (asked.length === 0 || asked.includes(word)) await run()
  for (const [word, run] of Object.entries(PEER_BENCHMARKS)) if (asked.includes(word)) await run(sizeOf(word))
}

function sizeOf(word: string): number | undefined {
  const size = process.argv[process.argv.indexOf(word) + 1]
  return size !== undefined && isNumber(size) ? Number(size) : undefined
}

function isNumber(word: string): boolean {
  return /^\d+(\.\d+)?$/.test(word)
}
