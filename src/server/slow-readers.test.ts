/** Clients that read slowly or not at all, and readings that are not taken to their end: memory and places are bounded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../dns/name/index.ts'
import { decodeMessage, encodeMessage, headerOf } from '../dns/wire/index.ts'
import { openState } from '../store/index.ts'
import { bareSoa, makeSecondaryQuery } from '../transfer/transfer-query.ts'
import { RawClient } from '../transport/talk.fixture.ts'
import type { RecordWalk } from '../zone/index.ts'
import { RunningControl } from './running-control.ts'
import { act, TestServer, until } from './servers.fixture.ts'

const EXAMPLE = Name.parse('example.')
const MEGABYTE = 1 << 20
const READERS = 40
/** Transfers at one time, unless told. */
const PLACES = 32
const RCODE_SERVFAIL = 2

/** Of some 12 MB, in few large records. */
function largeZone(serial: number): string {
  const strings = Array.from({ length: 200 }, (_, i) => `"${String((i * serial) % 10).repeat(250)}"`).join(' ')
  const records = Array.from({ length: 240 }, (_, i) => `n${i} TXT ${strings}\n`).join('')
  return `$TTL 300\n@ SOA ns.example. host.example. ${serial} 3600 900 604800 300\n@ NS ns.example.\nwww A 192.0.2.1\n${records}`
}

function smallZone(serial: number): string {
  return `$TTL 300\n@ SOA ns.example. host.example. ${serial} 3600 900 604800 300\n@ NS ns.example.\nwww A 192.0.2.${serial}\n`
}

const zone = { name: 'example.', type: 'primary', file: 'zone', allowTransfer: ['127.0.0.0/8'] }

async function startWith(text: string, more: Record<string, unknown> = {}): Promise<TestServer> {
  const server = new TestServer()
  const file = server.file('zone', text)
  await server.start({ zones: [{ ...zone, file, ...more }] })
  return server
}

async function reload(server: TestServer, text: string): Promise<string | undefined> {
  server.file('zone', text)
  return (await act(server.server.zones.find(EXAMPLE), 'reload'))?.outcome
}

function takeAll(server: TestServer): RecordWalk[] {
  const walks: RecordWalk[] = []
  try {
    for (;;) {
      const walk = server.server.image.walk(EXAMPLE)
      if (walk === undefined) return walks
      walks.push(walk)
    }
  } catch {
    return walks
  }
}

test('40 clients read nothing of a large zone: memory is bounded, queries are answered, another client has the zone', async () => {
  const server = new TestServer()
  const file = server.file('zone', largeZone(1))
  await server.start({
    server: { listen: ['127.0.0.1:0'], threads: 1, tcp: { sendSeconds: 600 } },
    zones: [{ ...zone, file, ixfrFromDifferences: false }],
  })
  const { image } = server.server
  const query = makeSecondaryQuery(7, EXAMPLE, { form: 'axfr' }, { edns: false })
  const before = process.memoryUsage().rss
  const readers: RawClient[] = []
  for (let i = 0; i < READERS; i++) {
    const reader = await RawClient.open(server.port)
    reader.socket.pause()
    reader.send(query)
    readers.push(reader)
  }
  await until(() => image.openWalks >= PLACES, 'the transfers to begin')
  assert.equal(image.openWalks, PLACES)
  const grown = process.memoryUsage().rss - before
  assert.ok(grown < 80 * MEGABYTE, `the process grew by ${Math.round(grown / MEGABYTE)} MiB`)
  // Each reload replaces all of the zone, whose old version all of them hold.
  for (let serial = 2; serial < 12; serial++) {
    assert.equal(await reload(server, largeZone(serial)), 'done')
    assert.deepEqual(await server.lookUp('www.example.', 'A'), ['192.0.2.1'])
  }
  const { retiredOctets, reachedOctets } = image.usage
  assert.ok(retiredOctets <= 64 * MEGABYTE, `${retiredOctets} octets of old versions are held`)
  assert.ok(reachedOctets < 110 * MEGABYTE, `the image grew to ${reachedOctets} octets`)
  // The places are taken by clients that read nothing: one of them is given to a client that does.
  const good = await RawClient.open(server.port)
  good.send(query)
  await until(
    () => {
      const last = good.messages.at(-1)
      if (last === undefined || ((last[3] ?? 0) & 15) !== RCODE_SERVFAIL) return last !== undefined
      good.messages.length = 0
      good.send(query)
      return false
    },
    'a place for the client that reads',
    20,
  )
  await until(() => good.messages.reduce((sum, { length }) => sum + length, 0) > 11 * MEGABYTE, 'the zone', 20)
  for (const { socket } of [good, ...readers]) socket.destroy()
  await until(() => image.openWalks === 0, 'all readings to end')
  await server.end()
})

test('clients that read nothing of large differences do not each hold a copy of them: beyond a limit they get the zone', async () => {
  const server = await startWith(smallZone(1))
  assert.equal(await reload(server, largeZone(2)), 'done')
  const { image } = server.server
  const query = makeSecondaryQuery(7, EXAMPLE, { form: 'ixfr', soa: bareSoa(1) }, { edns: false })
  const readers: RawClient[] = []
  for (let i = 0; i < 12; i++) {
    const reader = await RawClient.open(server.port)
    reader.socket.pause()
    reader.send(query)
    readers.push(reader)
  }
  // Differences of 12 MB: five times they fit into 64 MiB, and the other answers come out of shared memory.
  await until(() => image.openWalks >= 7, 'whole zones to be sent')
  await server.ask('www.example.', 'A')
  assert.equal(image.openWalks, 7)
  for (const { socket } of readers) socket.destroy()
  await until(() => image.openWalks === 0, 'all readings to end')
  await server.end()
})

