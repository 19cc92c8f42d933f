/**
 * A resolver under a steady load for as many minutes as are asked for, while its world fails in turn: forwarders and all authorities
 * stop, the wall clock is set by a day and back, settings and trust change, and a part of the names is in a zone whose servers are
 * silent all the time. At the end: how long service took to come back after each, memory of the second half beside the first,
 * errors in the log.
 *
 * The clock is set by libfaketime (Debian: faketime); without it these steps are left out by name.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, SIGNET } from './name-server.ts'
import { memberProcesses, residentKiB } from './process-figures.ts'
import { median, report, rounded, skip, withFolder } from './report.ts'
import { type QuestionKind, ResolverLoad } from './resolver-load.ts'

const DEFAULT_MINUTES = 3
const RATE = Number(process.env.RATE ?? 400)
const SAMPLE_SECONDS = 2
const CALM_SECONDS = 6
const OUTAGE_SECONDS = 8
const MOST_GROWTH = 1.05
/** Service is back so soon after a disturbance (milliseconds). */
const MOST_BACK = 2000
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
const SERVFAIL = 2

/** What happens to the world; `during` has the kinds of names that may fail until it is over. */
type Disturbance = {
  readonly name: string
  readonly during: readonly string[]
  begin(): void | Promise<void>
  end(): void | Promise<void>
}

export async function run(minutes = DEFAULT_MINUTES): Promise<void> {
  await withFolder(async (folder) => {
    const world = await World.start(folder)
    try {
      await new Soak(world).measure(minutes * 60)
    } catch (error) {
      throw new Error(`${String(error)}\n${world.resolver.log.slice(-3000)}`)
    } finally {
      world.stop()
    }
  })
}

class Soak {
  readonly #world: World
  readonly #memory: number[] = []
  readonly #backs: { readonly name: string; readonly milliseconds: number }[] = []
  #goesOn = true
  /** Times in which the names of these kinds may fail. */
  readonly #excused: { readonly from: number; to: number; readonly kinds: readonly string[] }[] = []

  constructor(world: World) {
    this.#world = world
  }

  async measure(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    const load = new ResolverLoad(this.#world.port, KINDS, RATE)
    const sampling = this.#sample()
    const disturbances = this.#world.disturbances()
    await sleep(CALM_SECONDS * 1000)
    for (let turn = 0; performance.now() < end; turn++) {
      const disturbance = disturbances[turn % disturbances.length]
      if (disturbance !== undefined) await this.#disturb(disturbance, load)
      console.error(`soak: ${disturbance?.name}, ${Math.round((end - performance.now()) / 1000)} s left`)
    }
    this.#goesOn = false
    await sampling
    load.stop()
    this.#tell(seconds, load)
  }

  async #disturb({ name, during, begin, end }: Disturbance, load: ResolverLoad): Promise<void> {
    const excuse = { from: performance.now() - 1500, to: Number.POSITIVE_INFINITY, kinds: during }
    this.#excused.push(excuse)
    await begin()
    await sleep(OUTAGE_SECONDS * 1000)
    await end()
    const over = performance.now()
    excuse.to = over
    await sleep(CALM_SECONDS * 1000)
    // The last question after the end that did not get its answer: then service was not back.
    const late = load.misses.filter(({ at }) => at >= over)
    const milliseconds = late.length === 0 ? 0 : (late.at(-1)?.at ?? over) - over
    this.#backs.push({ name, milliseconds })
  }

