import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, test } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import type { Answer, Peer, Service } from '../ports/index.ts'
import { formatAddress } from './addresses.ts'
import { frameOf } from './frames.ts'
import { StreamConnection } from './stream-connection.ts'
import { DEFAULT_STREAM_LIMITS } from './stream-limits.ts'
import {
  after,
  answerAll,
  answerTo,
  idOf,
  LOOPBACK,
  LOOPBACK6,
  labelOf,
  queryFor,
  RawClient,
  until,
} from './talk.fixture.ts'
import { TcpServer, type TcpServerOptions } from './tcp-server.ts'

const open: { server: TcpServer; clients: RawClient[] } = { server: new TcpServer(answerAll), clients: [] }

afterEach(async () => {
  for (const { socket } of open.clients.splice(0)) socket.destroy()
  await open.server.close(0)
})

async function serve(service: Service, options: TcpServerOptions = {}): Promise<number> {
  open.server = new TcpServer(service, options)
  const [bound] = await open.server.listen([LOOPBACK])
  return bound?.port ?? 0
}

async function dial(port: number, options = {}): Promise<RawClient> {
  const client = await RawClient.open(port, options)
  open.clients.push(client)
  return client
}

async function* streamOf(query: Uint8Array, count: number, size: number, delay = 0): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    if (delay > 0) await after(delay)
    const message = answerTo(query, { size })
    message[3] = i & 15
    yield message
  }
}

test('RFC7766 §6.2.1.1: pipelined queries are answered, each as soon as its answer is there', async () => {
  const port = await serve(async (message) => {
    const kept = message.slice()
    if (labelOf(kept) === 'slow') await after(60)
    return answerTo(kept)
  })
  const client = await dial(port)
  client.send(queryFor('slow.', 1), queryFor('quick.', 2), queryFor('quick.', 3))
  const ids = (await client.receive(3)).map(idOf)
  assert.deepEqual(ids, [2, 3, 1])
  assert.equal(open.server.counters.queries, 3)
})

test('RFC7766 §8: frames in single octets, and many in one piece', async () => {
  const client = await dial(await serve(answerAll))
  for (const octet of frameOf(queryFor('www.example.', 7))) {
    client.socket.write(Uint8Array.of(octet))
    await after(1)
  }
  assert.equal(idOf((await client.receive(1))[0]), 7)
  client.send(...Array.from({ length: 500 }, (_, i) => queryFor('www.example.', 1000 + i)))
  const ids = (await client.receive(501)).slice(1).map(idOf)
  assert.deepEqual(
    ids,
    Array.from({ length: 500 }, (_, i) => 1000 + i),
  )
})

test('answers in a buffer that the service uses again are not mixed up', async () => {
  const shared = new Uint8Array(512)
  const client = await dial(
    await serve((message) => {
      const answer = answerTo(message)
      shared.set(answer)
      return shared.subarray(0, answer.length)
    }),
  )
  client.send(queryFor('a.', 1), queryFor('b.', 2), queryFor('c.', 3))
  assert.deepEqual((await client.receive(3)).map(labelOf), ['a', 'b', 'c'])
})

test('silence: nothing is sent, and the next query is answered', async () => {
  const client = await dial(await serve((message) => (labelOf(message) === 'no' ? undefined : answerTo(message))))
  client.send(queryFor('no.', 1), queryFor('yes.', 2))
  assert.deepEqual((await client.receive(1)).map(idOf), [2])
})

test('RFC7766 §6.2.1: a transfer does not hold up other answers, and its messages stay in order', async () => {
  const port = await serve((message): Answer => {
    const kept = message.slice()
    return labelOf(kept) === 'zone' ? streamOf(kept, 12, 3000, 4) : answerTo(kept)
  })
  const client = await dial(port)
  client.send(queryFor('zone.', 1, 252), queryFor('a.', 2))
  await client.receive(3)
  client.send(queryFor('b.', 3))
  const messages = await client.receive(14)
  const ids = messages.map(idOf)
  assert.equal(ids[0], 2)
  assert.ok(ids.indexOf(3) < ids.lastIndexOf(1), ids.join(' '))
  const order = messages.filter((message) => idOf(message) === 1).map((message) => (message[3] ?? 0) & 15)
  assert.deepEqual(
    order,
    Array.from({ length: 12 }, (_, i) => i),
  )
})

