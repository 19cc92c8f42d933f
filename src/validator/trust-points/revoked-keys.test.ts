/** RFC 5011 §2.1: a revoked key never becomes an anchor again, however the zone shows it and whoever names it. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { parseAutotrust, printAutotrust } from './autotrust-text.ts'
import { decodeTrustPoint, encodeTrustPoint } from './point-codec.ts'
import { loadPoint, showPoint } from './point-times.ts'
import {
  DAY,
  dnskeyAnchor,
  dsAnchor,
  MemoryKeeper,
  makePair,
  pointsWith,
  restored,
  revoked,
  START,
  show,
  ZONE,
  type ZoneKeyPair,
} from './rolling-zone.fixture.ts'
import { isSameKey, stateOfPoint, type TrustPoint } from './trust-point.ts'
import type { TrustPoints } from './trust-points.ts'

let a: ZoneKeyPair
let b: ZoneKeyPair

before(async () => {
  a = await makePair()
  b = await makePair()
})

/** After all that happens here: nothing that is loaded lies ahead. */
const LATER = START + 10_000 * DAY

/** What is kept between two looks. */
const KEPT: readonly (readonly [string, (point: TrustPoint) => TrustPoint])[] = [
  ['in memory', (point) => point],
  ['as saved state', (point) => decoded(encodeTrustPoint(showPoint(point, 0)))],
  ['as text of Unbound', (point) => parseAutotrust(printAutotrust(point), 'example.key')],
]

function decoded(text: string): TrustPoint {
  const point = decodeTrustPoint(text)
  return typeof point === 'string' ? assert.fail(point) : loadPoint(point, { wall: LATER, steady: LATER })
}

/** A zone with an anchor `a`, for which the key of `b` counts too, seen day by day and kept between two days by `keep`. */
class Watched {
  points: TrustPoints
  readonly #keeper = new MemoryKeeper()
  readonly #keep: (point: TrustPoint) => TrustPoint

