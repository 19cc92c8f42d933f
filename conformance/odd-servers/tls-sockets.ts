/** Forwarders at TLS sockets, port 853, each with a certificate of its own. */
import { createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { CertificatePair } from '../../src/ports/index.ts'
import { TestAuthority } from '../../src/transport/certificates.fixture.ts'
import { FrameReader, frameOf } from '../../src/transport/frames.ts'
import type { Host } from '../internet/host.ts'
import { FORWARDER_NAME, type TlsHabit } from './forwarders.ts'
import { answerOf } from './sockets.ts'

const TLS_PORT = 853
const MINUTE = 60_000

export type TlsHost = { readonly host: Host; readonly habit: TlsHabit }

/** Opens the sockets; returns the authority that resolvers are to trust, as PEM. */
export async function openTlsHosts(hosts: readonly TlsHost[]): Promise<string> {
  const authority = await TestAuthority.make('Odd authority')
  const other = await TestAuthority.make('Other authority')
  const pairOf = (habit: TlsHabit): Promise<CertificatePair> => {
    if (habit === 'other-name') return authority.sign(['other.odd.example'])
    if (habit === 'other-authority') return other.sign([FORWARDER_NAME])
    if (habit === 'expired') return authority.sign([FORWARDER_NAME], -MINUTE)
    return authority.sign([FORWARDER_NAME])
  }
  await Promise.all(
    hosts.map(async ({ host, habit }) => {
      if (habit === 'refuses') return
      const server = serverOf(host, habit, await pairOf(habit))
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(TLS_PORT, host.address, resolve)
      })
    }),
  )
  return authority.pem
}

function serverOf(host: Host, habit: TlsHabit, { certificate: cert, key }: CertificatePair): Server {
  if (habit === 'silent') {
    return createServer((socket) => {
      socket.on('error', () => {})
      socket.resume()
    })
  }
  const serve = (socket: NodeJS.ReadWriteStream): void => {
    const frames = new FrameReader()
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      while (frames.next()) {
        const reply = answerOf(host, frames.message, 'tls')
        if (reply !== undefined) socket.write(frameOf(reply))
      }
    })
  }
  return habit === 'plain' ? createServer(serve) : createTlsServer({ cert, key }, serve).on('tlsClientError', () => {})
}
