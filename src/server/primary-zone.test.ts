/** A primary zone whose file a person edits: what a reload takes of it, and that nothing is read while the zone is frozen. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { RCODE_SERVFAIL } from '../dns/wire/index.ts'
import { PrimaryRig, recordsOf } from './primary-zone.fixture.ts'
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

describe('the file of a primary zone', () => {
  it('is read at the start and by a reload; the difference is in the journal, and in IXFR after a restart too', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    assert.deepEqual(await rig.records(), recordsOf(zoneText(1)))
    rig.write(zoneText(2, 'new A 192.0.2.1\n'))
    const message = 'serial 2: 2 records went, 3 came'
    assert.deepEqual(await rig.act('reload'), { outcome: 'done', message })
    assert.deepEqual(await rig.records(), recordsOf(rig.text))
    assert.deepEqual(rig.journal, ['1-2 file'])
    await rig.restart()
    assert.match((await rig.differences(1))?.[0]?.join('\n') ?? '', /- www.*10\.0\.0\.1[\s\S]*\+ .*new.*192\.0\.2\.1/)
    const status = rig.zone.status(0)
    assert.deepEqual([status.state, status.serial, status.records, status.file], ['serving', 2, 5, rig.path])
  })

  it('is not read again while it is the same, and changes nothing when it says the same in other words', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    const loaded = (): number => rig.server.lines.filter((line) => line.includes('zone loaded')).length
    assert.deepEqual(await rig.act('reload'), { outcome: 'unchanged', message: 'the file has not changed' })
    assert.equal(loaded(), 1)
    rig.write(`; a comment\n${zoneText(1)}`)
    const message = 'the file has the same records as before'
    assert.deepEqual(await rig.act('reload'), { outcome: 'unchanged', message })
    assert.deepEqual([await rig.records(), rig.journal], [recordsOf(zoneText(1)), []])
  })

  it('is not taken while it is bad, and the version before it is served, which the status says', async () => {
    const rig = await PrimaryRig.start(zoneText(1), { checks: 'refuse' })
    const bad = {
      'www 300 A 10.0.0.1\n': /there is no SOA record of example\./,
      [zoneText(2, 'www B 1\n')]: /zone:6:\d+: /,
      [zoneText(2, 'www CNAME ns\n')]: /CNAME/,
      [zoneText(2, 'sub NS ns.sub\n')]: /sub\.example\./,
    }
    for (const [text, reason] of Object.entries(bad)) {
      rig.write(text)
      const { outcome, message } = await rig.act('reload')
      assert.equal(outcome, 'failed')
      assert.match(message, reason)
      const status = rig.zone.status(0)
      assert.deepEqual([status.state, status.reason], ['serving', message])
    }
    assert.deepEqual([await rig.records(), rig.journal], [recordsOf(zoneText(1)), []])
    rig.write(zoneText(1))
    assert.equal((await rig.act('reload')).outcome, 'unchanged')
    assert.equal(rig.zone.status(0).reason, undefined)
    rig.write(zoneText(2))
    assert.equal((await rig.act('reload')).outcome, 'done')
    assert.deepEqual(rig.journal, ['1-2 file'])
  })

  it('that is bad at the start is no zone yet: SERVFAIL, until a reload finds it good', async () => {
    const rig = await PrimaryRig.start('www A 10.0.0.1\n')
    assert.equal((await rig.server.ask('www.example.', 'A')).header.rcode, RCODE_SERVFAIL)
    assert.equal(rig.zone.status(0).state, 'failed')
    rig.write(zoneText(1))
    assert.deepEqual(await rig.act('reload'), { outcome: 'done', message: 'loaded, serial 1' })
    assert.deepEqual(await rig.records(), recordsOf(zoneText(1)))
  })

  it('whose serial does not rise is served with a warning; the journal ends, and goes on from the next version', async () => {
    const rig = await PrimaryRig.start(zoneText(4))
    rig.write(zoneText(5))
    await rig.act('reload')
    rig.write(zoneText(3))
    const { outcome, message } = await rig.act('reload')
    assert.equal(outcome, 'done')
    assert.match(message, /the serial did not rise \(from 5 to 3\): secondaries will not notice/)
    assert.deepEqual([await rig.records(), rig.journal], [recordsOf(zoneText(3)), []])
    assert.equal(await rig.differences(4), undefined)
    rig.write(zoneText(6))
    await rig.act('reload')
    assert.deepEqual(rig.journal, ['3-6 file'])
  })

  it('is not in the journal with ixfrFromDifferences: false, nor when it was edited while the server was down', async () => {
    const without = await PrimaryRig.start(zoneText(1), { ixfrFromDifferences: false })
    without.write(zoneText(2))
    await without.act('reload')
    assert.deepEqual([await without.records(), without.journal], [recordsOf(zoneText(2)), []])
    const rig = await PrimaryRig.start(zoneText(1))
    rig.write(zoneText(2))
    await rig.act('reload')
    await rig.restart(() => rig.write(zoneText(3)))
    assert.deepEqual([await rig.records(), rig.journal], [recordsOf(zoneText(3)), []])
  })

  it('is read once by reloads that are asked for at once', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    rig.write(zoneText(2))
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => rig.act('reload')))
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['done', ...Array(4).fill('unchanged')],
    )
  })
})