  constructor(keep: (point: TrustPoint) => TrustPoint) {
    this.#keep = keep
    this.points = pointsWith(this.#keeper, [dnskeyAnchor(a), dnskeyAnchor(b)])
  }

  /** Shows these keys each day. What the keys of `a` are each day. */
  days(from: number, to: number, ...keys: ZoneKeyPair[]): (string | undefined)[] {
    const states: (string | undefined)[] = []
    for (let day = from; day < to; day++) {
      const at = START + day * DAY
      this.points.observe(ZONE, show({ keys, ttl: DAY }, at), at, at)
      this.points = restored(this.#keeper, [...this.#keeper.saved.values()].map(this.#keep))
      states.push(this.state)
    }
    return states
  }

  get point(): TrustPoint {
    return this.points.get(ZONE) ?? assert.fail('the trust point is gone')
  }

  get state(): string | undefined {
    return this.point.anchors.find(({ kind, rdata }) => kind === 'dnskey' && isSameKey(rdata, a.rdata))?.state
  }
}

const all = (state: string | undefined, days: number): (string | undefined)[] =>
  Array.from({ length: days }, () => state)

for (const [how, keep] of KEPT) {
  describe(`RFC5011 §2.1: a revoked key, kept ${how}`, () => {
    it('shown for months without its REVOKE flag: it stays revoked', () => {
      const zone = new Watched(keep)
      assert.deepEqual(zone.days(0, 1, a, b), ['Valid'])
      assert.deepEqual(zone.days(1, 2, revoked(a), b), ['Revoked'])
      assert.deepEqual(zone.days(2, 200, a, b), all('Revoked', 198))
      assert.equal(zone.points.find(ZONE)?.anchors.length, 1)
    })

    it('withdrawn for weeks and shown again: its thirty days begin again', () => {
      const zone = new Watched(keep)
      zone.days(0, 1, a, b)
      zone.days(1, 2, revoked(a), b)
      assert.deepEqual(zone.days(2, 27, b), all('Revoked', 25))
      assert.deepEqual(zone.days(27, 28, a, b), ['Revoked'])
      assert.deepEqual(zone.days(28, 58, b), all('Revoked', 30))
      assert.deepEqual(zone.days(58, 60, b), [undefined, undefined])
    })

    // The text of Unbound has no place for keys that were removed.
    if (how === 'as text of Unbound') return
    it('withdrawn for months and shown again: it is neither waited for nor trusted', () => {
      const zone = new Watched(keep)
      zone.days(0, 1, a, b)
      zone.days(1, 40, revoked(a), b)
      zone.days(40, 100, b)
      assert.equal(zone.state, undefined)
      assert.deepEqual(zone.days(100, 250, a, b), all(undefined, 150))
      assert.deepEqual(zone.days(250, 260, revoked(a), b), all(undefined, 10))
      assert.equal(zone.points.find(ZONE)?.anchors.length, 1)
    })
  })
}

describe('RFC5011 §2.1: who names a revoked key', () => {
  const gone = (): Watched => {
    const zone = new Watched((point) => point)
    zone.days(0, 1, a, b)
    zone.days(1, 2, revoked(a), b)
    zone.days(2, 40, b)
    assert.equal(zone.state, undefined)
    return zone
  }

  it('an anchor for it does not count, as DNSKEY or DS, while it is listed and afterwards', () => {
    const listed = new Watched((point) => point)
    listed.days(0, 1, a, b)
    listed.days(1, 2, revoked(a), b)
    for (const zone of [listed, gone()]) {
      const before = zone.points.find(ZONE)?.anchors
      for (const anchor of [dnskeyAnchor(a), dsAnchor(a), dsAnchor(a, 4)]) assert.equal(zone.points.add(anchor), false)
      assert.deepEqual(zone.points.find(ZONE)?.anchors, before)
      zone.points.configure([dnskeyAnchor(b), dsAnchor(a)])
      assert.deepEqual(zone.points.find(ZONE)?.anchors, before)
    }
  })

  it('a configuration that names nothing else leaves the zone without an anchor, and the key revoked', () => {
    const zone = gone()
    for (let reads = 0; reads < 2; reads++) {
      zone.points.configure([dsAnchor(a)])
      assert.equal(zone.points.find(ZONE), undefined)
    }
    zone.points.configure([dnskeyAnchor(b)])
    assert.equal(zone.points.find(ZONE)?.anchors.length, 1)
  })
})

describe('RFC5011 §2.1: revoked before it counted', () => {
  it('a key that waits and revokes itself is remembered too', async () => {
    const c = await makePair()
    const zone = new Watched((point) => point)
    zone.days(0, 1, a, b)
    zone.days(1, 10, a, b, c)
    zone.days(10, 11, a, b, revoked(c))
    const state = (): string | undefined => zone.point.anchors.find(({ rdata }) => isSameKey(rdata, c.rdata))?.state
    assert.equal(state(), 'Revoked')
    zone.days(11, 60, a, b, c)
    assert.equal(state(), 'Revoked')
  })
})

describe('the memory of revoked keys', () => {
  it('does not change the states that Windows has for a trust point', () => {
    const zone = new Watched((point) => point)
    zone.days(0, 1, a, b)
    zone.days(1, 2, revoked(a), b)
    assert.equal(stateOfPoint(zone.point), 'Active')
    zone.days(2, 40, b)
    assert.equal(stateOfPoint(zone.point), 'Active')
  })

  it('is read from states of earlier versions as empty', () => {
    const zone = new Watched((point) => point)
    const text = JSON.parse(encodeTrustPoint(showPoint(zone.point, 0)))
    delete text.revokedKeys
    assert.deepEqual(decoded(JSON.stringify(text)), zone.point)
  })

  it('is bounded: of more than 64 keys the oldest are forgotten', async () => {
    const zone = new Watched((point) => point)
    zone.days(0, 1, a, b)
    const old = Array.from({ length: 70 }, (_, n) => a.rdata.with(10, n).with(11, 1))
    const points = restored(new MemoryKeeper(), [{ ...zone.point, revokedKeys: old }])
    points.observe(ZONE, show({ keys: [a, b] }, START), START, START)
    assert.deepEqual(points.get(ZONE)?.revokedKeys, old.slice(-64))
  })
})
