/** Trust points and negative anchors under a wall clock that is set forward and back: what is waited for does not change by it. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { Name } from '../../dns/name/index.ts'
import { ADD_HOLD_SECONDS } from './hold-times.ts'
import { NegativeAnchors } from './negative-anchors.ts'
import { decodeTrustPoint, encodeTrustPoint } from './point-codec.ts'
import { loadPoint, type StoredTrustPoint, showPoint, storePoint } from './point-times.ts'
import {
  DAY,
  dsAnchor,
  MemoryKeeper,
  makePair,
  pointsWith,
  restored,
  START,
  show,
  ZONE,
  type ZoneKeyPair,
} from './rolling-zone.fixture.ts'
import { makeTrustPoint, type PointAnchor, type TrustPoint } from './trust-point.ts'
import type { TrustPoints } from './trust-points.ts'

let a: ZoneKeyPair
let b: ZoneKeyPair

before(async () => {
  a = await makePair()
  b = await makePair()
})

const STEPS = [DAY, -DAY, 3650 * DAY, -3650 * DAY, 2, -2, 3600, -3600, 0, 0] as const

function anchorSince(since: number): PointAnchor<number> {
  const rdata = Uint8Array.of(1, 1, 3, 15, 7)
  return { kind: 'dnskey', rdata, state: 'AddPend', since, seen: 1, holdSeconds: 9, vouchers: [], origin: 'learned' }
}

describe('times of trust points', () => {
  const point: TrustPoint<number> = {
    ...makeTrustPoint(ZONE),
    anchors: [anchorSince(START - 5 * DAY), anchorSince(0)],
    lastQueried: START - 10,
    lastSuccess: 0,
    nextProbe: START + 3000,
    querySeconds: 7200,
  }

  it('are stored by the wall clock and come back by the steady one; 0 stays never', () => {
    const now = { wall: START + DAY, steady: START }
    const stored = storePoint(point, { now: DAY, most: DAY })
    assert.deepEqual([stored.anchors[0]?.since, stored.anchors[1]?.since], [START - 4 * DAY, 0])
    assert.deepEqual(
      [stored.lastQueried, stored.lastSuccess, stored.nextProbe],
      [START - 10 + DAY, 0, START + 3000 + DAY],
    )
    assert.deepEqual(loadPoint(stored, now), point)
    assert.deepEqual(showPoint(point, DAY), stored)
  })

  it('that lie ahead of a wall clock that was set back are clamped', () => {
    const now = { wall: START - 20 * DAY, steady: START - 20 * DAY }
    const { anchors, lastQueried, nextProbe } = loadPoint(showPoint(point, 0), now)
    assert.deepEqual([anchors[0]?.since, lastQueried], [now.steady, now.steady])
    assert.equal(nextProbe, now.steady + 7200, 'the keys are looked at no later than after one interval')
  })

  it('of a machine that woke up in 1970', () => {
    const now = { wall: 100, steady: 1_000_000_000 }
    const loaded = loadPoint(showPoint(point, 0), now)
    assert.equal(loaded.anchors[0]?.since, now.steady)
    const stored = storePoint(
      { ...point, lastQueried: 1_000_000_050 },
      { now: 100 - now.steady, most: 100 - now.steady },
    )
    const again = decodeTrustPoint(encodeTrustPoint(stored))
    assert.ok(typeof again === 'object', 'no time below 0 is stored')
    assert.equal(again.lastQueried, 150)
  })
})

/** A resolver whose wall clock is set, and killed and started again, beside a twin of which neither is true. */
class Pair {
  readonly #keeper = new MemoryKeeper()
  points: TrustPoints = pointsWith(this.#keeper, [dsAnchor(a)])
  readonly twin: TrustPoints = pointsWith(new MemoryKeeper(), [dsAnchor(a)])
  /** Seconds since the start by a clock that nobody sets. */
  passed = 0
  /** How far the wall clock of the first is ahead of the true time, and was at most since its last start. */
  setBy = 0
  #most = 0
  /** The steady clock of the first began anew with each start. */
  #steadySetBy = 0
  #stored: StoredTrustPoint | undefined

  get #steady(): number {
    return START + this.passed + this.#steadySetBy
  }

