/** The world of the resolver's soak: authorities, a forwarder, silent servers, the resolver, and what may happen to them. */
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, SIGNET } from './name-server.ts'
import { skip } from './report.ts'
import type { QuestionKind } from './resolver-load.ts'
import { makeZone, ServerProcess, SIGNED_NAMES, silentServers } from './soak-servers.ts'

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
const MONOTONIC_AS_IT_IS = { FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }
const SERVFAIL = 2
/** A signed zone without a trust anchor in the configuration. */
const ISLET = 'islet.world.'

/** What happens to the world; `during` has the kinds of names that may fail until it is over. */
export type Disturbance = {
  readonly name: string
  readonly during: readonly string[]
  begin(): void | Promise<void>
  end(): void | Promise<void>
}

export const KINDS: readonly QuestionKind[] = [
  { kind: 'unsigned', name: (n) => `n${n}.plain.world.`, rcode: 0, share: 4 },
  { kind: 'signed', name: (n) => `n${n % SIGNED_NAMES}.signed.world.`, rcode: 0, share: 4 },
  { kind: 'islet', name: (n) => `n${n % SIGNED_NAMES}.${ISLET}`, rcode: 0, share: 2 },
  { kind: 'cached', name: (n) => `c${n % 50}.signed.world.`, rcode: 0, share: 4 },
  { kind: 'forwarded', name: (n) => `n${n}.far.world.`, rcode: 0, share: 3 },
  // Its signatures end in half a day: at the right time they are good.
  { kind: 'ending', name: (n) => `n${n % SIGNED_NAMES}.ending.world.`, rcode: 0, share: 2 },
  { kind: 'broken', name: (n) => `n${n}.broken.world.`, rcode: SERVFAIL, share: 1 },
  { kind: 'dead', name: (n) => `n${n}.dead.world.`, rcode: undefined, share: 2 },
]

/** Authorities, a forwarder, silent servers, and the resolver that is measured. */
export class World {
  readonly port: number
  readonly #folder: string
  readonly #authority: ServerProcess
  readonly #forwarder: ServerProcess
  readonly resolver: ServerProcess
  readonly #clockFile: string
  readonly #configure: (turn: number) => void
  #turn = 0

  private constructor(parts: {
    folder: string
    port: number
    authority: ServerProcess
    forwarder: ServerProcess
    resolver: ServerProcess
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
    const zones = ['plain', 'signed', 'islet', 'far', 'ending', 'broken'].map((label) => makeZone(folder, label))
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
          ...['plain.world.', 'signed.world.', 'islet.world.', 'ending.world.', 'broken.world.'].map(stub),
          { name: 'far.world.', type: 'forward', forwarders: [`127.0.0.1:${forwarderPort}`] },
          { name: 'dead.world.', type: 'stub', addresses: dead.map((each) => `127.0.0.1:${each}`) },
        ],
        resolver: {
          enabled: true,
          trustAnchors: zones.flatMap(({ name, anchor }) => (name === ISLET ? [] : (anchor ?? []))),
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
    const authority = new ServerProcess(folder, 'authority', authorityFile)
    const forwarder = new ServerProcess(folder, 'forwarder', forwarderFile)
    const resolver = new ServerProcess(folder, 'resolver', configure(0), fake)
    await Promise.all([authority, forwarder, resolver].map((each) => each.untilReady()))
    return new World({ folder, port, authority, forwarder, resolver, clockFile, configure })
  }

  stop(): void {
    for (const each of [this.resolver, this.#forwarder, this.#authority]) each.stop()
  }

  disturbances(): Disturbance[] {
    const all = ['unsigned', 'signed', 'islet', 'cached', 'forwarded', 'ending', 'broken']
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
        name: 'the forwarder is silent',
        during: ['forwarded'],
        begin: () => this.#forwarder.signal('SIGSTOP'),
        end: () => this.#forwarder.signal('SIGCONT'),
      },
      {
        name: 'all authorities are silent',
        during: all,
        begin: () => this.#authority.signal('SIGSTOP'),
        end: () => this.#authority.signal('SIGCONT'),
      },
      {
        name: 'the forwarder is killed and started',
        during: ['forwarded'],
        begin: () => this.#forwarder.stop(),
        end: () => this.#forwarder.start(),
      },
      {
        name: 'all authorities are killed and started',
        during: all,
        begin: () => this.#authority.stop(),
        end: () => this.#authority.start(),
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
        name: 'trust point added and removed',
        during: [],
        begin: () => this.#steer('trust-point', 'add', join(this.#folder, `dsset-${ISLET}`)),
        end: () => this.#steer('trust-point', 'remove', ISLET),
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
