/**
 * What secondary zones have from their stored times when the wall clock is set while the server runs, or between two runs: a zone
 * ends by true time wherever that can be known, and by the wall clock as it is set where nothing else tells how old the zone is.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../dns/name/index.ts'
import { openState } from '../store/index.ts'
import { act, type ConfigurationText, TestServer, until, zoneText } from './servers.fixture.ts'

const DAY = 86_400
const HOUR = 3600
const EXPIRE = HOUR
const TIMERS = `1800 900 ${EXPIRE} 300`
/** A step of the clock has its effect within that; a busy machine may add as much. */
const EFFECT_SECONDS = 2
const apex = Name.parse('example.')

/** A primary that sends no NOTIFY, and a secondary with the zone. */
class Pair {
  readonly primary = new TestServer()
  readonly secondary = new TestServer()
  #text: ConfigurationText = { zones: [] }

  static async start(ahead = 0): Promise<Pair> {
    const pair = new Pair()
    pair.primary.file('example', zoneText(1, '', TIMERS))
    await pair.startPrimary()
    const primaries = [`127.0.0.1:${pair.primary.port}`]
    pair.#text = { zones: [{ name: 'example.', type: 'secondary', primaries }] }
    pair.secondary.clockAhead = ahead
    await pair.secondary.start(pair.#text)
    await until(async () => (await pair.secondary.serial('example.')) === 1, 'the first transfer')
    return pair
  }

  startPrimary(): Promise<void> {
    const file = `${this.primary.folder}/example`
    return this.primary.start({ zones: [{ name: 'example.', type: 'primary', file, allowTransfer: ['127.0.0.1'] }] })
  }

  /** Starts the secondary again after so many seconds, when the wall clock is ahead by so much. The primary is away. */
  async restart(restSeconds: number, ahead: number, boot = 'first'): Promise<void> {
    await this.primary.stop()
    await this.secondary.stop()
    const state = await openState(`${this.secondary.folder}/state`, 0)
    const stored = state.zones.secondary(apex) ?? assert.fail('nothing is stored')
    const [checkedAt = 0, expiresAt = 0] = [stored.checkedAt, stored.expiresAt]
    // So much earlier was it written: nobody has to wait.
    const times = { checkedAt: checkedAt - restSeconds, expiresAt: expiresAt - restSeconds }
    state.zones.saveSecondary(apex, { ...stored, ...times })
    state.close()
    this.secondary.clockAhead = ahead
    this.secondary.boot = boot
    await this.secondary.start(this.#text)
  }

  get state(): string | undefined {
    return this.secondary.status('example.')?.state
  }

  /** Asserts that the zone is served, and for how many seconds more. */
  servesFor(expected: number): void {
    assert.equal(this.state, 'serving')
    const { expiresAt = 0 } = this.secondary.status('example.') ?? {}
    const left = expiresAt - this.secondary.clockAhead - Date.now() / 1000
    assert.ok(left <= expected + 2 && left > expected - 60, `for ${left} s more, not ${expected}`)
  }

  async setClock(ahead: number, state: string): Promise<void> {
    this.secondary.clockAhead = ahead
    await until(() => this.state === state, `the zone is ${state}`, 2 * EFFECT_SECONDS)
    assert.equal((await this.secondary.ask('www.example.', 'A')).header.rcode, state === 'serving' ? 0 : 2)
  }
}

describe('a wall clock that is set while a secondary runs', () => {
  it('leaves stored times as it has them itself: those of a corrected clock are right after a boot', async () => {
    const pair = await Pair.start(30 * DAY)
    const stored = () => pair.secondary.server.state.zones.secondary(apex)
    const now = Date.now() / 1000
    assert.ok(Math.abs((stored()?.checkedAt ?? 0) - now - 30 * DAY) < 30)
    pair.secondary.clockAhead = 0
    await until(() => Math.abs((stored()?.checkedAt ?? 0) - now) < 30, 'the right time', 2 * EFFECT_SECONDS)
    assert.match(
      pair.secondary.lines.join('\n'),
      /warn the wall clock moved by -259\d{4} s: stored times of secondary zones/,
    )
    await pair.restart(1000, 0, 'second')
    pair.servesFor(EXPIRE - 1000)
  })

  it('has primaries that did not help asked again at once, since TSIG may have failed by the clock', async () => {
    const pair = await Pair.start(HOUR)
    pair.primary.file('example', zoneText(2, '', TIMERS))
    const { port } = pair.primary
    await pair.primary.stop()
    await act(pair.secondary.server.zones.find(apex), 'reload')
    await until(() => pair.secondary.lines.some((line) => line.includes('no primary helped')), 'a failure')
    pair.primary.port = port
    await pair.startPrimary()
    assert.equal(await pair.secondary.serial('example.'), 1)
    pair.secondary.clockAhead = 0
    await until(async () => (await pair.secondary.serial('example.')) === 2, 'the new version', 2 * EFFECT_SECONDS)
  })
})

describe('a wall clock that is set between two runs of a secondary', () => {
  const steps = [
    [30 * DAY, 0],
    [0, 30 * DAY],
    [0, -HOUR],
    [-HOUR, 0],
  ] as const
  for (const [before, after] of steps) {
    it(`from ${before} s to ${after} s ahead, in one boot: the zone ends by true time`, async () => {
      const pair = await Pair.start(before)
      await pair.restart(1000, after)
      pair.servesFor(EXPIRE - 1000)
      await pair.restart(EXPIRE - 900, before)
      assert.equal(pair.state, 'expired')
    })
  }

  it('and a boot: a stored time that is ahead counts as that of the start, and further restarts add nothing', async () => {
    const pair = await Pair.start(30 * DAY)
    await pair.restart(1000, 0, 'second')
    pair.servesFor(EXPIRE)
    await pair.restart(500, 0, 'second')
    pair.servesFor(EXPIRE - 500)
    await pair.restart(500, 0, 'third')
    pair.servesFor(EXPIRE - 1000)
  })

  it('and a boot: a zone that a clock in the past keeps alive expires once the clock is set', async () => {
    const pair = await Pair.start()
    await pair.restart(EXPIRE + 100, -30 * DAY, 'second')
    assert.equal(pair.state, 'serving')
    await pair.setClock(0, 'expired')
    await pair.restart(0, 0, 'second')
    assert.equal(pair.state, 'expired')
  })

  it('and a boot: what only a wrong clock stood for is no more certain after one more restart', async () => {
    const pair = await Pair.start()
    await pair.restart(EXPIRE + 100, -30 * DAY, 'second')
    assert.equal(pair.state, 'serving')
    await pair.restart(0, 0, 'second')
    assert.equal(pair.state, 'expired')
  })

  it('and a boot: a zone that a clock ahead of its time had expire is served again once the clock is set back', async () => {
    const pair = await Pair.start()
    await pair.restart(1000, 30 * DAY, 'second')
    assert.equal(pair.state, 'expired')
    await pair.setClock(0, 'serving')
    pair.servesFor(EXPIRE - 1000)
    assert.doesNotMatch(pair.secondary.status('example.')?.reason ?? '', /longer than its SOA allows/)
  })

  it('and a boot: no number of steps prolongs a zone beyond its expiry from the start of the server', async () => {
    const pair = await Pair.start(30 * DAY)
    await pair.restart(0, 0, 'second')
    await sleep(2500)
    await pair.setClock(-HOUR, 'serving')
    await sleep(1000)
    const { expiresAt = 0, lastRefresh = 0 } = pair.secondary.status('example.') ?? {}
    assert.equal(expiresAt - lastRefresh, EXPIRE)
    assert.ok(lastRefresh <= Date.now() / 1000 - HOUR - 2.5, 'good as of the start')
  })

  it('and a boot: once a primary has confirmed the zone, the wall clock counts for nothing', async () => {
    const pair = await Pair.start()
    const { port } = pair.primary
    await pair.restart(1000, 0, 'second')
    pair.primary.port = port
    await pair.startPrimary()
    await act(pair.secondary.server.zones.find(apex), 'reload')
    await until(() => {
      const { lastRefresh = 0, state } = pair.secondary.status('example.') ?? {}
      return state === 'serving' && lastRefresh > Date.now() / 1000 - 500
    }, 'a confirmation')
    await pair.primary.stop()
    pair.secondary.clockAhead = 30 * DAY
    await until(() => pair.secondary.lines.some((line) => line.includes('the wall clock moved')), 'the step')
    pair.servesFor(EXPIRE)
  })
})