test('a transfer waits for a slow reader, and others are served meanwhile', async () => {
  let made = 0
  async function* endless(query: Uint8Array): AsyncGenerator<Uint8Array> {
    const message = answerTo(query, { size: 60000 })
    for (; made < 4000; made++) yield message
  }
  const port = await serve(
    (message): Answer => (labelOf(message) === 'zone' ? endless(message.slice()) : answerTo(message)),
  )
  const slow = await dial(port)
  slow.socket.pause()
  slow.send(queryFor('zone.', 1, 252))
  const other = await dial(port)
  other.send(queryFor('a.', 9))
  await other.receive(1)
  let before = -1
  await until(() => {
    const still = made > 0 && made === before
    before = made
    return still
  }, 'the source to rest')
  assert.ok(made < 1000, `${made} messages were made for a client that reads none`)
  slow.socket.resume()
  const messages = await slow.receive(made + 200)
  assert.ok(messages.every((message) => message.length > 60000))
})

test('a client that takes nothing is reset, and the source of its answer is told to stop', async () => {
  let stopped = false
  async function* endless(query: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield answerTo(query, { size: 60000 })
    } finally {
      stopped = true
    }
  }
  const client = await dial(await serve((message) => endless(message.slice()), { writeStallSeconds: 0.2 }))
  client.socket.pause()
  client.send(queryFor('zone.', 1, 252))
  await until(() => open.server.counters.closed['slow-reader'] === 1, 'the reset')
  await until(() => stopped, 'the source to stop')
  assert.equal(open.server.counters.open, 0)
})

test('a client that asks much and reads nothing is not read from any more', async () => {
  let asked = 0
  const port = await serve(
    (message) => {
      asked++
      return answerTo(message, { size: 30000 })
    },
    { writeBufferOctets: 100_000, writeStallSeconds: 60 },
  )
  const client = await dial(port)
  client.socket.pause()
  const queries = Array.from({ length: 2000 }, (_, i) => queryFor('www.example.', i))
  client.send(...queries)
  let before = -1
  await until(() => {
    const still = asked > 0 && asked === before
    before = asked
    return still
  }, 'the server to rest')
  assert.ok(asked < 1000, `${asked} answers`)
  client.socket.resume()
  assert.equal((await client.receive(2000)).length, 2000)
})

test('pending questions have a limit; those beyond it wait', async () => {
  let openNow = 0
  let most = 0
  const port = await serve(
    async (message) => {
      const kept = message.slice()
      most = Math.max(most, ++openNow)
      await after(5)
      openNow--
      return answerTo(kept)
    },
    { pending: 4 },
  )
  const client = await dial(port)
  client.send(...Array.from({ length: 20 }, (_, i) => queryFor('a.', i)))
  client.socket.end() // and the half-closed connection stays until all are answered
  assert.equal((await client.receive(20)).length, 20)
  assert.equal(most, 4)
  assert.equal(await client.end(), 'end')
})

test('RFC7766 §6.2.3: an idle connection is closed, with the time counted from the last answer', async () => {
  const client = await dial(await serve(answerAll, { idleSeconds: 0.15, firstQuerySeconds: 5 }))
  client.send(queryFor('a.'))
  await client.receive(1)
  await after(80)
  client.send(queryFor('b.'))
  await client.receive(2)
  assert.equal(client.ended, undefined)
  assert.equal(await client.end(), 'end')
  await until(() => open.server.counters.closed.idle === 1, 'the count')
})

