import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { after as afterAll, test } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { FLAG_TC } from '../dns/wire/index.ts'
import type { Endpoint, Service } from '../ports/index.ts'
import { TestAuthority, TestCertificates } from './certificates.fixture.ts'
import { NetworkExchange } from './exchange.ts'
import { frameOf } from './frames.ts'
import { after, answerTo, idOf, LOOPBACK, labelOf, queryFor, until } from './talk.fixture.ts'
import { TcpServer } from './tcp-server.ts'
import { TlsServer } from './tls-server.ts'

const exchange = new NetworkExchange({ timeoutSeconds: 0.4, connectSeconds: 1 })
const endings: (() => unknown)[] = []
afterAll(async () => {
  for (const end of endings) await end()
})

type Reply = (octets: Uint8Array) => void

async function udpServer(
  answer: (message: Uint8Array, reply: Reply, from: RemoteInfo) => void,
  port = 0,
): Promise<Endpoint> {
  const socket = createSocket('udp4')
  socket.on('message', (message, from) =>
    answer(message, (octets) => socket.send(octets, from.port, from.address), from),
  )
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve))
  endings.push(() => socket.close())
  return { address: LOOPBACK.address, port: socket.address().port }
}

async function tcpServer(service: Service): Promise<Endpoint> {
  const server = new TcpServer(service)
  endings.push(() => server.close(0))
  const [bound] = await server.listen([LOOPBACK])
  return bound ?? LOOPBACK
}

/** A server that does with a connection what a test says. */
async function rawServer(take: (socket: Socket) => void): Promise<Endpoint> {
  const server = createServer(take)
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endings.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  return { address: LOOPBACK.address, port: typeof bound === 'object' && bound !== null ? bound.port : 0 }
}

function failsWith(server: Endpoint, reason: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof DnsError)
    assert.equal(error.code, 'exchange-failed')
    assert.ok(error.message.startsWith(`127.0.0.1:${server.port}: `), error.message)
    assert.match(error.message, reason)
    return true
  }
}

test('RFC5452 §9.2: IDs and ports of queries differ; the answer has the ID that was asked with', async () => {
  const ids = new Set<number>()
  const ports = new Set<number>()
  const server = await udpServer((message, reply, from) => {
    ids.add(idOf(message))
    ports.add(from.port)
    reply(answerTo(message))
  })
  for (let i = 0; i < 20; i++) assert.equal(idOf(await exchange.query(server, queryFor('a.example.', 7))), 7)
  assert.ok(ids.size > 15 && ports.size > 15, `${ids.size} IDs, ${ports.size} ports`)
})

test('RFC5452 §9.1: answers with another ID, another question or from elsewhere are passed over', async () => {
  const stranger = createSocket('udp4')
  endings.push(() => stranger.close())
  const server = await udpServer((message, reply, from) => {
    const other = answerTo(message)
    other[0] = (other[0] ?? 0) ^ 0x80
    reply(other)
    reply(answerTo(queryFor('b.example.', idOf(message))))
    reply(message)
    reply(Uint8Array.of(1, 2, 3))
    stranger.send(answerTo(message, { size: 200 }), from.port, from.address)
    setTimeout(() => reply(answerTo(message, { size: 100 })), 30)
  })
  const answer = await exchange.query(server, queryFor('a.example.'))
  assert.ok(answer.length > 100 && answer.length < 200, String(answer.length))
})

test('a query that got lost is sent once more, with another ID', async () => {
  const ids: number[] = []
  const server = await udpServer((message, reply) => {
    ids.push(idOf(message))
    if (ids.length === 2) reply(answerTo(message))
  })
  await exchange.query(server, queryFor('a.example.'))
  assert.equal(ids.length, 2)
  assert.notEqual(ids[0], ids[1])
})

test('a signed message keeps its ID', async () => {
  const ids: number[] = []
  const server = await udpServer((message, reply) => {
    ids.push(idOf(message))
    reply(answerTo(message))
  })
  const query = queryFor('a.example.', 0x1234)
  query[11] = 1
  const tsig = Uint8Array.fromHex('00' + '00fa00ff00000000' + '0000')
  for (let i = 0; i < 3; i++) await exchange.query(server, Uint8Array.from([...query, ...tsig]))
  assert.deepEqual(ids, [0x1234, 0x1234, 0x1234])
})

test('silence, and a port where nobody listens, are told with the address', async () => {
  const silent = await udpServer(() => {})
  await assert.rejects(exchange.query(silent, queryFor('a.')), failsWith(silent, /no answer in 0.4 s/))
  const nobody = { address: LOOPBACK.address, port: 9 }
  await assert.rejects(exchange.query(nobody, queryFor('a.')), failsWith(nobody, /connection refused/))
  await assert.rejects(exchange.query(nobody, queryFor('a.'), { tcp: true }), failsWith(nobody, /refused/))
  const six = { address: Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)), port: 9 }
  await assert.rejects(exchange.query(six, queryFor('a.')), /^DnsError: \[::1\]:9: connection refused/)
})

test('a server that cannot read the query may answer with a header alone', async () => {
  const server = await udpServer((message, reply) =>
    reply(Uint8Array.of(message[0] ?? 0, message[1] ?? 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0)),
  )
  assert.equal((await exchange.query(server, queryFor('a.', 5))).length, 12)
})

test('RFC7766 §5: a truncated answer is asked for again by TCP', async () => {
  const server = await tcpServer((message) => answerTo(message, { size: 2000 }))
  await udpServer((message, reply) => reply(answerTo(message, { size: 0, bits: FLAG_TC })), server.port)
  assert.ok((await exchange.query(server, queryFor('a.example.'))).length > 2000)
  assert.ok((await exchange.query(server, queryFor('a.example.'), { tcp: true })).length > 2000)
})

