/** Why a look at the keys of a trust point failed: the cause, not what happened last on the network. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { computeKeyTag } from '../../dnssec/index.ts'
import type { Fetched } from '../settings.ts'
import {
  DAY,
  dnskeyAnchor,
  dsAnchor,
  MemoryKeeper,
  makePair,
  pointsWith,
  START,
  show,
  ZONE,
  type ZoneKeyPair,
} from './rolling-zone.fixture.ts'
import type { TrustPoints } from './trust-points.ts'

let a: ZoneKeyPair
let b: ZoneKeyPair

before(async () => {
  a = await makePair()
  b = await makePair()
})

const tag = (pair: ZoneKeyPair): number => computeKeyTag(pair.rdata)
const GONE: Fetched = { kind: 'unreachable', text: 'no other server answers' }
const refused = (): Fetched => ({ ...show({ keys: [a] }, START), rcode: 5, answer: [] })

/** Probes once; the last answer is that of all servers after it. Returns what is reported and what is kept, which agree. */
function probe(points: TrustPoints, now: number, ...answers: readonly Fetched[]): string {
  const work = points.probe(ZONE, { now: () => now, validationNow: () => now })
  let step = work.next()
  for (let asked = 0; step.done !== true; asked++) step = work.next(answers[asked] ?? answers.at(-1) ?? GONE)
  const { result, detail } = step.value
  const kept = points.get(ZONE)?.lastResult ?? ''
  assert.equal(result, 'failed')
  assert.ok(kept.endsWith(detail), `${kept} is not ${detail}`)
  return kept
}

const byDs = (): TrustPoints => pointsWith(new MemoryKeeper(), [dsAnchor(a)])
const byKey = (): TrustPoints => pointsWith(new MemoryKeeper(), [dnskeyAnchor(a)])

describe('RFC5011 §2.3: the reason of a failed probe', () => {
  it('a wrong anchor, DS or DNSKEY: the keys of the zone and those of the anchors are named', () => {
    for (const points of [byDs(), byKey()]) {
      const text = probe(points, START, show({ keys: [b] }, START), GONE)
      assert.equal(text, `its keys do not verify: none of its keys (${tag(b)}) agrees with a trust anchor (${tag(a)})`)
    }
  })

  it('the key of the anchor is shown and does not sign', () => {
    for (const points of [byDs(), byKey()]) {
      const text = probe(points, START, show({ keys: [a, b], signers: [b] }, START), GONE)
      assert.equal(text, `its keys do not verify: they are signed, but not by the key of a trust anchor (${tag(a)})`)
    }
  })

  it('a clock that is wrong: the times of the signature, and how far away they are', () => {
    const answer = show({ keys: [a] }, START)
    assert.match(probe(byDs(), START - 400 * DAY, answer, GONE), /is not valid before \d+, 39\d days from now$/)
    assert.match(probe(byDs(), START + 400 * DAY, answer, GONE), /expired at \d+, 370 days ago$/)
  })

  it('no signature at all', () => {
    const text = probe(byKey(), START, show({ keys: [a], signers: [] }, START), GONE)
    assert.equal(text, 'its keys do not verify: no signature came with it')
  })

  it('an anchor that is not valid at this time', () => {
    const points = pointsWith(new MemoryKeeper(), [{ ...dsAnchor(a), validUntil: START - 1 }])
    assert.match(probe(points, START, show({ keys: [a] }, START), GONE), /no trust anchor is valid at \d+$/)
  })

  it('keys that do not verify say more than a response without keys, and that more than silence', () => {
    const wrong = show({ keys: [b] }, START)
    const cause = /none of its keys/
    assert.match(probe(byDs(), START, wrong, refused(), GONE), cause)
    assert.match(probe(byDs(), START, refused(), wrong, GONE), cause)
    assert.match(probe(byDs(), START, refused(), wrong, refused()), cause)
    assert.match(probe(byDs(), START, refused(), GONE), /no keys came \(RCODE 5\)$/)
    assert.match(probe(byDs(), START, GONE), /could not be fetched: no other server answers$/)
  })

  it('the next probe reports anew', () => {
    const points = byDs()
    probe(points, START, show({ keys: [b] }, START), GONE)
    assert.match(probe(points, START + DAY, GONE), /could not be fetched/)
    assert.equal(points.observe(ZONE, show({ keys: [a] }, START + DAY), START + DAY, START + DAY).result, 'verified')
    assert.equal(points.get(ZONE)?.lastResult, 'its keys verify')
  })
})
