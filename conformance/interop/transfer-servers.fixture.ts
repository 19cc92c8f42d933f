/**
 * Servers that transfer zones among each other on 127.0.0.1: ours as `bin/signet serve`, BIND, Knot and NSD with configurations
 * that a test writes. Each has a folder and a log of its own, reads its files again on SIGHUP, and is ended by its process.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../../src/dns/name/index.ts'
import { rdataText, typeNumber } from '../../src/dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message } from '../../src/dns/wire/index.ts'
import { askUdp } from './name-servers.fixture.ts'

export type Kind = 'signet' | 'named' | 'knotd' | 'nsd'

export const SIGNET = join(import.meta.dirname, '../../bin/signet')
export const KEY = { name: 'k1.', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7).toString('base64') }
const root = mkdtempSync(join(tmpdir(), 'signet-interop-transfers-'))
const running = new Set<TransferServer>()
after(async () => {
  await Promise.all([...running].map((server) => server.stop()))
  rmSync(root, { recursive: true, force: true })
})

let count = 0

export class TransferServer {
  readonly kind: Kind
  readonly port: number
  readonly folder: string
  readonly #logFile: string
  #process: ChildProcess | undefined

  constructor(kind: Kind, port: number) {
    this.kind = kind
    this.port = port
    this.folder = join(root, `${kind}-${count++}`)
    this.#logFile = join(this.folder, 'log')
    mkdirSync(this.folder)
  }

  /** One that does not run yet: its port and folder are known to the configurations of others. */
  static async prepare(kind: Kind): Promise<TransferServer> {
    return new TransferServer(kind, await freePort())
  }

  /** Writes a file into the server's folder and returns its path. */
  file(name: string, text: string | Uint8Array, mode = 0o644): string {
    const path = join(this.folder, name)
    writeFileSync(path, text, { mode })
    return path
  }

  async start(configuration: string): Promise<void> {
    const file = this.file('configuration', configuration)
    const commands: Record<Kind, [string, string[]]> = {
      signet: [SIGNET, ['serve', '--config', file]],
      named: ['named', ['-g', '-n', '1', '-c', file]],
      knotd: ['knotd', ['-c', file]],
      nsd: ['nsd', ['-d', '-V', '2', '-c', file]],
    }
    const log = openSync(this.#logFile, 'a')
    const [command, args] = commands[this.kind]
    this.#process = spawn(command, args, { cwd: this.folder, stdio: ['ignore', log, log] })
    running.add(this)
    await this.until(async () => (await this.#ask('.', 'SOA')) !== undefined, 'an answer')
  }

  get log(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  /** Has the server read its files again. */
  reload(): void {
    this.#process?.kill('SIGHUP')
  }

  async stop(): Promise<void> {
    running.delete(this)
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await Promise.race([exited, sleep(5000, undefined, { ref: false })])
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }

  async #ask(name: string, type: string): Promise<Message | undefined> {
    const query = encodeMessage({
      header: headerOf(0x5173, 0),
      questions: [{ name: Name.parse(name), type: typeNumber(type), class: 1 }],
      answer: [],
      authority: [],
      additional: [],
    })
    // A server on a busy machine may miss the first time.
    const reply = await askUdp(this.port, query, 0.5).catch(() => askUdp(this.port, query, 2).catch(() => undefined))
    return reply === undefined ? undefined : decodeMessage(reply)
  }

  /** RDATA of an answer as text, undefined when there is none. */
  async lookUp(name: string, type: string): Promise<string[] | undefined> {
    const message = await this.#ask(name, type)
    if (message === undefined || message.header.rcode !== 0) return undefined
    return message.answer.map(({ type, rdata }) => rdataText(type, rdata)).sort()
  }

  async serial(zone: string): Promise<number | undefined> {
    const [soa] = (await this.lookUp(zone, 'SOA')) ?? []
    return soa === undefined ? undefined : Number(soa.split(' ')[2])
  }

  async untilSerial(zone: string, serial: number): Promise<void> {
    await this.until(async () => (await this.serial(zone)) === serial, `serial ${serial} of ${zone}`)
  }

  async untilLogged(pattern: RegExp): Promise<void> {
    await this.until(() => pattern.test(this.log), String(pattern))
  }

  async until(condition: () => boolean | Promise<boolean>, what: string, seconds = 20): Promise<void> {
    const end = Date.now() + seconds * 1000
    while (!(await condition())) {
      const child = this.#process
      if (Date.now() > end || (child !== undefined && child.exitCode !== null)) {
        throw new Error(`${this.kind}: not in ${seconds} s: ${what}\n${this.log.slice(-3000)}`)
      }
      await sleep(50)
    }
  }
}

export function lacking(kind: Kind): string | false {
  return spawnSync('sh', ['-c', `command -v ${kind}`]).status === 0 ? false : `${kind} not installed`
}

/** A port that is free at this moment. */
export async function freePort(): Promise<number> {
  // A server that is given the port of another one would be taken for it.
  for (;;) {
    const port = await unusedPort()
    if (given.has(port)) continue
    given.add(port)
    return port
  }
}

const given = new Set<number>()

function unusedPort(): Promise<number> {
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

/** Our configuration: JSON is YAML. */
export function signetText(server: TransferServer, zones: readonly object[], more: object = {}): string {
  return JSON.stringify({
    data: join(server.folder, 'state'),
    server: { listen: [`127.0.0.1:${server.port}`], threads: 1, ...('tls' in more && { tls: more.tls }) },
    management: { listen: [] },
    logging: { level: 'debug' },
    tsigKeys: [KEY],
    ...('templates' in more && { templates: more.templates }),
    zones,
  })
}

/** What comes before the zones in the configurations of others; they know the key k1. */
export function preambleOf({ kind, folder, port }: TransferServer, more = ''): string {
  if (kind === 'named') {
    return `key "k1" { algorithm ${KEY.algorithm}; secret "${KEY.secret}"; };
controls { };
options { directory "${folder}"; pid-file none; session-keyfile none; lock-file none; recursion no; dnssec-validation no; notify explicit;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; notify-delay 0; ixfr-from-differences yes; ${more} };
`
  }
  if (kind === 'knotd') {
    return `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}
log:\n  - target: stderr\n    any: debug
database:\n  storage: ${folder}
key:\n  - id: k1\n    algorithm: ${KEY.algorithm}\n    secret: ${KEY.secret}
${more}`
  }
  return `server:\n  ip-address: 127.0.0.1@${port}\n  username: ""\n  database: ""\n  pidfile: ""\n  zonesdir: ${folder}
  zonelistfile: ${join(folder, 'zone.list')}\n  xfrdfile: ${join(folder, 'xfrd.state')}\n  xfrdir: ${folder}\n  verbosity: 2
${more}remote-control:\n  control-enable: no
key:\n  name: k1\n  algorithm: ${KEY.algorithm}\n  secret: ${KEY.secret}
`
}

/** A zone of some records whose content tells its serial. */
export function zoneText(serial: number, more = ''): string {
  const hosts = Array.from({ length: 300 }, (_, i) => `host${i} A 10.1.${i >> 8}.${i & 255}\n`).join('')
  const soa = `@ SOA ns admin ${serial} 3600 900 604800 300`
  return `$ORIGIN example.\n$TTL 300\n${soa}\n@ NS ns\nns A 127.0.0.1\nwww A 10.0.0.${serial & 255}\n${hosts}${more}`
}

/** Signs a zone's text as `example.`; the same keys each time, so that a later version differs in little. */
export function signZone(folder: string, text: string, denial: 'nsec' | 'nsec3'): string {
  const keys = join(folder, 'keys')
  const run = (args: string[]): void => {
    const { status, stderr } = spawnSync(SIGNET, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`signet ${args.join(' ')}: ${stderr}`)
  }
  if (spawnSync('test', ['-d', keys]).status !== 0) {
    mkdirSync(keys)
    run(['key', 'generate', '--zone', 'example.', '--algorithm', 'ED25519', '--role', 'csk', '--keys', keys])
  }
  const file = join(folder, 'unsigned')
  writeFileSync(file, text)
  const out = join(folder, 'signed')
  // From one moment to another of long ago and far away: the same signatures each time.
  const times = ['--inception', '20260101000000', '--expiration', '20560101000000', '--jitter', '0']
  run([
    'zone',
    'sign',
    file,
    '--zone',
    'example.',
    '--keys',
    keys,
    '--out',
    out,
    '--denial',
    denial,
    ...times,
    '--serial',
    'keep',
  ])
  return readFileSync(out, 'utf8')
}
