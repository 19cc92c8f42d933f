/**
 * RFC 5011 over 400 days: a zone that rolls, revokes, loses keys and fails, looked at when looks are due, killed between any two
 * of them. What must hold is told by an own log of what was seen, not by the states themselves.
 */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import fc from 'fast-check'
import type { Fetched } from '../settings.ts'
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
import { isEffective, isSameKey, type TrustPoint } from './trust-point.ts'
import type { TrustPoints } from './trust-points.ts'

const DAYS = 400
const EVENTS = [
  'wait',
  'add',
  'revoke',
  'compromise',
  'drop',
  'return',
  'purge',
  'restore',
  'outage',
  'forge',
  'expire',
] as const

type Happening = {
  readonly event: (typeof EVENTS)[number]
  readonly which: number
  readonly days: number
  readonly kill: boolean
}

type Shown = 'hidden' | 'shown' | 'revoked' | 'purged'

const POOL = 12
let pairs: ZoneKeyPair[]
let attacker: ZoneKeyPair

before(async () => {
  pairs = await Promise.all(Array.from({ length: POOL }, () => makePair()))
  attacker = await makePair()
})

class Simulation {
  readonly #keeper = new MemoryKeeper()
  #points: TrustPoints
  /** A second one that is never killed and sees the same. */
  readonly #twin: TrustPoints
  readonly #status: Shown[] = pairs.map((_, i) => (i === 0 ? 'shown' : 'hidden'))
  /** Keys that were shown at all; since when every verified look showed them; when they revoked themselves. */
  readonly #shown = new Set<number>()
  readonly #shownSince = new Map<number, number>()
  readonly #revokedAt = new Map<number, number>()
  #mode: 'good' | 'outage' | 'forge' | 'expire' = 'good'
  #isCompromised = false
  #now = START
  looks = 0

  get kinds(): string[] {
    return this.#keeper.takeKinds()
  }

  constructor(isDs: boolean) {
    const [first = attacker] = pairs
    const anchors = [isDs ? dsAnchor(first) : dnskeyAnchor(first)]
    this.#points = pointsWith(this.#keeper, anchors)
    this.#twin = pointsWith(new MemoryKeeper(), anchors)
  }