test('a transfer that gave its place to another is reset when its client reads on, and never looks whole', async () => {
  const server = new TestServer()
  const file = server.file('zone', smallZone(1))
  await server.start({
    server: { listen: ['127.0.0.1:0'], threads: 1, tcp: { sendSeconds: 600 } },
    transfers: { maxOut: 1 },
    zones: [{ ...zone, file }],
  })
  assert.equal(await reload(server, largeZone(2)), 'done')
  const stalled = await RawClient.open(server.port)
  stalled.socket.pause()
  stalled.send(makeSecondaryQuery(7, EXAMPLE, { form: 'ixfr', soa: bareSoa(1) }, { edns: false }))
  const begun = performance.now()
  const good = await RawClient.open(server.port)
  let tries = 0
  for (let isRefused = true; isRefused; tries++) {
    await sleep(tries === 0 ? 500 : 200)
    good.messages.length = 0
    good.send(makeSecondaryQuery(7, EXAMPLE, { form: 'axfr' }, { edns: false }))
    const [first] = await good.receive(1)
    isRefused = first !== undefined && ((first[3] ?? 0) & 15) === RCODE_SERVFAIL
  }
  const seconds = (performance.now() - begun) / 1000
  assert.ok(tries > 1 && seconds > 2.5, `a client that had read a moment ago lost its place after ${seconds} s`)
  stalled.socket.resume()
  assert.equal(await stalled.end(), 'reset')
  assert.ok(server.lines.some((line) => line.includes('the client read nothing while others waited')))
  good.socket.destroy()
  await server.end()
})

test('a reload while too many readings go on fails and says why; it does not lose the changes since the version before', async () => {
  const server = await startWith(smallZone(1))
  const walks = takeAll(server)
  server.file('zone', smallZone(2))
  const outcome = await act(server.server.zones.find(EXAMPLE), 'reload')
  assert.equal(outcome?.outcome, 'failed')
  assert.match(outcome?.message ?? '', /too many readings of zones go on/)
  assert.equal(await server.serial('example.'), 1)
  for (const walk of walks) walk.close()
  assert.equal(await reload(server, smallZone(2)), 'done')
  // Taken as a first load it would have had no history, and each secondary would fetch the whole zone.
  assert.equal(server.server.state.journal.state(EXAMPLE)?.toSerial, 2)
  await server.end()
})

test('a transfer while too many readings go on is SERVFAIL, with the reason in the log', async () => {
  const server = await startWith(smallZone(1))
  const walks = takeAll(server)
  const client = await RawClient.open(server.port)
  client.send(makeSecondaryQuery(7, EXAMPLE, { form: 'axfr' }, { edns: false }))
  const [answer] = await client.receive(1)
  assert.equal((answer?.[3] ?? 0) & 15, RCODE_SERVFAIL)
  assert.ok(server.lines.some((line) => line.includes('too many readings of zones go on')))
  for (const walk of walks) walk.close()
  client.socket.destroy()
  await server.end()
})

test('RFC7828 §3.4: the more connections there are, the shorter the idle time that clients are told', async () => {
  const server = new TestServer()
  const file = server.file('zone', smallZone(1))
  const tcp = { maxClients: 10, idleSeconds: 100 }
  await server.start({ server: { listen: ['127.0.0.1:0'], threads: 1, tcp }, zones: [{ ...zone, file }] })
  const edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [{ kind: 'keepalive' } as const] }
  const questions = [{ name: EXAMPLE, type: 6, class: 1 }]
  const query = encodeMessage({ header: headerOf(1, 0), questions, answer: [], authority: [], additional: [], edns })
  const told: (number | undefined)[] = []
  const clients: RawClient[] = []
  for (let i = 0; i < 8; i++) {
    const client = await RawClient.open(server.port)
    clients.push(client)
    client.send(query)
    const [answer] = await client.receive(1)
    const [option] = decodeMessage(answer ?? new Uint8Array(0)).edns?.options ?? []
    told.push(option?.kind === 'keepalive' ? option.deciseconds : undefined)
  }
  assert.deepEqual(told, [1000, 1000, 1000, 1000, 1000, 800, 600, 400])
  for (const { socket } of clients) socket.destroy()
  await server.end()
})

test('a dump that is never read, and one that is left early, hold no version of the zone', async () => {
  const server = await startWith(smallZone(1))
  const control = new RunningControl(server.server, () => {})
  const unread = control.dumpZone(EXAMPLE)?.[Symbol.asyncIterator]()
  await unread?.return?.()
  assert.equal(server.server.image.openWalks, 0)
  for await (const _ of control.dumpZone(EXAMPLE) ?? []) break
  assert.equal(server.server.image.openWalks, 0)
  await server.end()
})

test('a copy of a zone that cannot be written holds no version of it', async () => {
  const server = await startWith(smallZone(1))
  const { image } = server.server
  const state = await openState(`${server.folder}/other`, 0)
  const walk = image.walk(EXAMPLE)
  const other = image.walk(EXAMPLE)
  assert.ok(walk !== undefined && other !== undefined)
  state.close()
  assert.throws(() => state.copies.save(EXAMPLE, 'zone', walk))
  assert.throws(() => state.copies.begin(EXAMPLE, 'zone', other))
  assert.equal(image.openWalks, 0)
})