test('a source address is used', async () => {
  const from: string[] = []
  const server = await udpServer((message, reply, remote) => {
    from.push(remote.address)
    reply(answerTo(message))
  })
  const tcp = await rawServer((socket) => {
    from.push(socket.remoteAddress ?? '')
    socket.end()
  })
  const bound = new NetworkExchange({ source4: Uint8Array.of(127, 0, 0, 77) })
  await bound.query(server, queryFor('a.'))
  await assert.rejects(bound.query(tcp, queryFor('a.'), { tcp: true }), failsWith(tcp, /closed without an answer/))
  assert.deepEqual(from, ['127.0.0.77', '127.0.0.77'])
  const wrong = new NetworkExchange({ source4: Uint8Array.of(192, 0, 2, 1) })
  await assert.rejects(wrong.query(server, queryFor('a.')), failsWith(server, /this machine does not have the address/))
})

test('RFC5936 §2.2: a stream gives its messages until the server closes', async () => {
  const server = await tcpServer(async function* (message) {
    const kept = message.slice()
    for (let i = 0; i < 50; i++) yield answerTo(kept, { size: 100 * i })
  })
  let count = 0
  await assert.rejects(
    async () => {
      for await (const message of exchange.stream(server, queryFor('zone.', 9, 252), { idleSeconds: 0.2 })) {
        assert.ok(message.length >= 100 * count)
        assert.equal(idOf(message), 9)
        count++
      }
    },
    failsWith(server, /no message in 0.2 s/),
  )
  assert.equal(count, 50)
})

test('who stops reading a stream closes the connection', async () => {
  let stopped = false
  const server = await tcpServer(async function* (message) {
    const kept = message.slice()
    try {
      for (;;) yield answerTo(kept, { size: 30000 })
    } finally {
      stopped = true
    }
  })
  let count = 0
  for await (const _ of exchange.stream(server, queryFor('zone.'))) if (++count === 5) break
  await until(() => stopped, 'the server to notice')
})

test('a stream waits for a slow reader without ending, and the time is that of each message', async () => {
  const server = await tcpServer(async function* (message) {
    const kept = message.slice()
    for (let i = 0; i < 4; i++) {
      await after(60)
      yield answerTo(kept)
    }
  })
  let count = 0
  await assert.rejects(async () => {
    for await (const _ of exchange.stream(server, queryFor('zone.'), { idleSeconds: 0.15 })) {
      count++
      if (count === 1) await after(250)
    }
  }, /no message in/)
  assert.equal(count, 4)
})

test('streams that end in a message, drip, or are no messages', async () => {
  const cut = await rawServer((socket) => socket.end(frameOf(answerTo(queryFor('a.'))).subarray(0, 20)))
  const drip = await rawServer((socket) => {
    const frame = frameOf(answerTo(queryFor('a.'), { size: 500 }))
    let at = 0
    const timer = setInterval(() => socket.write(frame.subarray(at, ++at)), 20)
    socket.on('close', () => clearInterval(timer))
  })
  const noise = await rawServer((socket) => socket.write(new Uint8Array(50)))
  const read = async (server: Endpoint): Promise<void> => {
    for await (const _ of exchange.stream(server, queryFor('zone.'), { idleSeconds: 0.2 }));
  }
  await assert.rejects(read(cut), failsWith(cut, /in the middle of a message/))
  await assert.rejects(read(drip), failsWith(drip, /no message in/))
  await assert.rejects(read(noise), failsWith(noise, /is no message/))
})

test('RFC9103 §9.3: streams over TLS 1.3, with the certificate checked by name, or not at all', async () => {
  const authority = await TestAuthority.make()
  const certificate = new TestCertificates(await authority.sign(['primary.example', '127.0.0.1']))
  const server = new TlsServer((message) => answerTo(message), { certificate })
  endings.push(() => server.close(0))
  const [bound = LOOPBACK] = await server.listen([LOOPBACK])
  const ask = async (tls: NonNullable<Endpoint['tls']>): Promise<string> => {
    for await (const message of exchange.stream({ ...bound, tls }, queryFor('zone.'))) return labelOf(message)
    return ''
  }
  const authorities = authority.pem
  assert.equal(await ask({ verify: true, authorities, serverName: 'primary.example.' }), 'zone')
  assert.equal(await ask({ verify: true, authorities }), 'zone')
  assert.equal(await ask({ verify: false }), 'zone')
  const other = { verify: true, authorities, serverName: 'other.example' }
  await assert.rejects(ask(other), failsWith(bound, /is for primary\.example, 127\.0\.0\.1, not for other\.example/))
  await assert.rejects(
    ask({ verify: true }),
    failsWith(bound, /issued by "Test authority", which is not among the trusted authorities/),
  )
  const endpoint = { ...bound, tls: { verify: true, authorities } }
  assert.equal(labelOf(await exchange.query(endpoint, queryFor('a.example.'))), 'a')
  certificate.change(await authority.sign(['primary.example'], -1000))
  const expired = { verify: true, authorities, serverName: 'primary.example' }
  await assert.rejects(ask(expired), failsWith(bound, /the certificate expired on 20\d\d-/))
})

test('a handshake that is not completed has its time', async () => {
  const server = await rawServer(() => {})
  const quick = new NetworkExchange({ connectSeconds: 0.1 })
  const stream = quick.stream({ ...server, tls: { verify: false } }, queryFor('zone.'))
  await assert.rejects(
    async () => {
      for await (const _ of stream);
    },
    failsWith(server, /no connection in 0.1 s/),
  )
})
