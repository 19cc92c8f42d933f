import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { memberId } from '../transfer/index.ts'
import { act, TestServer, until, type ZoneText, zoneText } from './servers.fixture.ts'

const CATALOG = 'catalog.example.'

/** A primary whose catalogue lists its zones, and a server that follows it. */
async function start(names: readonly string[]) {
  const consumer = new TestServer()
  const producer = new TestServer()
  const file = producer.file('zone', zoneText(1))
  const zonesOf = (members: readonly string[], port: number): ZoneText[] => [
    {
      name: CATALOG,
      type: 'primary',
      catalog: 'producer',
      allowTransfer: ['127.0.0.1'],
      notify: [`127.0.0.1:${port}`],
    },
    ...members.map((name) => ({ name, type: 'primary', file, allowTransfer: ['127.0.0.1'], memberOf: CATALOG })),
  ]
  await producer.start({ zones: zonesOf(names, 9) })
  const follows = {
    templates: [{ name: 'open', allowTransfer: ['127.0.0.0/8'] }],
    zones: [
      { name: CATALOG, type: 'secondary', catalog: 'consumer', primaries: [`127.0.0.1:${producer.port}`] },
      { name: 'own.example.', type: 'primary', file },
    ],
  }
  await consumer.start(follows)
  const list = async (members: readonly string[]): Promise<void> => {
    producer.write({ zones: zonesOf(members, consumer.port) })
    await producer.server.reload()
  }
  return { producer, consumer, follows, list }
}

const serves = (server: TestServer, name: string) => async (): Promise<boolean> => (await server.serial(name)) === 1

test('RFC9432 §5: zones come and go with the catalogue, and are there at once after a restart', async () => {
  const { producer, consumer, follows, list } = await start(['a.example.', 'b.example.'])
  await until(serves(consumer, 'a.example.'), 'a.example.')
  await until(serves(consumer, 'b.example.'), 'b.example.')
  assert.equal(consumer.status('a.example.')?.catalog, CATALOG)
  await list(['b.example.', 'c.example.'])
  await until(serves(consumer, 'c.example.'), 'c.example.')
  await until(async () => (await consumer.ask('a.example.', 'SOA')).header.rcode === 5, 'a.example. is gone')
  assert.ok(!consumer.server.state.listZones().includes('a.example.'), 'with its state')
  await consumer.stop()
  await producer.stop()
  await consumer.start(follows)
  assert.equal(await consumer.serial('b.example.'), 1)
  assert.equal(await consumer.serial('c.example.'), 1)
})

test('RFC9432 §5.2: a zone of the configuration is not a catalogue’s to take', async () => {
  const { consumer, list } = await start(['a.example.'])
  await until(serves(consumer, 'a.example.'), 'a.example.')
  await list(['own.example.', 'b.example.'])
  await until(serves(consumer, 'b.example.'), 'b.example.')
  assert.equal(consumer.status('own.example.')?.type, 'primary')
  const reason = /^zones that it lists and that are not taken from it: 1 \(.*own\.example\. of its own/
  await until(() => reason.test(consumer.status(CATALOG)?.reason ?? ''), 'the status of the catalogue')
  assert.ok(consumer.lines.some((line) => line.includes('the configuration has a zone own.example. of its own')))
})

test('RFC9432 §5.1: a broken catalogue changes nothing', async () => {
  const producer = new TestServer()
  const member = (name: string): string => `${memberId(Name.parse(name))}.zones PTR ${name}\n`
  const file = producer.file('catalog', zoneText(1, `version TXT "2"\n${member('a.example.')}`))
  const zones = [{ name: CATALOG, type: 'primary', file, allowTransfer: ['127.0.0.1'] }]
  await producer.start({ zones })
  const consumer = await TestServer.start({
    templates: [{ name: 'open', allowTransfer: ['127.0.0.0/8'] }],
    zones: [
      {
        name: CATALOG,
        type: 'secondary',
        catalog: 'consumer',
        primaries: [`127.0.0.1:${producer.port}`],
        groupTemplates: [{ group: 'open', template: 'open' }],
      },
    ],
  })
  await until(() => consumer.status('a.example.') !== undefined, 'the member')
  const refresh = async (serial: number, more: string): Promise<void> => {
    producer.file('catalog', zoneText(serial, more))
    await producer.server.reload()
    await act(consumer.server.zones.find(Name.parse(CATALOG)), 'reload')
    await until(async () => (await consumer.serial(CATALOG)) === serial, `serial ${serial}`)
  }
  await refresh(2, `version TXT "9"\n${member('b.example.')}`)
  await until(() => consumer.lines.some((line) => line.includes('the catalogue is broken')), 'the complaint')
  const { state, reason } = consumer.status(CATALOG) ?? {}
  assert.equal(state, 'serving')
  assert.match(reason ?? '', /^the catalogue is broken \(.*version.*\): its zones stay as they are$/)
  assert.equal(consumer.status('b.example.'), undefined)
  assert.notEqual(consumer.status('a.example.'), undefined)
  const group = `group.${memberId(Name.parse('a.example.'))}.zones TXT "open"\n`
  await refresh(3, `version TXT "2"\n${member('a.example.')}${group}`)
  const peer = Uint8Array.of(127, 0, 0, 1)
  const mayTransfer = (): boolean =>
    consumer.server.zones.find(Name.parse('a.example.'))?.allowTransfer.allows(peer, undefined) === true
  await until(mayTransfer, 'the template of the group')
  assert.equal(consumer.status(CATALOG)?.reason, undefined)
})

test('a thousand members come and go while the server answers', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `m${i}.example.`)
  const { consumer, list } = await start(['a.example.'])
  await until(serves(consumer, 'a.example.'), 'a.example.')
  let longest = 0
  let last = performance.now()
  const watch = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  await list(names)
  await until(serves(consumer, 'm999.example.'), 'the last one', 30)
  await until(() => names.every((name) => consumer.status(name)?.state === 'serving'), 'all of them', 30)
  await list(['a.example.'])
  await until(async () => (await consumer.ask('m500.example.', 'SOA')).header.rcode === 5, 'they are gone', 30)
  clearInterval(watch)
  console.log(`longest pause of both servers together: ${Math.round(longest)} ms`)
})
