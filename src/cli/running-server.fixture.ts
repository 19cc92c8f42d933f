/** `signet serve` as it is run: a process with a configuration of its own, on ports of its own, for as long as a test needs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN, typeNumber } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message } from '../dns/wire/index.ts'

const SIGNET = join(import.meta.dirname, '../../bin/signet')
const START_SECONDS = 20
const ANSWER_SECONDS = 3

export type ServerOptions = {
  readonly env?: Readonly<Record<string, string>>
  /** Words before the command: `ip netns exec NAME`. */
  readonly within?: readonly string[]
}

/** A folder that goes with the test file. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-serve-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export class RunningServer {
  readonly folder: string
  readonly #process: ChildProcess
  readonly exited: Promise<number | null>

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder
    this.#process = child
    this.exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)))
  }

  /** Starts it with this configuration (JSON is YAML) and waits until it is ready. Files of the folder may be named relatively. */
  static async start(
    folder: string,
    configuration: Readonly<Record<string, unknown>>,
    options: ServerOptions = {},
  ): Promise<RunningServer> {
    const server = RunningServer.launch(folder, configuration, options)
    await server.until(() => /^signet: ready/m.test(server.log), 'ready')
    return server
  }

  /** Starts it and does not wait. */
  static launch(
    folder: string,
    configuration: Readonly<Record<string, unknown>>,
    { env = {}, within = [] }: ServerOptions = {},
  ): RunningServer {
    writeFileSync(join(folder, 'signet.yaml'), JSON.stringify(configuration, undefined, 1))
    const words = [...within, SIGNET, 'serve', '--config', 'signet.yaml']
    const child = spawn('sh', ['-c', 'exec "$@" >log 2>&1', 'sh', ...words], {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, ...env },
    })
    const server = new RunningServer(folder, child)
    after(() => server.stop())
    return server
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** All that it printed. */
  get log(): string {
    try {
      return readFileSync(join(this.folder, 'log'), 'utf8')
    } catch {
      return ''
    }
  }

  /** The port of the first address of a transport, from the line that says it is ready. */
  port(transport: 'udp' | 'tcp' | 'tls' | 'https' | 'management'): number {
    return Number(new RegExp(`^signet: ready.* ${transport} \\S+:(\\d+)`, 'm').exec(this.log)?.[1])
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Waits for it; throws with what was printed when it does not come. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + START_SECONDS * 1000
    while (!(await condition())) {
      const ended = this.#process.exitCode !== null || this.#process.signalCode !== null
      if (ended || Date.now() > deadline) throw new Error(`not ${what}; it printed:\n${this.log}`)
      await sleep(20)
    }
  }

  async stop(): Promise<number | null> {
    const isRunning = this.#process.exitCode === null && this.#process.signalCode === null
    if (isRunning) {
      this.#process.kill('SIGTERM')
      const late = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
      await this.exited
      clearTimeout(late)
    }
    return this.exited
  }
}

export function question(name: string, type = 'A', id = 1): Uint8Array {
  return encodeMessage({
    header: headerOf(id, 0),
    questions: [{ name: Name.parse(name), type: typeNumber(type) ?? 1, class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
  })
}

/** The answer over UDP, and the address that it came from. Rejects when none comes in time. */
export function askUdp(
  message: Uint8Array,
  port: number,
  address = '127.0.0.1',
): Promise<{ message: Message; from: string }> {
  const socket: Socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const { promise, resolve, reject } = Promise.withResolvers<{ message: Message; from: string }>()
  const late = setTimeout(() => reject(new Error(`no answer from ${address}`)), ANSWER_SECONDS * 1000)
  socket.on('error', reject)
  socket.on('message', (answer, from) => resolve({ message: decodeMessage(answer), from: from.address }))
  socket.send(message, port, address)
  return promise.finally(() => {
    clearTimeout(late)
    socket.close()
  })
}

/** The first answer over TCP. */
export function askTcp(message: Uint8Array, port: number, address = '127.0.0.1'): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  let got = Buffer.alloc(0)
  const socket = connect(port, address)
  socket.setTimeout(ANSWER_SECONDS * 1000, () => socket.destroy(new Error('no answer over TCP')))
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('closed without an answer')))
  socket.on('data', (data: Buffer) => {
    got = Buffer.concat([got, data])
    const length = got.length < 2 ? Number.POSITIVE_INFINITY : got.readUInt16BE(0)
    if (got.length >= 2 + length) resolve(decodeMessage(got.subarray(2, 2 + length)))
  })
  socket.write(Buffer.concat([Buffer.of(message.length >>> 8, message.length & 0xff), message]))
  return promise.finally(() => socket.destroy())
}
