/** `trust-point list` and `refresh`: why the keys of a trust point do not verify, told by a server that asks the zone's own. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { signText } from '../../signer/signing.fixture.ts'
import { dsText } from '../../validator/world.fixture.ts'
import { RunningControl } from '../running-control.ts'
import { TestServer } from '../servers.fixture.ts'

const ZONE = 'lab.'
const DAY = 86_400
const NOW = Math.floor(Date.now() / 1000)
let authority: TestServer

before(async () => {
  authority = new TestServer()
  const plain = `$ORIGIN ${ZONE}\n@ 300 SOA ns h 1 7200 3600 1209600 60\n@ 300 NS ns\nns 300 A 127.0.0.1\n`
  const { text } = signText(plain, { zone: ZONE, inception: NOW - DAY, expiration: NOW + 30 * DAY })
  await authority.start({ zones: [{ name: ZONE, type: 'primary', file: authority.file('zone', text) }] })
})

/** What `refresh` and `list` say of the zone's trust point, with these DS records and a clock that is ahead by so much. */
async function refresh(ds: string, clockAhead = 0): Promise<{ refreshed: string; listed: string }> {
  const server = new TestServer()
  server.clockAhead = clockAhead
  const trustAnchors = [server.file('anchors', `${ZONE} IN DS ${ds}\n`)]
  await server.start({
    zones: [{ name: ZONE, type: 'stub', addresses: [`127.0.0.1:${authority.port}`] }],
    resolver: { enabled: true, trustAnchors, rootTrustAnchors: false },
  })
  const { resolver = assert.fail('no resolver') } = new RunningControl(server.server, () => {})
  const { outcome, message, details = [] } = await resolver.refreshTrustPoints()
  const [point] = resolver.trustPoints()
  assert.equal(outcome, 'failed')
  return { refreshed: [message, ...details].join('\n'), listed: point?.lastResult ?? '' }
}

test('a wrong anchor is the reason, not that no other server answers', async () => {
  const { refreshed, listed } = await refresh(`1 15 2 ${'00'.repeat(32)}`)
  assert.match(listed, /^its keys do not verify: none of its keys \(\d+, \d+\) agrees with a trust anchor \(1\)$/)
  assert.match(refreshed, /lab\. failed: none of its keys/)
})

test('a clock that nobody doubts yet: the signature, and how far its times are away', async () => {
  const { refreshed, listed } = await refresh(dsText(ZONE), 60 * DAY)
  assert.match(listed, /its keys do not verify: the signature by key \d+ \(ED25519\) expired at \d+, (29|30) days ago/)
  assert.match(refreshed, /expired at/)
})

test('a clock that is plainly wrong comes first', async () => {
  const { refreshed, listed } = await refresh(dsText(ZONE), -NOW)
  assert.match(listed, /^the clock says 1970-/)
  assert.match(refreshed, /^the clock says 1970-/)
})
