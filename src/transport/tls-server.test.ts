import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { DnsError } from '../dns/errors.ts'
import type { Peer, Service } from '../ports/index.ts'
import { TestAuthority, TestCertificates } from './certificates.fixture.ts'
import { after, answerAll, answerTo, LOOPBACK, queryFor, RawClient, until } from './talk.fixture.ts'
import { certificateNames } from './tls-acceptor.ts'
import { TlsServer, type TlsServerOptions } from './tls-server.ts'

const authority = await TestAuthority.make()
const certificates = new TestCertificates(await authority.sign(['dot.example', '127.0.0.1']))
let server: TlsServer | undefined
const sockets: TLSSocket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.close(0)
})

async function serve(service: Service, options: Partial<TlsServerOptions> = {}): Promise<number> {
  server = new TlsServer(service, { certificate: certificates, ...options })
  const [bound] = await server.listen([LOOPBACK])
  return bound?.port ?? 0
}

async function dial(port: number, options: ConnectionOptions = {}): Promise<{ client: RawClient; socket: TLSSocket }> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.pem, ALPNProtocols: ['dot'], ...options })
  sockets.push(socket)
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  return { client: new RawClient(socket), socket }
}

test('RFC7858 §3.3: queries over TLS, with protocol, version and address in the peer', async () => {
  const peers: Omit<Peer, 'patience'>[] = []
  const port = await serve((message, { patience: _, ...peer }) => {
    peers.push(peer)
    return answerTo(message)
  })
  const { client, socket } = await dial(port)
  client.send(queryFor('a.', 1), queryFor('b.', 2))
  assert.equal((await client.receive(2)).length, 2)
  assert.deepEqual(peers[0], {
    protocol: 'tls',
    address: Uint8Array.of(127, 0, 0, 1),
    port: socket.localPort,
    local: { address: Uint8Array.of(127, 0, 0, 1), port },
    tlsVersion: 'TLSv1.3',
    applicationProtocol: 'dot',
  })
})

test('TLS 1.2 and clients without ALPN are served; older versions and other protocols are not', async () => {
  const peers: Peer[] = []
  const port = await serve((message, peer) => {
    peers.push(peer)
    return answerTo(message)
  })
  const { client } = await dial(port, { maxVersion: 'TLSv1.2', ALPNProtocols: [] })
  client.send(queryFor('a.'))
  await client.receive(1)
  assert.deepEqual([peers[0]?.tlsVersion, peers[0]?.applicationProtocol], ['TLSv1.2', undefined])
  await assert.rejects(dial(port, { ALPNProtocols: ['h2'] }))
  await assert.rejects(dial(port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }))
  await until(() => (server?.counters.handshakeFailures ?? 0) >= 1, 'the count')
  await until(() => server?.counters.open === 1, 'the others to be gone')
})

test('RFC9325 §4.2: AEAD ciphers with forward secrecy only', async () => {
  const port = await serve(answerAll)
  const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
  for (const cipher of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305']) {
    const { socket } = await dial(port, { ...old, ciphers: cipher })
    assert.equal(socket.getCipher().name, cipher)
  }
  for (const cipher of [
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA',
    'DHE-RSA-AES128-GCM-SHA256',
    'AES128-GCM-SHA256',
  ]) {
    await assert.rejects(dial(port, { ...old, ciphers: cipher }), cipher)
  }
  certificates.change(await authority.sign(['dot.example', '127.0.0.1']))
  await assert.rejects(dial(port, { ...old, ciphers: 'ECDHE-ECDSA-AES128-SHA256' }), 'nor with a new certificate')
})

test('RFC9325 §3.5: a client of TLS 1.2 that renegotiates gets no new handshake', async () => {
  const port = await serve(answerAll)
  const { socket, client } = await dial(port, { maxVersion: 'TLSv1.2' })
  socket.on('error', () => {})
  const outcome = await new Promise((resolve) => {
    socket.renegotiate({}, (error) => resolve(error === null ? 'renegotiated' : 'refused'))
    socket.once('close', () => resolve('refused'))
  })
  assert.equal(outcome, 'refused')
  assert.equal(client.messages.length, 0)
})

