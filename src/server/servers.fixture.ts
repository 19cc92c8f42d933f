/** Servers of ours in this process, on free ports of loopback, each with a folder of its own. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SystemClock } from '../clock/index.ts'
import { Name } from '../dns/name/index.ts'
import { rdataText, typeNumber } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message } from '../dns/wire/index.ts'
import { NetworkExchange } from '../transport/index.ts'
import { readConfiguration } from './configuration/index.ts'
import type { Outcome, ZoneStatus } from './control.ts'
import type { HostedZone } from './hosted-zone.ts'
import type { ServerLog } from './log.ts'
import { Server } from './server.ts'
import { actOn, type ZoneAction } from './zones/zone-source.ts'

export type ZoneText = Record<string, unknown> & { readonly name: string; readonly type: string }
export type ConfigurationText = { readonly zones: readonly ZoneText[] } & Record<string, unknown>

const exchange = new NetworkExchange()
const running = new Set<TestServer>()
after(async () => {
  await Promise.all([...running].map((server) => server.end()))
})

export class TestServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'signet-server-'))
  readonly lines: string[] = []
  port = 0
  /** How far the server's wall clock is ahead of the true time (seconds). */
  clockAhead = 0
  /** Identifies the boot of the system that the server starts in. */
  boot = 'first'
  #server: Server | undefined
  #clock: SystemClock | undefined

  constructor() {
    running.add(this)
  }

  /** Starts a server; `port` 0 is any. */
  static async start(configuration: ConfigurationText, port = 0): Promise<TestServer> {
    const server = new TestServer()
    server.port = port
    await server.start(configuration)
    return server
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('the server does not run')
    return this.#server
  }

  async start(configuration: ConfigurationText): Promise<void> {
    this.write(configuration)
    const file = join(this.folder, 'signet.yaml')
    const wallMilliseconds = (): number => Date.now() + this.clockAhead * 1000
    this.#clock = new SystemClock({ boot: this.boot, sources: { wallMilliseconds } })
    this.#clock.start()
    const parts = {
      configuration: readConfiguration(this.#text(configuration), file),
      configurationFile: file,
      log: this.#log(),
      clock: this.#clock,
      random: { bytes: (length: number) => new Uint8Array(randomBytes(length)) },
      version: '0',
    }
    this.#server = await Server.open(parts)
    await this.#server.start()
    // A free port is free for TCP; the same one is then taken for UDP.
    const [first = ''] = this.#server.listeners.addresses
    this.port = Number(first.slice(first.lastIndexOf(':') + 1))
  }

  /** Writes the configuration that the next reload reads. */
  write(configuration: ConfigurationText): void {
    writeFileSync(join(this.folder, 'signet.yaml'), this.#text(configuration))
  }

  #text(configuration: ConfigurationText): string {
    // JSON is YAML.
    return JSON.stringify({
      data: join(this.folder, 'state'),
      server: { listen: [`127.0.0.1:${this.port}`], threads: 1 },
      management: { listen: [] },
      ...configuration,
    })
  }

  /** Writes a master file into the server's folder and returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    this.#clock?.stop()
    this.#server = undefined
  }

  async end(): Promise<void> {
    running.delete(this)
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  status(name: string): ZoneStatus | undefined {
    return this.server.zones.find(Name.parse(name))?.status(Math.floor(Date.now() / 1000))
  }

  async ask(name: string, type: string): Promise<Message> {
    const query = encodeMessage({
      header: headerOf(1, 0),
      questions: [{ name: Name.parse(name), type: typeNumber(type), class: 1 }],
      answer: [],
      authority: [],
      additional: [],
    })
    const endpoint = { address: Uint8Array.of(127, 0, 0, 1), port: this.port }
    return decodeMessage(await exchange.query(endpoint, query, { timeoutSeconds: 2 }))
  }

  /** RDATA of the answer, as text. */
  async lookUp(name: string, type: string): Promise<string[]> {
    const { answer } = await this.ask(name, type)
    return answer.map(({ type, rdata }) => rdataText(type, rdata)).sort()
  }

  async serial(zone: string): Promise<number | undefined> {
    const [soa] = await this.lookUp(zone, 'SOA')
    return soa === undefined ? undefined : Number(soa.split(' ')[2])
  }

  #log(): ServerLog {
    const write =
      (level: string) =>
      (fields: object, message: string): void => {
        this.lines.push(`${level} ${message} ${JSON.stringify(fields, (_, v) => (v instanceof Error ? v.message : v))}`)
      }
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      setLevel: () => {},
      reopen: () => {},
    }
  }
}

/** Waits until it is so. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not in ${seconds} s: ${what}`)
    await sleep(20)
  }
}

/** A zone whose content is a function of its serial. */
export function zoneText(serial: number, more = '', timers = '3600 900 604800 300'): string {
  return `$TTL 300\n@ SOA ns admin ${serial} ${timers}\n@ NS ns\nns A 127.0.0.1\nwww A 10.0.0.${serial & 255}\n${more}`
}

/** Does something to a zone, which must be there, as the control would. */
export async function act(zone: HostedZone | undefined, action: ZoneAction): Promise<Outcome> {
  assert.ok(zone, 'there is no such zone')
  return actOn(zone, action)
}
