/**
 * A resolver under a steady load for as many minutes as are asked for, while its world fails in turn: the forwarder and all
 * authorities are silent, or are killed and started; the wall clock is set by a day and back; settings and trust change; and a part of
 * the names is in a zone whose servers are silent all the time. At the end: how long service took to come back after each
 * disturbance, good names without their answer, errors in the log, and memory of the second half beside the first. A bound that is
 * missed sets the exit status.
 *
 * `RATE`: questions a second (default: 400). `ONLY`: a part of the names of the disturbances that are wanted (default: all). The clock is set by libfaketime (Debian: faketime); without it these steps are left out
 * by name.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Memory } from './process-figures.ts'
import { median, report, rounded, withFolder } from './report.ts'
import { ResolverLoad, type Span } from './resolver-load.ts'
import { type Disturbance, KINDS, World } from './resolver-soak-world.ts'

const DEFAULT_MINUTES = 3
const RATE = Number(process.env.RATE ?? 400)
const ONLY = process.env.ONLY ?? ''
const SAMPLE_SECONDS = 2
/** Of each sample: so long a thread of the resolver may wait for a processor. */
const MOST_WAITED_SECONDS = 1
const CALM_SECONDS = 6
const OUTAGE_SECONDS = 8
const MOST_GROWTH = 1.05
/** A shorter soak does not judge memory: caches still fill, and the collector runs too rarely. */
const MEMORY_SECONDS = 600
/** Service is back so soon after a disturbance (milliseconds). */
const MOST_BACK = 2000

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

/** After one disturbance: until when questions did not get their answer, and of which kinds. */
type Back = { readonly name: string; readonly milliseconds: number; readonly kinds: readonly string[] }

class Soak {
  readonly #world: World
  readonly #memory: Memory[] = []
  readonly #backs: Back[] = []
  /** When other programs of the machine kept the resolver from running: what it missed then is not its own fault. */
  readonly #starved: Span[] = []
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
    const disturbances = this.#world.disturbances().filter(({ name }) => name.includes(ONLY))
    await sleep(CALM_SECONDS * 1000)
    for (let turn = 0; performance.now() < end && this.#world.resolver.isRunning; turn++) {
      const disturbance = disturbances[turn % disturbances.length]
      if (disturbance !== undefined) await this.#disturb(disturbance, load)
      const { milliseconds, kinds } = this.#backs.at(-1) ?? { milliseconds: 0, kinds: [] }
      const left = Math.max(0, Math.round((end - performance.now()) / 1000))
      const memory = this.#memory.at(-1)
      console.error(
        `soak: ${disturbance?.name}: back after ${Math.round(milliseconds)} ms ${kinds.join(' ')}; ` +
          `${Math.round((memory?.all ?? 0) / 1024)} MiB; ${left} s left`,
      )
    }
    this.#goesOn = false
    await sampling
    load.stop()
    this.#printTable()
    this.#report(seconds, load)
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
    const late = load.missesBeside(this.#starved).filter(({ at }) => at >= over)
    const milliseconds = late.reduce((last, { at }) => Math.max(last, at - over), 0)
    this.#backs.push({
      name,
      milliseconds,
      kinds: [...new Set(late.map(({ kind, what }) => `${kind} (${what.replace(/ after .*/, ' late')})`))],
    })
  }

  async #sample(): Promise<void> {
    const { resolver } = this.#world
    let from = performance.now()
    let before = resolver.waitedSeconds
    while (this.#goesOn) {
      this.#memory.push(resolver.memory)
      await sleep(SAMPLE_SECONDS * 1000)
      const to = performance.now()
      const after = resolver.waitedSeconds
      const waited = [...after].map(([thread, seconds]) => seconds - (before.get(thread) ?? seconds))
      if (Math.max(0, ...waited) > MOST_WAITED_SECONDS) this.#starved.push({ from, to })
      from = to
      before = after
    }
  }

  #worst(): Record<string, { times: number; milliseconds: number; kinds: Set<string> }> {
    const worst: Record<string, { times: number; milliseconds: number; kinds: Set<string> }> = {}
    for (const { name, milliseconds, kinds } of this.#backs) {
      const known = worst[name] ?? { times: 0, milliseconds: 0, kinds: new Set() }
      worst[name] = known
      known.times++
      known.milliseconds = Math.max(known.milliseconds, Math.round(milliseconds))
      for (const kind of kinds) known.kinds.add(kind)
    }
    return worst
  }

  #printTable(): void {
    console.error(`\n${'disturbance'.padEnd(44)}times  worst ms  names that failed after it`)
    for (const [name, { times, milliseconds, kinds }] of Object.entries(this.#worst())) {
      const figures = `${String(times).padStart(5)}  ${String(milliseconds).padStart(8)}`
      console.error(`${name.padEnd(44)}${figures}  ${[...kinds].join(' ')}`)
    }
    console.error('')
    const share = this.#starved.length / Math.max(1, this.#memory.length)
    if (share > 0.2)
      console.error(
        `soak: other programs kept the resolver waiting in ${Math.round(share * 100)} % of the time; it was not judged then\n`,
      )
  }

  #report(seconds: number, load: ResolverLoad): void {
    const name = `resolver soak ${Math.round(seconds)} s`
    const worst = Object.fromEntries(Object.entries(this.#worst()).map(([of, { milliseconds }]) => [of, milliseconds]))
    const back = Math.max(0, ...this.#backs.map(({ milliseconds }) => milliseconds))
    report(
      { name: `${name}, service back after a disturbance`, unit: 'ms', ours: back, atMost: MOST_BACK },
      { disturbances: this.#backs.length, worst, sent: load.sent, answers: load.answers },
    )
    const unexcused = load
      .missesBeside(this.#starved)
      .filter(
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
      { first: unexcused.slice(0, 5), stallsOfTheLoad: load.stalls.length, starved: this.#starved.length },
    )
    const { log, isRunning } = this.#world.resolver
    const errors = log.split('\n').filter((line) => /"level":(?:"error"|"fatal"|50|60)/.test(line))
    const unhandled = errors.filter((line) => !/clock/i.test(line))
    report(
      {
        name: `${name}, errors in the log, and an end of the server`,
        unit: 'lines',
        ours: unhandled.length + (isRunning ? 0 : 1),
        atMost: 0,
      },
      { first: unhandled.slice(0, 3), isRunning },
    )
    const growth = seconds < MEMORY_SECONDS ? undefined : MOST_GROWTH
    this.#reportMemory(`${name}, memory of the second half beside the first`, growth, ({ all }) => all)
    this.#reportMemory(`${name}, heaps of the second half beside the first`, growth, ({ anonymous }) => anonymous)
  }

  /** The first quarter is left out: caches fill. */
  #reportMemory(name: string, atMost: number | undefined, pick: (memory: Memory) => number): void {
    const samples = this.#memory.map(pick)
    const settled = samples.slice(samples.length >> 2)
    const half = settled.length >> 1
    const [first = 0, second = 0] = [settled.slice(0, half), settled.slice(half)].map(median)
    const every = Math.max(1, Math.ceil(samples.length / 40))
    report(
      { name, unit: 'KiB', ours: second, peer: first, peerName: 'first half', ...(atMost !== undefined && { atMost }) },
      { samples: samples.filter((_, i) => i % every === 0).map(rounded) },
    )
  }
}
