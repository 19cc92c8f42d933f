import assert from 'node:assert/strict'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:net'
import { after as afterAll, test } from 'node:test'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Endpoint } from '../../ports/index.ts'
import { TestAuthority, TestCertificates } from '../certificates.fixture.ts'
import { HttpsServer } from '../https-server.ts'
import { after, answerAll, answerTo, idOf, LOOPBACK, labelOf, queryFor, until } from '../talk.fixture.ts'
import { TlsServer } from '../tls-server.ts'
import { NetworkUpstream, type UpstreamSettings } from './network-upstream.ts'
import { askOnce, openTcpServer } from './servers.fixture.ts'

const endings: (() => unknown)[] = []
afterAll(async () => {
  for (const end of endings.reverse()) await end()
})

function open(settings: UpstreamSettings = {}): NetworkUpstream {
  const upstream = new NetworkUpstream(settings)
  endings.push(() => upstream.close())
  return upstream
}

test('RFC7766 §6.2.1: one connection serves one query after another', async () => {
  const upstream = open()
  const { endpoint, connections } = await openTcpServer(endings, (query, reply) => reply(answerTo(query)))
  for (let i = 0; i < 5; i++) {
    const query = queryFor('example.', i)
    const reply = await askOnce(upstream, endpoint, 'tcp', query)
    assert.ok(reply.kind === 'message')
    assert.deepEqual(reply.octets, answerTo(query))
  }
  assert.equal(connections(), 1)
  assert.deepEqual(upstream.gauges.connections, { tcp: 1, tls: 0, https: 0 })
})

test('RFC7766 §6.2.1.1: answers in any order find their queries', async () => {
  const upstream = open()
  const waiting: (() => void)[] = []
  const { endpoint, connections } = await openTcpServer(endings, (query, reply) => {
    waiting.push(() => reply(answerTo(query)))
    if (waiting.length === 20) for (const send of waiting.reverse()) send()
  })
  const replies = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const query = queryFor(`${i}.example.`, i)
      return [answerTo(query), await askOnce(upstream, endpoint, 'tcp', query)] as const
    }),
  )
  for (const [expected, reply] of replies) {
    assert.ok(reply.kind === 'message')
    assert.deepEqual(reply.octets, expected)
  }
  assert.equal(connections(), 1)
})

test('a busy connection gets company, within bounds', async () => {
  const upstream = open({ pipelined: 2, maxConnectionsPerServer: 3 })
  const { endpoint, connections } = await openTcpServer(endings, (query, reply) => {
    setTimeout(() => reply(answerTo(query)), 40)
  })
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, i) => askOnce(upstream, endpoint, 'tcp', queryFor(`${i}.example.`))),
  )
  assert.ok(replies.every(({ kind }) => kind === 'message'))
  assert.equal(connections(), 3)
})

test('connections to all servers are bounded: an idle one gives way, a busy one does not', async () => {
  const upstream = open({ maxConnections: 1 })
  const one = await openTcpServer(endings, (query, reply) => reply(answerTo(query)))
  const slow = await openTcpServer(endings, () => {})
  assert.equal((await askOnce(upstream, one.endpoint, 'tcp', queryFor('a.'))).kind, 'message')
  const waiting = askOnce(upstream, slow.endpoint, 'tcp', queryFor('b.'), 150)
  assert.equal((await askOnce(upstream, one.endpoint, 'tcp', queryFor('c.'))).kind, 'failed')
  assert.equal((await waiting).kind, 'timeout')
  assert.equal((await askOnce(upstream, one.endpoint, 'tcp', queryFor('d.'))).kind, 'message')
  assert.equal(upstream.gauges.connections.tcp, 1)
})

test('RFC7766 §6.2.3: a connection that nobody uses is closed', async () => {
  const upstream = open({ idleSeconds: 0.1 })
  const { endpoint, connections } = await openTcpServer(endings, (query, reply) => reply(answerTo(query)))
  assert.equal((await askOnce(upstream, endpoint, 'tcp', queryFor('a.'))).kind, 'message')
  assert.equal(upstream.gauges.connections.tcp, 1)
  await until(() => upstream.gauges.connections.tcp === 0, 'the idle connection to be closed')
  assert.equal((await askOnce(upstream, endpoint, 'tcp', queryFor('b.'))).kind, 'message')
  assert.equal(connections(), 2)
})

