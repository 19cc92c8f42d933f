import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../dns/name/index.ts'
import { clientOf } from './queries/principal.ts'
import { act, TestServer, until, zoneText } from './servers.fixture.ts'

const KEY = { name: 'k1.', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7).toString('base64') }
const apex = Name.parse('example.')

/** A primary and its secondary; `raise` gives the primary's zone another serial. */
async function pair(options: { zone?: object; primary?: object; timers?: string } = {}) {
  const secondaryPort = await freePort()
  const file = `/tmp/signet-pair-${process.pid}-${secondaryPort}.zone`
  writeFileSync(file, zoneText(1, '', options.timers))
  const primaryText = {
    tsigKeys: [KEY],
    zones: [
      {
        name: 'example.',
        type: 'primary',
        file,
        allowTransfer: ['key:k1.'],
        notify: [`127.0.0.1:${secondaryPort} key:k1.`],
        ...options.primary,
      },
    ],
  }
  const primary = await TestServer.start(primaryText)
  const secondaryText = {
    tsigKeys: [KEY],
    zones: [
      {
        name: 'example.',
        type: 'secondary',
        primaries: [`127.0.0.1:${primary.port}`],
        tsigKey: 'k1.',
        allowTransfer: ['127.0.0.1'],
        ...options.zone,
      },
    ],
  }
  const secondary = await TestServer.start(secondaryText, secondaryPort)
  const raise = async (text: string): Promise<void> => {
    writeFileSync(file, text)
    await primary.server.reload()
  }
  await until(async () => (await secondary.serial('example.')) === 1, 'the first transfer')
  return { primary, secondary, raise, primaryText, secondaryText, file }
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

test('RFC1996 §3.7: a NOTIFY brings the difference within a moment; it is kept for our own secondaries', async () => {
  const { primary, secondary, raise } = await pair()
  assert.deepEqual(await secondary.lookUp('www.example.', 'A'), ['10.0.0.1'])
  await raise(zoneText(2, 'more A 10.1.1.1\n'))
  await until(async () => (await secondary.serial('example.')) === 2, 'serial 2')
  assert.deepEqual(await secondary.lookUp('more.example.', 'A'), ['10.1.1.1'])
  assert.deepEqual(await secondary.lookUp('www.example.', 'A'), ['10.0.0.2'])
  const status = secondary.status('example.')
  assert.equal(status?.state, 'serving')
  assert.equal(status?.primarySerial, 2)
  assert.equal(status?.lastTransfer?.kind, 'ixfr')
  assert.equal(status?.lastTransfer?.outcome, 'done')
  assert.deepEqual(status?.primaries, [`127.0.0.1:${primary.port}`])
  const read = secondary.server.state.journal.read(apex, 1)
  assert.equal(read.kind === 'changes' && read.changes.length, 1)
  const count = (
    rows: readonly { direction: string; kind?: string; outcome: string; count: number }[],
    kind?: string,
  ) => rows.find((row) => row.direction === 'in' && row.outcome === 'done' && row.kind === kind)?.count
  assert.equal(count(secondary.server.transfers.transfers, 'axfr'), 1)
  assert.equal(count(secondary.server.transfers.transfers, 'ixfr'), 1)
  assert.ok((count(secondary.server.transfers.notifies) ?? 0) >= 1)
  await until(
    () =>
      primary.server.transfers.notifies.some(
        (row) => row.direction === 'out' && row.outcome === 'done' && row.count > 0,
      ),
    'the answer to the NOTIFY',
  )
})

test('a zone that was transferred is served at once after a restart, without its primary', async () => {
  const { primary, secondary, raise, secondaryText } = await pair()
  await raise(zoneText(2))
  await until(async () => (await secondary.serial('example.')) === 2, 'serial 2')
  await secondary.stop()
  await primary.stop()
  await secondary.start(secondaryText)
  assert.equal(await secondary.serial('example.'), 2)
  assert.equal(secondary.status('example.')?.state, 'serving')
})

test('RFC1034 §4.3.5: a zone that no primary confirms expires, after a restart too, and comes back with the primary', async () => {
  const timers = '1 1 3 300'
  const { primary, secondary, primaryText, secondaryText } = await pair({ timers, zone: { minRefreshSeconds: 1 } })
  const { port } = primary
  await primary.stop()
  await until(async () => (await secondary.ask('example.', 'SOA')).header.rcode === 2, 'SERVFAIL', 8)
  assert.equal(secondary.status('example.')?.state, 'expired')
  await secondary.stop()
  await secondary.start(secondaryText)
  assert.equal((await secondary.ask('www.example.', 'A')).header.rcode, 2)
  primary.port = port
  await primary.start(primaryText)
  await until(async () => (await secondary.serial('example.')) === 1, 'the primary is back')
  assert.deepEqual(await secondary.lookUp('www.example.', 'A'), ['10.0.0.1'])
})

test('RFC1996 §3.10: a NOTIFY of a stranger, or of a primary without its key, is refused', async () => {
  const { secondary } = await pair()
  const zone = secondary.server.zones.find(apex)
  const peer = (...address: number[]) => ({ protocol: 'udp', address: Uint8Array.from(address), port: 5353 }) as const
  assert.equal(zone?.source.transfer?.notified(clientOf(peer(127, 0, 0, 1)), 9), 5)
  assert.equal(zone?.source.transfer?.notified(clientOf(peer(10, 0, 0, 1)), 9), 5)
})

test('RFC8945 §5.4: with another secret the zone is not taken', async () => {
  const file = `/tmp/signet-pair-${process.pid}-wrong.zone`
  writeFileSync(file, zoneText(1))
  const primary = await TestServer.start({
    tsigKeys: [KEY],
    zones: [{ name: 'example.', type: 'primary', file, allowTransfer: ['127.0.0.1'] }],
  })
  const secondary = await TestServer.start({
    tsigKeys: [{ ...KEY, secret: Buffer.alloc(32, 8).toString('base64') }],
    zones: [{ name: 'example.', type: 'secondary', primaries: [`127.0.0.1:${primary.port} key:k1.`] }],
  })
  await until(() => secondary.status('example.')?.lastTransfer?.outcome === 'failed', 'a failed transfer')
  const status = secondary.status('example.')
  assert.equal(status?.state, 'failed')
  assert.match(status?.reason ?? '', /does not accept our signature \(BADSIG\)/)
  assert.equal((await secondary.ask('example.', 'SOA')).header.rcode, 2)
})

test('checks: refuse keeps the old version and says why', async () => {
  const { secondary, raise } = await pair({ zone: { checks: 'refuse' } })
  await raise(zoneText(2, 'alias CNAME www\nalias A 10.0.0.9\n'))
  await until(() => secondary.status('example.')?.lastTransfer?.outcome === 'failed', 'the refusal')
  assert.equal(await secondary.serial('example.'), 1)
  assert.match(secondary.status('example.')?.reason ?? '', /serial 2 is not taken: alias\.example\./)
  await raise(zoneText(3))
  await until(async () => (await secondary.serial('example.')) === 3, 'the next good version')
  assert.equal(secondary.status('example.')?.reason, undefined)
})

test('an unsigned zone does not pass verify: signatures, nor verify: zonemd', async () => {
  for (const verify of ['signatures', 'zonemd']) {
    const file = `/tmp/signet-pair-${process.pid}-${verify}.zone`
    writeFileSync(file, zoneText(1))
    const zones = [{ name: 'example.', type: 'primary', file, allowTransfer: ['127.0.0.1'] }]
    const primary = await TestServer.start({ zones })
    const secondary = await TestServer.start({
      zones: [{ name: 'example.', type: 'secondary', primaries: [`127.0.0.1:${primary.port}`], verify }],
    })
    await until(() => secondary.status('example.')?.lastTransfer?.outcome === 'failed', 'the refusal')
    assert.match(secondary.status('example.')?.reason ?? '', /serial 1 is not taken: example\./)
  }
})

test('ixfr: off fetches whole zones; retransfer does so whatever the serial', async () => {
  const { secondary, raise } = await pair({ zone: { ixfr: false } })
  await raise(zoneText(2))
  await until(async () => (await secondary.serial('example.')) === 2, 'serial 2')
  assert.equal(secondary.status('example.')?.lastTransfer?.kind, 'axfr')
  await raise(zoneText(1, 'back A 10.9.9.9\n'))
  await sleep(100)
  assert.equal(await secondary.serial('example.'), 2)
  await act(secondary.server.zones.find(apex), 'retransfer')
  await until(async () => (await secondary.serial('example.')) === 1, 'serial 1, by force')
  assert.deepEqual(await secondary.lookUp('back.example.', 'A'), ['10.9.9.9'])
})

test('RFC1995 §2: after a whole transfer nobody is given differences that lead to another version', async () => {
  const { secondary, raise, secondaryText } = await pair()
  await raise(zoneText(2))
  await until(async () => (await secondary.serial('example.')) === 2, 'serial 2')
  const { journal } = secondary.server.state
  assert.equal(journal.read(apex, 1).kind, 'changes')
  await act(secondary.server.zones.find(apex), 'retransfer')
  await until(() => secondary.status('example.')?.lastTransfer?.kind === 'axfr', 'the whole zone')
  assert.notEqual(journal.read(apex, 1).kind, 'changes')
  await raise(zoneText(3))
  await until(async () => (await secondary.serial('example.')) === 3, 'serial 3')
  const read = journal.read(apex, 2)
  assert.equal(read.kind === 'changes' && read.changes.length, 1, 'the journal begins anew')
  await secondary.stop()
  await secondary.start(secondaryText)
  assert.deepEqual(await secondary.lookUp('www.example.', 'A'), ['10.0.0.3'], 'and fits the copy')
})

test('settings that change are taken up without the zone being gone', async () => {
  const { secondary, secondaryText } = await pair()
  const [zone] = secondaryText.zones
  secondary.write({ ...secondaryText, zones: zone === undefined ? [] : [{ ...zone, allowNotify: ['10.0.0.0/8'] }] })
  await secondary.server.reload()
  assert.equal(await secondary.serial('example.'), 1)
  const peer = { protocol: 'udp', address: Uint8Array.of(10, 0, 0, 1), port: 53 } as const
  assert.equal(secondary.server.zones.find(apex)?.source.transfer?.notified(clientOf(peer), undefined), 0)
  secondary.write({ ...secondaryText, zones: [] })
  await secondary.server.reload()
  assert.equal((await secondary.ask('example.', 'SOA')).header.rcode, 5)
  assert.deepEqual(secondary.server.state.listZones(), [])
})

test('a wall clock that is set expires no zone, keeps none alive and delays no refresh', async () => {
  const { primary, secondary, raise, secondaryText } = await pair({
    timers: '2 1 8 300',
    // TSIG holds to the wall clock, by its protocol.
    zone: { tsigKey: undefined },
    primary: { allowTransfer: ['127.0.0.1'], notify: [] },
  })
  const day = 86_400
  for (const [i, ahead] of [3650 * day, -3650 * day, 0].entries()) {
    secondary.clockAhead = ahead
    await sleep(1200)
    assert.equal(await secondary.serial('example.'), i + 1)
    await raise(zoneText(i + 2, '', '2 1 8 300'))
    await until(async () => (await secondary.serial('example.')) === i + 2, 'a refresh')
    const { lastRefresh = 0, expiresAt = 0 } = secondary.status('example.') ?? {}
    const wall = Math.floor(Date.now() / 1000) + ahead
    assert.ok(Math.abs(lastRefresh - wall) < 10 && Math.abs(expiresAt - wall) < 15, 'people see the time as it is set')
  }
  await primary.stop()
  secondary.clockAhead = -3650 * day
  await until(() => secondary.status('example.')?.state === 'expired', 'the end of the zone', 15)
  await secondary.stop()
  secondary.clockAhead = 0
  await secondary.start(secondaryText)
  assert.equal(secondary.status('example.')?.state, 'expired', 'stored by a clock that was behind')
})
