import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after as afterAll, describe, test } from 'node:test'
import { loadNative, type NativeSockets } from '../native.ts'
import { after, answerTo, idOf, LOOPBACK, queryFor, until } from '../talk.fixture.ts'
import { NetworkUpstream, type UpstreamSettings } from './network-upstream.ts'
import { askOnce, openTcpServer, openUdpServer } from './servers.fixture.ts'

const endings: (() => unknown)[] = []
afterAll(async () => {
  for (const end of endings.reverse()) await end()
})

const native = await loadNative()

for (const [kind, calls] of [
  ['native', native],
  ['plain', undefined],
] as const) {
  describe(`UDP by ${kind} sockets`, { skip: kind === 'native' && native === undefined && 'no native calls' }, () => {
    casesFor(calls)
  })
}

function casesFor(calls: NativeSockets | undefined): void {
  const open = (settings: UpstreamSettings = {}): NetworkUpstream => {
    const upstream = new NetworkUpstream({ poolSize: 20, ...settings }, calls)
    endings.push(() => upstream.close())
    return upstream
  }

  test('a reply comes back with the ID that the query had', async () => {
    const upstream = open()
    const ids: number[] = []
    const server = await openUdpServer(endings, (query, from, socket) => {
      ids.push(idOf(query))
      socket.send(answerTo(query), from.port, from.address)
    })
    for (let i = 0; i < 3; i++) {
      const query = queryFor('example.', 7)
      const reply = await askOnce(upstream, server, 'udp', query)
      assert.equal(reply.kind, 'message')
      if (reply.kind !== 'message') return
      assert.deepEqual(reply.octets, answerTo(query))
      assert.ok(reply.milliseconds > 0 && reply.milliseconds < 2000)
    }
    assert.ok(new Set(ids).size > 1, 'IDs are drawn')
    assert.equal(upstream.counters.replies.udp, 3)
  })

  test('over IPv6 too', async (t) => {
    try {
      const server = await openUdpServer(
        endings,
        (query, from, socket) => socket.send(answerTo(query), from.port, from.address),
        { ipv6: true },
      )
      const reply = await askOnce(open(), server, 'udp', queryFor('example.'))
      assert.equal(reply.kind, 'message')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL') t.skip('no IPv6 here')
      else throw error
    }
  })

  test('RFC5452 §9.1: replies of another ID, question, case, port or address are passed over', async () => {
    const upstream = open()
    const other = createSocket('udp4')
    const far = createSocket('udp4')
    await new Promise<void>((resolve) => other.bind(0, '127.0.0.1', resolve))
    endings.push(() => other.close())
    const server = await openUdpServer(endings, (query, from, socket) => {
      const wrong = (change: (octets: Uint8Array) => void): void => {
        const octets = answerTo(query)
        change(octets)
        socket.send(octets, from.port, from.address)
      }
      wrong((octets) => {
        octets[1] = (octets[1] ?? 0) ^ 1
      })
      wrong((octets) => {
        octets[13] = (octets[13] ?? 0) ^ 0x20 // e → E
      })
      wrong((octets) => {
        octets[13] = 0x66
      })
      wrong((octets) => {
        octets[5] = 0 // no question
      })
      wrong((octets) => {
        octets[2] = (octets[2] ?? 0) & 0x7f // a query
      })
      socket.send(answerTo(query).subarray(0, 20), from.port, from.address)
      socket.send(Uint8Array.of(1), from.port, from.address)
      other.send(answerTo(query, { ttl: 666 }), from.port, from.address)
      far.send(answerTo(query, { ttl: 666 }), from.port, from.address)
      setTimeout(() => socket.send(answerTo(query, { ttl: 5 }), from.port, from.address), 50)
    })
    // The same port at another address.
    await new Promise<void>((resolve) => far.bind(server.port, '127.0.0.2', resolve))
    endings.push(() => far.close())
    const query = queryFor('exAmple.')
    const reply = await askOnce(upstream, server, 'udp', query)
    assert.ok(reply.kind === 'message')
    assert.deepEqual(reply.octets, answerTo(query, { ttl: 5 }))
    assert.equal(upstream.counters.mismatches, 9)
  })

  test('a query at whose answer somebody guesses is asked again by TCP', async () => {
    const upstream = open()
    const tcp = await openTcpServer(endings, (query, reply) => reply(answerTo(query, { ttl: 77 })))
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(tcp.endpoint.port, '127.0.0.1', resolve))
    endings.push(() => socket.close())
    socket.on('message', (query, from) => {
      for (let i = 1; i <= 30; i++) {
        const guess = answerTo(query, { ttl: 666 })
        guess[0] = (guess[0] ?? 0) ^ i
        socket.send(guess, from.port, from.address)
      }
    })
    const query = queryFor('example.')
    const reply = await askOnce(upstream, tcp.endpoint, 'udp', query)
    assert.ok(reply.kind === 'message')
    assert.deepEqual(reply.octets, answerTo(query, { ttl: 77 }))
    assert.equal(upstream.counters.guessed, 1)
  })

  test('nobody answers: the time is over, neither early nor much later; a late answer reaches nobody', async () => {
    const upstream = open()
    const server = await openUdpServer(endings, (query, from, socket) => {
      setTimeout(() => socket.send(answerTo(query), from.port, from.address), 150)
    })
    const since = performance.now()
    const reply = await askOnce(upstream, server, 'udp', queryFor('example.'), 100)
    const took = performance.now() - since
    assert.equal(reply.kind, 'timeout')
    assert.ok(took >= 100 && took < 400, `${took} ms`)
    await after(100)
    const again = await askOnce(upstream, server, 'udp', queryFor('example.'), 1000)
    assert.equal(again.kind, 'message')
    assert.equal(upstream.counters.timeouts.udp, 1)
  })

  test('RFC5452 §5: the same question in any case waits once; a query that differs in more is refused', async () => {
    const upstream = open()
    let queries = 0
    const server = await openUdpServer(endings, (query, from, socket) => {
      queries++
      setTimeout(() => socket.send(answerTo(query), from.port, from.address), 50)
    })
    const withFlag = queryFor('example.', 5)
    withFlag[3] = 0x10
    const [first, second, mixed, other, different] = await Promise.all([
      askOnce(upstream, server, 'udp', queryFor('example.', 1)),
      askOnce(upstream, server, 'udp', queryFor('example.', 2)),
      askOnce(upstream, server, 'udp', queryFor('EXAMPLE.', 3)),
      askOnce(upstream, server, 'udp', withFlag),
      askOnce(upstream, server, 'udp', queryFor('example.', 4, 28)),
    ])
    assert.ok(first.kind === 'message' && idOf(first.octets) === 1)
    assert.ok(second.kind === 'message' && idOf(second.octets) === 2)
    assert.ok(mixed.kind === 'message' && idOf(mixed.octets) === 3)
    assert.equal(other.kind, 'failed')
    assert.equal(different.kind, 'message')
    assert.equal(queries, 2)
    assert.deepEqual([upstream.counters.shared, upstream.counters.refused], [2, 1])
  })

  test('many at once each get their own answer', async () => {
    const upstream = open({ poolSize: 5 })
    const server = await openUdpServer(endings, (query, from, socket) => {
      setTimeout(() => socket.send(answerTo(query), from.port, from.address), (query[13] ?? 0) % 7)
    })
    const replies = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const query = queryFor(`${i}.example.`, i)
        return [answerTo(query), await askOnce(upstream, server, 'udp', query)] as const
      }),
    )
    for (const [expected, reply] of replies) {
      assert.ok(reply.kind === 'message')
      assert.deepEqual(reply.octets, expected)
    }
    assert.equal(upstream.gauges.outstanding, 0)
  })

  test('what is not one question is refused, as is everything after the end', async () => {
    const upstream = open()
    const server = { address: LOOPBACK.address, port: 9 }
    for (const message of [new Uint8Array(0), new Uint8Array(12), queryFor('example.').subarray(0, 15)]) {
      assert.equal((await askOnce(upstream, server, 'udp', message)).kind, 'failed')
    }
    upstream.close()
    assert.equal((await askOnce(upstream, server, 'udp', queryFor('example.'))).kind, 'failed')
  })

  test('closing ends what waits', async () => {
    const upstream = open()
    const server = await openUdpServer(endings, () => {})
    const reply = askOnce(upstream, server, 'udp', queryFor('example.'), 5000)
    await after(20)
    upstream.close()
    assert.equal((await reply).kind, 'failed')
    assert.equal(upstream.gauges.udpSockets, 0)
  })

  test('RFC5452 §9.2: 10,000 queries leave from more than 2,000 ports, no two sockets share one, all ports give way in time', async () => {
    const upstream = open({ poolSize: 2500 })
    const ports = new Map<number, number>()
    const server = await openUdpServer(endings, (query, from, socket) => {
      ports.set(from.port, (ports.get(from.port) ?? 0) + 1)
      socket.send(answerTo(query), from.port, from.address)
    })
    assert.equal(upstream.gauges.udpSockets, 0, 'nothing is open before the first query')
    let done = 0
    let sent = 0
    const next = (): void => {
      if (sent === 10_000) return
      upstream.ask(server, 'udp', queryFor(`${sent++}.example.`), 3000, (reply) => {
        if (reply.kind === 'message') done++
        next()
      })
    }
    for (let i = 0; i < 50; i++) next()
    await until(() => done === 10_000, '10,000 replies', 20)
    assert.ok(ports.size > 2000 && ports.size <= 2500, `${ports.size} ports`)
    assert.ok(Math.max(...ports.values()) < 30, 'no port is liked better than others')
    assert.ok(Math.min(...ports.keys()) >= 16384)
    assert.equal(upstream.gauges.udpSockets, ports.size)
    upstream.close()
  })

  test('a socket gives way to one at another port', async () => {
    const upstream = open({ poolSize: 1 })
    const ports = new Set<number>()
    const server = await openUdpServer(endings, (query, from, socket) => {
      ports.add(from.port)
      socket.send(answerTo(query), from.port, from.address)
    })
    for (let done = 0; done < 1000; ) {
      await new Promise<void>((resolve) =>
        upstream.ask(server, 'udp', queryFor(`${done++}.example.`), 2000, (reply) => {
          assert.equal(reply.kind, 'message')
          resolve()
        }),
      )
    }
    assert.ok(ports.size >= 3 && ports.size <= 6, `${ports.size} ports`)
    assert.equal(upstream.gauges.udpSockets, 1)
  })

  test('a server that nobody runs is told of by the system, or ends with its time', async () => {
    const upstream = open()
    const gone: (() => unknown)[] = []
    const server = await openUdpServer(gone, () => {})
    for (const end of gone) end()
    await after(20)
    const since = performance.now()
    const reply = await askOnce(upstream, server, 'udp', queryFor('example.'), 500)
    if (calls === undefined) assert.equal(reply.kind, 'timeout')
    else {
      assert.deepEqual(reply, { kind: 'failed', text: 'connection refused: no server listens on this port' })
      assert.ok(performance.now() - since < 300)
    }
    // The socket that heard of it is as good as before.
    const alive = await openUdpServer(endings, (query, from, socket) =>
      socket.send(answerTo(query), from.port, from.address),
    )
    for (let i = 0; i < 60; i++)
      assert.equal((await askOnce(upstream, alive, 'udp', queryFor(`${i}.example.`), 500)).kind, 'message')
  })
}

test('a pool that the ports are too few for is refused before it is needed', () => {
  for (const settings of [
    { poolSize: 0 },
    { poolSize: 30_000 },
    { poolSize: 100, lowestPort: 40_000, highestPort: 40_150 },
    { poolSize: 100, lowestPort: 40_000, highestPort: 40_250, excludedPorts: [{ from: 40_100, to: 40_199 }] },
  ])
    assert.throws(() => new NetworkUpstream(settings), { code: 'configuration-invalid' })
})
