import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import type { Response } from '../../dnssec/index.ts'
import { anchorTag, computeKeyTag } from '../../dnssec/index.ts'
import type { Fetched } from '../settings.ts'
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
import { stateOfPoint, tagOf } from './trust-point.ts'
import type { TrustPoints } from './trust-points.ts'

let a: ZoneKeyPair
let b: ZoneKeyPair
let zsk: ZoneKeyPair

before(async () => {
  a = await makePair()
  b = await makePair()
  zsk = await makePair('zsk')
})

/** One look at what the zone shows on a day. */
function look(points: TrustPoints, day: number, response: (at: number) => Fetched) {
  const at = START + day * DAY
  return points.observe(ZONE, response(at), at, at)
}

const shown =
  (...keys: ZoneKeyPair[]) =>
  (at: number): Response =>
    show({ keys }, at)

/** `state` of each anchor by its key tag. */
function statesOf(points: TrustPoints): Record<number, string> {
  return Object.fromEntries((points.get(ZONE)?.anchors ?? []).map((anchor) => [tagOf(anchor), anchor.state]))
}

const tag = (pair: ZoneKeyPair): number => computeKeyTag(pair.rdata)
const effective = (points: TrustPoints): number[] | undefined => points.find(ZONE)?.anchors.map(anchorTag)

describe('priming', () => {
  it('a DS counts at once, and gives way to the key that agrees with it', () => {
    const keeper = new MemoryKeeper()
    const points = pointsWith(keeper, [dsAnchor(a)])
    assert.deepEqual(effective(points), [tag(a)])
    assert.equal(stateOfPoint(points.list()[0] ?? assert.fail()), 'DSPending')
    assert.ok(points.needsPriming(ZONE))
    assert.equal(look(points, 0, shown(a, zsk)).result, 'verified')
    assert.deepEqual(points.find(ZONE)?.anchors, [dnskeyAnchor(a)])
    assert.equal(stateOfPoint(points.list()[0] ?? assert.fail()), 'Active')
    assert.ok(!points.needsPriming(ZONE))
    assert.deepEqual(keeper.takeKinds(), ['point-added', 'key-valid'])
  })

  it('two digests of one key become it once; a DS without its key waits', () => {
    const points = pointsWith(new MemoryKeeper(), [dsAnchor(a), dsAnchor(a, 4), dsAnchor(b)])
    look(points, 0, shown(a))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid', [tag(b)]: 'DSPending' })
    assert.equal(points.get(ZONE)?.anchors.length, 2)
    look(points, 5, shown(a, b))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid', [tag(b)]: 'Valid' })
  })

  it('RFC4509 §3: a SHA-1 digest does not count beside a better one', () => {
    const forged = { ...dsAnchor(a), rdata: dsAnchor(a).rdata.map((octet, i) => (i === 10 ? octet ^ 1 : octet)) }
    const points = pointsWith(new MemoryKeeper(), [dsAnchor(a, 1), forged])
    assert.equal(look(points, 0, shown(a)).result, 'failed')
  })

  it('an anchor that is no entry point hands over to those that are', () => {
    const points = pointsWith(new MemoryKeeper(), [dnskeyAnchor(zsk)])
    look(points, 0, shown(a, zsk))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid' })
  })

  it('RFC4035 §5.2: an anchor of an unknown algorithm says that the zone cannot be checked', () => {
    const rdata = dsAnchor(a).rdata.slice()
    rdata[2] = 200
    const points = pointsWith(new MemoryKeeper(), [{ zone: ZONE, kind: 'ds', rdata }])
    assert.deepEqual(statesOf(points), { [tag(a)]: 'DSInvalid' })
    assert.equal(points.find(ZONE)?.anchors.length, 1)
  })
})

