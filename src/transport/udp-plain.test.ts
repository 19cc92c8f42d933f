import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { afterEach, test } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import type { Peer } from '../ports/index.ts'
import { formatAddress, parseAddress } from './addresses.ts'
import { NetworkExchange } from './exchange.ts'
import { after, answerTo, LOOPBACK, LOOPBACK6, labelOf, queryFor, until } from './talk.fixture.ts'
import { type PlainUdpOptions, PlainUdpServer, type UdpAnswerer } from './udp-plain.ts'

const servers: PlainUdpServer[] = []
const sockets: Socket[] = []
const exchange = new NetworkExchange({ timeoutSeconds: 1 })

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  for (const socket of sockets.splice(0)) socket.close()
})

function make(answer: UdpAnswerer, options: PlainUdpOptions = {}): PlainUdpServer {
  const server = new PlainUdpServer(answer, options)
  servers.push(server)
  return server
}

/** Every answer stands in the same buffer. */
const shared = new Uint8Array(4096)
const answerShared: UdpAnswerer = (packet, length) => {
  const answer = answerTo(packet.subarray(0, length))
  shared.set(answer)
  return { octets: shared, length: answer.length }
}

test('answers over IPv4 and IPv6, with the peer of each', async () => {
  const peers: Peer[] = []
  const server = make((packet, length, peer) => {
    peers.push(peer)
    return answerShared(packet, length, peer)
  })
  const bound = await server.listen([LOOPBACK, LOOPBACK6])
  for (const at of bound) assert.equal(labelOf(await exchange.query(at, queryFor('www.'))), 'www')
  assert.deepEqual(
    peers.map(({ protocol, address }) => [protocol, formatAddress(address)]),
    [
      ['udp', '127.0.0.1'],
      ['udp', '::1'],
    ],
  )
  await until(() => server.counters.sent === 2, 'the counts')
  assert.equal(server.counters.received, 2)
})

test('many at once: an answer is copied before the next one takes its buffer', async () => {
  const [at = LOOPBACK] = await make(answerShared).listen([LOOPBACK])
  const names = Array.from({ length: 50 }, (_, i) => `n${i}`)
  const answers = await Promise.all(names.map((name) => exchange.query(at, queryFor(`${name}.`))))
  assert.deepEqual(answers.map(labelOf), names)
})

test('silence, and answers that come later', async () => {
  const server = make(
    (packet, length, peer) => {
      const name = labelOf(packet)
      return name === 'no' ? undefined : name === 'later' ? 'later' : answerShared(packet, length, peer)
    },
    {
      later: async (message) => {
        const kept = message.slice()
        await after(20)
        return answerTo(kept, { size: 100 })
      },
    },
  )
  const [at = LOOPBACK] = await server.listen([LOOPBACK])
  const quick = new NetworkExchange({ timeoutSeconds: 0.1 })
  await assert.rejects(quick.query(at, queryFor('no.')), /no answer/)
  assert.ok((await exchange.query(at, queryFor('later.'))).length > 100)
})

test('a service that breaks its word costs nobody else anything', async () => {
  const later = (): Promise<never> => Promise.reject(new Error('no'))
  const server = make(
    (packet, length, peer) => (labelOf(packet) === 'bad' ? 'later' : answerShared(packet, length, peer)),
    {
      later,
    },
  )
  const [at = LOOPBACK] = await server.listen([LOOPBACK])
  await assert.rejects(new NetworkExchange({ timeoutSeconds: 0.1 }).query(at, queryFor('bad.')), /no answer/)
  assert.equal(labelOf(await exchange.query(at, queryFor('good.'))), 'good')
})

test('a wildcard is every address of this machine, at one port, and answers leave from the one that was asked', async () => {
  const server = make(answerShared)
  const bound = await server.listen([{ address: new Uint8Array(4), port: 0 }])
  const expected = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => entry.family === 'IPv4')
    .map((entry) => entry.address)
  assert.deepEqual(bound.map(({ address }) => formatAddress(address)).sort(), [...new Set(expected)].sort())
  assert.equal(new Set(bound.map(({ port }) => port)).size, 1)
  for (const at of bound) assert.equal(labelOf(await exchange.query(at, queryFor('www.'))), 'www')
  await server.followInterfaces()
  for (const at of bound) assert.equal(labelOf(await exchange.query(at, queryFor('www.'))), 'www')
})

test('an address beside a wildcard stays', async () => {
  const server = make(answerShared)
  const named = { address: parseAddress('127.0.0.53') ?? LOOPBACK.address, port: 0 }
  const [at = LOOPBACK] = await server.listen([named])
  await server.listen([{ address: new Uint8Array(4), port: at.port }])
  await server.followInterfaces()
  assert.equal(labelOf(await exchange.query(at, queryFor('www.'))), 'www')
})

test('two servers at one port, and one too many', async () => {
  const first = make(answerShared, { reusePort: true, receiveBufferOctets: 65536, sendBufferOctets: 65536 })
  const [at = LOOPBACK] = await first.listen([LOOPBACK])
  await make(answerShared, { reusePort: true }).listen([at])
  await assert.rejects(make(answerShared).listen([LOOPBACK6, at]), (error) => {
    assert.ok(error instanceof DnsError)
    assert.equal(error.code, 'listen-failed')
    assert.match(error.message, /^127\.0\.0\.1:\d+: another program has this address and port$/)
    return true
  })
})

test('a list of which one address is taken leaves what was there before', async () => {
  const [taken = LOOPBACK] = await make(answerShared).listen([LOOPBACK])
  const server = make(answerShared)
  const [at = LOOPBACK] = await server.listen([LOOPBACK])
  await assert.rejects(server.listen([LOOPBACK6, taken]), /another program/)
  assert.equal(labelOf(await exchange.query(at, queryFor('www.'))), 'www')
  assert.equal((await server.listen([LOOPBACK6])).length, 1)
})

test('noise does no harm', async () => {
  const [at = LOOPBACK] = await make(answerShared).listen([LOOPBACK])
  const socket = createSocket('udp4')
  sockets.push(socket)
  for (const size of [0, 1, 11, 60_000]) socket.send(new Uint8Array(size), at.port, '127.0.0.1')
  assert.equal(labelOf(await exchange.query(at, queryFor('www.'))), 'www')
})
