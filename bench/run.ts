/** `npm run bench`: every benchmark, or those named, as JSON lines { name, value, unit }. */
import { run as crypto } from './crypto.ts'
import { run as image } from './image.ts'
import { run as name } from './name.ts'
import { run as rdata } from './rdata.ts'
import { run as wire } from './wire.ts'
import { run as zone } from './zone.ts'

const BENCHMARKS: Readonly<Record<string, () => unknown>> = { name, wire, rdata, crypto: () => crypto(), zone, image }

const asked = process.argv.slice(2)
const unknown = asked.filter((word) => !(word in BENCHMARKS))
if (unknown.length > 0) {
  console.error(`bench: there is no '${unknown[0]}'; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exitCode = 2
} else {
  for (const [word, run] of Object.entries(BENCHMARKS)) if (asked.length === 0 || asked.includes(word)) await run()
}
