/** A primary zone whose file a person edits: while it is frozen nothing is read, and the next start knows of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { act, TestServer, zoneText } from './servers.fixture.ts'

async function serve(): Promise<{ server: TestServer; write(serial: number): void; restart(): Promise<void> }> {
  const server = new TestServer()
  const write = (serial: number): string => server.file('zone', zoneText(serial))
  const configuration = { zones: [{ name: 'example.', type: 'primary', file: write(1) }] }
  await server.start(configuration)
  const restart = async (): Promise<void> => {
    await server.stop()
    await server.start(configuration)
  }
  return { server, write, restart }
}

const zoneOf = (server: TestServer) => server.server.zones.find(Name.parse('example.')) ?? assert.fail('no zone')

describe('a frozen zone', () => {
  it('is not read again, neither by a reload of the zone nor by one of the server, until it is thawed', async () => {
    const { server, write } = await serve()
    assert.equal((await act(zoneOf(server), 'freeze')).outcome, 'done')
    write(2)
    assert.deepEqual(await act(zoneOf(server), 'reload'), {
      outcome: 'refused',
      message: 'the zone is frozen: thaw it first',
    })
    const { zones } = await server.server.reload()
    assert.deepEqual(
      zones.map(({ zone, outcome }) => [zone, outcome]),
      [['example.', 'refused']],
    )
    assert.equal(await server.serial('example.'), 1)
    assert.equal((await act(zoneOf(server), 'thaw')).outcome, 'done')
    assert.equal(await server.serial('example.'), 2)
    assert.equal((await act(zoneOf(server), 'thaw')).outcome, 'unchanged')
  })

  it('is frozen after a restart too', async () => {
    const { server, write, restart } = await serve()
    await act(zoneOf(server), 'freeze')
    await restart()
    assert.equal(server.status('example.')?.frozen, true)
    write(2)
    assert.equal((await act(zoneOf(server), 'reload')).outcome, 'refused')
    await act(zoneOf(server), 'thaw')
    await restart()
    assert.equal(server.status('example.')?.frozen, false)
  })
})