test('the idle time may be changed while connections are open', async () => {
  const client = await dial(await serve(answerAll, { idleSeconds: 60, firstQuerySeconds: 0.1 }))
  client.send(queryFor('a.'))
  await client.receive(1)
  await after(150)
  assert.equal(client.ended, undefined)
  open.server.limits.idleSeconds = 0.05
  assert.equal(await client.end(), 'end')
})

test('a connection on which nothing is asked, and one whose message does not get complete, are closed', async () => {
  const port = await serve(answerAll, { firstQuerySeconds: 0.1, messageSeconds: 0.15, idleSeconds: 60 })
  const silent = await dial(port)
  const slow = await dial(port)
  slow.send(queryFor('a.'))
  slow.socket.write(frameOf(queryFor('b.')).subarray(0, 20))
  await silent.end()
  await slow.end()
  assert.equal(slow.messages.length, 1)
  await until(() => open.server.counters.open === 0, 'both to be gone')
  const { closed } = open.server.counters
  assert.deepEqual([closed['no-query'], closed['slow-writer']], [1, 1])
})

test('a question that takes its time does not count as idle', async () => {
  const port = await serve(
    async (message) => {
      const kept = message.slice()
      await after(250)
      return answerTo(kept)
    },
    { idleSeconds: 0.05 },
  )
  const client = await dial(port)
  client.send(queryFor('a.'))
  assert.equal((await client.receive(1)).length, 1)
})

test('lengths that no message has end the connection, after the answers to what came before', async () => {
  const port = await serve(answerAll, { maxMessage: 1000 })
  for (const bad of [Uint8Array.of(0, 0), Uint8Array.of(0, 11), Uint8Array.of(3, 0xe9)]) {
    const client = await dial(port)
    client.socket.write(Buffer.concat([frameOf(queryFor('a.')), bad, Buffer.alloc(50)]))
    assert.equal(await client.end(), 'end')
    assert.equal(client.messages.length, 1)
  }
  await until(() => open.server.counters.closed.malformed === 3, 'the count')
})

test('garbage, cut anywhere and broken off anywhere, costs the server nothing', async () => {
  const port = await serve((message): Answer | Promise<Answer> => {
    const kept = message.slice()
    const kind = (kept[0] ?? 0) & 3
    if (kind === 0) return undefined
    if (kind === 1) return after(1).then(() => kept)
    return kind === 2 ? kept : streamOf(queryFor('a.'), 5, 2000, 1)
  })
  const random = (limit: number): number => Math.floor(Math.random() * limit)
  for (let round = 0; round < 40; round++) {
    const client = await dial(port)
    for (let piece = 0; piece < 8; piece++) {
      const octets = Uint8Array.from({ length: 1 + random(400) }, () => random(256))
      client.socket.write(random(3) === 0 ? octets : frameOf(octets.length < 12 ? new Uint8Array(12) : octets))
      if (random(4) === 0) await after(1)
    }
    const way = random(3)
    if (way === 0) client.socket.end()
    else if (way === 1) client.socket.destroy()
    else client.socket.resetAndDestroy()
  }
  await until(() => open.server.counters.open === 0, 'all to be gone')
  const client = await dial(port)
  client.send(queryFor('a.', 0x200))
  assert.equal((await client.receive(1)).length, 1)
  assert.equal(open.server.counters.closed.fault, 0)
})

test('a half-closed connection gets its answers', async () => {
  const port = await serve(async (message) => {
    const kept = message.slice()
    await after(50)
    return answerTo(kept)
  })
  const client = await dial(port, { allowHalfOpen: true })
  client.send(queryFor('a.'))
  client.socket.end()
  assert.equal((await client.receive(1)).length, 1)
  assert.equal(await client.end(), 'end')
})