describe('RFC5011 §4: the state table', () => {
  const primed = (keeper = new MemoryKeeper()): TrustPoints => {
    const points = pointsWith(keeper, [dnskeyAnchor(a)])
    look(points, 0, shown(a))
    return points
  }

  it('§2.2: a new key counts after thirty days, at the next look', () => {
    const points = primed()
    look(points, 1, shown(a, b))
    for (const day of [10, 20, 31]) look(points, day, shown(a, b))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid', [tag(b)]: 'AddPend' })
    assert.deepEqual(effective(points), [tag(a)])
    look(points, 31.1, shown(a, b))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid', [tag(b)]: 'Valid' })
    look(points, 32, shown(b))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Missing', [tag(b)]: 'Valid' })
  })

  it('§2.2: one that is taken back meanwhile begins anew', () => {
    const points = primed()
    look(points, 1, shown(a, b))
    look(points, 20, shown(a))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid' })
    look(points, 21, shown(a, b))
    look(points, 40, shown(a, b))
    assert.equal(statesOf(points)[tag(b)], 'AddPend')
  })

  it('§2.2: one whose only voucher is revoked begins anew', async () => {
    const c = await makePair()
    const points = pointsWith(new MemoryKeeper(), [dnskeyAnchor(a), dnskeyAnchor(b)])
    look(points, 0, shown(a, b))
    look(points, 1, (at) => show({ keys: [a, b, c], signers: [a] }, at))
    look(points, 25, (at) => show({ keys: [revoked(a), b, c] }, at))
    look(points, 32, (at) => show({ keys: [revoked(a), b, c] }, at))
    assert.equal(statesOf(points)[tag(c)], 'AddPend')
    look(points, 56, (at) => show({ keys: [revoked(a), b, c] }, at))
    assert.equal(statesOf(points)[tag(c)], 'Valid')
  })

  it('§2.4.1: an answer that nobody vouches for neither adds nor removes', () => {
    const points = primed()
    const before = points.get(ZONE)?.anchors
    assert.equal(look(points, 1, (at) => show({ keys: [a, b], signers: [b] }, at)).result, 'failed')
    assert.equal(look(points, 2, (at) => show({ keys: [b] }, at)).again, true)
    assert.equal(points.get(ZONE)?.anchors, before)
    assert.equal(points.get(ZONE)?.failures, 2)
  })

  it('§2.1: a revocation counts at once and for ever, by the key alone', () => {
    const points = primed()
    for (const day of [1, 20, 40]) look(points, day, shown(a, b))
    look(points, 41, (at) => show({ keys: [revoked(a), b] }, at))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Revoked', [tag(b)]: 'Valid' })
    look(points, 42, shown(a, b))
    assert.equal(statesOf(points)[tag(a)], 'Revoked')
    points.add(dnskeyAnchor(a))
    assert.equal(statesOf(points)[tag(a)], 'Revoked')
    look(points, 60, (at) => show({ keys: [revoked(a), b] }, at))
    look(points, 80, (at) => show({ keys: [revoked(a), b] }, at))
    assert.equal(statesOf(points)[tag(a)], 'Revoked', 'the zone still shows it')
    look(points, 81, shown(b))
    assert.equal(statesOf(points)[tag(a)], 'Revoked', 'its thirty days begin when the zone no longer shows it')
    look(points, 111, shown(b))
    assert.deepEqual(statesOf(points), { [tag(b)]: 'Valid' })
  })

  it('§2.1: the REVOKE flag without the signature of its key revokes nothing', () => {
    const points = primed()
    for (const day of [1, 20, 40]) look(points, day, shown(a, b))
    look(points, 41, (at) => show({ keys: [revoked(a), b], signers: [b] }, at))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Missing', [tag(b)]: 'Valid' })
  })

  it('§2.1: a revocation counts though no anchor signed the rest', async () => {
    const stranger = await makePair()
    const points = primed()
    for (const day of [1, 20, 40]) look(points, day, shown(a, b))
    assert.equal(look(points, 41, (at) => show({ keys: [revoked(a), stranger] }, at)).result, 'failed')
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Revoked', [tag(b)]: 'Valid' })
  })

  it('§5: when all are revoked, it is as if there were no trust point', () => {
    const keeper = new MemoryKeeper()
    const points = pointsWith(keeper, [dnskeyAnchor(a), { ...dnskeyAnchor(b), zone: Name.root }])
    look(points, 0, shown(a))
    assert.equal(look(points, 1, (at) => show({ keys: [revoked(a)] }, at)).result, 'all-revoked')
    assert.ok(points.find(ZONE)?.zone.isRoot, 'the superior one counts')
    assert.deepEqual(points.due(START + 1000 * DAY).map(String), ['.'])
    assert.equal(stateOfPoint(points.get(ZONE) ?? assert.fail()), 'DeletePending')
    const again = restored(keeper, keeper.saved.values())
    again.configure([dnskeyAnchor(a), { ...dnskeyAnchor(b), zone: Name.root }])
    assert.ok(again.find(ZONE)?.zone.isRoot, 'after a restart with the old configuration too')
    again.configure([dnskeyAnchor(b)])
    assert.deepEqual(effective(again), [tag(b)], 'a new anchor begins anew')
  })

  it('§4.2: a key that is not shown any more still counts, for a year beside another', () => {
    const points = primed()
    for (const day of [1, 20, 40]) look(points, day, shown(a, b))
    look(points, 41, shown(a))
    look(points, 400, shown(a))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid', [tag(b)]: 'Missing' })
    look(points, 408, shown(a))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid' })
  })

  it('a key of an algorithm that nobody knows here is not waited for', () => {
    const points = primed()
    const rdata = b.rdata.slice()
    rdata[3] = 200
    look(points, 1, (at) => show({ keys: [a, { ...b, rdata }], signers: [a] }, at))
    assert.deepEqual(statesOf(points), { [tag(a)]: 'Valid' })
  })
})

