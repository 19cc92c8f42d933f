/** Servers of a soak: `signet serve` in process groups of their own, zones for them, and servers that are silent. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SIGNET } from './name-server.ts'
import { listThreads, type Memory, memberProcesses, memoryOf } from './process-figures.ts'

const READY = 'signet: ready'
const MOST_STARTS = 10

/** `signet serve` as a process group of its own, which may be killed and started again. */
export class ServerProcess {
  readonly #logFile: string
  readonly #configuration: string
  readonly #environment: NodeJS.ProcessEnv
  #child: ChildProcess

  constructor(folder: string, name: string, configuration: string, environment: NodeJS.ProcessEnv = {}) {
    this.#logFile = join(folder, `${name}.log`)
    this.#configuration = configuration
    this.#environment = environment
    this.#child = this.#spawn()
    process.once('exit', () => this.stop())
  }

  /** Everything that the server printed in all its lives. */
  get log(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  get memory(): Memory {
    return memoryOf(memberProcesses(this.#child.pid ?? 0))
  }

  /** Seconds in which each thread was ready to run and had no processor, by the thread's number. */
  get waitedSeconds(): ReadonlyMap<number, number> {
    const threads = memberProcesses(this.#child.pid ?? 0).flatMap((pid) => listThreads(pid))
    return new Map(threads.map(({ id, waitedSeconds }) => [id, waitedSeconds]))
  }

  /** Resolves when the server has printed that it is ready, as often as it was started. */
  async untilReady(starts = 1): Promise<void> {
    while (this.log.split(READY).length <= starts) {
      if (!this.isRunning) throw new Error(`a server does not start\n${this.log}`)
      await sleep(50)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Starts the server again after `stop`. Its port may be taken meanwhile, for a moment: the resolver's queries leave from any. */
  async start(): Promise<void> {
    const starts = this.log.split(READY).length
    for (let attempt = 1; ; attempt++) {
      this.#child = this.#spawn()
      try {
        await this.untilReady(starts)
        return
      } catch (error) {
        if (attempt === MOST_STARTS) throw error
        await sleep(500)
      }
    }
  }

  stop(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // It is gone.
    }
  }

  #spawn(): ChildProcess {
    const log = openSync(this.#logFile, 'a')
    const env = { ...process.env, ...this.#environment }
    const options: SpawnOptions = { stdio: ['ignore', log, log], detached: true, env }
    const child = spawn(SIGNET, ['serve', '--config', this.#configuration], options)
    closeSync(log)
    return child
  }
}

/** Signature times of the zones that are signed. */
const SIGNED: Readonly<Record<string, readonly string[]>> = {
  signed: ['--inception', '-3d', '--expiration', '+20d'],
  islet: ['--inception', '-3d', '--expiration', '+20d'],
  ending: ['--inception', '-12h', '--expiration', '+12h'],
  broken: ['--inception', '-30d', '--expiration', '-10d'],
}

/** Names `n0`, `n1`, … of a signed zone, whose TTL is over before they are asked for again: nothing denies or expands them. */
export const SIGNED_NAMES = 1000

/** A zone in which every name has an address: plain, or signed as `SIGNED` says, with names of its own. */
export function makeZone(folder: string, label: string): { name: string; file: string; anchor?: string } {
  const name = `${label}.world.`
  const file = join(folder, `${label}.zone`)
  const own = Array.from({ length: label in SIGNED ? SIGNED_NAMES : 0 }, (_, n) => `n${n} 5 A 192.0.2.8\n`)
  const apex = '@ 60 SOA ns h 1 7200 3600 1209600 60\n@ 60 NS ns\nns 60 A 127.0.0.1\n* 60 A 192.0.2.7\n'
  writeFileSync(file, `$ORIGIN ${name}\n${apex}${own.join('')}`)
  if (!(label in SIGNED)) return { name, file }
  const keys = join(folder, `${label}.keys`)
  mkdirSync(keys)
  signet('key', 'generate', '--zone', name, '--algorithm', 'ECDSAP256SHA256', '--role', 'csk', '--keys', keys)
  signet('zone', 'sign', file, '--zone', name, '--keys', keys, '--out', `${file}.signed`, ...(SIGNED[label] ?? []))
  return { name, file: `${file}.signed`, anchor: join(folder, `dsset-${name}`) }
}

function signet(...words: string[]): void {
  const { status, stderr } = spawnSync(SIGNET, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`signet ${words.join(' ')}: ${stderr}`)
}

/** Ports of sockets that are not read. */
export async function silentServers(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let n = 0; n < count; n++) {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    socket.unref()
    ports.push(socket.address().port)
  }
  return ports
}