test('RFC7766 §6.2.4: what was on its way when the server closed is asked once more', async () => {
  const upstream = open()
  let messages = 0
  const { endpoint, connections } = await openTcpServer(endings, (query, reply, connection) => {
    if (++messages === 2) connection.end()
    else reply(answerTo(query))
  })
  assert.equal((await askOnce(upstream, endpoint, 'tcp', queryFor('a.'))).kind, 'message')
  assert.equal((await askOnce(upstream, endpoint, 'tcp', queryFor('b.'))).kind, 'message')
  assert.equal(connections(), 2)
})

test('a server that closes each connection without an answer is asked once', async () => {
  const upstream = open()
  const { endpoint, connections } = await openTcpServer(endings, (_query, _reply, connection) => connection.end())
  const reply = await askOnce(upstream, endpoint, 'tcp', queryFor('a.'))
  assert.deepEqual(reply, { kind: 'failed', text: 'the server closed the connection' })
  assert.equal(connections(), 1)
})

test('no answer, no connection, no message: each ends as it should', async () => {
  const upstream = open()
  const silent = await openTcpServer(endings, () => {})
  const since = performance.now()
  assert.equal((await askOnce(upstream, silent.endpoint, 'tcp', queryFor('a.'), 100)).kind, 'timeout')
  assert.ok(performance.now() - since < 400)
  const nobody = { address: LOOPBACK.address, port: 1 }
  assert.deepEqual(await askOnce(upstream, nobody, 'tcp', queryFor('a.')), {
    kind: 'failed',
    text: 'connection refused: no server listens on this port',
  })
  const noise = await openTcpServer(endings, (_query, _reply, connection) =>
    connection.write(Uint8Array.of(0, 3, 1, 2, 3)),
  )
  assert.equal((await askOnce(upstream, noise.endpoint, 'tcp', queryFor('a.'))).kind, 'failed')
  await until(() => upstream.gauges.connections.tcp === 0, 'all connections to be closed')
})

test('messages that answer nothing are passed over, and many of them end the connection', async () => {
  const upstream = open()
  const { endpoint } = await openTcpServer(endings, (query, reply) => {
    const wrong = answerTo(queryFor('wrong.', idOf(query)))
    for (let i = labelOf(query) === 'few' ? 25 : 0; i < 30; i++) reply(wrong)
    reply(answerTo(query))
  })
  assert.equal((await askOnce(upstream, endpoint, 'tcp', queryFor('few.'))).kind, 'message')
  assert.equal((await askOnce(upstream, endpoint, 'tcp', queryFor('many.'))).kind, 'failed')
})

const authority = await TestAuthority.make()
const stranger = await TestAuthority.make('Stranger')

async function tlsServer(
  names: readonly string[],
  signer = authority,
): Promise<{ endpoint: Endpoint; server: TlsServer; sizes: number[] }> {
  const sizes: number[] = []
  const server = new TlsServer(
    (message) => {
      sizes.push(message.length)
      return answerTo(message)
    },
    { certificate: new TestCertificates(await signer.sign(names)) },
  )
  endings.push(() => server.close(0))
  const [endpoint = LOOPBACK] = await server.listen([LOOPBACK])
  return { endpoint, server, sizes }
}

const strict = { serverName: 'dns.example.', authorities: authority.pem, verify: true }

