/** Everything that the server listens on: UDP by the data plane, TCP, TLS and HTTPS by the control thread. */
import type { AnsweringSettings, CounterBlock } from '../authority/index.ts'
import type { Service } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import { CertificateFiles, readTextFile } from '../store/index.ts'
import { DataPlane, type HandedOver } from '../threads/index.ts'
import {
  formatSocketAddress,
  HttpsServer,
  loadNative,
  openUdpSockets,
  peerOfName,
  type SocketAddress,
  TcpServer,
  TlsServer,
  UdpReply,
  type UdpSocket,
} from '../transport/index.ts'
import type { Configuration } from './configuration/index.ts'
import type { ServedImage } from './served-image.ts'
import type { ConnectionCount } from './statistics-snapshot.ts'

/** Most octets of a file of certificates. */
const MAX_TEXT = 1 << 20

export type ListenerParts = {
  readonly image: ServedImage
  readonly service: Service
  readonly log: Log
}

/** How long a stop waits for what was begun. */
const GRACE_SECONDS = 3

export class Listeners {
  readonly #parts: ListenerParts
  /** `udp 127.0.0.1:53` and the like. */
  readonly addresses: string[] = []
  #dataPlane: DataPlane | undefined
  #sockets: UdpSocket[][] = []
  #reply: UdpReply | undefined
  #tcp: TcpServer | undefined
  #tls: TlsServer | undefined
  #https: HttpsServer | undefined

  constructor(parts: ListenerParts) {
    this.#parts = parts
  }

  get batchedUdp(): boolean {
    return this.#dataPlane !== undefined
  }

  get counters(): readonly CounterBlock[] {
    return this.#dataPlane?.counters ?? []
  }

  /** Binds all addresses, while the process may. Throws DnsError `listen-failed`. */
  async bind(configuration: Configuration): Promise<void> {
    const { listen, threads, tls, https, tcp } = configuration.server
    const { service } = this.#parts
    const native = await loadNative()
    if (native !== undefined) this.#reply = new UdpReply(native)
    this.#sockets = Array.from({ length: threads }, () => [])
    const bound: SocketAddress[] = []
    for (const address of listen) {
      if (native === undefined) bound.push(address)
      else {
        const opened = openUdpSockets(native, address, threads)
        opened.sockets.forEach((socket, i) => {
          this.#sockets[i]?.push(socket)
        })
        bound.push(opened.bound)
      }
    }
    const limits = {
      clients: tcp.maxClients,
      clientsPerPrefix: tcp.maxClientsPerAddress,
      idleSeconds: tcp.idleSeconds,
      messageSeconds: tcp.receiveSeconds,
      writeStallSeconds: tcp.sendSeconds,
      pending: tcp.maxPipelined,
    }
    this.#tcp = new TcpServer(service, limits)
    this.#tell('tcp', await this.#tcp.listen(bound))
    if (native !== undefined) this.#tell('udp', bound)
    if (tls !== undefined && tls.listen.length > 0) {
      const clientAuthorities =
        tls.clientAuthorities === undefined ? undefined : readTextFile(tls.clientAuthorities, MAX_TEXT)
      const options = {
        certificate: this.#certificate(tls),
        ...(clientAuthorities !== undefined && { clientAuthorities }),
      }
      this.#tls = new TlsServer(service, { ...limits, ...options })
      this.#tell('tls', await this.#tls.listen(tls.listen))
    }
    if (https !== undefined && https.listen.length > 0) {
      const options = { tls: { certificate: this.#certificate(https) }, path: https.path }
      this.#https = new HttpsServer(service, { ...limits, ...options })
      this.#tell('https', await this.#https.listen(https.listen))
    }
  }

  /** Starts the workers. */
  async serve(settings: AnsweringSettings): Promise<void> {
    const { image, log } = this.#parts
    if (this.#reply === undefined) return
    this.#dataPlane = new DataPlane(
      {
        image: image.buffer,
        slot: (worker) => image.workerSlot(worker),
        sockets: this.#sockets,
        handOver: (packet, thread) => this.#answerLater(packet, thread),
        failed: (error) => log.error({ error }, 'a worker of the data plane failed and is started again'),
      },
      settings,
    )
    await this.#dataPlane.start()
  }

  /** Answers by other settings from now on. */
  async change(settings: AnsweringSettings): Promise<void> {
    await this.#dataPlane?.change(settings)
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#dataPlane?.stop(),
      this.#tcp?.close(GRACE_SECONDS),
      this.#tls?.close(GRACE_SECONDS),
      this.#https?.close(GRACE_SECONDS),
    ])
    const native = await loadNative()
    for (const { fd } of this.#sockets.flat()) native?.close(fd)
  }

  get connections(): ConnectionCount[] {
    const rows: ConnectionCount[] = []
    const add = (
      transport: ConnectionCount['transport'],
      counters: { accepted: number; refused: number; open: number },
    ) => rows.push({ transport, accepted: counters.accepted, refused: counters.refused, open: counters.open })
    if (this.#tcp !== undefined) add('tcp', this.#tcp.counters)
    if (this.#tls !== undefined) add('tls', this.#tls.counters)
    if (this.#https !== undefined) add('https', this.#https.counters)
    return rows
  }

  async #answerLater(packet: HandedOver, thread: number): Promise<void> {
    const socket = this.#sockets[thread]?.[packet.socket]
    if (socket === undefined) return
    const answer = await this.#parts.service(packet.packet, {
      protocol: 'udp',
      ...peerOfName(packet.name, socket.isIpv6),
    })
    if (answer instanceof Uint8Array) this.#reply?.send(socket, packet, answer)
  }

  #certificate(paths: { readonly certificate: string; readonly key: string }): CertificateFiles {
    const { log } = this.#parts
    return new CertificateFiles(paths, {
      report: (event, text) => (event === 'loaded' ? log.info({}, text) : log.warn({}, text)),
    })
  }

  #tell(transport: string, addresses: readonly SocketAddress[]): void {
    this.addresses.push(...addresses.map((address) => `${transport} ${formatSocketAddress(address)}`))
  }
}
