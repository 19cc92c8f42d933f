/** What can be done to a zone of each source, and which changes of its settings make another zone of it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { readConfiguration } from '../configuration/index.ts'
import { act, TestServer, zoneText } from '../servers.fixture.ts'
import type { ZoneAction } from './zone-source.ts'

const REFUSALS: Readonly<Record<string, Partial<Record<ZoneAction, string>>>> = {
  'file.test.': {
    refresh: 'only a secondary zone asks primaries',
    retransfer: 'a primary zone is transferred from nobody',
  },
  'transfer.test.': {
    freeze: 'a secondary zone is changed by its primaries only',
    thaw: 'a secondary zone is changed by its primaries only',
    flush: 'a secondary zone has no file',
  },
  'catalog.test.': {
    refresh: 'only a secondary zone asks primaries',
    retransfer: 'a primary zone is transferred from nobody',
    freeze: 'a catalogue is made from the configuration',
    thaw: 'a catalogue is made from the configuration',
    flush: 'a catalogue is made from the configuration',
  },
  'stub.test.': {
    reload: 'a stub zone has no data of its own',
    refresh: 'only a secondary zone asks primaries',
    retransfer: 'a stub zone has no data of its own',
    freeze: 'a stub zone has no data of its own',
    thaw: 'a stub zone has no data of its own',
    flush: 'a stub zone has no data of its own',
  },
}
const ACTIONS: readonly ZoneAction[] = ['reload', 'refresh', 'retransfer', 'thaw', 'flush', 'freeze']

async function startAll(): Promise<TestServer> {
  const server = new TestServer()
  const file = server.file('zone', zoneText(1))
  await server.start({
    zones: [
      { name: 'file.test.', type: 'primary', file },
      { name: 'transfer.test.', type: 'secondary', primaries: ['127.0.0.1:9'] },
      { name: 'catalog.test.', type: 'primary', catalog: 'producer' },
      { name: 'stub.test.', type: 'stub', addresses: ['127.0.0.1:9'] },
    ],
    resolver: { enabled: true, rootTrustAnchors: false },
  })
  return server
}

const find = (server: TestServer, name: string) => server.server.zones.find(Name.parse(name))

test('each source refuses the actions that it does not have, with its reason, and no other', async () => {
  const server = await startAll()
  for (const [name, refusals] of Object.entries(REFUSALS)) {
    for (const action of ACTIONS) {
      const { outcome, message } = await act(find(server, name), action)
      const expected = refusals[action]
      if (expected === undefined) assert.notEqual(outcome, 'refused', `${name} ${action}: ${message}`)
      else assert.deepEqual([outcome, message], ['refused', expected], `${name} ${action}`)
    }
  }
  await server.end()
})

test('only zones that primaries send take a NOTIFY', async () => {
  const server = await startAll()
  for (const name of Object.keys(REFUSALS)) {
    const transfer = find(server, name)?.source.transfer
    assert.equal(transfer !== undefined, name === 'transfer.test.')
  }
  await server.end()
})

test('settings of the same source are taken up, those of another one are not', async () => {
  const server = await startAll()
  const settingsOf = (zone: object) => {
    const text = JSON.stringify({ data: '/', zones: [zone] })
    const [settings] = readConfiguration(text, 'a test').zones
    assert.ok(settings)
    return settings
  }
  const file = `${server.folder}/zone`
  const kinds = {
    'file.test.': { name: 'file.test.', type: 'primary', file, notify: ['127.0.0.1:9'] },
    'transfer.test.': { name: 'transfer.test.', type: 'secondary', primaries: ['127.0.0.1:10'] },
    'catalog.test.': { name: 'catalog.test.', type: 'primary', catalog: 'producer' },
  }
  for (const [from] of Object.entries(kinds)) {
    for (const [to, zone] of Object.entries(kinds)) {
      const taken = find(server, from)?.source.configure(settingsOf({ ...zone, name: from }))
      assert.equal(taken, from === to, `${from} as ${to}`)
    }
  }
  assert.equal(find(server, 'stub.test.')?.source.configure(settingsOf({ ...kinds['file.test.'] })), false)
  await server.end()
})
