import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { readU16 } from '../dns/octets.ts'
import type { Endpoint } from '../ports/index.ts'
import { NetworkExchange } from './exchange.ts'
import { queryFor } from './talk.fixture.ts'
import { zeroCounters } from './upstream/counters.ts'
import { TlsClient } from './upstream/tls-client.ts'

/** The cipher suites of a ClientHello (RFC 8446 §4.1.2), which is the first record of a connection. */
function suitesOf(hello: Uint8Array): string[] {
  const sessionAt = 5 + 4 + 2 + 32
  const suitesAt = sessionAt + 1 + (hello[sessionAt] ?? 0)
  const count = readU16(hello, suitesAt) / 2
  return Array.from({ length: count }, (_, i) =>
    readU16(hello, suitesAt + 2 + 2 * i)
      .toString(16)
      .padStart(4, '0'),
  )
}

/** What a client that connects says first. */
async function helloOf(connect: (server: Endpoint) => Promise<void>): Promise<Uint8Array> {
  let take: (hello: Uint8Array) => void = () => {}
  const hello = new Promise<Uint8Array>((resolve) => {
    take = resolve
  })
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {})
    socket.once('data', (octets) => {
      take(Uint8Array.from(Buffer.from(octets)))
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await connect({ address: Uint8Array.of(127, 0, 0, 1), port, tls: { verify: false } })
  server.close()
  return hello
}

test('RFC9325 §4.2: what is asked for of servers are the ciphers of TLS 1.3, all of them AEAD', async () => {
  const transfer = await helloOf(async (server) => {
    const exchange = new NetworkExchange()
    await assert.rejects(async () => {
      for await (const _ of exchange.stream(server, queryFor('zone.'))) break
    })
  })
  const upstream = await helloOf(
    (server) =>
      new Promise((resolve) => {
        const socket = new TlsClient(server, ['dot'], zeroCounters()).connect(undefined)
        socket.on('error', () => {})
        socket.once('close', () => resolve())
      }),
  )
  for (const hello of [transfer, upstream]) {
    // 00ff: not a cipher, but the word that no renegotiation is begun (RFC 5746 §3.3).
    assert.deepEqual(
      suitesOf(hello)
        .filter((suite) => suite !== '00ff')
        .sort(),
      ['1301', '1302', '1303'],
    )
  }
})
