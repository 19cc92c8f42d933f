/** What is stored of trust points, negative anchors and the time while the wall clock is set. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import type { WallMark } from '../../ports/index.ts'
import { SILENT_LOG } from '../../ports/log.ts'
import type { TrustStates } from '../../store/index.ts'
import { newFolder, tamper, withState } from '../../store/state.fixture.ts'
import type { NegativeAnchor, PointAnchor } from '../../validator/index.ts'
import { SETTINGS } from '../../validator/signed-zone.fixture.ts'
import {
  DAY,
  dsAnchor,
  makePair,
  show,
  ZONE,
  type ZoneKeyPair,
} from '../../validator/trust-points/rolling-zone.fixture.ts'
import { readConfiguration } from '../configuration/index.ts'
import { TrustKeeper } from './trust-keeper.ts'

const START = 1_800_000_000
const YEAR = 366 * DAY
const BROKEN = Name.parse('broken.example.')
let a: ZoneKeyPair
let b: ZoneKeyPair

before(async () => {
  a = await makePair()
  b = await makePair()
})

class SetClock {
  passed = 0
  setBy = 0
  wall(): number {
    return START + this.passed + this.setBy
  }
  steady(): number {
    return START + this.passed
  }
  ahead(): number {
    return this.setBy
  }
  boot = 'first'
  mark(): WallMark {
    return { boot: this.boot, ahead: this.setBy }
  }
  aheadAt(mark: WallMark | undefined): number | undefined {
    return mark?.boot === this.boot ? mark.ahead : undefined
  }
}

class Kept {
  readonly clock = new SetClock()
  readonly keeper: TrustKeeper
  doubts = 0

  constructor(states: TrustStates, negative: readonly NegativeAnchor[] = [], setBy = 0, passed = 0, boot = 'first') {
    this.clock.boot = boot
    this.clock.setBy = setBy
    this.clock.passed = passed
    const { resolver } = readConfiguration('data: /\nresolver: { enabled: true, rootTrustAnchors: false }\n', 'test')
    const parts = {
      clock: this.clock,
      random: { bytes: (length: number) => new Uint8Array(length) },
      log: SILENT_LOG,
      states,
      settings: SETTINGS,
      fetch: () => {},
      distrusted: () => {},
      clockDoubtChanged: () => {
        this.doubts++
      },
    }
    this.keeper = new TrustKeeper(parts, { ...resolver, negativeTrustAnchors: negative }, [])
  }

  set(seconds: number): void {
    this.clock.setBy += seconds
    this.keeper.wallClockSet(seconds)
  }

  look(keys: readonly ZoneKeyPair[], signedAt: number): void {
    const { clock } = this
    this.keeper.points.observe(ZONE, show({ keys }, signedAt), clock.steady(), signedAt)
  }

  /** The second key, as people see it. */
  get second(): PointAnchor<number> | undefined {
    return this.keeper
      .shown()
      .flatMap(({ anchors }) => anchors)
      .find(({ rdata }) => rdata.toHex() === b.rdata.toHex())
  }
}

test('what is stored follows the wall clock; a restart finds what was waited for', async () => {
  await withState(newFolder(), ({ trust: states }) => {
    const kept = new Kept(states)
    kept.keeper.points.add(dsAnchor(a))
    kept.look([a, b], START)
    kept.clock.passed += 20 * DAY
    kept.set(10 * YEAR)
    assert.equal(kept.second?.since, START + 10 * YEAR, 'people see times of the wall clock')
    const again = new Kept(states, [], 10 * YEAR, 20 * DAY)
    assert.equal(again.second?.since, START + 10 * YEAR, 'twenty days were waited, not ten years')
    again.clock.passed += 5 * DAY
    again.look([a, b], START)
    assert.equal(again.second?.state, 'AddPend')
    again.clock.passed += 6 * DAY
    again.look([a, b], START)
    assert.equal(again.second?.state, 'Valid')
  })
})

test('stored times of a wrong clock do not end a hold-down time once the clock is right', async () => {
  await withState(newFolder(), ({ trust: states }) => {
    const kept = new Kept(states)
    kept.keeper.points.add(dsAnchor(a))
    kept.set(-YEAR)
    kept.look([a, b], START)
    const again = new Kept(states, [], 0, DAY)
    again.look([a, b], START)
    assert.equal(again.second?.state, 'AddPend', 'stored by a clock that was a year behind')
  })
})