test('clients have a limit, in all and from one prefix', async () => {
  const port = await serve(answerAll, { clients: 3, clientsPerPrefix: 2 })
  const first = await dial(port)
  await dial(port)
  const third = await dial(port)
  await third.end()
  assert.deepEqual(open.server.counters.refused, 1)
  first.socket.destroy()
  await until(() => open.server.counters.open === 1, 'a place to be free')
  const fourth = await dial(port)
  fourth.send(queryFor('a.'))
  assert.equal((await fourth.receive(1)).length, 1)
  open.server.clientLimits.clientsPerPrefix = 10
  open.server.clientLimits.prefixLength4 = 0
  open.server.clientLimits.clients = 2
  await (await dial(port)).end()
  assert.equal(open.server.counters.refused, 2)
})

test('closing: open questions are answered, no new connection is let in, then all ends', async () => {
  const port = await serve(async (message) => {
    const kept = message.slice()
    await after(80)
    return answerTo(kept)
  })
  const client = await dial(port)
  const idle = await dial(port)
  client.send(queryFor('a.'))
  await until(() => open.server.counters.queries === 1, 'the query')
  const closed = open.server.close(5)
  assert.equal((await dial(port)).ended, 'reset')
  assert.equal((await client.receive(1)).length, 1)
  await idle.end()
  await closed
  assert.equal(open.server.counters.open, 0)
})

test('a connection that is reset while it ends is closed', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<string>()
  const listener = createServer((socket) => {
    const peer: Peer = { ...LOOPBACK, protocol: 'tcp', local: LOOPBACK }
    const connection = new StreamConnection(socket, peer, answerAll, { ...DEFAULT_STREAM_LIMITS }, (_, reason) =>
      resolve(reason),
    )
    connection.finish('idle')
    connection.reset('server')
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  const address = listener.address()
  assert.ok(typeof address === 'object' && address !== null)
  await dial(address.port)
  assert.equal(await closed, 'server')
  listener.close()
})

test('closing does not wait longer than it was told', async () => {
  const client = await dial(await serve(() => new Promise<Answer>(() => {})))
  client.send(queryFor('a.'))
  await until(() => open.server.counters.queries === 1, 'the query')
  const started = Date.now()
  await open.server.close(0.1)
  assert.ok(Date.now() - started < 1000)
  assert.equal(await client.end(), 'reset')
})

test('a service that breaks its word costs its own connection and no other', async () => {
  const port = await serve((message) => {
    if (labelOf(message) === 'throw') throw new Error('no')
    if (labelOf(message) === 'reject') return Promise.reject(new Error('no'))
    return answerTo(message)
  })
  const good = await dial(port)
  for (const name of ['throw.', 'reject.']) {
    const client = await dial(port)
    client.send(queryFor(name))
    await client.end()
  }
  good.send(queryFor('a.'))
  assert.equal((await good.receive(1)).length, 1)
  assert.equal(open.server.counters.closed.fault, 2)
})

test('peers: IPv4 with 4 octets, IPv6 with 16', async () => {
  const peers: Peer[] = []
  open.server = new TcpServer((message, peer) => {
    peers.push(peer)
    return answerTo(message)
  })
  const bound = await open.server.listen([LOOPBACK, LOOPBACK6])
  for (const [i, host] of ['127.0.0.1', '::1'].entries()) {
    const client = await dial(bound[i]?.port ?? 0, { host })
    client.send(queryFor('a.'))
    await client.receive(1)
    assert.deepEqual([peers[i]?.protocol, peers[i]?.port], ['tcp', client.socket.localPort])
  }
  assert.deepEqual(
    peers.map((peer) => formatAddress(peer.address)),
    ['127.0.0.1', '::1'],
  )
})

test('an address that is taken is told by name, and the others are let go', async () => {
  const port = await serve(answerAll)
  const second = new TcpServer(answerAll)
  await assert.rejects(second.listen([{ ...LOOPBACK6 }, { ...LOOPBACK, port }]), (error) => {
    assert.ok(error instanceof DnsError)
    assert.equal(error.code, 'listen-failed')
    assert.equal(error.message, `127.0.0.1:${port}: another program has this address and port`)
    return true
  })
})