test('RFC8310 §5: strict TLS asks only the server whose name and authority are right', async () => {
  const upstream = open()
  const good = await tlsServer(['dns.example'])
  const query = queryFor('example.', 9)
  for (let i = 0; i < 3; i++) {
    const reply = await askOnce(upstream, { ...good.endpoint, tls: strict }, 'tls', query)
    assert.ok(reply.kind === 'message', JSON.stringify(reply))
    assert.deepEqual(reply.octets, answerTo(query))
  }
  assert.equal(upstream.gauges.connections.tls, 1, 'endpoints that are alike share a connection')
  const wrongName = await tlsServer(['other.example'])
  assert.deepEqual(await askOnce(upstream, { ...wrongName.endpoint, tls: strict }, 'tls', query), {
    kind: 'failed',
    text: 'the certificate is for other.example, not for dns.example',
  })
  const wrongSigner = await tlsServer(['dns.example'], stranger)
  const refused = await askOnce(upstream, { ...wrongSigner.endpoint, tls: strict }, 'tls', query)
  assert.deepEqual(refused, {
    kind: 'failed',
    text: 'the certificate is issued by "Stranger", which is not among the trusted authorities',
  })
  assert.equal(wrongName.sizes.length + wrongSigner.sizes.length, 0, 'no query left')
  const lenient = { ...wrongSigner.endpoint, tls: { verify: false } }
  assert.equal((await askOnce(upstream, lenient, 'tls', query)).kind, 'message')
  assert.equal((await askOnce(upstream, good.endpoint, 'tls', query)).kind, 'failed', 'nothing is said of TLS')
})

test('an address in the certificate is as good as a name; the next connection resumes the session', async () => {
  const upstream = open({ idleSeconds: 0.05 })
  const { endpoint } = await tlsServer(['127.0.0.1'])
  const server = { ...endpoint, tls: { authorities: authority.pem, verify: true } }
  for (let i = 0; i < 3; i++) {
    assert.equal((await askOnce(upstream, server, 'tls', queryFor('a.'))).kind, 'message')
    await until(() => upstream.gauges.connections.tls === 0, 'the idle connection to be closed')
  }
  assert.equal(upstream.counters.resumed, 2)
})

async function httpsServer(
  names: readonly string[],
): Promise<{ endpoint: Endpoint; server: HttpsServer; ids: number[] }> {
  const ids: number[] = []
  const server = new HttpsServer(
    (message) => {
      ids.push(idOf(message))
      return labelOf(message) === 'silent'
        ? new Promise(() => {})
        : answerAll(message, { protocol: 'https', address: LOOPBACK.address, port: 0 })
    },
    { tls: { certificate: new TestCertificates(await authority.sign(names)) } },
  )
  endings.push(() => server.close(0))
  const [endpoint = LOOPBACK] = await server.listen([LOOPBACK])
  return { endpoint, server, ids }
}

test('RFC8484 §4.1: queries go by POST with the ID 0 over one connection', async () => {
  const upstream = open()
  const { endpoint, server, ids } = await httpsServer(['dns.example'])
  const at = { ...endpoint, tls: strict }
  const replies = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const query = queryFor(`${i}.example.`, 100 + i)
      return [answerTo(query), await askOnce(upstream, at, 'https', query)] as const
    }),
  )
  for (const [expected, reply] of replies) {
    assert.ok(reply.kind === 'message', JSON.stringify(reply))
    assert.deepEqual(reply.octets, expected)
  }
  assert.deepEqual(new Set(ids), new Set([0]))
  assert.equal(server.counters.accepted, 1)
  assert.equal(upstream.gauges.connections.https, 1)
})

test('HTTPS: a wrong certificate, a wrong path and silence', async () => {
  const upstream = open()
  const { endpoint } = await httpsServer(['dns.example'])
  const good = { ...endpoint, tls: strict }
  const query = queryFor('example.')
  const wrong = await askOnce(upstream, { ...good, tls: { ...strict, serverName: 'other.example' } }, 'https', query)
  assert.deepEqual(wrong, { kind: 'failed', text: 'the certificate is for dns.example, not for other.example' })
  const lost = await askOnce(upstream, { ...good, path: '/elsewhere' }, 'https', query)
  assert.deepEqual(lost, { kind: 'failed', text: 'the server returned HTTP status 404' })
  assert.equal((await askOnce(upstream, good, 'https', queryFor('silent.'), 100)).kind, 'timeout')
  assert.equal((await askOnce(upstream, good, 'https', query)).kind, 'message')
  const nobody = await askOnce(upstream, { address: LOOPBACK.address, port: 1, tls: strict }, 'https', query)
  assert.equal(nobody.kind, 'failed')
  await after(20)
  assert.equal(upstream.gauges.outstanding, 0)
})

