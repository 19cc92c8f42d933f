/** The wall clock, to which signatures are held, and the steady one of caches may lie any time apart: no verdict depends on it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { EXPIRATION } from '../signer/signing.fixture.ts'
import { KeyCache } from './key-cache.ts'
import { AT } from './signed-zone.fixture.ts'
import { anchorOf, delegate, dsText, type Judging, World } from './world.fixture.ts'

const YEAR = 366 * 86_400
const HOSTS = 'www A 192.0.2.1\n*.wild A 192.0.2.3\nalias CNAME www\n'
const world = new World({
  '.': { text: delegate('test.', dsText('test.')) },
  'test.': {
    text: [
      delegate('good.test.', dsText('good.test.')),
      delegate('open.test.'),
      delegate('short.test.', dsText('short.test.')),
    ].join('\n'),
  },
  'good.test.': { text: HOSTS },
  'open.test.': { text: HOSTS, how: 'unsigned' },
  'short.test.': { text: HOSTS, how: { expiration: AT + 100 } },
})
const NAMES = [
  'www.good.test.',
  'no.good.test.',
  'x.wild.good.test.',
  'www.open.test.',
  'www.short.test.',
  'no.short.test.',
]

/** The verdict, and for how long it and the keys on the way to it are kept. */
function judge(name: string, judging: Judging & { readonly now: number }) {
  const keys = new KeyCache()
  const { verdict, response } = world.judge(name, 'A', { keys, ...judging })
  const { now } = judging
  return {
    status: verdict.status,
    reason: verdict.reason,
    kept: verdict.expires === undefined ? undefined : verdict.expires - now,
    rrsets: [...response.answer, ...response.authority].map(({ expires, security }) => [expires - now, security]),
    keys: [...keys].map(({ zone, kind, expires }) => [zone.toString(), kind, expires - now]),
  }
}

describe('the two clocks of a validation', () => {
  it('may lie decades apart: verdicts, and how long they hold, are the same', () => {
    const apart = fc.oneof(
      fc.constantFrom(-3, 3, -86_400, 86_400, -10 * YEAR, 10 * YEAR),
      fc.integer({ min: -AT, max: AT }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), apart, (name, seconds) => {
        assert.deepEqual(judge(name, { at: AT, now: AT + seconds }), judge(name, { at: AT, now: AT }))
      }),
    )
  })

  it('RFC4035 §5.3.3: nothing is kept longer than its signature holds by the wall clock', () => {
    for (const now of [AT, AT + 10 * YEAR, 1_000_000_000]) {
      const { status, kept, rrsets, keys } = judge('www.short.test.', { at: AT, now })
      assert.equal(status, 'secure')
      assert.equal(kept, 100)
      assert.ok(rrsets.every(([seconds]) => Number(seconds) <= 100))
      assert.ok(keys.some(([zone, , seconds]) => zone === 'short.test.' && seconds === 100))
    }
  })

  it('RFC7958 §2.1.1: no zone is trusted by an anchor longer than that counts', () => {
    for (const now of [AT, AT - 10 * YEAR]) {
      const anchors = [{ ...anchorOf('.'), validUntil: AT + 60 }]
      const { keys } = judge('www.good.test.', { at: AT, now, anchors })
      assert.ok(keys.some(([zone, , seconds]) => zone === '.' && seconds === 60))
      assert.ok(keys.every(([, , seconds]) => Number(seconds) <= 300))
    }
    const { status } = judge('www.good.test.', { at: EXPIRATION + YEAR, now: AT })
    assert.equal(status, 'bogus', 'signatures are held to the wall clock')
  })
})