  async #sample(): Promise<void> {
    while (this.#goesOn) {
      this.#memory.push(this.#world.resolver.residentKiB)
      await sleep(SAMPLE_SECONDS * 1000)
    }
  }

  #tell(seconds: number, load: ResolverLoad): void {
    const name = `resolver soak ${Math.round(seconds)} s`
    const worst: Record<string, number> = {}
    for (const { name: of, milliseconds } of this.#backs) worst[of] = Math.max(worst[of] ?? 0, Math.round(milliseconds))
    const back = Math.max(0, ...this.#backs.map(({ milliseconds }) => milliseconds))
    report(
      { name: `${name}, service back after a disturbance`, unit: 'ms', ours: back, atMost: MOST_BACK },
      { disturbances: this.#backs.length, worst, sent: load.sent, answers: load.answers },
    )
    const unexcused = load.misses.filter(
      ({ kind, at }) =>
        !this.#excused.some(({ from, to, kinds }) => at >= from && at <= to + MOST_BACK && kinds.includes(kind)),
    )
    report(
      {
        name: `${name}, good names without their answer in a second`,
        unit: 'questions',
        ours: unexcused.length,
        atMost: 0,
      },
      { first: unexcused.slice(0, 5) },
    )
    const errors = this.#world.resolver.log.split('\n').filter((line) => /"level":(?:"error"|50)/.test(line))
    const unhandled = errors.filter((line) => !/clock/i.test(line))
    report(
      { name: `${name}, errors in the log`, unit: 'lines', ours: unhandled.length, atMost: 0 },
      { first: unhandled.slice(0, 3), running: this.#world.resolver.isRunning },
    )
    const settled = this.#memory.slice(this.#memory.length >> 2)
    const half = settled.length >> 1
    const [first = 0, second = 0] = [settled.slice(0, half), settled.slice(half)].map(median)
    report(
      {
        name: `${name}, memory of the second half beside the first`,
        unit: 'KiB',
        ours: second,
        peer: first,
        peerName: 'first half',
        atMost: MOST_GROWTH,
      },
      { samples: this.#memory.filter((_, i) => i % 10 === 0).map(rounded) },
    )
  }
}

const KINDS: readonly QuestionKind[] = [
  { kind: 'unsigned', name: (n) => `n${n}.plain.world.`, rcode: 0, share: 4 },
  { kind: 'signed', name: (n) => `n${n}.signed.world.`, rcode: 0, share: 4 },
  { kind: 'cached', name: (n) => `c${n % 50}.signed.world.`, rcode: 0, share: 4 },
  { kind: 'forwarded', name: (n) => `n${n}.far.world.`, rcode: 0, share: 3 },
  // Its signatures end in half a day: at the right time they are good.
  { kind: 'ending', name: (n) => `n${n}.ending.world.`, rcode: 0, share: 2 },
  { kind: 'broken', name: (n) => `n${n}.broken.world.`, rcode: SERVFAIL, share: 1 },
  { kind: 'dead', name: (n) => `n${n}.dead.world.`, rcode: undefined, share: 2 },
]

/** Authorities, a forwarder, silent servers, and the resolver that is measured. */
class World {
  readonly port: number
  readonly #folder: string
  readonly #authority: Process
  readonly #forwarder: Process
  readonly resolver: Process
  readonly #clockFile: string
  readonly #configure: (turn: number) => void
  #turn = 0

  private constructor(parts: {
    folder: string
    port: number
    authority: Process
    forwarder: Process
    resolver: Process
    clockFile: string
    configure: (turn: number) => void
  }) {
    this.#folder = parts.folder
    this.port = parts.port
    this.#authority = parts.authority
    this.#forwarder = parts.forwarder
    this.resolver = parts.resolver
    this.#clockFile = parts.clockFile
    this.#configure = parts.configure
  }

  static async start(folder: string): Promise<World> {
    const [authorityPort, forwarderPort, port] = [await freePort(), await freePort(), await freePort()]
    const zones = ['plain', 'signed', 'far', 'ending', 'broken'].map((label) => makeZone(folder, label))
    const dead = await silentServers(4)
    const common = (data: string, listen: number) => ({
      data: join(folder, data),
      server: { listen: [`127.0.0.1:${listen}`], threads: 1 },
      management: { listen: [] },
    })
    const write = (name: string, settings: object): string => {
      const path = join(folder, `${name}.yaml`)
      writeFileSync(path, JSON.stringify(settings))
      return path
    }
    const stub = (name: string) => ({ name, type: 'stub', addresses: [`127.0.0.1:${authorityPort}`] })
    const authorityFile = write('authority', {
      ...common('authority', authorityPort),
      zones: zones.map(({ name, file }) => ({ name, type: 'primary', file })),
    })
    const forwarderFile = write('forwarder', {
      ...common('forwarder', forwarderPort),
      zones: [stub('far.world.')],
      resolver: { enabled: true, negativeTrustAnchors: [{ name: 'world.' }] },
    })
    const configure = (turn: number): string =>
      write('resolver', {
        ...common('resolver', port),
        zones: [
          ...['plain.world.', 'signed.world.', 'ending.world.', 'broken.world.'].map(stub),
          { name: 'far.world.', type: 'forward', forwarders: [`127.0.0.1:${forwarderPort}`] },
          { name: 'dead.world.', type: 'stub', addresses: dead.map((each) => `127.0.0.1:${each}`) },
        ],
        resolver: {
          enabled: true,
          trustAnchors: zones.flatMap(({ anchor }) => anchor ?? []),
          rootTrustAnchors: false,
          cookies: turn % 2 === 0,
          cache: { rrsetOctets: '8MiB', messageOctets: '4MiB' },
        },
      })
    const clockFile = join(folder, 'clock')
    writeFileSync(clockFile, '+0\n')
    const fake = existsSync(FAKETIME)
      ? { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: clockFile, FAKETIME_NO_CACHE: '1', ...MONOTONIC_AS_IT_IS }
      : {}
    const authority = new Process(folder, 'authority', authorityFile)
    const forwarder = new Process(folder, 'forwarder', forwarderFile)
    const resolver = new Process(folder, 'resolver', configure(0), fake)
    await Promise.all([authority, forwarder, resolver].map((each) => each.untilReady()))
    return new World({ folder, port, authority, forwarder, resolver, clockFile, configure })
  }

  stop(): void {
    for (const each of [this.resolver, this.#forwarder, this.#authority]) each.stop()
  }

  disturbances(): Disturbance[] {
    const all = ['unsigned', 'signed', 'cached', 'forwarded', 'ending', 'broken']
    const clock = (text: string): void => writeFileSync(this.#clockFile, `${text}\n`)
    const stepped = (name: string, offset: string): Disturbance => ({
      name,
      during: ['ending'],
      begin: () => clock(offset),
      end: () => clock('+0'),
    })
    const clockSteps = existsSync(FAKETIME)
      ? [stepped('clock a day forward', '+86400'), stepped('clock a day back', '-86400')]
      : []
    if (clockSteps.length === 0) skip('resolver soak, steps of the clock', `there is no ${FAKETIME}`)
    return [
      {
        name: 'outage of the forwarder',
        during: ['forwarded'],
        begin: () => this.#forwarder.signal('SIGSTOP'),
        end: () => this.#forwarder.signal('SIGCONT'),
      },
      {
        name: 'outage of all authorities',
        during: all,
        begin: () => this.#authority.signal('SIGSTOP'),
        end: () => this.#authority.signal('SIGCONT'),
      },
      ...clockSteps,
      {
        name: 'reload with other settings',
        during: [],
        begin: () => {
          this.#configure(++this.#turn)
          this.resolver.signal('SIGHUP')
        },
        end: () => {},
      },
      {
        name: 'negative anchor added and removed',
        during: ['broken'],
        begin: () => this.#steer('negative-anchor', 'add', 'broken.world.'),
        end: () => this.#steer('negative-anchor', 'remove', 'broken.world.'),
      },
      {
        name: 'trust point refreshed',
        during: [],
        begin: () => this.#steer('trust-point', 'refresh', 'signed.world.'),
        end: () => {},
      },
      {
        name: 'caches flushed',
        during: [],
        begin: () => this.#steer('resolver', 'flush', '.', '--subtree'),
        end: () => {},
      },
    ]
  }

  async #steer(...words: string[]): Promise<void> {
    const child = spawn(SIGNET, [...words, '--config', join(this.#folder, 'resolver.yaml')], { stdio: 'ignore' })
    const status = await new Promise((resolve) => child.once('close', resolve))
    if (status !== 0) throw new Error(`signet ${words.join(' ')}: exit status ${status}`)
  }
}

const MONOTONIC_AS_IT_IS = { FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }

/** `signet serve` as a process group of its own. */
class Process {
  readonly #logFile: string
  readonly #child: ChildProcess

  constructor(folder: string, name: string, configuration: string, environment: NodeJS.ProcessEnv = {}) {
    this.#logFile = join(folder, `${name}.log`)
    const log = openSync(this.#logFile, 'a')
    const env = { ...process.env, ...environment }
    this.#child = spawn(SIGNET, ['serve', '--config', configuration], {
      stdio: ['ignore', log, log],
      detached: true,
      env,
    })
    process.once('exit', () => this.stop())
  }

  get log(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  get residentKiB(): number {
    return residentKiB(memberProcesses(this.#child.pid ?? 0))
  }

  async untilReady(): Promise<void> {
    while (!this.log.includes('signet: ready')) {
      if (!this.isRunning) throw new Error(`a server does not start\n${this.log}`)
      await sleep(50)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  stop(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // It is gone.
    }
  }
}

/** A zone in which every name has an address: plain, signed, signed for half a day more, or with signatures that ended. */
function makeZone(folder: string, label: string): { name: string; file: string; anchor?: string } {
  const name = `${label}.world.`
  const file = join(folder, `${label}.zone`)
  writeFileSync(
    file,
    `$ORIGIN ${name}\n@ 60 SOA ns h 1 7200 3600 1209600 60\n@ 60 NS ns\nns 60 A 127.0.0.1\n* 60 A 192.0.2.7\n`,
  )
  if (label === 'plain' || label === 'far') return { name, file }
  const times: Record<string, string[]> = {
    signed: ['--inception', '-3d', '--expiration', '+20d'],
    ending: ['--inception', '-12h', '--expiration', '+12h'],
    broken: ['--inception', '-30d', '--expiration', '-10d'],
  }
  const keys = join(folder, `${label}.keys`)
  mkdirSync(keys)
  signet('key', 'generate', '--zone', name, '--algorithm', 'ECDSAP256SHA256', '--role', 'csk', '--keys', keys)
  signet('zone', 'sign', file, '--zone', name, '--keys', keys, '--out', `${file}.signed`, ...(times[label] ?? []))
  return { name, file: `${file}.signed`, anchor: join(folder, `dsset-${name}`) }
}

function signet(...words: string[]): void {
  const { status, stderr } = spawnSync(SIGNET, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`signet ${words.join(' ')}: ${stderr}`)
}

/** Sockets that nobody reads: their ports. */
async function silentServers(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let n = 0; n < count; n++) {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    socket.unref()
    ports.push(socket.address().port)
  }
  return ports
}
