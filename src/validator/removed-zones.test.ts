/** How long zones are trusted: no longer than the DS RRsets on the way to them say (ghost domains). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { KeyCache } from './key-cache.ts'
import { AT } from './signed-zone.fixture.ts'
import { delegate, dsText, World } from './world.fixture.ts'

const HOSTS = 'www A 192.0.2.1'
/** Of the DS RRset of `gone.`; that of all others is 300. */
const TTL = 60

function worldOf(root: string): World {
  return new World({
    '.': { text: root },
    'gone.': { text: `${delegate('x.gone.', dsText('x.gone.'))}\n${delegate('plain.gone.')}` },
    'x.gone.': { text: `${HOSTS}\n${delegate('y.x.gone.', dsText('y.x.gone.'))}` },
    'y.x.gone.': { text: HOSTS },
    'plain.gone.': { text: HOSTS, how: 'unsigned' },
  })
}

const before = worldOf(`gone. NS ns.test.\ngone. ${TTL} DS ${dsText('gone.')}`)

describe('a zone whose DS RRset has expired', () => {
  for (const name of ['www.x.gone.', 'www.y.x.gone.', 'www.plain.gone.']) {
    it(`takes the trust in the zones below with it: ${name}`, () => {
      const keys = new KeyCache()
      const zone = Name.parse(name).parent
      before.judge(name, 'A', { keys })
      assert.ok(keys.find(zone, AT + TTL - 1))
      assert.equal(keys.find(zone, AT + TTL), undefined)
    })
  }

  it('is judged by what its parent says then, and so are the zones below', () => {
    const keys = new KeyCache()
    assert.equal(before.judge('www.x.gone.', 'A', { keys }).verdict.status, 'secure')
    const after = worldOf(delegate('gone.'))
    assert.equal(after.judge('www.x.gone.', 'A', { keys, now: AT + TTL - 1 }).verdict.status, 'secure')
    assert.equal(after.judge('www.x.gone.', 'A', { keys, now: AT + TTL }).verdict.status, 'insecure')
  })

  it('keeps its DNSKEY TTL out of it: keys that expire earlier take nothing below with them', () => {
    const keys = new KeyCache()
    const root = `gone. NS ns.test.\ngone. 300 DS ${dsText('gone.')}`
    const fetched = worldOf(root)
    fetched.judge('www.x.gone.', 'A', {
      keys,
      fetched: (response) => {
        const isKeys = response.type === 48 && response.name.toString() === 'gone.'
        if (isKeys) for (const set of response.answer) set.expires = AT + TTL
        return response
      },
    })
    assert.equal(keys.find(Name.parse('gone.'), AT + TTL), undefined)
    assert.ok(keys.find(Name.parse('x.gone.'), AT + TTL))
  })
})