test('HTTPS: a connection that nobody uses is closed, and closing ends what waits', async () => {
  const upstream = open({ idleSeconds: 0.1 })
  const { endpoint } = await httpsServer(['dns.example'])
  const at = { ...endpoint, tls: strict }
  assert.equal((await askOnce(upstream, at, 'https', queryFor('a.'))).kind, 'message')
  await until(() => upstream.gauges.connections.https === 0, 'the idle connection to be closed')
  const waiting = askOnce(upstream, at, 'https', queryFor('silent.'), 5000)
  await after(100)
  upstream.close()
  assert.equal((await waiting).kind, 'failed')
})

/** A TLS server with options of its own, that reads and writes nothing. */
async function bareTlsServer(options: TlsOptions, take: (socket: TLSSocket) => void = () => {}): Promise<Endpoint> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {})
    take(socket)
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endings.push(() => server.close())
  const bound = server.address()
  return { address: LOOPBACK.address, port: typeof bound === 'object' && bound !== null ? bound.port : 0 }
}

test('each failure of TLS has its words, over TLS and HTTPS', async () => {
  const upstream = open()
  const { certificate: cert, key } = await authority.sign(['dns.example', '127.0.0.1'], -60_000)
  const expired = await bareTlsServer({ cert, key })
  const good = await authority.sign(['dns.example'])
  const old = await bareTlsServer({ cert: good.certificate, key: good.key, maxVersion: 'TLSv1.2' })
  const web = await bareTlsServer({ cert: good.certificate, key: good.key, ALPNProtocols: ['http/1.1'] })
  const odd = await openTcpServer(endings, () => {})
  const plain = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('220 mail.example ESMTP\r\n')
  })
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  endings.push(() => plain.close())
  const bound = plain.address()
  const mail = { ...odd.endpoint, port: typeof bound === 'object' && bound !== null ? bound.port : 0 }
  for (const protocol of ['tls', 'https'] as const) {
    const reasonOf = async (endpoint: Endpoint): Promise<string> => {
      const reply = await askOnce(upstream, { ...endpoint, tls: strict }, protocol, queryFor('a.'))
      return reply.kind === 'failed' ? reply.text : reply.kind
    }
    assert.match(await reasonOf(expired), /^the certificate expired on 20\d\d-\d\d-\d\d \d\d:\d\d UTC$/)
    assert.equal(await reasonOf(old), 'the server does not support TLS 1.3')
    assert.equal(await reasonOf(web), 'the server does not support the protocol over TLS (ALPN)')
    assert.equal(await reasonOf(mail), 'the server does not speak TLS on this port')
    assert.equal(
      await reasonOf({ address: LOOPBACK.address, port: 1 }),
      'connection refused: no server listens on this port',
    )
  }
})

test('a failure of TLS ends all queries that wait, at once and with its reason', async () => {
  const upstream = open()
  const { endpoint } = await tlsServer(['other.example'])
  const { endpoint: secure } = await httpsServer(['other.example'])
  const since = performance.now()
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) => [
      askOnce(upstream, { ...endpoint, tls: strict }, 'tls', queryFor(`${i}.example.`), 5000),
      askOnce(upstream, { ...secure, tls: strict }, 'https', queryFor(`${i}.example.`), 5000),
    ]).flat(),
  )
  const text = 'the certificate is for other.example, not for dns.example'
  for (const reply of replies) assert.deepEqual(reply, { kind: 'failed', text })
  assert.ok(performance.now() - since < 2500)
})

test('HTTPS: content that is no DNS message is named', async () => {
  const upstream = open()
  const { certificate: cert, key } = await authority.sign(['dns.example'])
  const server = createSecureServer({ cert, key })
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    stream.respond({ ':status': 200, 'content-type': 'text/html; charset=utf-8' })
    stream.end('<p>Log in')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endings.push(() => server.close())
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const reply = await askOnce(upstream, { address: LOOPBACK.address, port, tls: strict }, 'https', queryFor('a.'))
  assert.deepEqual(reply, {
    kind: 'failed',
    text: 'the server returned content of type text/html;charset=utf-8, not application/dns-message',
  })
})
