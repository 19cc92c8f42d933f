/**
 * Start with many small zones: from the start of the process until the last zone answers, for ours, NSD and Knot in one run.
 * Ours starts twice: with an empty state, and with the state that the first start left.
 */
import { createSocket } from 'node:dgram'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Name } from '../../src/dns/name/index.ts'
import { SOA } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf } from '../../src/dns/wire/index.ts'
import { type Kind, lacking, NameServer, type ServedZone } from './name-server.ts'
import { median, report, rounded, skip, withFolder } from './report.ts'

const PROMISE = 1.5
const ROUNDS = Number(process.env.ROUNDS ?? 3)
/** Queries under way at one time once a zone has answered; before that, one. */
const WINDOW = 256
const REPEAT_MILLISECONDS = 20
const GIVE_UP_MILLISECONDS = 300_000

export async function run(count = 10_000): Promise<void> {
  const reason = lacking('nsd', 'knotd')
  if (reason !== undefined) return skip('many-zones', reason)
  await withFolder(async (folder) => {
    const zones = writeZones(folder, count)
    const seconds: Record<Kind | 'again', number[]> = { signet: [], again: [], nsd: [], knotd: [] }
    const cpu: Record<Kind | 'again', number[]> = { signet: [], again: [], nsd: [], knotd: [] }
    for (let round = 0; round < ROUNDS; round++) {
      const root = join(folder, `round${round}`)
      for (const kind of ['signet', 'again', 'nsd', 'knotd'] as const) {
        const server = await NameServer.prepare(kind === 'again' ? 'signet' : kind, root, { zones })
        const took = await timeStart(server, zones)
        seconds[kind].push(took.seconds)
        cpu[kind].push(took.cpuSeconds)
      }
    }
    const [nsd, knot] = [median(seconds.nsd), median(seconds.knotd)]
    const slower = { peer: Math.max(nsd, knot), peerName: nsd > knot ? 'nsd' : 'knotd' }
    const faster = { peer: Math.min(nsd, knot), peerName: nsd > knot ? 'knotd' : 'nsd' }
    const runs = Object.fromEntries(Object.entries(seconds).map(([kind, each]) => [kind, each.map(rounded)]))
    const processor = Object.fromEntries(Object.entries(cpu).map(([kind, each]) => [kind, rounded(median(each))]))
    const name = `many-zones ${count}`
    for (const [start, ours] of [
      ['first start', median(seconds.signet)],
      ['later start', median(seconds.again)],
    ] as const) {
      report({ name: `${name}, ${start}, slower peer`, unit: 's', ours, ...slower, atMost: PROMISE }, { runs, processor })
      report({ name: `${name}, ${start}, faster peer`, unit: 's', ours, ...faster })
    }
  })
}

function writeZones(folder: string, count: number): ServedZone[] {
  const below = join(folder, 'zones')
  mkdirSync(below)
  return Array.from({ length: count }, (_, i) => {
    const name = `z${i}.example.`
    const file = join(below, `z${i}`)
    const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
    writeFileSync(
      file,
      `$ORIGIN ${name}\n$TTL 3600\n@ SOA ns hostmaster 1 7200 3600 1209600 3600\n@ NS ns\nns A 127.0.0.1\nwww A ${address}\n` +
        `www AAAA 2001:db8::${i.toString(16)}\n@ MX 10 www\n`,
    )
    return { name, file }
  })
}

async function timeStart(server: NameServer, zones: readonly ServedZone[]) {
  const asker = new ZoneAsker(server.port, zones)
  await asker.bind()
  const began = performance.now()
  server.start()
  try {
    await asker.untilAllAnswer(() => server.isRunning)
    const seconds = (performance.now() - began) / 1000
    return { seconds, cpuSeconds: server.cpuSeconds }
  } catch (error) {
    throw new Error(`${server.kind}: ${String(error)}\n${server.log.slice(-2000)}`)
  } finally {
    asker.close()
    await server.stop()
  }
}

/** Asks every zone for its SOA until each has given it. */
class ZoneAsker {
  readonly #port: number
  readonly #queries: readonly Uint8Array[]
  readonly #socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  readonly #answered: Uint8Array
  #left: number
  /** Zones that were asked and have not answered, in the order of asking. */
  readonly #waiting = new Map<number, number>()
  #next = 0
  #hasAnswer = false
  #done: () => void = () => {}

  constructor(port: number, zones: readonly ServedZone[]) {
    this.#port = port
    this.#left = zones.length
    this.#answered = new Uint8Array(zones.length)
    this.#queries = zones.map(({ name }, i) =>
      encodeMessage({
        header: headerOf(i & 0xffff, 0),
        questions: [{ name: Name.parse(name), type: SOA.number, class: 1 }],
        answer: [],
        authority: [],
        additional: [],
      }),
    )
    if (zones.length > 0x10000) throw new RangeError('more zones than IDs')
    this.#socket.on('message', (message) => this.#take(message))
    // A port where nobody listens yet.
    this.#socket.on('error', () => {})
  }

  bind(): Promise<void> {
    return new Promise((resolve) => this.#socket.bind(0, '127.0.0.1', () => resolve()))
  }

  async untilAllAnswer(goesOn: () => boolean): Promise<void> {
    const began = performance.now()
    await new Promise<void>((resolve, reject) => {
      const timer = setInterval(() => {
        if (!goesOn()) reject(new Error('it ended'))
        else if (performance.now() - began > GIVE_UP_MILLISECONDS) reject(new Error(`${this.#left} zones do not answer`))
        else this.#ask()
      }, 2)
      this.#done = () => {
        clearInterval(timer)
        resolve()
      }
    })
  }

  close(): void {
    this.#socket.close()
  }

  #ask(): void {
    const now = performance.now()
    const window = this.#hasAnswer ? WINDOW : 1
    for (const [zone, askedAt] of this.#waiting) {
      if (now - askedAt < REPEAT_MILLISECONDS) break
      this.#waiting.delete(zone)
      this.#send(zone, now)
    }
    while (this.#waiting.size < Math.min(window, this.#left)) {
      while (this.#answered[this.#next] === 1 || this.#waiting.has(this.#next)) this.#advance()
      this.#send(this.#next, now)
      this.#advance()
    }
  }

  #advance(): void {
    this.#next = (this.#next + 1) % this.#queries.length
  }

  #send(zone: number, now: number): void {
    this.#waiting.set(zone, now)
    const query = this.#queries[zone]
    if (query !== undefined) this.#socket.send(query, this.#port, '127.0.0.1')
  }

  #take(message: Uint8Array): void {
    const zone = ((message[0] ?? 0) << 8) | (message[1] ?? 0)
    // Authoritative, without an error, with an answer: what else comes is of a server that does not have the zone yet.
    const isGood = ((message[2] ?? 0) & 4) !== 0 && ((message[3] ?? 0) & 15) === 0 && message[7] === 1
    if (!isGood || this.#answered[zone] !== 0) return
    this.#answered[zone] = 1
    this.#waiting.delete(zone)
    this.#hasAnswer = true
    if (--this.#left === 0) this.#done()
    else if (this.#waiting.size < WINDOW / 2) this.#ask()
  }
}
