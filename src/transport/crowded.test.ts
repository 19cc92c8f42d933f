/** Servers with as many clients as may be: an idle one makes room, one that waits for an answer does not (RFC 7766 §6.2.3). */
import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { afterEach, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Name } from '../dns/name/index.ts'
import { encodeMessage, headerOf } from '../dns/wire/index.ts'
import type { Answer, Service } from '../ports/index.ts'
import { TestAuthority, TestCertificates } from './certificates.fixture.ts'
import { HttpsServer } from './https-server.ts'
import { after, answerAll, answerTo, LOOPBACK, labelOf, queryFor, RawClient, until } from './talk.fixture.ts'
import { TcpServer, type TcpServerOptions } from './tcp-server.ts'
import { TlsServer } from './tls-server.ts'

/** Longer than a connection must have been idle to be closed for another. */
const IDLE = 400
const authority = await TestAuthority.make()
const certificate = new TestCertificates(await authority.sign(['127.0.0.1']))
const PATIENT = { idleSeconds: 600, firstQuerySeconds: 600, messageSeconds: 600, writeStallSeconds: 600 }
const servers: { close(graceSeconds?: number): Promise<void> }[] = []
const sockets: { destroy(): void }[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await server.close(0)
})

async function serveTcp(service: Service, options: TcpServerOptions): Promise<{ server: TcpServer; port: number }> {
  const server = new TcpServer(service, { ...PATIENT, ...options })
  servers.push(server)
  const [bound] = await server.listen([LOOPBACK])
  return { server, port: bound?.port ?? 0 }
}

async function serveTls(clients: number): Promise<{ server: TlsServer; port: number }> {
  const server = new TlsServer(answerAll, { ...PATIENT, certificate, clients, handshakeSeconds: 600 })
  servers.push(server)
  const [bound] = await server.listen([LOOPBACK])
  return { server, port: bound?.port ?? 0 }
}

async function dial(port: number, localAddress = '127.0.0.1'): Promise<RawClient> {
  const client = new RawClient(connect({ host: '127.0.0.1', port, localAddress }))
  sockets.push(client.socket)
  await new Promise<void>((done) => client.socket.once('connect', done).once('close', () => done()))
  return client
}

async function dialTls(port: number): Promise<RawClient> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: authority.pem, ALPNProtocols: ['dot'] })
  sockets.push(socket)
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  return new RawClient(socket)
}

async function ask(client: RawClient, name = 'a.'): Promise<void> {
  const had = client.messages.length
  client.send(queryFor(name))
  assert.equal((await client.receive(had + 1)).length, had + 1, 'an answer')
}

test('the connection that was idle longest makes room for the next; one that asked later stays', async () => {
  const { server, port } = await serveTcp(answerAll, { clients: 3 })
  const clients = [await dial(port), await dial(port), await dial(port)]
  for (const client of clients) await ask(client)
  const [first, second, third] = clients
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await ask(first)
  await ask(third)
  await after(IDLE)
  await ask(await dial(port))
  assert.equal(await second.end(), 'end')
  await ask(first)
  await ask(third)
  await until(() => server.counters.open === 3, 'the count')
  assert.deepEqual([server.counters.evicted, server.counters.refused, server.counters.closed.evicted], [1, 0, 1])
})

test('a connection that never asked, and one whose query is never complete, do not outlast those that ask', async () => {
  const { port } = await serveTcp(answerAll, { clients: 3 })
  const [silent, slow, good] = [await dial(port), await dial(port), await dial(port)]
  for (let i = 0; i < 8; i++) {
    // Octets of a query that is not complete are no sign of life.
    slow.socket.write(Uint8Array.of(i === 0 ? 0 : i === 1 ? 200 : 1))
    await after(IDLE / 8)
  }
  await ask(good)
  await ask(await dial(port))
  await ask(await dial(port))
  await silent.end()
  await slow.end()
  await ask(good)
})

test('connections that wait for an answer are not closed for others: the next client is turned away', async () => {
  const answers: (() => void)[] = []
  const { server, port } = await serveTcp(
    (message): Answer | Promise<Answer> => {
      const kept = message.slice()
      return new Promise((resolve) => answers.push(() => resolve(answerTo(kept))))
    },
    { clients: 2 },
  )
  const clients = [await dial(port), await dial(port)]
  for (const client of clients) client.send(queryFor('a.'))
  await until(() => answers.length === 2, 'the queries')
  await after(IDLE)
  await (await dial(port)).end()
  assert.deepEqual([server.counters.evicted, server.counters.refused], [0, 1])
  for (const answer of answers) answer()
  for (const client of clients) assert.equal((await client.receive(1)).length, 1)
})

test('a client that reads nothing of a long answer makes room', async () => {
  async function* endless(query: Uint8Array): AsyncGenerator<Uint8Array> {
    for (;;) yield answerTo(query, { size: 60000 })
  }
  const { server, port } = await serveTcp(
    (message): Answer => (labelOf(message) === 'zone' ? endless(message.slice()) : answerTo(message)),
    { clients: 1 },
  )
  const stalled = await dial(port)
  stalled.socket.pause()
  stalled.send(queryFor('zone.', 1, 252))
  await after(2 * IDLE)
  await ask(await dial(port))
  assert.equal(server.counters.evicted, 1)
})

