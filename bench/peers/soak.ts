/**
 * dnsperf at full speed for as many minutes as are asked for, while the zone file changes every few seconds, the settings change,
 * and transfers go on. At the end: no query was lost that neither the kernel nor the server counted, and the memory did not grow.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readAxfr } from './axfr-reader.ts'
import { type LoadResult, runLoad } from './dnsperf.ts'
import { findJudgeZone, type JudgeZone } from './judge-zone.ts'
import { lacking, NameServer, type NameServerOptions } from './name-server.ts'
import { droppedAtPort, receiveBufferErrors } from './process-figures.ts'
import { median, report, rounded, skip, withFolder } from './report.ts'
import { readStatistics } from './statistics.ts'

const NAMES = Number(process.env.NAMES ?? 100_000)
const DEFAULT_MINUTES = 3
const CHANGE_SECONDS = 5
const SAMPLE_SECONDS = 2
/** Of the second half's memory to the first's, the first quarter left out: what may be. */
const MOST_GROWTH = 1.05
/** A load of dnsperf: it is started anew, so that each sees its own losses. */
const LOAD_SECONDS = 60
const SMALL = 'small.example.net.'

type Counts = { reloads: number; axfr: number; ixfr: number; failures: string[] }

export async function run(minutes = DEFAULT_MINUTES): Promise<void> {
  const zone = findJudgeZone(NAMES)
  const reason = lacking('dnsperf', 'dig') ?? (typeof zone === 'string' ? zone : undefined)
  if (reason !== undefined || typeof zone === 'string') return skip('soak', reason ?? '')
  await withFolder(async (folder) => {
    const soak = new Soak(folder, zone)
    const server = await NameServer.prepare('signet', folder, soak.options())
    server.start()
    try {
      await server.untilLogged('signet: ready')
      await soak.measure(server, minutes * 60)
    } catch (error) {
      throw new Error(`${String(error)}\n${server.log.slice(-3000)}`)
    } finally {
      await server.stop()
    }
  })
}

class Soak {
  readonly #zone: JudgeZone
  readonly #file: string
  readonly #smallFile: string
  readonly #counts: Counts = { reloads: 0, axfr: 0, ixfr: 0, failures: [] }
  readonly #memory: number[] = []
  #serial = 1
  #goesOn = true

