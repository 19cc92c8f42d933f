/** `signet serve` as a process: ready, asked, reloaded, stopped; by batched workers and by plain ones. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeMessage } from '../dns/wire/index.ts'
import { ControlClient, controlPath } from '../management/index.ts'
import { NO_DISKS, ReadOnlyView } from '../store/small-disk.fixture.ts'
import { askTcp, askUdp, makeFolder, question, RunningServer } from './running-server.fixture.ts'

const zoneText = (serial: number): string => `$TTL 300
@ SOA ns hostmaster ${serial} 3600 600 86400 60
@ NS ns
ns A 192.0.2.1
a A 192.0.2.2
`
const ZONES = [{ name: 'serve.test', type: 'primary', file: 'zone' }]
const CONFIGURATION = {
  data: 'state',
  server: { listen: ['127.0.0.1:0'], threads: 2 },
  management: { listen: [] },
  logging: { format: 'json' },
  zones: ZONES,
}

const WAYS = [
  { way: 'batched', env: { SIGNET_NO_KOFFI: '' } },
  { way: 'plain', env: { SIGNET_NO_KOFFI: '1' } },
] as const

/** What is not answered after this is lost. */
const LATE_MILLISECONDS = 3000

/** Asks all the time, one question a millisecond, each with an ID of its own. */
class SteadyClient {
  readonly #socket = createSocket('udp4')
  readonly #timer: NodeJS.Timeout
  readonly #waiting = new Map<number, number>()
  asked = 0
  readonly serials = new Set<number>()

