/** Zone files with `$INCLUDE` in a running server: what a reload notices, and what changes made by other ways are merged with. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { openState } from '../store/index.ts'
import { diffZones, walkZone } from '../zone/index.ts'
import { zoneOf } from '../zone/zone.fixture.ts'
import type { Outcome } from './outcome.ts'
import { act, TestServer, zoneText } from './servers.fixture.ts'

const NAME = Name.parse('example.')

class IncludingServer extends TestServer {
  readonly zone: Record<string, unknown> & { name: string; type: string }

  constructor(settings: Record<string, unknown> = {}) {
    super()
    this.zone = { name: 'example.', type: 'primary', file: join(this.folder, 'zones/zone'), ...settings }
    mkdirSync(join(this.folder, 'zones'))
    this.file('zones/zone', zoneText(1, '$INCLUDE hosts\n'))
    this.file('zones/hosts', '$INCLUDE nested\na A 192.0.2.1\n')
    this.file('zones/nested', 'n A 192.0.2.1\n')
  }

  run(): Promise<void> {
    return this.start({ zones: [this.zone] })
  }

  async reloadZone(): Promise<Outcome> {
    const zone = this.server.zones.find(NAME)
    assert.ok(zone)
    return act(zone, 'reload')
  }
}

describe('a reload notices', () => {
  for (const name of ['hosts', 'nested']) {
    test(`that ${name} changed, of the same size and with the old time`, async () => {
      const server = new IncludingServer()
      await server.run()
      assert.equal((await server.reloadZone()).outcome, 'unchanged')
      const path = join(server.folder, 'zones', name)
      const { atimeMs, mtimeMs } = statSync(path)
      server.file(`zones/${name}`, name === 'hosts' ? '$INCLUDE nested\na A 192.0.2.9\n' : 'n A 192.0.2.9\n')
      utimesSync(path, atimeMs / 1000, mtimeMs / 1000)
      // As SIGHUP and `signet server reload` do it.
      const { zones } = await server.server.reload()
      assert.deepEqual(
        zones.map(({ zone, outcome }) => [zone, outcome]),
        [['example.', 'done']],
      )
      assert.deepEqual(await server.lookUp(`${name.charAt(0) === 'h' ? 'a' : 'n'}.example.`, 'A'), ['192.0.2.9'])
      assert.equal((await server.reloadZone()).outcome, 'unchanged')
    })
  }

  test('that an included file is gone, and that it is there again as it was', async () => {
    const server = new IncludingServer()
    await server.run()
    const [path, away] = [join(server.folder, 'zones/nested'), join(server.folder, 'away')]
    renameSync(path, away)
    const failed = await server.reloadZone()
    assert.equal(failed.outcome, 'failed')
    assert.match(failed.message, /hosts:1:10: \S+nested: no such file or folder$/)
    assert.match(server.status('example.')?.reason ?? '', /no such file/)
    assert.deepEqual(await server.lookUp('n.example.', 'A'), ['192.0.2.1'])
    renameSync(away, path)
    assert.equal((await server.reloadZone()).outcome, 'unchanged')
    assert.equal(server.status('example.')?.reason, undefined)
  })

  test('that a file with a hole of a terabyte took the place of an included one, or of the zone file, and serves on', async () => {
    const server = new IncludingServer()
    await server.run()
    for (const name of ['zones/nested', 'zones/zone']) {
      const path = server.file(name, '')
      truncateSync(path, 2 ** 40)
      const { outcome, message } = await server.reloadZone()
      assert.deepEqual([outcome, /:1:1: an octet of value 0/.test(message)], ['failed', true], message)
      assert.deepEqual(await server.lookUp('n.example.', 'A'), ['192.0.2.1'])
    }
  })

  test('that a file appeared which was missing when the zone was loaded, or when it was reloaded', async () => {
    const server = new IncludingServer()
    rmSync(join(server.folder, 'zones/nested'))
    await server.run()
    assert.equal(server.status('example.')?.state, 'failed')
    server.file('zones/nested', 'n A 192.0.2.2\n')
    assert.equal((await server.reloadZone()).outcome, 'done')
    assert.deepEqual(await server.lookUp('n.example.', 'A'), ['192.0.2.2'])

    server.file('zones/hosts', '$INCLUDE nested\n$INCLUDE later\n')
    assert.equal((await server.reloadZone()).outcome, 'failed')
    assert.equal((await server.reloadZone()).outcome, 'failed')
    server.file('zones/later', 'l A 192.0.2.3\n')
    assert.equal((await server.reloadZone()).outcome, 'done')
    assert.deepEqual(await server.lookUp('l.example.', 'A'), ['192.0.2.3'])
  })
})

describe('includeFolders', () => {
  test('allows further folders; without it the error names the setting; a reload takes it up', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'signet-elsewhere-'))
    after(() => rmSync(elsewhere, { recursive: true }))
    writeFileSync(join(elsewhere, 'more'), 'm A 192.0.2.7\n')
    const server = new IncludingServer()
    server.file('zones/hosts', `$INCLUDE ${elsewhere}/more\n`)
    await server.run()
    const reason = server.status('example.')?.reason ?? ''
    assert.match(
      reason,
      /hosts:1:10: \S+more lies outside the folder of the zone file, \S+zones: to allow it, name its/,
    )
    assert.match(reason, /folder in `includeFolders` of the zone$/)

    server.write({ zones: [{ ...server.zone, includeFolders: [elsewhere] }] })
    await server.server.reload()
    assert.deepEqual(await server.lookUp('m.example.', 'A'), ['192.0.2.7'])
    assert.equal((await server.reloadZone()).message, 'the file has not changed')

    server.write({ zones: [server.zone] })
    const { zones } = await server.server.reload()
    assert.ok(zones.some(({ outcome, message }) => outcome === 'failed' && /includeFolders/.test(message)))
    assert.deepEqual(await server.lookUp('m.example.', 'A'), ['192.0.2.7'])
  })
})

describe('changes made by other ways are merged', () => {
  const soa = (serial: number): string => `@ 300 SOA ns admin ${serial} 3600 900 604800 300\n`
  const rest = '@ 300 NS ns\nns 300 A 127.0.0.1\nwww 300 A 10.0.0.1\n'
  const hosts = 'a 300 A 192.0.2.1\nn 300 A 192.0.2.1\n'
  const base = zoneOf(soa(1) + rest + hosts)
  const live = zoneOf(`${soa(2)}${rest}${hosts}live 300 A 192.0.2.5\n`)

  /** Stops a server and gives its state what an update at run time leaves: the file's zone as base, the change, the live zone. */
  async function changeLive(server: IncludingServer): Promise<void> {
    await server.stop()
    const state = await openState(join(server.folder, 'state'), 1_800_000_000)
    const change = diffZones(base, live)
    assert.ok(change)
    state.transact(() => {
      state.copies.save(NAME, 'base', walkZone(base), { isServed: true })
      state.journal.commit([{ zone: NAME, change, origin: 'update', actor: 'a test', at: 1_800_000_000 }])
      state.copies.save(NAME, 'zone', walkZone(live))
    })
    state.close()
  }

  test('with an included file that changed while the server was stopped', async () => {
    const server = new IncludingServer()
    await server.run()
    await changeLive(server)
    await server.run()
    assert.deepEqual(await server.lookUp('live.example.', 'A'), ['192.0.2.5'])
    await server.stop()
    server.file('zones/nested', 'n A 192.0.2.9\n')
    await server.run()
    assert.deepEqual(await server.lookUp('n.example.', 'A'), ['192.0.2.9'])
    assert.deepEqual(await server.lookUp('live.example.', 'A'), ['192.0.2.5'])
  })

  test('a file that contradicts them is not taken, and the next reload looks at it again', async () => {
    const server = new IncludingServer()
    await server.run()
    await changeLive(server)
    server.file('zones/nested', 'n A 192.0.2.1\nlive A 192.0.2.6\n')
    await server.run()
    assert.deepEqual(await server.lookUp('live.example.', 'A'), ['192.0.2.5'])
    assert.ok(server.lines.some((line) => line.startsWith('error the edited file contradicts live changes')))
    assert.equal((await server.reloadZone()).outcome, 'refused')
    server.file('zones/nested', 'n A 192.0.2.9\n')
    assert.equal((await server.reloadZone()).outcome, 'done')
    assert.deepEqual(await server.lookUp('n.example.', 'A'), ['192.0.2.9'])
  })
})