test('a transfer over TLS, and a slow reader of one', async () => {
  const port = await serve(
    async function* (message) {
      for (let i = 0; ; i++) {
        if (i === 100) await after(1)
        yield answerTo(message, { size: 60000 })
      }
    },
    { writeStallSeconds: 0.3 },
  )
  const { client, socket } = await dial(port)
  client.send(queryFor('zone.', 1, 252))
  await client.receive(150)
  socket.pause()
  await until(() => server?.counters.closed['slow-reader'] === 1, 'the reset')
  await until(() => server?.counters.open === 0, 'the connection to be gone')
})

test('a new certificate counts for new connections, and open ones go on', async () => {
  const port = await serve(answerAll)
  const old = certificates.current()
  const { client, socket } = await dial(port)
  const serial = socket.getPeerCertificate().serialNumber
  certificates.change(await authority.sign(['other.example', '127.0.0.1']))
  client.send(queryFor('a.'))
  assert.equal((await client.receive(1)).length, 1)
  const fresh = await dial(port)
  assert.notEqual(fresh.socket.getPeerCertificate().serialNumber, serial)
  fresh.client.send(queryFor('a.'))
  client.send(queryFor('b.'))
  assert.equal((await fresh.client.receive(1)).length, 1)
  assert.equal((await client.receive(2)).length, 2)
  certificates.change(old)
})

test('a certificate that cannot be used is an error at first, and a word to the log later', async () => {
  const bad = { ...certificates.current(), key: (await authority.sign(['other.example'])).key }
  assert.throws(
    () => new TlsServer(answerAll, { certificate: new TestCertificates(bad) }),
    (error) => error instanceof DnsError && error.code === 'key-invalid',
  )
  const source = new TestCertificates(certificates.current())
  const heard: string[] = []
  const port = await serve(answerAll, { certificate: source, report: (text) => heard.push(text) })
  source.change(bad)
  assert.match(heard[0] ?? '', /^the new certificate cannot be used: /)
  const { client } = await dial(port)
  client.send(queryFor('a.'))
  assert.equal((await client.receive(1)).length, 1)
})

test('RFC9103 §9.3.3: a client certificate of our authority gives its names, any other none', async () => {
  const names: (readonly string[] | undefined)[] = []
  const port = await serve(
    (message, peer) => {
      names.push(peer.certificateNames)
      return answerTo(message)
    },
    { clientAuthorities: authority.pem },
  )
  const ours = await authority.sign(['Secondary.example', '192.0.2.7'])
  const theirs = await (await TestAuthority.make('Another')).sign(['secondary.example'])
  const expired = await authority.sign(['secondary.example'], -1000)
  for (const pair of [ours, theirs, expired, undefined]) {
    const { client } = await dial(port, pair === undefined ? {} : { key: pair.key, cert: pair.certificate })
    client.send(queryFor('a.'))
    assert.equal((await client.receive(1)).length, 1)
  }
  assert.deepEqual(names, [['secondary.example', '192.0.2.7'], undefined, undefined, undefined])
})

test('names in a certificate that try to be more than one are left out', () => {
  assert.deepEqual(certificateNames('DNS:a.example, DNS:"b.example\\u002c DNS:c", IP Address:192.0.2.1, URI:x'), [
    'a.example',
    '192.0.2.1',
  ])
  assert.deepEqual(certificateNames('DNS:"x, DNS:evil.example, y", DNS:good.example'), ['good.example'])
  assert.deepEqual(certificateNames(undefined), [])
})

test('who connects and says nothing is let go, and counts among the clients until then', async () => {
  const port = await serve(answerAll, { handshakeSeconds: 0.15, clients: 1 })
  const silent = await RawClient.open(port)
  await until(() => server?.counters.open === 1, 'the connection')
  const refused = await RawClient.open(port)
  await refused.end()
  await silent.end()
  await until(() => server?.counters.open === 0, 'the place to be free')
  assert.equal(server?.counters.handshakeFailures, 1)
  const noise = await RawClient.open(port)
  noise.socket.write('GET / HTTP/1.0\r\n\r\n')
  await noise.end()
  await until(() => server?.counters.handshakeFailures === 2, 'the count')
})

test('half-close and graceful close over TLS', async () => {
  const port = await serve(async (message) => {
    const kept = message.slice()
    await after(60)
    return answerTo(kept)
  })
  const { client, socket } = await dial(port)
  client.send(queryFor('a.'))
  socket.end()
  assert.equal((await client.receive(1)).length, 1)
  const second = await dial(port)
  second.client.send(queryFor('b.'))
  await until(() => server?.counters.queries === 2, 'the query')
  const closed = server?.close(5)
  assert.equal((await second.client.receive(1)).length, 1)
  await closed
})