  constructor(port: number) {
    this.#socket.on('message', (answer) => {
      this.#waiting.delete(answer.readUInt16BE(0))
      const [record] = decodeMessage(answer).answer
      if (record !== undefined)
        this.serials.add(new DataView(record.rdata.buffer, record.rdata.byteOffset).getUint32(record.rdata.length - 20))
    })
    this.#timer = setInterval(() => {
      const id = this.asked++ & 0xffff
      this.#waiting.set(id, Date.now())
      this.#socket.send(question('serve.test', 'SOA', id), port, '127.0.0.1')
    }, 1)
  }

  /** How many got no answer. */
  async end(): Promise<number> {
    clearInterval(this.#timer)
    for (let waited = 0; this.#waiting.size > 0 && waited < LATE_MILLISECONDS; waited += 50) await sleep(50)
    return this.#waiting.size
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#socket.close()
  }
}

for (const { way, env } of WAYS) {
  describe(`signet serve, ${way}`, () => {
    test('answers over UDP and TCP, is seen and steered over its socket, logs queries when asked to, and stops with status 0', async () => {
      const folder = makeFolder()
      writeFileSync(join(folder, 'zone'), zoneText(1))
      const server = await RunningServer.start(folder, CONFIGURATION, { env })
      const port = server.port('udp')
      const { message } = await askUdp(question('a.serve.test'), port)
      assert.deepEqual([message.header.aa, message.answer.length], [true, 1])
      assert.equal((await askTcp(question('nx.serve.test'), port)).header.rcode, 3)
      assert.equal((await askUdp(question('elsewhere.test'), port)).message.header.rcode, 5)
      const client = new ControlClient(controlPath(join(folder, 'state')))
      const status = await client.status()
      assert.deepEqual([status.state, status.threads, status.batchedUdp], ['serving', 2, way === 'batched'])
      assert.equal(statSync(client.path).mode & 0o777, 0o600)
      assert.deepEqual(status.zones, { total: 1, serving: 1, failed: 0, expired: 0 })
      const { queries, zones, latency } = await client.statistics()
      assert.deepEqual(queries.byTransport, { udp: 2, tcp: 1, tls: 0, https: 0 })
      assert.deepEqual(queries.byRcode, { NOERROR: 1, NXDOMAIN: 1, REFUSED: 1 })
      assert.deepEqual([zones[0]?.queries, zones[0]?.nxdomain, latency.count], [2, 1, 3])
      let dump = ''
      for await (const piece of client.dumpZone('serve.test')) dump += Buffer.from(piece).toString()
      assert.match(dump, /^a\t300\tIN\tA\t192\.0\.2\.2$|^a\s+.*A\s+192\.0\.2\.2$/m)
      // The query log, of one zone, for as long as it is wanted.
      await askUdp(question('before.serve.test'), port)
      assert.equal((await client.setQueryLog(true, 'serve.test')).outcome, 'done')
      await askUdp(question('a.serve.test'), port)
      await askTcp(question('a.serve.test', 'TXT'), port)
      await askUdp(question('elsewhere.test'), port)
      await server.until(() => /by tcp: NOERROR/.test(server.log) && /by udp: NOERROR/.test(server.log), 'logged')
      await client.setQueryLog(false)
      await askUdp(question('after.serve.test'), port)
      await sleep(50)
      const logged = server.log.split('\n').filter((line) => line.includes('"query: '))
      assert.equal(logged.length, 2, server.log)
      const line: unknown = JSON.parse(logged.find((each) => each.includes('udp')) ?? '')
      assert.ok(
        typeof line === 'object' && line !== null && 'zone' in line && 'octets' in line && 'microseconds' in line,
      )
      assert.deepEqual([line.zone, line.octets], ['serve.test.', 46])
      const began = Date.now()
      assert.equal(await server.stop(), 0, server.log)
      assert.ok(Date.now() - began < 3000)
      assert.equal(existsSync(controlPath(join(folder, 'state'))), false)
    })

    test('a message for the control thread is answered by UDP too, and counted once', async () => {
      const folder = makeFolder()
      writeFileSync(join(folder, 'zone'), zoneText(1))
      const zones = [{ ...ZONES[0], allowQuery: ['127.0.0.2'] }]
      const server = await RunningServer.start(folder, { ...CONFIGURATION, zones }, { env })
      assert.equal((await askUdp(question('a.serve.test'), server.port('udp'))).message.header.rcode, 5)
      const { queries, zones: counts } = await new ControlClient(controlPath(join(folder, 'state'))).statistics()
      assert.deepEqual([queries.byTransport.udp, queries.handedOver, queries.byRcode], [1, 1, { REFUSED: 1 }])
      assert.deepEqual([counts[0]?.queries, counts[0]?.refused], [1, 1])
    })

    test('reloads with other settings and another file lose no query', async (t) => {
      const folder = makeFolder()
      writeFileSync(join(folder, 'zone'), zoneText(1))
      const server = await RunningServer.start(folder, CONFIGURATION, { env })
      const client = new SteadyClient(server.port('udp'))
      t.after(() => client.stop())
      for (let round = 2; round < 6; round++) {
        await sleep(200)
        writeFileSync(join(folder, 'zone'), zoneText(round))
        const settings = { ...CONFIGURATION.server, maxUdpPayload: 1000 + round, nsid: `round${round}` }
        const zones = [{ ...ZONES[0], allowTransfer: [`192.0.2.${round}`] }]
        writeFileSync(join(folder, 'signet.yaml'), JSON.stringify({ ...CONFIGURATION, server: settings, zones }))
        server.signal('SIGHUP')
        const taken = (): boolean => server.log.split('configuration read').length === round
        await server.until(taken, 'reloaded')
      }
      await sleep(200)
      assert.equal(await client.end(), 0, `of ${client.asked} queries`)
      assert.ok(client.asked > 500, `only ${client.asked} queries`)
      assert.deepEqual([...client.serials].sort(), [1, 2, 3, 4, 5])
      // One that does not read changes nothing, and the log says where it is wrong.
      writeFileSync(join(folder, 'signet.yaml'), 'data: state\nserver:\n  listne: []\n')
      server.signal('SIGHUP')
      await server.until(() => server.log.includes('configuration not taken'), 'refused')
      assert.match(server.log, /signet\.yaml:3:3: .*'listne' \(did you mean 'listen'\?\)/)
      assert.equal((await askUdp(question('a.serve.test'), server.port('udp'))).message.answer.length, 1)
    })
  })
}

test('signals that come while a reload waits cause no more of them', async () => {
  const folder = makeFolder()
  const many = Array.from({ length: 150_000 }, (_, i) => `n${i} A 192.0.2.1\n`)
  writeFileSync(join(folder, 'zone'), zoneText(1) + many.join(''))
  const server = RunningServer.launch(folder, CONFIGURATION)
  // From now on it listens to signals, and loads the zone.
  await server.until(() => existsSync(controlPath(join(folder, 'state'))), 'started')
  for (let i = 0; i < 200; i++) {
    server.signal('SIGHUP')
    await sleep(1)
  }
  const count = (): number => server.log.split('configuration read').length - 1
  await server.until(() => count() > 0, 'reloaded')
  for (let seen = 0; seen < count(); await sleep(1000)) seen = count()
  assert.ok(count() <= 4, `${count()} reloads`)
})

test('a zone that a signal could not reload is an error in the log', async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'zone'), zoneText(1))
  const server = await RunningServer.start(folder, CONFIGURATION)
  rmSync(join(folder, 'zone'))
  server.signal('SIGHUP')
  await server.until(() => server.log.includes('configuration read'), 'reloaded')
  const line = server.log.split('\n').find((each) => each.includes('configuration read')) ?? ''
  assert.match(line, /"level":"error".*"failed":1.*serve\.test\. .*no such file/)
  assert.equal((await askUdp(question('a.serve.test'), server.port('udp'))).message.answer.length, 1)
})