  get #wall(): number {
    return START + this.passed + Math.round(this.setBy)
  }

  get #ahead(): number {
    return Math.round(this.setBy - this.#steadySetBy)
  }

  look(keys: readonly ZoneKeyPair[]): void {
    const now = START + this.passed
    const answer = show({ keys, lifetimeDays: 10_000 }, START)
    // Signatures are another matter: they are held to a time at which they are good.
    this.points.observe(ZONE, answer, this.#steady, START)
    this.twin.observe(ZONE, answer, now, START)
    this.#store()
  }

  set(seconds: number): void {
    this.setBy += seconds
    this.#most = Math.max(this.#most, this.#ahead)
    this.#store()
  }

  #store(): void {
    const point = this.points.get(ZONE) ?? assert.fail()
    const stored = decodeTrustPoint(encodeTrustPoint(storePoint(point, { now: this.#ahead, most: this.#most })))
    this.#stored = typeof stored === 'string' ? assert.fail(stored) : stored
  }

  restart(): void {
    const stored = this.#stored ?? assert.fail()
    this.#steadySetBy = Math.round(this.setBy)
    this.#most = 0
    this.points = restored(this.#keeper, [loadPoint(stored, { wall: this.#wall, steady: this.#steady })])
    this.#store()
  }

  /** State of the second key with each, and how long it has been in it. */
  states(): { readonly own: string; readonly waited: number; readonly twin: string; readonly twinWaited: number } {
    const of = (points: TrustPoints): PointAnchor | undefined =>
      points.get(ZONE)?.anchors.find(({ rdata }) => rdata === b.rdata || rdata.toHex() === b.rdata.toHex())
    const [own, twin] = [of(this.points), of(this.twin)]
    return {
      own: own?.state ?? 'none',
      waited: this.#steady - (own?.since ?? this.#steady),
      twin: twin?.state ?? 'none',
      twinWaited: START + this.passed - (twin?.since ?? START + this.passed),
    }
  }
}

const happenings = (mayRestart: boolean) =>
  fc.array(
    fc.record({
      days: fc.integer({ min: 0, max: 12 }),
      step: fc.constantFrom(...STEPS),
      isSmall: fc.boolean(),
      restart: mayRestart ? fc.boolean() : fc.constant(false),
    }),
    { minLength: 1, maxLength: 20 },
  )

describe('RFC5011 §2.4.1: hold-down times under a wall clock that is set', () => {
  it('end when they would without, as long as the server runs', () => {
    fc.assert(
      fc.property(happenings(false), (all) => {
        const pair = new Pair()
        pair.look([a])
        for (const { days, step, isSmall } of all) {
          for (let i = 0; i < (isSmall ? 20 : 1); i++) pair.set(isSmall ? step / 20 : step)
          pair.passed += days * DAY
          pair.look([a, b])
          const { own, waited, twin, twinWaited } = pair.states()
          assert.deepEqual([own, waited], [twin, twinWaited])
        }
      }),
    )
  })

  it('never end early, whenever it is started again', () => {
    fc.assert(
      fc.property(happenings(true), (all) => {
        const pair = new Pair()
        pair.look([a])
        let shownAt: number | undefined
        for (const { days, step, restart } of all) {
          pair.set(step)
          if (restart) pair.restart()
          pair.passed += days * DAY
          pair.look([a, b])
          shownAt ??= pair.passed
          const { own, waited, twin, twinWaited } = pair.states()
          if (own === 'AddPend' && twin === 'AddPend') assert.ok(waited <= twinWaited, `${waited} ${twinWaited}`)
          if (own === 'Valid') assert.ok(pair.passed - shownAt > ADD_HOLD_SECONDS)
        }
      }),
    )
  })

  it('a clock that was ten years ahead for a day costs a restart the time waited so far, and no more', () => {
    const pair = new Pair()
    pair.look([a, b])
    pair.passed += 20 * DAY
    pair.set(3650 * DAY)
    pair.passed += DAY
    pair.set(-3650 * DAY)
    pair.restart()
    assert.deepEqual([pair.states().own, pair.states().waited], ['AddPend', 0])
    pair.look([a, b])
    pair.passed += 31 * DAY
    pair.look([a, b])
    assert.equal(pair.states().own, 'Valid')
  })
})

describe('RFC7646 §2: negative trust anchors under a wall clock that is set', () => {
  const name = Name.parse('broken.example.')

  /** Whether it counts with each, after the steps and the time. */
  function endOf(
    until: number,
    steps: readonly { readonly step: number; readonly hours: number }[],
  ): number | undefined {
    const anchors = new NegativeAnchors()
    let setBy = 0
    let passed = 0
    anchors.set({ name, until: START + until }, { wall: START, steady: START })
    for (const { step, hours } of steps) {
      setBy += step
      anchors.wallClockSet({ wall: START + passed + setBy, steady: START + passed })
      for (let second = 0; second < hours * 3600; second += 600) {
        if (anchors.find(name, START + passed) === undefined) return passed
        passed += 600
      }
    }
    return undefined
  }

  it('one that is set back prolongs none; one that is set forward beyond the end ends it', () => {
    const day = [{ step: 0, hours: 1 }]
    assert.equal(endOf(7200, [...day, { step: -DAY, hours: 48 }]), 7200)
    assert.equal(endOf(7200, [...day, { step: DAY, hours: 48 }]), 3600)
    assert.equal(endOf(7200, [...day, { step: -DAY, hours: 0 }, { step: DAY, hours: 48 }]), 7200, 'back and forth')
  })

  it('one that a wrong clock ended counts again when the clock is right', () => {
    const anchors = new NegativeAnchors()
    anchors.set({ name, until: START + 7200 }, { wall: START, steady: START })
    anchors.wallClockSet({ wall: START + DAY, steady: START + 10 })
    assert.deepEqual(anchors.expire(START + 10), { over: [name], forgotten: [] })
    assert.deepEqual(anchors.expire(START + 20), { over: [], forgotten: [] }, 'its end is reported once')
    assert.equal(anchors.find(name, START + 20), undefined)
    anchors.wallClockSet({ wall: START + 30, steady: START + 30 })
    assert.ok(anchors.find(name, START + 7199))
    assert.deepEqual(anchors.expire(START + 7200), { over: [name], forgotten: [name] })
    assert.deepEqual(anchors.list(), [])
  })

  it('whatever the clock does, it counts no longer than it was set for', () => {
    const step = fc.record({ step: fc.constantFrom(...STEPS), hours: fc.integer({ min: 0, max: 10 }) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), fc.array(step, { maxLength: 12 }), (until, steps) => {
        const ended = endOf(until, [...steps, { step: 0, hours: 60 }])
        assert.ok(ended !== undefined && ended <= until + 600)
      }),
      { numRuns: 50 },
    )
  })

  it('tells what to store: the end that it has by the wall clock now', () => {
    const anchors = new NegativeAnchors()
    anchors.set({ name, until: START + DAY, reason: 'r' }, { wall: START, steady: START })
    anchors.set({ name: Name.parse('other.'), until: undefined }, { wall: START, steady: START })
    const back = anchors.wallClockSet({ wall: START - 10 * DAY, steady: START + 60 })
    assert.deepEqual(back, [{ name, until: START - 9 * DAY - 60, reason: 'r' }])
    assert.deepEqual(anchors.list()[0], back[0])
    const forth = anchors.wallClockSet({ wall: START + 60, steady: START + 60 })
    assert.deepEqual(forth, [{ name, until: START + DAY, reason: 'r' }])
  })

  it('one that was set by a clock of 1970 ends when it is to end by the right one', () => {
    const anchors = new NegativeAnchors()
    anchors.set({ name, until: START + DAY }, { wall: 500, steady: 1_000_000_000 })
    anchors.wallClockSet({ wall: START, steady: 1_000_000_060 })
    assert.ok(anchors.find(name, 1_000_000_060 + DAY - 1))
    assert.equal(anchors.find(name, 1_000_000_060 + DAY), undefined)
  })
})
