/** A server whose state is on a disk that is full or read-only: zones are served, that nothing is saved is told, and it recovers. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { NO_DISKS, ReadOnlyView, SmallDisk } from '../store/small-disk.fixture.ts'
import { act, type ConfigurationText, TestServer, until, zoneText } from './servers.fixture.ts'

const UNSAVED = /not saved: the state cannot be written \(.*(full|read-only|no space).*\)/
/** Longer than a server waits before it tries again. */
const RECOVERY_SECONDS = 30

const recovered = (server: TestServer) => (): boolean =>
  server.lines.some((line) => line.includes('the state can be written again: all is saved'))

/** The serials of the journal of a zone, as `from-to`. */
function journalOf(server: TestServer, zone: string): string | undefined {
  const held = server.server.state.journal.state(Name.parse(zone))
  return held && `${held.fromSerial}-${held.toSerial}`
}

test('a primary zone is served from a full disk at the start, takes a new file, and has a journal again when there is room', {
  skip: NO_DISKS,
}, async () => {
  const disk = new SmallDisk(8)
  const server = new TestServer()
  const file = server.file('zone', zoneText(1))
  const zones = [
    { name: 'a.test.', type: 'primary', file, allowTransfer: ['127.0.0.1'] },
    { name: 'catalog.test.', type: 'primary', catalog: 'producer' },
  ]
  const anchor = server.file('anchor', `a.test. IN DS 1 13 2 ${'00'.repeat(32)}\n`)
  const configuration = {
    data: join(disk.folder, 'state'),
    zones: [...zones, { name: '.', type: 'stub', addresses: ['127.0.0.1:9'] }],
    resolver: { enabled: true, rootTrustAnchors: false, trustAnchors: [anchor] },
  }
  disk.fill()
  await server.start(configuration)
  assert.equal(await server.serial('a.test.'), 1)
  assert.equal(server.lines.filter((line) => line.startsWith('error the state cannot be written')).length, 1)
  for (const { name } of zones) {
    assert.equal(server.status(name)?.state, 'serving')
    assert.match(server.status(name)?.reason ?? '', UNSAVED)
  }
  server.file('zone', zoneText(2))
  const { zones: outcomes } = await server.server.reload()
  assert.match(outcomes[0]?.message ?? '', /^serial 2: .*not saved/)
  assert.equal(await server.serial('a.test.'), 2)
  // What needs the disk is refused, with the reason.
  const zone = server.server.zones.find(Name.parse('a.test.'))
  assert.match((await act(zone, 'freeze'))?.message ?? '', UNSAVED)
  assert.equal(server.status('a.test.')?.frozen, false)
  const broken = Name.parse('broken.test.')
  server.server.resolving?.trust.addNegative({ name: broken, until: undefined })
  disk.free()
  await until(recovered(server), 'the recovery', RECOVERY_SECONDS)
  assert.equal(server.status('a.test.')?.reason, undefined)
  const { points, negative } = server.server.state.trust.load()
  assert.deepEqual([points.length, negative.map(({ name }) => name.toString())], [1, ['broken.test.']])
  server.file('zone', zoneText(3))
  await server.server.reload()
  assert.equal(journalOf(server, 'a.test.'), '2-3')
  assert.ok(server.server.state.copies.serialOf(Name.parse('catalog.test.'), 'zone') !== undefined)
})

test('a disk that fills up under a server: versions of primaries and secondaries go on in memory, and are saved later', {
  skip: NO_DISKS,
}, async () => {
  const primary = new TestServer()
  const file = primary.file('zone', zoneText(1))
  const allowTransfer = ['127.0.0.1']
  const names = ['a.test.', 'gone.test.']
  await primary.start({ zones: names.map((name) => ({ name, type: 'primary', file, allowTransfer })) })
  const disk = new SmallDisk(8)
  const server = new TestServer()
  const own = server.file('own', zoneText(1))
  const configuration: ConfigurationText = {
    data: join(disk.folder, 'state'),
    zones: [
      { name: 'a.test.', type: 'secondary', primaries: [`127.0.0.1:${primary.port}`] },
      { name: 'own.test.', type: 'primary', file: own },
      { name: 'gone.test.', type: 'secondary', primaries: [`127.0.0.1:${primary.port}`] },
    ],
  }
  await server.start(configuration)
  for (const name of names) await until(async () => (await server.serial(name)) === 1, `the first version of ${name}`)
  disk.fill()
  const refresh = async (serial: number): Promise<void> => {
    primary.file('zone', zoneText(serial))
    await primary.server.reload()
    await act(server.server.zones.find(Name.parse('a.test.')), 'reload')
    await until(async () => (await server.serial('a.test.')) === serial, `serial ${serial}`)
  }
  // What SQLite has room for in its files is still taken: until then all goes on as always.
  for (let serial = 2; server.server.state.unwritable === undefined && serial < 3000; serial++) await refresh(serial)
  const last = (await server.serial('a.test.')) ?? 0
  await refresh(last + 1)
  server.file('own', zoneText(2))
  await server.server.reload()
  assert.equal(await server.serial('own.test.'), 2)
  for (const name of ['a.test.', 'own.test.']) assert.match(server.status(name)?.reason ?? '', UNSAVED)
  server.write({ ...configuration, zones: configuration.zones.slice(0, 2) })
  await server.server.reload()
  disk.free()
  await until(recovered(server), 'the recovery', RECOVERY_SECONDS)
  assert.equal(server.status('a.test.')?.reason, undefined)
  await refresh(last + 2)
  await server.stop()
  await primary.stop()
  await server.start({ ...configuration, zones: configuration.zones.slice(0, 2) })
  assert.deepEqual([await server.serial('a.test.'), await server.serial('own.test.')], [last + 2, 2])
  assert.ok(!server.server.state.listZones().includes('gone.test.'))
})

test('a read-only disk at the start: secondaries serve what was kept, primaries their files, and all is saved later', {
  skip: NO_DISKS,
}, async () => {
  const primary = new TestServer()
  const file = primary.file('zone', zoneText(1))
  await primary.start({ zones: [{ name: 'a.test.', type: 'primary', file, allowTransfer: ['127.0.0.1'] }] })
  const view = new ReadOnlyView()
  const server = new TestServer()
  const zones = [
    { name: 'a.test.', type: 'secondary', primaries: [`127.0.0.1:${primary.port}`] },
    { name: 'own.test.', type: 'primary', file: server.file('own', zoneText(1)) },
  ]
  const configuration = { data: join(view.folder, 'state'), zones }
  await server.start(configuration)
  await until(async () => (await server.serial('a.test.')) === 1, 'the first version')
  await server.stop()
  view.close()
  await server.start(configuration)
  assert.deepEqual([await server.serial('a.test.'), await server.serial('own.test.')], [1, 1])
  assert.match(server.status('own.test.')?.reason ?? '', UNSAVED)
  primary.file('zone', zoneText(2))
  await primary.server.reload()
  await act(server.server.zones.find(Name.parse('a.test.')), 'reload')
  await until(async () => (await server.serial('a.test.')) === 2, 'the second version')
  view.open()
  await until(recovered(server), 'the recovery', RECOVERY_SECONDS)
  await server.stop()
  await primary.stop()
  await server.start(configuration)
  assert.equal(await server.serial('a.test.'), 2)
})
