/** Zones that changed their keys before the TTL of the old ones was over. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { fixedKey, fixedPair } from '../signer/fixed-keys.fixture.ts'
import { KeyCache } from './key-cache.ts'
import { AT } from './signed-zone.fixture.ts'
import { delegate, dsText, World } from './world.fixture.ts'

const HOSTS = 'www A 192.0.2.1\n'
const zone = Name.parse('example.')

function worldOf(algorithm: 8 | 15): World {
  const key = fixedKey(algorithm, 'ksk', zone)
  const signWith = [...fixedPair(algorithm, zone)]
  return new World({
    '.': { text: delegate('example.', dsText('example.', 2, key)) },
    'example.': {
      text: `${HOSTS}${delegate('sub.example.', dsText('sub.example.'))}`,
      how: { signWith },
    },
    'sub.example.': { text: HOSTS },
  })
}

const before = worldOf(15)
const after = worldOf(8)

/** The keys of `example.` are cached. */
function cached(): KeyCache {
  const keys = new KeyCache()
  assert.equal(before.judge('www.example.', 'A', { keys }).verdict.status, 'secure')
  return keys
}

describe('RFC4035 §4.7: data that is signed with keys that are not cached', () => {
  it('has the keys fetched past the caches, and holds with the new ones', () => {
    const keys = cached()
    const { verdict, asked, response } = after.judge('www.example.', 'A', { keys, now: AT + 100 })
    assert.equal(verdict.status, 'secure')
    assert.deepEqual(asked, ['example. DS again', 'example. DNSKEY again'])
    assert.equal(response.answer[0]?.security, 'secure')
    assert.deepEqual(after.judge('nothing.example.', 'A', { keys, now: AT + 101 }).asked, [])
  })

  it('does so for denials, and where a delegation is signed with them', () => {
    assert.equal(after.judge('nothing.example.', 'A', { keys: cached(), now: AT + 100 }).verdict.status, 'secure')
    const { verdict, asked } = after.judge('www.sub.example.', 'A', { keys: cached(), now: AT + 100 })
    assert.equal(verdict.status, 'secure')
    assert.ok(asked.includes('example. DNSKEY again'), asked.join(', '))
  })

  it('waits for keys that were fetched just now', () => {
    const { verdict, asked } = after.judge('www.example.', 'A', { keys: cached(), now: AT + 2 })
    assert.deepEqual([verdict.reason, asked], ['signature-unknown-key', []])
  })

  it('does so once a minute, and a forged answer takes nothing away', () => {
    const keys = cached()
    const forge = (now: number) =>
      before.judge('www.example.', 'A', { keys, now, answer: () => after.ask('www.example.', 'A', now) })
    const first = forge(AT + 100)
    assert.deepEqual([first.verdict.status, first.verdict.reason], ['bogus', 'signature-unknown-key'])
    assert.deepEqual(first.asked, ['example. DS again', 'example. DNSKEY again'])
    assert.deepEqual(forge(AT + 120).asked, [])
    assert.deepEqual(before.judge('www.example.', 'A', { keys, now: AT + 121 }).asked, [])
    assert.equal(forge(AT + 161).asked.length, 2)
  })

  it('keeps what is known when the keys that come are no good', () => {
    const keys = cached()
    const judged = after.judge('www.example.', 'A', {
      keys,
      now: AT + 100,
      fetched: () => ({ kind: 'unreachable', text: 'nobody answers' }),
    })
    assert.equal(judged.verdict.reason, 'signature-unknown-key')
    assert.deepEqual(before.judge('www.example.', 'A', { keys, now: AT + 101 }).asked, [])
  })
})