describe('RFC5011 §2.3: probes', () => {
  const drive = (points: TrustPoints, now: number, answers: readonly Fetched[]): { asked: number; result: string } => {
    const probe = points.probe(ZONE, { now: () => now, validationNow: () => now })
    let asked = 0
    let step = probe.next()
    for (; step.done !== true; asked++) {
      step = probe.next(answers[Math.min(asked, answers.length - 1)] ?? { kind: 'unreachable', text: 'no route' })
    }
    return { asked, result: step.value.result }
  }

  it('are due at once, then by TTL and signature, and soon after a failure', () => {
    const points = pointsWith(new MemoryKeeper(), [dnskeyAnchor(a)])
    assert.deepEqual(points.due(START).map(String), ['example.'])
    drive(points, START, [show({ keys: [a], ttl: 4 * DAY }, START)])
    assert.equal(points.nextProbeAt(), START + 2 * DAY)
    drive(points, START + 2 * DAY, [show({ keys: [a], ttl: 100 * DAY }, START + 2 * DAY)])
    assert.equal(points.nextProbeAt(), START + 17 * DAY, 'at most fifteen days, here half the lifetime')
    drive(points, START + 17 * DAY, [])
    assert.equal(points.nextProbeAt(), START + 18 * DAY, 'a day at most')
    drive(points, START + 18 * DAY, [show({ keys: [a], ttl: 60 }, START + 18 * DAY)])
    assert.equal(points.nextProbeAt(), START + 18 * DAY + 3600, 'an hour at least')
  })

  it('ask other servers when keys do not verify, six in all', () => {
    const points = pointsWith(new MemoryKeeper(), [dnskeyAnchor(a)])
    const bad = show({ keys: [b] }, START)
    assert.deepEqual(drive(points, START, [bad]), { asked: 6, result: 'failed' })
    assert.deepEqual(drive(points, START, [bad, bad, show({ keys: [a] }, START)]), { asked: 3, result: 'verified' })
    assert.deepEqual(drive(points, START, []), { asked: 1, result: 'failed' })
  })

  it('while one runs the zone is not due', () => {
    const points = pointsWith(new MemoryKeeper(), [dnskeyAnchor(a)])
    points.probe(ZONE, { now: () => START, validationNow: () => START }).next()
    assert.deepEqual(points.due(START), [])
  })

  it('none for a static anchor, and none of its own making', () => {
    const points = pointsWith(new MemoryKeeper())
    points.configure([dnskeyAnchor(a)], { isManaged: false })
    assert.deepEqual(points.due(START), [])
    assert.equal(look(points, 0, shown(a, b)).result, 'no-point')
    assert.deepEqual(effective(points), [tag(a)])
  })
})

describe('configuration', () => {
  it('an old file does not undo a roll; a new anchor in it counts; one that left it does not', () => {
    const keeper = new MemoryKeeper()
    const points = pointsWith(keeper, [dsAnchor(a)])
    for (const day of [0, 1, 20, 40]) look(points, day, shown(a, b))
    look(points, 41, (at) => show({ keys: [revoked(a), b] }, at))
    const again = restored(keeper, keeper.saved.values())
    again.configure([dsAnchor(a)])
    assert.deepEqual(effective(again), [tag(b)])
    again.configure([])
    assert.equal(again.find(ZONE), undefined)
    assert.deepEqual([...keeper.saved], [])
  })

  it('anchors of other words replace all that the zone said under the old ones', () => {
    const points = pointsWith(new MemoryKeeper(), [dsAnchor(a)])
    for (const day of [0, 1, 20, 40]) look(points, day, shown(a, b))
    points.configure([dsAnchor(zsk)])
    assert.deepEqual(effective(points), [tag(zsk)])
  })

  it('what somebody added stays without the configuration', () => {
    const points = pointsWith(new MemoryKeeper(), [dsAnchor(a)])
    points.add(dsAnchor(b))
    points.configure([])
    assert.deepEqual(effective(points), [tag(b)])
    assert.ok(points.remove(ZONE, dsAnchor(b)))
    assert.equal(points.find(ZONE), undefined)
    assert.equal(points.remove(ZONE), false)
  })

  it('the nearest trust point counts; many at once', () => {
    const at = (zone: string) => ({ ...dsAnchor(a), zone: Name.parse(zone) })
    const zones = Array.from({ length: 300 }, (_, i) => at(`z${i}.test.`))
    const points = pointsWith(new MemoryKeeper(), [at('.'), at('test.'), ...zones])
    assert.equal(String(points.find(Name.parse('www.Z7.test.'))?.zone), 'z7.test.')
    assert.equal(String(points.find(Name.parse('other.test.'))?.zone), 'test.')
    assert.equal(String(points.find(Name.parse('com.'))?.zone), '.')
    assert.equal(points.find(Name.parse('a.com.')), points.find(Name.root), 'one object as long as nothing changes')
    assert.deepEqual(points.rootTags(), [tag(a)])
  })
})

describe('RFC7646: negative trust anchors', () => {
  it('hold at and below their name until they end', () => {
    const points = pointsWith(new MemoryKeeper(), [dsAnchor(a)])
    const broken = Name.parse('broken.example.')
    points.negative.set(
      { name: broken, until: START + 60, reason: 'signatures expired' },
      { wall: START, steady: START },
    )
    assert.ok(points.findNegative(Name.parse('www.broken.example.'), START)?.equals(broken))
    assert.equal(points.findNegative(ZONE, START), undefined)
    assert.equal(points.findNegative(broken, START + 60), undefined)
    assert.deepEqual(points.negative.expire(START + 60).forgotten.map(String), ['broken.example.'])
    assert.deepEqual(points.negative.list(), [])
  })
})
