/** Servers for the tests of asking: each does what a test says. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { type Socket as Connection, createServer } from 'node:net'
import type { Endpoint, Protocol } from '../../ports/index.ts'
import type { UpstreamReply } from '../../ports/upstream.ts'
import { FrameReader, frameOf } from '../frames.ts'
import { LOOPBACK } from '../talk.fixture.ts'
import type { NetworkUpstream } from './network-upstream.ts'

export type UdpReplier = (query: Buffer, from: RemoteInfo, socket: Socket) => void

/** A UDP server; `endings` gets what stops it. */
export async function openUdpServer(
  endings: (() => unknown)[],
  take: UdpReplier,
  options: { ipv6?: boolean; address?: string } = {},
): Promise<Endpoint> {
  const { ipv6 = false } = options
  const socket = createSocket(ipv6 ? 'udp6' : 'udp4')
  socket.on('message', (query, from) => take(query, from, socket))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, options.address ?? (ipv6 ? '::1' : '127.0.0.1'), resolve)
  })
  socket.setRecvBufferSize(1 << 20)
  endings.push(() => socket.close())
  const address = ipv6 ? Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)) : LOOPBACK.address
  return { address, port: socket.address().port }
}

/** A TCP server that gives each message of a connection to the test. */
export async function openTcpServer(
  endings: (() => unknown)[],
  take: (message: Uint8Array, reply: (octets: Uint8Array) => void, connection: Connection) => void,
): Promise<{ endpoint: Endpoint; connections: () => number }> {
  let connections = 0
  const sockets = new Set<Connection>()
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    const frames = new FrameReader()
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      while (frames.next()) take(Uint8Array.from(frames.message), (octets) => socket.write(frameOf(octets)), socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endings.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return { endpoint: { address: LOOPBACK.address, port }, connections: () => connections }
}

/** One question, one reply. */
export function askOnce(
  upstream: NetworkUpstream,
  server: Endpoint,
  protocol: Protocol,
  message: Uint8Array,
  milliseconds = 2000,
): Promise<UpstreamReply> {
  return new Promise((resolve, reject) => {
    let calls = 0
    let isLater = false
    upstream.ask(server, protocol, message, milliseconds, (given) => {
      // What came is good until this returns.
      const reply = given.kind === 'message' ? { ...given, octets: Uint8Array.from(given.octets) } : given
      if (++calls > 1) reject(new Error('done was called twice'))
      else if (!isLater) reject(new Error('done was called at once'))
      else setTimeout(() => resolve(reply), 5)
    })
    isLater = true
  })
}
