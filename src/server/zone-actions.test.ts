/** What can be done to a zone depends on where its records are from: each action of each kind, with its words; and what takes settings up live. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import type { ServerControl } from './control.ts'
import { RunningControl } from './running-control.ts'
import { TestServer, until, type ZoneText, zoneText } from './servers.fixture.ts'

const ACTIONS = ['refresh', 'retransfer', 'flush', 'freeze', 'thaw', 'reloadZone'] as const
type Action = (typeof ACTIONS)[number]
type Table = Readonly<Record<Action, string>>

const NO_PRIMARIES = 'refused: only a secondary zone asks primaries'
const NOT_FETCHED = 'refused: a primary zone is transferred from nobody'
const BY_PRIMARIES = 'refused: a secondary zone is changed by its primaries only'
const FROM_CONFIGURATION = 'refused: a catalogue is made from the configuration'

const always = (said: string): Table => ({
  refresh: said,
  retransfer: said,
  flush: said,
  freeze: said,
  thaw: said,
  reloadZone: said,
})

const TABLES: Readonly<Record<string, Table>> = {
  'file.test.': {
    refresh: NO_PRIMARIES,
    retransfer: NOT_FETCHED,
    flush: 'unchanged: the file has all of the zone: nothing was changed by other ways',
    freeze: 'done: no changes are taken until the zone is thawed; its file may be edited',
    thaw: 'unchanged: the file has not changed',
    reloadZone: 'unchanged: the file has not changed',
  },
  'transfer.test.': {
    refresh: 'started: the primaries are asked',
    retransfer: 'started: the whole zone is fetched',
    flush: 'refused: a secondary zone has no file',
    freeze: BY_PRIMARIES,
    thaw: BY_PRIMARIES,
    reloadZone: 'started: the primaries are asked',
  },
  'catalog.test.': {
    refresh: NO_PRIMARIES,
    retransfer: NOT_FETCHED,
    flush: FROM_CONFIGURATION,
    freeze: FROM_CONFIGURATION,
    thaw: FROM_CONFIGURATION,
    reloadZone: 'unchanged: the catalogue has the same members as before',
  },
  'forward.test.': { ...always('refused: a forward zone has no data of its own'), refresh: NO_PRIMARIES },
  'stub.test.': { ...always('refused: a stub zone has no data of its own'), refresh: NO_PRIMARIES },
  'none.test.': always('refused: there is no zone none.test.'),
}

const zonesOf = (server: TestServer): Record<string, ZoneText> => ({
  file: { name: 'file.test.', type: 'primary', file: server.file('zone', zoneText(1)) },
  transfer: { name: 'transfer.test.', type: 'secondary', primaries: ['127.0.0.1:9'] },
  catalog: { name: 'catalog.test.', type: 'primary', catalog: 'producer' },
  forward: { name: 'forward.test.', type: 'forward', forwarders: ['127.0.0.1:9'] },
  stub: { name: 'stub.test.', type: 'stub', addresses: ['127.0.0.1:9'] },
})

async function serve() {
  const server = new TestServer()
  const zones = zonesOf(server)
  await server.start({ zones: Object.values(zones) })
  /** Reloads with one zone changed; the last outcome of that zone, and whether the same zone is served on. */
  const change = async (kind: string, next: Record<string, unknown>): Promise<[isSame: boolean, said: string]> => {
    const old = zones[kind] ?? assert.fail(kind)
    const name = Name.parse(old.name)
    const before = server.server.zones.find(name)
    server.write({ zones: Object.values({ ...zones, [kind]: { name: old.name, type: old.type, ...next } }) })
    const outcome = (await server.server.reload()).zones.findLast(({ zone }) => zone === old.name)
    return [server.server.zones.find(name) === before, `${outcome?.outcome}: ${outcome?.message}`]
  }
  return { server, zones, change }
}

describe('each action of each kind of zone', () => {
  let control: ServerControl
  before(async () => {
    const { server } = await serve()
    control = new RunningControl(server.server, () => {})
  })
  for (const [zone, table] of Object.entries(TABLES)) {
    for (const action of ACTIONS) {
      it(`${action} of ${zone} is ${table[action]}`, async () => {
        const { outcome, message } = await control[action](Name.parse(zone))
        assert.equal(`${outcome}: ${message}`, table[action])
      })
    }
  }
})

describe('settings that changed', () => {
  it('are taken up by the zone that is served, of the same kind', async () => {
    const { zones, change } = await serve()
    for (const kind of ['file', 'transfer', 'catalog']) {
      const next = { ...zones[kind], allowTransfer: ['127.0.0.1'] }
      assert.deepEqual(await change(kind, next), [true, 'done: settings taken up'], kind)
    }
  })

  it('make the zone anew when it is of another kind, or has no data of its own', async () => {
    const { server, zones, change } = await serve()
    const { file = assert.fail(), transfer = assert.fail() } = zones
    const served = 'done: served from now on'
    const asked = 'started: served once a primary has sent it'
    const waits = 'failed: not served: is answered only with resolver.enabled'
    const cases = [
      ['file', { ...transfer, name: file.name }, asked],
      ['file', { type: 'primary', catalog: 'producer' }, served],
      ['transfer', { ...file, name: transfer.name }, served],
      ['catalog', { type: 'primary', file: file.file }, served],
      ['forward', { forwarders: ['127.0.0.1:8'] }, waits],
      ['stub', { addresses: ['127.0.0.1:8'] }, waits],
    ] as const
    for (const [kind, next, said] of cases) {
      assert.deepEqual(await change(kind, next), [false, said], `${kind} to ${JSON.stringify(next)}`)
      server.write({ zones: Object.values(zones) })
      await server.server.reload()
    }
  })

  it('end the members of a secondary zone that is a catalogue no more', async () => {
    const primary = new TestServer()
    const file = primary.file('zone', zoneText(1))
    const allowTransfer = ['127.0.0.1']
    await primary.start({
      zones: [
        { name: 'list.test.', type: 'primary', catalog: 'producer', allowTransfer },
        { name: 'member.test.', type: 'primary', file, allowTransfer, memberOf: 'list.test.' },
      ],
    })
    const list = { name: 'list.test.', type: 'secondary', primaries: [`127.0.0.1:${primary.port}`] }
    const secondary = await TestServer.start({ zones: [{ ...list, catalog: 'consumer' }] })
    await until(() => secondary.status('member.test.')?.catalog === 'list.test.', 'the member')
    const before = secondary.server.zones.find(Name.parse('list.test.'))
    secondary.write({ zones: [list] })
    await secondary.server.reload()
    assert.equal(secondary.status('member.test.'), undefined)
    assert.equal(secondary.server.zones.find(Name.parse('list.test.')), before)
  })
})