  get #point(): TrustPoint {
    return this.#points.get(ZONE) ?? assert.fail('the trust point is gone')
  }

  run(happenings: readonly Happening[]): void {
    this.#lookUntil(this.#now)
    for (const happening of happenings) {
      if (this.#now >= START + DAYS * DAY || this.#point.isRevoked) return
      this.#happen(happening)
      this.#lookUntil(this.#now + happening.days * DAY, happening.kill)
    }
  }

  #happen({ event, which }: Happening): void {
    const of = (status: Shown): number[] => this.#status.flatMap((each, i) => (each === status ? i : []))
    const pick = (from: number[]): number => from[which % Math.max(1, from.length)] ?? -1
    const change = (i: number, status: Shown): void => {
      if (i >= 0) this.#status[i] = status
    }
    this.#mode = event === 'outage' || event === 'forge' || event === 'expire' ? event : 'good'
    if (event === 'add') change(pick(of('hidden').filter((i) => !this.#shown.has(i))), 'shown')
    if (event === 'return') change(pick(of('hidden').filter((i) => this.#shown.has(i))), 'shown')
    if (event === 'purge') change(pick(of('revoked')), 'purged')
    // A mistake of the operator: the key is revoked, and is shown without its flag.
    if (event === 'restore') change(pick([...of('revoked'), ...of('purged')]), 'shown')
    // An operator who knows his trade leaves one key that the world trusts.
    const spare = of('shown').filter((i) => this.#isTrusted(i))
    if (spare.length > 1 && (event === 'revoke' || event === 'drop')) {
      change(pick(spare), event === 'revoke' ? 'revoked' : 'hidden')
    }
    if (event === 'compromise' && which % 7 === 0) {
      this.#isCompromised = true
      change(pick(of('shown')), 'revoked')
    }
  }

  #isTrusted(i: number): boolean {
    const { rdata } = pairs[i] ?? assert.fail()
    return this.#point.anchors.some(
      (each) => isEffective(each) && each.kind === 'dnskey' && isSameKey(each.rdata, rdata),
    )
  }

  #lookUntil(end: number, kill = false): void {
    for (let at = this.#points.nextProbeAt(); at !== undefined && at <= end; at = this.#points.nextProbeAt()) {
      this.#now = Math.max(this.#now, at)
      this.#look()
      if (kill) this.#kill()
    }
    this.#now = end
  }

  #look(): void {
    this.looks++
    const clock = { now: () => this.#now, validationNow: () => this.#now }
    const answer = this.#answer()
    const wasRevoked = this.#point.isRevoked
    const before = this.#point
    const probe = this.#points.probe(ZONE, clock)
    let step = probe.next()
    while (step.done !== true) step = probe.next(answer)
    if (!wasRevoked) this.#twin.observe(ZONE, answer, this.#now, this.#now)
    if (this.#mode === 'good') this.#log(step.value.result !== 'failed')
    else assert.equal(step.value.result, 'failed')
    this.#check(before)
  }

  #answer(): Fetched {
    if (this.#mode === 'outage') return { kind: 'unreachable', text: 'nobody answers' }
    if (this.#mode === 'forge') return show({ keys: [attacker, revoked(attacker)] }, this.#now)
    const keys = pairs.flatMap((pair, i) => {
      const status = this.#status[i]
      return status === 'shown' ? pair : status === 'revoked' ? revoked(pair) : []
    })
    const signed = this.#mode === 'expire' ? this.#now - 90 * DAY : this.#now
    return keys.length === 0 ? show({ keys: [attacker] }, this.#now) : show({ keys }, signed)
  }

  /** What an observer with pen and paper writes down. */
  #log(isVerified: boolean): void {
    for (const [i, status] of this.#status.entries()) {
      if (status === 'revoked' && this.#shown.has(i) && !this.#revokedAt.has(i)) this.#revokedAt.set(i, this.#now)
      if (!isVerified) continue
      if (status !== 'shown') this.#shownSince.delete(i)
      else if (!this.#shownSince.has(i)) this.#shownSince.set(i, this.#now)
      if (status === 'shown') this.#shown.add(i)
    }
  }

  #check(before: TrustPoint): void {
    const point = this.#point
    for (const [i, pair] of pairs.entries()) {
      const anchor = point.anchors.find((each) => each.kind === 'dnskey' && isSameKey(each.rdata, pair.rdata))
      if (anchor === undefined) continue
      assert.ok(!this.#revokedAt.has(i) || anchor.state === 'Revoked', 'a revoked key never counts again')
      const was = before.anchors.find((each) => each.kind === 'dnskey' && isSameKey(each.rdata, pair.rdata))
      if (i === 0 || anchor.state !== 'Valid' || was?.state !== 'AddPend') continue
      const since = this.#shownSince.get(i) ?? assert.fail('a key counts that was never shown')
      assert.ok(this.#now - since > 30 * DAY, 'no key counts before thirty days')
    }
    assert.ok(!point.anchors.some((each) => isSameKey(each.rdata, attacker.rdata)), 'nobody vouched for this one')
    if (!this.#isCompromised) assert.ok(this.#points.find(ZONE), 'an orderly zone is trusted for ever')
    assert.equal(point.isRevoked, !point.anchors.some(isEffective))
    const twin = this.#twin.get(ZONE) ?? assert.fail()
    assert.deepEqual(point.anchors, twin.anchors, 'who was killed knows what the other knows')
  }

  /** Nothing survives but what was saved, as text. */
  #kill(): void {
    const points = [...this.#keeper.saved.values()].map((point) => {
      const again = decodeTrustPoint(encodeTrustPoint(showPoint(point, 0)))
      return typeof again === 'string' ? assert.fail(again) : loadPoint(again, { wall: this.#now, steady: this.#now })
    })
    const next = this.#points.nextProbeAt() ?? 0
    this.#points = restored(this.#keeper, points)
    // A look that brought nothing is not saved; it is made again at once, which the time of this test has already passed.
    if (this.#mode !== 'good' && (this.#points.nextProbeAt() ?? 0) < next) {
      const mode = this.#mode
      this.#points.observe(
        ZONE,
        mode === 'outage' ? { kind: 'unreachable', text: '' } : this.#answer(),
        this.#now,
        this.#now,
      )
    }
  }
}

it('RFC5011 §4: 400 days of rolls, revocations, missing keys and failures, with kills', () => {
  let looks = 0
  const kinds = new Map<string, number>()
  const happening = fc.record({
    event: fc.constantFrom(...EVENTS),
    which: fc.nat(100),
    days: fc.integer({ min: 1, max: 20 }),
    kill: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.boolean(), fc.array(happening, { minLength: 30, maxLength: 80 }), (isDs, happenings) => {
      const simulation = new Simulation(isDs)
      simulation.run(happenings)
      looks += simulation.looks
      for (const kind of simulation.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }),
    { numRuns: 25 },
  )
  assert.ok(looks > 200, `${looks} looks`)
  for (const kind of ['key-pending', 'key-valid', 'key-missing', 'key-revoked', 'key-removed', 'probe-failed']) {
    assert.ok((kinds.get(kind) ?? 0) > 0, `${kind} never came about`)
  }
})

it('RFC5011 §6.3: a yearly roll as the book has it, day by day', () => {
  const [a = attacker, b = attacker, c = attacker] = pairs
  const keeper = new MemoryKeeper()
  let points = pointsWith(keeper, [dsAnchor(a)])
  const zone = (day: number) => {
    if (day < 50) return [a, b]
    if (day < 150) return [a, b, c]
    return day < 200 ? [revoked(a), b, c] : day < 300 ? [b, c] : [revoked(b), c]
  }
  for (let day = 0; day < DAYS; day++) {
    const at = START + day * DAY
    points.observe(ZONE, show({ keys: zone(day), ttl: DAY }, at), at, at)
    points = restored(keeper, keeper.saved.values())
    assert.ok(points.find(ZONE), `day ${day}`)
  }
  assert.deepEqual(keeper.takeKinds(), [
    'point-added',
    'key-valid',
    'key-pending',
    'key-valid',
    'key-pending',
    'key-valid',
    'key-revoked',
    'key-removed',
    'key-revoked',
  ])
})
