/** Forwarders of a running server of which one fails: the others answer, and the log and the status name it all the same. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../../dns/name/index.ts'
import { decodeMessage } from '../../dns/wire/index.ts'
import type { Log } from '../../ports/log.ts'
import { type ServerFailure, serverKey } from '../../resolver/index.ts'
import { NetworkExchange } from '../../transport/index.ts'
import { answerTo, LOOPBACK, queryFor } from '../../transport/talk.fixture.ts'
import { openUdpServer } from '../../transport/upstream/servers.fixture.ts'
import { RunningControl } from '../running-control.ts'
import { TestServer } from '../servers.fixture.ts'
import { ConfiguredServers } from './configured-servers.ts'

const exchange = new NetworkExchange()
const endings: (() => unknown)[] = []
after(async () => {
  for (const end of endings.reverse()) await end()
})

/** A free port of loopback. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

test('one of two forwarders cannot be reached, then replies again', async () => {
  let isDown = false
  const good = await openUdpServer(endings, (query, from, socket) => {
    if (!isDown) socket.send(answerTo(query), from.port, from.address)
  })
  const port = await freePort()
  const server = await TestServer.start({
    zones: [{ name: 'example.', type: 'forward', forwarders: [`127.0.0.1:${port}`, `127.0.0.1:${good.port}`] }],
    resolver: { enabled: true, rootTrustAnchors: false },
  })
  const { resolver = assert.fail('no resolver') } = new RunningControl(server.server, () => {})
  const said = (): string[] => server.lines.filter((line) => line.includes(`127.0.0.1@${port}`))
  const askUntil = async (isDone: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !isDone(); i++) {
      const query = queryFor(`n${performance.now()}.example.`)
      query[2] = 1
      const reply = decodeMessage(await exchange.query({ ...LOOPBACK, port: server.port }, query))
      assert.equal(reply.header.rcode, 0)
      await sleep(10)
    }
  }
  await askUntil(() => said().length > 0)
  const reason = `could not be reached (connection refused: no server listens on this port)`
  assert.match(said()[0] ?? '', new RegExp(`^info server 127\\.0\\.0\\.1@${port} ${RegExp.escape(reason)} `))
  const [bad, fine] = resolver.status().servers
  assert.deepEqual([bad?.state, bad?.reason, fine?.state, fine?.reason], ['fails', reason, 'replies', undefined])
  const back = createSocket('udp4')
  endings.push(() => back.close())
  back.on('message', (query, from) => back.send(answerTo(query), from.port, from.address))
  await new Promise<void>((resolve) => back.bind(port, '127.0.0.1', resolve))
  // While the other one answers, it is not asked.
  isDown = true
  await askUntil(() => said().length > 1)
  assert.match(said()[1] ?? '', new RegExp(`^info server 127\\.0\\.0\\.1@${port} replies again, after \\d+ s `))
  assert.equal(resolver.status().servers[0]?.state, 'replies')
})

test('lost messages are no failure; a server that fails in turns is logged once in five minutes; others are not kept', () => {
  const lines: string[] = []
  const write = (_: object, message: string): void => {
    lines.push(message)
  }
  const log: Log = { debug: write, info: write, warn: write, error: write }
  let now = 1000
  const servers = new ConfiguredServers(log, () => now)
  const endpoint = { address: LOOPBACK.address, port: 5353 }
  const server = { key: serverKey(endpoint), endpoint, protocol: 'udp' } as const
  const failure: ServerFailure = { endpoint, protocol: 'udp', kind: 'silent' }
  const zone = { zone: Name.root, kind: 'forward', servers: [{ endpoint, protocol: 'udp' }], first: false } as const
  servers.serverFailed(server, failure)
  assert.deepEqual(servers.stateOf(endpoint, 'udp'), { isFailing: false }, 'a server that is not configured')
  servers.configure([zone])
  for (let i = 0; i < 100; i++) {
    servers.serverFailed(server, failure)
    servers.serverFailed(server, failure)
    servers.serverReplied(server, 0)
  }
  assert.deepEqual(lines, [])
  for (let i = 0; i < 250; i++, now++) {
    for (let times = 0; times < 3; times++) servers.serverFailed(server, failure)
    servers.configure([zone])
    servers.serverReplied(server, 2)
  }
  assert.deepEqual(lines, ['server 127.0.0.1@5353 did not reply', 'server 127.0.0.1@5353 replies again, after 0 s'])
  assert.deepEqual(servers.stateOf(endpoint, 'udp'), { isFailing: false, reason: 'returned SERVFAIL' })
  now += 100
  for (let times = 0; times < 3; times++) servers.serverFailed(server, failure)
  assert.equal(lines.length, 3)
  assert.deepEqual(servers.stateOf(endpoint, 'udp'), {
    isFailing: true,
    since: now,
    reason: 'did not reply',
  })
  servers.configure([])
  assert.deepEqual(servers.stateOf(endpoint, 'udp'), { isFailing: false })
})