test('a data folder on a read-only disk: served, told by log and metric, and steered once the disk can be written', {
  skip: NO_DISKS,
}, async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'zone'), zoneText(1))
  const view = new ReadOnlyView()
  view.close()
  const data = join(view.folder, 'state')
  const server = await RunningServer.start(folder, { ...CONFIGURATION, data, management: { listen: ['127.0.0.1:0'] } })
  assert.equal((await askUdp(question('a.serve.test'), server.port('udp'))).message.answer.length, 1)
  assert.match(server.log, /"level":"error".*"reason":"the file system is read-only".*the state cannot be written/)
  assert.match(server.log, /"level":"error".*the control socket cannot be made/)
  const metrics = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${server.port('management')}/metrics`)).text()
  assert.match(await metrics(), /^signet_state_writable 0$/m)
  view.open()
  await server.until(
    () => /the control socket is made/.test(server.log) && /all is saved/.test(server.log),
    'recovered',
  )
  assert.match(await metrics(), /^signet_state_writable 1$/m)
  assert.equal((await new ControlClient(controlPath(data)).status()).stateUnwritable, undefined)
  assert.equal(await server.stop(), 0, server.log)
})

test('a reload takes up the hosts that may ask the management', async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'zone'), zoneText(1))
  const configuration = (allowedHosts: readonly string[]) => {
    return { ...CONFIGURATION, management: { listen: ['127.0.0.1:0'], allowedHosts } }
  }
  const server = await RunningServer.start(folder, configuration([]))
  const ask = async (host: string): Promise<number | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const address = { host: '127.0.0.1', port: server.port('management') }
    request({ ...address, path: '/metrics', headers: { host } }, resolve)
      .on('error', reject)
      .end()
    return (await promise).resume().statusCode
  }
  assert.deepEqual([await ask('localhost'), await ask('ns1.serve.test')], [200, 421])
  writeFileSync(join(folder, 'signet.yaml'), JSON.stringify(configuration(['NS1.serve.test'])))
  server.signal('SIGHUP')
  await server.until(() => server.log.includes('configuration read'), 'reloaded')
  assert.deepEqual([await ask('ns1.serve.test:8053'), await ask('ns2.serve.test')], [200, 421])
  assert.doesNotMatch(server.log, /takes effect at the next start/)
})

test('a second server on the same addresses, or the same state, ends with status 2 and takes nothing from the first', async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'zone'), zoneText(1))
  const first = await RunningServer.start(folder, CONFIGURATION)
  const other = makeFolder()
  writeFileSync(join(other, 'zone'), zoneText(1))
  const listen = [`127.0.0.1:${first.port('udp')}`]
  const second = RunningServer.launch(other, { ...CONFIGURATION, server: { listen } })
  assert.equal(await second.exited, 2)
  assert.match(second.log, /^signet: 127\.0\.0\.1:\d+: another program has this address/m)
  const third = RunningServer.launch(other, { ...CONFIGURATION, data: join(folder, 'state') })
  assert.equal(await third.exited, 2)
  for (let i = 0; i < 20; i++)
    assert.equal((await askUdp(question('a.serve.test'), first.port('udp'))).message.answer.length, 1)
})