test('RFC7646: a negative anchor is stored with the end that it has; one of the configuration is not stored', async () => {
  await withState(newFolder(), ({ trust: states }) => {
    const configured = { name: Name.parse('configured.example.'), until: START + DAY }
    const kept = new Kept(states, [configured])
    kept.keeper.addNegative({ name: BROKEN, until: START + DAY })
    kept.clock.passed = 3600
    kept.set(-YEAR)
    assert.deepEqual(states.load().negative, [{ name: BROKEN, until: START - YEAR + DAY }])
    kept.set(YEAR)
    assert.deepEqual(states.load().negative, [{ name: BROKEN, until: START + DAY }])
    kept.set(2 * DAY)
    assert.equal(kept.keeper.points.negative.find(BROKEN, kept.clock.steady()), undefined)
    assert.equal(states.load().negative.length, 1, 'the clock may be wrong now')
    kept.set(-2 * DAY)
    assert.ok(kept.keeper.points.negative.find(BROKEN, kept.clock.steady()))
    kept.clock.passed = DAY
    kept.set(2 * DAY)
    assert.deepEqual(states.load().negative, [])
    assert.deepEqual(kept.keeper.points.negative.list(), [])
  })
})

test('a time is remembered only once something was proved by it, and is taken back with the clock', async () => {
  const folder = newFolder()
  await withState(folder, ({ trust: states }) => {
    const known = (): number | undefined => states.load().lastKnown
    const kept = new Kept(states)
    kept.set(0)
    assert.equal(known(), undefined, 'nothing was proved yet')
    kept.keeper.timeProved()
    kept.keeper.start()
    kept.keeper.stop()
    assert.equal(known(), START)
    kept.set(10 * YEAR)
    assert.equal(known(), START, 'perhaps nobody has set it rightly')
    kept.keeper.timeProved()
    kept.keeper.start()
    kept.keeper.stop()
    assert.equal(known(), START + 10 * YEAR)
    kept.set(-10 * YEAR)
    assert.equal(known(), START)
    assert.equal(kept.keeper.clockDoubt, undefined)
  })
  await withState(folder, ({ trust: states }) => {
    assert.equal(new Kept(states).keeper.clockDoubt, undefined, 'no restart is in doubt of the right time')
  })
})

test('a time that a wrong clock had proved is in doubt of no right one in the same boot, and after a boot it is', async () => {
  const folder = newFolder()
  const restart = (setBy: number, boot: string): Promise<[kind: string | undefined, known: number | undefined]> =>
    withState(folder, ({ trust: states }) => {
      const kept = new Kept(states, [], setBy, 100, boot)
      return [kept.keeper.clockDoubt?.kind, states.load().lastKnown]
    })
  await withState(folder, ({ trust: states }) => {
    const kept = new Kept(states, [], 30 * DAY)
    kept.keeper.timeProved()
    kept.keeper.start()
    kept.keeper.stop()
  })
  assert.deepEqual(await restart(0, 'second'), ['behind-known', START + 30 * DAY])
  assert.deepEqual(await restart(-20 * YEAR, 'first'), ['behind-known', START + 30 * DAY], 'a time that cannot be')
  assert.deepEqual(await restart(0, 'first'), [undefined, START + 100])
  assert.deepEqual(await restart(0, 'second'), [undefined, START + 100])
})

test('a time that cannot be takes nothing back, and is doubted at once', async () => {
  const folder = newFolder()
  await withState(folder, ({ trust: states }) => {
    const kept = new Kept(states)
    kept.keeper.timeProved()
    kept.keeper.start()
    kept.keeper.stop()
    kept.set(-20 * YEAR)
    assert.equal(kept.keeper.clockDoubt?.kind, 'before-program')
    assert.equal(kept.doubts, 1)
    assert.equal(states.load().lastKnown, START)
    kept.set(20 * YEAR)
    assert.equal(kept.keeper.clockDoubt, undefined)
    assert.equal(kept.doubts, 2)
  })
  tamper(folder, `REPLACE INTO clock (id, last_known) VALUES (1, ${START + 2 * DAY})`)
  await withState(folder, ({ trust: states }) => {
    const kept = new Kept(states)
    assert.equal(kept.keeper.clockDoubt?.kind, 'behind-known')
    kept.set(3 * DAY)
    assert.equal(kept.keeper.clockDoubt, undefined)
  })
})