  constructor(folder: string, zone: JudgeZone) {
    this.#zone = zone
    this.#file = join(folder, 'zone')
    this.#smallFile = join(folder, 'small')
    copyFileSync(zone.file, this.#file)
    this.#writeSmall()
  }

  /** Settings that differ from one reload to the next: workers are replaced, and a zone's own settings change. */
  options(turn = 0): NameServerOptions {
    const allowTransfer = ['127.0.0.0/8', ...(turn % 2 === 0 ? [] : ['::1'])]
    const ours = { type: 'primary', allowTransfer }
    return {
      zones: [],
      zoneSettings: [
        { name: this.#zone.name, file: this.#file, ...ours },
        { name: SMALL, file: this.#smallFile, ...ours },
      ],
      more: { server: { maxUdpPayload: turn % 3 === 0 ? 1232 : 1400 } },
    }
  }

  async measure(server: NameServer, seconds: number): Promise<void> {
    const before = { kernel: droppedAtPort(server.port), machine: receiveBufferErrors() }
    const others = [this.#change(server), this.#transfer(server), this.#sample(server)]
    const loads: LoadResult[] = []
    try {
      for (let left = seconds; left > 0; left -= LOAD_SECONDS) {
        const { queries } = this.#zone
        loads.push(await runLoad({ port: server.port, queries, seconds: Math.min(left, LOAD_SECONDS), processor: 1 }))
      }
    } finally {
      this.#goesOn = false
      await Promise.all(others)
    }
    const statistics = await readStatistics(server)
    const kernel = droppedAtPort(server.port) - before.kernel
    const machine = receiveBufferErrors() - before.machine
    this.#tell(seconds, loads, { kernel, machine, ...statistics.unanswered })
  }

  #tell(seconds: number, loads: readonly LoadResult[], lost: Readonly<Record<string, number>>): void {
    const sum = (pick: (load: LoadResult) => number): number => loads.reduce((total, load) => total + pick(load), 0)
    const missing = sum(({ sent, completed }) => sent - completed)
    const { kernel = 0, machine = 0, ...server } = lost
    // The machine's count has the sockets of dnsperf too; that of our port is a part of it.
    const counted = Math.max(kernel, machine) + Object.values(server).reduce((total, each) => total + each, 0)
    const { failures, ...counts } = this.#counts
    const name = `soak ${Math.round(seconds)} s`
    report(
      {
        name: `${name}, queries lost and not counted`,
        unit: 'queries',
        ours: Math.max(0, missing - counted),
        atMost: 0,
      },
      { sent: sum(({ sent }) => sent), missing, lost, ...counts, codes: loads.map(({ codes }) => codes) },
    )
    report(
      { name: `${name}, failures of reloads and transfers`, unit: 'failures', ours: failures.length, atMost: 0 },
      {
        first: failures.slice(0, 5),
      },
    )
    const settled = this.#memory.slice(this.#memory.length >> 2)
    const half = settled.length >> 1
    const [first, second] = [settled.slice(0, half), settled.slice(half)].map(median)
    report(
      {
        name: `${name}, memory of the second half beside the first`,
        unit: 'KiB',
        ours: second ?? 0,
        peer: first ?? 0,
        peerName: 'first half',
        atMost: MOST_GROWTH,
      },
      { samples: this.#memory.map(rounded) },
    )
  }

  /** Changes files and settings and has them read, until the soak ends. */
  async #change(server: NameServer): Promise<void> {
    for (let turn = 1; this.#goesOn; turn++) {
      this.#serial++
      this.#writeSmall()
      if (turn % 4 === 0) this.#changeLarge(turn)
      if (turn % 2 === 0) server.configure(this.options(turn))
      const logged = server.log.length
      server.reload()
      await this.#pause(CHANGE_SECONDS)
      const log = server.log.slice(logged)
      if (/"level":(?:"error"|50)|could not|not taken/.test(log)) this.#failed(`reload: ${log.slice(0, 500)}`)
      else this.#counts.reloads++
    }
  }

  /** A record more at the end of the large file, or the file as it was. */
  #changeLarge(turn: number): void {
    const text = readFileSync(this.#zone.file, 'latin1')
    const more = turn % 8 === 0 ? '' : `soak${turn}.example. 3600 IN A 192.0.2.9\n`
    replace(this.#file, text.replace(/(SOA\s+\S+\s+\S+\s+)\d+/, `$1${this.#serial}`) + more)
  }

  #writeSmall(): void {
    const hosts = Array.from({ length: 200 }, (_, i) => `h${i} A 10.0.${this.#serial & 255}.${i}\n`).join('')
    const head = `$ORIGIN ${SMALL}\n$TTL 60\n@ SOA ns hostmaster ${this.#serial} 3600 900 604800 60\n@ NS ns\nns A 127.0.0.1\n`
    replace(this.#smallFile, head + hosts)
  }

  async #transfer(server: NameServer): Promise<void> {
    let known = this.#serial
    while (this.#goesOn) {
      try {
        const { records } = await readAxfr(server.port, this.#zone.name)
        if (records < NAMES) this.#failed(`AXFR: ${records} records`)
        else this.#counts.axfr++
        const before = this.#serial
        const answer = await dig(server.port, [SMALL, `IXFR=${known}`, '+tcp'])
        if (!answer.includes('XFR size')) this.#failed(`IXFR: ${answer.slice(0, 500)}`)
        else this.#counts.ixfr++
        known = before
      } catch (error) {
        this.#failed(`transfer: ${String(error)}`)
      }
      await this.#pause(1)
    }
  }

  async #sample(server: NameServer): Promise<void> {
    while (this.#goesOn) {
      this.#memory.push(server.residentKiB)
      await this.#pause(SAMPLE_SECONDS)
    }
  }

  #failed(text: string): void {
    this.#counts.failures.push(text)
  }

  async #pause(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    while (this.#goesOn && performance.now() < end) await sleep(100)
  }
}

/** A file whose readers see the old text or the new. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, 'latin1')
  renameSync(`${path}.new`, path)
}

function dig(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('dig', ['@127.0.0.1', '-p', String(port), ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8')
    })
    child.once('error', reject)
    child.once('close', () => resolve(out))
  })
}