test('a prefix that has its share gets room from its own connections only', async () => {
  const { server, port } = await serveTcp(answerAll, { clients: 10, clientsPerPrefix: 2 })
  const other = await dial(port, '127.0.0.2')
  await ask(other)
  const first = await dial(port)
  await ask(first)
  const second = await dial(port)
  await ask(second)
  await after(IDLE)
  await ask(await dial(port))
  assert.equal(await first.end(), 'end')
  await ask(other)
  await ask(second)
  assert.equal(server.counters.evicted, 1)
})

test('many at once, on a full server: no more are let in than make room', async () => {
  const { server, port } = await serveTcp(answerAll, { clients: 5 })
  const old: RawClient[] = []
  for (let i = 0; i < 5; i++) old.push(await dial(port))
  await after(IDLE)
  const next = await Promise.all(Array.from({ length: 8 }, () => dial(port)))
  await until(() => server.counters.evicted + server.counters.refused === 8, 'all to be judged')
  await until(() => server.counters.open === 5, 'the count')
  assert.equal(server.counters.evicted, 5)
  assert.ok(old.every(({ ended }) => ended !== undefined))
  assert.equal(next.filter(({ ended }) => ended === undefined).length, 5)
})

test('RFC7766 §6.2.3: the fewer connections are free, the less time an idle one has', async () => {
  const { server, port } = await serveTcp(answerAll, { clients: 10, idleSeconds: 10, firstQuerySeconds: 10 })
  const clients: RawClient[] = []
  for (let i = 0; i < 10; i++) clients.push(await dial(port))
  // Some have asked, some have not: both limits shrink.
  for (const client of clients.slice(5)) await ask(client)
  // A twentieth of the time with none free, a fifth with one, two fifths with two.
  await until(() => server.counters.open <= 8, 'two connections to be closed long before ten seconds', 6)
  await after(IDLE)
  assert.ok(server.counters.open >= 7, 'the others have more time with each that is free')
  assert.equal(server.counters.evicted, 0)
})

test('TLS: handshakes that are not completed make room, the oldest first', async () => {
  const { server, port } = await serveTls(3)
  const halfOpen = [await dial(port), await dial(port), await dial(port)]
  await after(IDLE)
  const client = await dialTls(port)
  await ask(client)
  assert.equal(await halfOpen[0]?.end(), 'end')
  const second = await dialTls(port)
  await ask(second)
  await ask(await dialTls(port))
  // Now all have shaken hands: the one that was idle longest goes, not the one that shook hands first.
  await after(IDLE)
  await ask(client)
  await ask(await dialTls(port))
  await second.end()
  await ask(client)
  assert.deepEqual([server.counters.evicted, server.counters.refused], [4, 0])
})

test('HTTPS: unfinished requests and idle sessions make room, a request that is being answered does not', async () => {
  let release: (() => void) | undefined
  const server = new HttpsServer(
    async (message) => {
      const kept = message.slice()
      if (labelOf(kept) === 'slow')
        await new Promise<void>((resolve) => {
          release = resolve
        })
      return answerTo(kept)
    },
    { tls: { certificate }, clients: 3, idleSeconds: 600, bodySeconds: 600 },
  )
  servers.push(server)
  const [bound] = await server.listen([LOOPBACK])
  const port = bound?.port ?? 0
  const post = (name: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/dns-message' }
      const sent = request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/dns-query',
        headers,
        ca: authority.pem,
        agent: false,
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      const questions = [{ name: Name.parse(name), type: 1, class: 1 }]
      sent.end(encodeMessage({ header: headerOf(1, 0), questions, answer: [], authority: [], additional: [] }))
    })
  const slow = post('slow.')
  await until(() => release !== undefined, 'the slow request')
  const openTls = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, ca: authority.pem, ALPNProtocols: ['http/1.1'] }, () =>
        resolve(socket),
      )
      socket.on('error', reject)
      sockets.push(socket)
    })
  const unfinished = await openTls()
  unfinished.write(
    'POST /dns-query HTTP/1.1\r\nhost: x\r\ncontent-type: application/dns-message\r\ncontent-length: 100\r\n\r\nab',
  )
  const idle = connectHttp2(`https://127.0.0.1:${port}`, { ca: authority.pem })
  idle.on('error', () => {})
  sockets.push(idle)
  await new Promise((resolve) => idle.once('remoteSettings', resolve))
  await after(IDLE)
  assert.equal(await post('a.'), 200)
  await until(() => unfinished.destroyed, 'the unfinished request to be closed')
  const again = await openTls()
  again.write('POST /dns-query HTTP/1.1\r\nhost')
  await after(IDLE)
  assert.equal(await post('b.'), 200)
  await until(() => idle.destroyed, 'the idle session to be closed')
  release?.()
  assert.equal(await slow, 200)
  assert.equal(server.counters.refused, 0)
})
