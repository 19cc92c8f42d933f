/** What all secondary zones of a server share: the timer, the limits of questions and transfers, the writing down. */
import type { Name } from '../dns/name/index.ts'
import type { SecondaryState } from '../store/index.ts'
import { formatAddress } from '../transport/index.ts'
import { Alarms } from './alarms.ts'
import type { Remote } from './configuration/index.ts'
import { commitIfPossible, type World } from './hosted-zone.ts'
import { type Checked, checkPrimary, type Fetched, fetchZone } from './primary-talk.ts'
import { warnOfLeftOut } from './transfer-notes.ts'
import { Turnstile } from './turnstile.ts'
import { nextTurn } from './zones/next-turn.ts'

/** Questions for a SOA at one time: each has a socket. */
const MOST_QUESTIONS = { all: 128, each: 64 }
/** What confirmations of zones say is written together. One that is lost in a kill is asked for again. */
const WRITE_MILLISECONDS = 1000
/** Zones that hear of the wall clock before others get their turn. */
const BATCH = 200

/** Hears when the wall clock was set. */
type Follower = { wallClockSet(): void }

export class SecondaryDesk {
  readonly #world: World
  readonly alarms: Alarms
  readonly #questions = new Turnstile(() => MOST_QUESTIONS)
  readonly #transfers: Turnstile
  readonly #unwritten = new Map<string, { readonly zone: Name; readonly state: SecondaryState }>()
  #timer: NodeJS.Timeout | undefined
  readonly #followers = new Set<Follower>()
  /** How far the wall clock was ahead when this was made. */
  readonly #aheadAtFirst: number
  #endJumps: (() => void) | undefined

  constructor(world: World) {
    this.#world = world
    this.alarms = new Alarms(world.clock)
    this.#aheadAtFirst = world.clock.ahead()
    this.#transfers = new Turnstile(() => {
      const { maxIn, maxInPerPrimary } = world.configuration().transfers
      return { all: maxIn, each: maxInPerPrimary }
    })
  }

  /** Asks a primary for the SOA, in its turn; undefined when that is not wanted any more. */
  async check(remote: Remote, zone: Name, wanted: () => boolean): Promise<Checked | undefined> {
    const pass = await this.#questions.enter(formatAddress(remote.address))
    try {
      const checked = wanted() ? await checkPrimary(this.#world, remote, zone) : undefined
      return wanted() ? checked : undefined
    } finally {
      pass.leave()
    }
  }

  /** Fetches a zone, in its turn; `take` has what came while its memory counts. Neither happens when it is not wanted any more. */
  async fetch(
    remote: Remote,
    query: Parameters<typeof fetchZone>[2],
    wanted: () => boolean,
    take: (fetched: Fetched) => Promise<void>,
  ): Promise<void> {
    const pass = await this.#transfers.enter(formatAddress(remote.address))
    const account = this.#world.transferMemory.open()
    try {
      if (!wanted()) return
      const fetched = await fetchZone(this.#world, remote, query, wanted, account)
      if (!wanted()) return
      if (fetched.kind !== 'failed') warnOfLeftOut(this.#world, query.zone, remote, fetched.outOfZone)
      await take(fetched)
    } finally {
      account.close()
      pass.leave()
    }
  }

  /** Has a zone hear of it when the wall clock is set. */
  follow(zone: Follower): void {
    this.#followers.add(zone)
    this.#endJumps ??= this.#world.clock.onJump((seconds) => void this.#wallClockSet(seconds), this.#aheadAtFirst)
  }

  unfollow(zone: Follower): void {
    this.#followers.delete(zone)
  }

  async #wallClockSet(seconds: number): Promise<void> {
    const zones = this.#followers.size
    const text = `the wall clock moved by ${seconds} s: stored times of secondary zones are adjusted`
    this.#world.log.warn({ seconds, zones }, text)
    let count = 0
    for (const zone of this.#followers) {
      zone.wallClockSet()
      if (++count % BATCH === 0) await nextTurn()
    }
  }

  /** Writes down soon how a zone stands. */
  remember(zone: Name, state: SecondaryState): void {
    this.#unwritten.set(zone.key, { zone, state })
    this.#timer ??= setTimeout(() => void this.#write(), WRITE_MILLISECONDS).unref()
  }

  /** What was to be written of a zone is out of date. */
  forget(zone: Name): void {
    this.#unwritten.delete(zone.key)
  }

  async stop(): Promise<void> {
    this.alarms.stop()
    this.#endJumps?.()
    this.#followers.clear()
    await this.#write()
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const rows = [...this.#unwritten.values()]
    this.#unwritten.clear()
    if (rows.length === 0) return
    const { state, log } = this.#world
    try {
      // What the disk does not take now, every zone gives again when it does.
      await commitIfPossible(
        state,
        rows.map((row) => ({ kind: 'secondary-state', ...row }) as const),
      )
    } catch (error) {
      log.error({ error, zones: rows.length }, 'what primaries confirmed could not be written down')
    }
  }
}
