/**
 * Name servers that are measured beside each other: ours as `bin/signet serve`, NSD and Knot, with the same zones on a port of
 * 127.0.0.1. Each runs as a process group of its own, whose time of the processor and memory are read from /proc.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSecondsOf, memberProcesses, residentKiB } from './process-figures.ts'

export type Kind = 'signet' | 'nsd' | 'knotd'
export type ServedZone = { readonly name: string; readonly file: string }
export type NameServerOptions = {
  readonly zones: readonly ServedZone[]
  readonly threads?: number
  /** The processor that it runs on; all when left out. */
  readonly processor?: number
  /** Of ours: what stands beside `data`, `server` and `zones`; `server` is merged into the one made here. */
  readonly more?: Readonly<Record<string, unknown>>
  /** Of ours: in place of the zones made from `zones`. */
  readonly zoneSettings?: readonly object[]
}

export const SIGNET = join(import.meta.dirname, '../../bin/signet')
const STOP_SECONDS = 30

export class NameServer {
  readonly kind: Kind
  readonly folder: string
  readonly port: number
  readonly #options: NameServerOptions
  #process: ChildProcess | undefined

  private constructor(kind: Kind, folder: string, port: number, options: NameServerOptions) {
    this.kind = kind
    this.folder = folder
    this.port = port
    this.#options = options
  }

  /** Writes the configuration into a new folder below `root`; nothing runs yet. */
  static async prepare(kind: Kind, root: string, options: NameServerOptions): Promise<NameServer> {
    const folder = join(root, kind)
    mkdirSync(folder, { recursive: true })
    const server = new NameServer(kind, folder, await freePort(), options)
    server.configure(options)
    return server
  }

  get configurationFile(): string {
    return join(this.folder, 'configuration')
  }

  /** Writes the configuration that the next start or reload reads. */
  configure(options: NameServerOptions): void {
    const text = { signet: signetText, nsd: nsdText, knotd: knotText }[this.kind]
    writeFileSync(this.configurationFile, text(this, options))
  }

  /** Starts the process and returns at once. `node`: arguments of Node.js for ours. */
  start(node: readonly string[] = []): void {
    const { configurationFile: file } = this
    const commands: Record<Kind, string[]> = {
      signet: [SIGNET, 'serve', '--config', file],
      nsd: ['nsd', '-d', '-c', file],
      knotd: ['knotd', '-c', file],
    }
    const { processor } = this.#options
    const pin = processor === undefined ? [] : ['taskset', '-c', String(processor)]
    const [command = '', ...words] = [...pin, ...commands[this.kind]]
    const log = openSync(join(this.folder, 'log'), 'a')
    const options = node.length === 0 ? {} : { env: { ...process.env, NODE_OPTIONS: node.join(' ') } }
    this.#process = spawn(command, words, { cwd: this.folder, stdio: ['ignore', log, log], detached: true, ...options })
    process.once('exit', this.#onExit)
  }

  readonly #onExit = (): void => this.#signal('SIGKILL')

  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8')
  }

  async untilLogged(text: string, seconds = 120): Promise<void> {
    const end = performance.now() + seconds * 1000
    while (!this.log.includes(text)) {
      if (!this.isRunning || performance.now() > end)
        throw new Error(`${this.kind}: no '${text}'\n${this.log.slice(-2000)}`)
      await sleep(20)
    }
  }

  /** Of the first process; 0 while none runs. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** User and system time of all its processes since they started. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.pid)
  }

  get residentKiB(): number {
    return residentKiB(memberProcesses(this.pid))
  }

  /** Has the server read its files again. */
  reload(): void {
    this.#process?.kill('SIGHUP')
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child === undefined || !this.isRunning) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await Promise.race([ended, sleep(STOP_SECONDS * 1000, undefined, { ref: false })])
    this.#signal('SIGKILL')
    process.off('exit', this.#onExit)
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.pid > 0) process.kill(-this.pid, signal)
    } catch {
      // The group is gone.
    }
  }
}

/** Why a server cannot be measured here, or undefined. */
export function lacking(...commands: readonly string[]): string | undefined {
  const missing = commands.filter((each) => spawnSync('sh', ['-c', `command -v ${each}`]).status !== 0)
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed`
}

/** A port that is free at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

function signetText({ folder, port }: NameServer, options: NameServerOptions): string {
  const { zones, threads = 1, more = {}, zoneSettings } = options
  const { server = {}, ...others } = more
  const ours =
    zoneSettings ?? zones.map(({ name, file }) => ({ name, file, type: 'primary', allowTransfer: ['127.0.0.0/8'] }))
  return `data: ${JSON.stringify(join(folder, 'state'))}
server: ${JSON.stringify({ listen: [`127.0.0.1:${port}`], threads, ...Object(server) })}
management: { listen: [] }
${Object.entries(others)
  .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
  .join('')}zones:
${ours.map((zone) => `  - { ${Object.entries(zone).map(settingText).join(', ')} }\n`).join('')}`
}

function settingText([key, value]: [string, unknown]): string {
  return `${key}: ${Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(', ')}]` : JSON.stringify(value)}`
}

function nsdText({ folder, port }: NameServer, { zones, threads = 1 }: NameServerOptions): string {
  return `server:
  ip-address: 127.0.0.1@${port}
  server-count: ${threads}
  reuseport: yes
  username: ""
  database: ""
  pidfile: ""
  zonesdir: ${folder}
  zonelistfile: ${join(folder, 'zone.list')}
  xfrdfile: ${join(folder, 'xfrd.state')}
  xfrdir: ${folder}
  rrl-ratelimit: 0
  minimal-responses: yes
remote-control:
  control-enable: no
${zones.map(({ name, file }) => `zone:\n  name: ${name}\n  zonefile: ${file}\n  provide-xfr: 127.0.0.0/8 NOKEY\n`).join('')}`
}

function knotText({ folder, port }: NameServer, { zones, threads = 1 }: NameServerOptions): string {
  return `server:
  rundir: ${folder}
  listen: 127.0.0.1@${port}
  udp-workers: ${threads}
log:
  - target: stderr
    any: warning
database:
  storage: ${folder}
acl:
  - id: local
    address: 127.0.0.0/8
    action: transfer
template:
  - id: default
    acl: local
    zonefile-load: whole
zone:
${zones.map(({ name, file }) => `  - domain: ${name}\n    file: ${file}\n`).join('')}`
}
