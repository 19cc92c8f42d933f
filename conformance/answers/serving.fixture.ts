/**
 * A server that answers for zones, on a free port of loopback, for as long as a test needs it: ours, or with
 * `SIGNET_ANSWERS_SERVER=nsd|knot|bind` a peer, which shows what of a suite is ours and what any server would do.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageView } from '../../src/dns/wire/index.ts'
import { PEERS, type ServerSetup } from './peers.fixture.ts'
import { query } from './query.fixture.ts'

const root = join(import.meta.dirname, '../..')
const ADDRESS = '127.0.0.1'
const START_SECONDS = 30
/** A peer that serves some zones and not others by then has refused them. */
const PEER_SECONDS = 5
const ANSWER_MILLISECONDS = 3000

export type ServedZone = { readonly name: string; readonly file: string }

/** Which server the suites ask. */
export const SERVER = process.env.SIGNET_ANSWERS_SERVER ?? 'signet'

/** Why nothing can be asked here; false when the server is there. */
export function serverLacking(kind: string = SERVER): string | false {
  if (kind === 'signet') return existsSync(join(root, 'src/cli/serve.ts')) ? false : 'signet serve is not there'
  const peer = PEERS.get(kind)
  if (peer === undefined) return `no server is called ${kind}`
  return spawnSync('sh', ['-c', `command -v ${peer.command}`]).status === 0 ? false : `${peer.command} not installed`
}

export class Serving {
  readonly port: number
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #log: string

  private constructor(port: number, child: ChildProcess, folder: string, log: string) {
    this.port = port
    this.#process = child
    this.#folder = folder
    this.#log = log
  }

  /** Starts a server for these zones and waits until it answers for each. */
  static async start(
    zones: readonly ServedZone[],
    kind: string = SERVER,
    extra: Partial<ServerSetup> = {},
  ): Promise<Serving> {
    const folder = mkdtempSync(join(tmpdir(), 'signet-answers-'))
    const port = await freePort()
    const setup: ServerSetup = { folder, address: ADDRESS, port, zones, ...extra }
    const log = join(folder, 'log')
    const [command, args] = kind === 'signet' ? ours(setup) : peerCommand(kind, setup)
    const child = spawn('sh', ['-c', 'exec "$0" "$@" >log 2>&1', command, ...args], { cwd: folder, stdio: 'ignore' })
    const serving = new Serving(port, child, folder, log)
    try {
      if (kind === 'signet') await serving.#until(() => /^signet: ready/m.test(readFileSync(log, 'utf8')))
      await serving.#untilServed(
        zones.map(({ name }) => name),
        kind === 'signet',
      )
    } catch (error) {
      const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : ''
      await serving.stop()
      throw new Error(`${kind} does not answer: ${error instanceof Error ? error.message : error}\n${said}`)
    }
    return serving
  }

  /** The server's process; the one that was started, which the commands replace. */
  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** What the server printed. */
  log(): string {
    return readFileSync(this.#log, 'utf8')
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = new Promise((resolve) => this.#process.once('exit', resolve))
      this.#process.kill('SIGTERM')
      const late = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
      await gone
      clearTimeout(late)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The answer over UDP; undefined when there is none in time. */
  async udp(message: Uint8Array, milliseconds = ANSWER_MILLISECONDS): Promise<Uint8Array | undefined> {
    const socket = createSocket('udp4')
    try {
      return await new Promise((resolve, reject) => {
        const late = setTimeout(() => resolve(undefined), milliseconds)
        socket.on('error', reject)
        socket.on('message', (answer) => {
          clearTimeout(late)
          resolve(new Uint8Array(answer))
        })
        socket.send(message, this.port, ADDRESS)
      })
    } finally {
      socket.close()
    }
  }

  /** The first answer over TCP; undefined when the connection ends, or time passes, without one. */
  tcp(message: Uint8Array, milliseconds = ANSWER_MILLISECONDS): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      let got = Buffer.alloc(0)
      const socket = connect(this.port, ADDRESS)
      const end = (answer: Uint8Array | undefined): void => {
        clearTimeout(late)
        socket.destroy()
        resolve(answer)
      }
      const late = setTimeout(() => end(undefined), milliseconds)
      socket.on('error', (error) => {
        clearTimeout(late)
        reject(error)
      })
      socket.on('end', () => end(undefined))
      socket.on('data', (data) => {
        got = Buffer.concat([got, typeof data === 'string' ? Buffer.from(data) : data])
        if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0))
          end(new Uint8Array(got.subarray(2, 2 + got.readUInt16BE(0))))
      })
      socket.write(Buffer.concat([Buffer.of(message.length >>> 8, message.length & 0xff), message]))
    })
  }

  /** Waits for our server to answer for all zones, for a peer to answer for those that it does not refuse. */
  async #untilServed(names: readonly string[], all: boolean): Promise<void> {
    const started = Date.now()
    let waiting = [...names]
    await this.#until(async () => {
      const served = await Promise.all(waiting.map((name) => this.#isServed(name)))
      waiting = waiting.filter((_, i) => served[i] !== true)
      const enough = !all && waiting.length < names.length && Date.now() - started > PEER_SECONDS * 1000
      return waiting.length === 0 || enough
    })
    if (waiting.length > 0) console.log(`zones that are refused: ${waiting.join(', ')}`)
  }

  async #isServed(name: string): Promise<boolean> {
    const answer = await this.udp(query({ name, type: 'SOA' }), 300)
    const view = new MessageView()
    return answer !== undefined && view.parse(answer) === undefined && view.rcode === 0 && view.answers > 0
  }

  async #until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + START_SECONDS * 1000
    while (!(existsSync(this.#log) && (await condition()))) {
      if (this.#process.exitCode !== null) throw new Error(`it ended with ${this.#process.exitCode}`)
      if (Date.now() > deadline) throw new Error(`not ready after ${START_SECONDS} s`)
      await sleep(50)
    }
  }
}

function ours(setup: ServerSetup): [string, string[]] {
  const file = join(setup.folder, 'signet.yaml')
  const zones = setup.zones.map(({ name, file }) => ({ name, type: 'primary', file }))
  // JSON is YAML.
  const configuration = {
    data: join(setup.folder, 'state'),
    server: { listen: [`${setup.address}:${setup.port}`], ...setup.signet },
    management: { listen: [] },
    zones,
  }
  writeFileSync(file, JSON.stringify(configuration, undefined, 1))
  return [join(root, 'bin/signet'), ['serve', '--config', file]]
}

function peerCommand(kind: string, setup: ServerSetup): [string, string[]] {
  const peer = PEERS.get(kind)
  if (peer === undefined) throw new Error(`no server is called ${kind}`)
  const file = join(setup.folder, 'peer.conf')
  writeFileSync(file, peer.configuration(setup))
  return [peer.command, peer.arguments(file)]
}

/** A port that is free for TCP now, and likely for UDP. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, ADDRESS, () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
