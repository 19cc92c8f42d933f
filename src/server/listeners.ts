/** Everything that the server listens on: UDP by the data plane, TCP, TLS and HTTPS by the control thread. */
import type { AnsweringSettings, CounterBlock } from '../authority/index.ts'
import type { SystemClock } from '../clock/index.ts'
import type { Peer, Service } from '../ports/index.ts'
import { CertificateFiles, readTextFile } from '../store/index.ts'
import { DataPlane, type QueryCopy, readQueryCopies } from '../threads/index.ts'
import {
  formatSocketAddress,
  HttpsServer,
  loadNative,
  openUdpSockets,
  type SocketAddress,
  TcpServer,
  TlsServer,
  type UdpSocket,
} from '../transport/index.ts'
import type { Configuration } from './configuration/index.ts'
import type { Logs } from './logs.ts'
import type { CopySource } from './query-watch.ts'
import type { ServedImage } from './served-image.ts'
import { ofSetting } from './setting-error.ts'
import type { ConnectionCount } from './statistics-snapshot.ts'

/** Most octets of a file of certificates. */
const MAX_TEXT = 1 << 20

export type ListenerParts = Pick<Logs, 'log' | 'requestLog'> & {
  readonly image: ServedImage
  readonly clock: SystemClock
  /** Copies of queries that a worker answered. */
  readonly seen: (copy: QueryCopy, local: SocketAddress | undefined) => void
  /** So many answers over UDP could not be sent. */
  readonly unsent: (count: number) => void
  /** What a query asks for was answered, and is to be looked up anew. */
  readonly refresh?: (query: Uint8Array) => void
}

/** Elsewhere two sockets on one port do not share its packets: one worker does all. */
const CAN_SHARE_PORTS = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform)
/** How long a stop waits for what was begun. */
const GRACE_SECONDS = 3
/** Ports of the system's choice that are tried. */
const PORT_TRIES = 5

export class Listeners {
  readonly #parts: ListenerParts
  /** `udp 127.0.0.1:53` and the like. */
  readonly addresses: string[] = []
  #dataPlane: DataPlane | undefined
  #sockets: UdpSocket[][] = []
  /** Of the sockets of each worker: where they are. */
  #udpAddresses: readonly SocketAddress[] = []
  #isBatched = false
  #service: Service | undefined
  /** Whoever asks before there is a service waits for it. */
  readonly #opened = Promise.withResolvers<Service>()
  #tcp: TcpServer | undefined
  #tls: TlsServer | undefined
  #https: HttpsServer | undefined

  constructor(parts: ListenerParts) {
    this.#parts = parts
  }

  get batchedUdp(): boolean {
    return this.#isBatched
  }

  get counters(): readonly CounterBlock[] {
    return this.#dataPlane?.counters ?? []
  }

  /** Has copies made of the queries that workers answer, or no longer. */
  readonly copies: CopySource = {
    want: (wanted) => {
      if (this.#dataPlane !== undefined) this.#dataPlane.copies.wanted = wanted
    },
    passedOver: () => this.#dataPlane?.copies.passedOver ?? 0,
  }

  /** Binds all addresses, while the process may. Nothing is answered before `serve`. Throws DnsError `listen-failed`. */
  async bind(configuration: Configuration, settings: AnsweringSettings): Promise<void> {
    const { listen, threads, tls, https, tcp } = configuration.server
    const service: Service = (message, peer) => this.#answer(message, peer)
    const limits = {
      clients: tcp.maxClients,
      clientsPerPrefix: tcp.maxClientsPerAddress,
      idleSeconds: tcp.idleSeconds,
      messageSeconds: tcp.receiveSeconds,
      bodySeconds: tcp.receiveSeconds,
      writeStallSeconds: tcp.sendSeconds,
      pending: tcp.maxPipelined,
    }
    const bound = await this.#bindBoth(listen, threads, settings, () => new TcpServer(service, limits))
    this.#tell('tcp', bound)
    this.#tell('udp', bound)
    if (tls !== undefined && tls.listen.length > 0) {
      const { clientAuthorities: file } = tls
      const read = (path: string): string =>
        ofSetting('server.tls.clientAuthorities', () => readTextFile(path, MAX_TEXT))
      const clientAuthorities = file === undefined ? undefined : read(file)
      const options = {
        certificate: ofSetting('server.tls', () => this.#certificate(tls)),
        ...(clientAuthorities !== undefined && { clientAuthorities }),
      }
      this.#tls = new TlsServer(service, { ...limits, ...options })
      this.#tell('tls', await this.#tls.listen(tls.listen))
    }
    if (https !== undefined && https.listen.length > 0) {
      const options = {
        tls: { certificate: ofSetting('server.https', () => this.#certificate(https)) },
        path: https.path,
      }
      this.#https = new HttpsServer(service, { ...limits, ...options })
      this.#tell('https', await this.#https.listen(https.listen))
    }
  }

  /** Binds TCP and UDP. A port that the system chose for TCP may be taken for UDP: then it is to choose once more. */
  async #bindBoth(
    listen: readonly SocketAddress[],
    threads: number,
    settings: AnsweringSettings,
    makeTcp: () => TcpServer,
  ): Promise<readonly SocketAddress[]> {
    const mayChoose = listen.some(({ port }) => port === 0)
    for (let tries = 1; ; tries++) {
      // TCP first: a second server on the same addresses fails here, before it takes UDP queries away from the first.
      this.#tcp = makeTcp()
      const bound = await this.#tcp.listen(listen)
      try {
        this.#dataPlane = await this.#bindUdp(bound, threads, settings)
        return bound
      } catch (error) {
        await this.#closeSockets()
        if (!mayChoose || tries === PORT_TRIES) throw error
        await this.#tcp.close(0)
      }
    }
  }

  async #closeSockets(): Promise<void> {
    const native = await loadNative()
    for (const { fd } of this.#sockets.flat()) native?.close(fd)
    this.#sockets = []
  }

  async #bindUdp(
    addresses: readonly SocketAddress[],
    threads: number,
    settings: AnsweringSettings,
  ): Promise<DataPlane> {
    const { image, clock, log, requestLog, seen } = this.#parts
    const native = await loadNative()
    this.#udpAddresses = addresses
    if (native !== undefined) {
      this.#isBatched = true
      this.#sockets = Array.from({ length: threads }, () => [])
      for (const address of addresses) {
        const opened = openUdpSockets(native, address, threads)
        for (const [i, socket] of opened.sockets.entries()) this.#sockets[i]?.push(socket)
      }
    }
    const dataPlane = new DataPlane(
      {
        image: image.buffer,
        clock: clock.shared,
        takeSlot: () => image.takeWorkerSlot(),
        leaveSlot: (slot) => image.leaveWorkerSlot(slot),
        sockets:
          native === undefined
            ? { kind: 'plain', listen: addresses, threads: CAN_SHARE_PORTS ? threads : 1 }
            : { kind: 'batched', sockets: this.#sockets, native },
        answer: (packet, peer) => this.#answer(packet, peer),
        refresh: (packet) => this.#parts.refresh?.(packet),
        copied: (bunch) => {
          for (const copy of readQueryCopies(bunch)) seen(copy, this.#localOf(copy))
        },
        remark: (text) => log.info({}, text),
        faulted: (error) => requestLog.error({ error }, 'a query was not answered for an error of this program'),
        unsent: (count) => this.#parts.unsent(count),
        socketState: (socket, _, reason) => this.#tellSocketState(socket, reason),
        failed: (error, seconds) =>
          requestLog.error(
            { error, seconds },
            'a worker of the data plane failed and is started again after these seconds',
          ),
      },
      settings,
    )
    await dataPlane.bind()
    return dataPlane
  }

  /** Begins to answer, by `service` what workers cannot. */
  async serve(service: Service): Promise<void> {
    this.#service = service
    this.#opened.resolve(service)
    await this.#dataPlane?.start()
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
    await this.#closeSockets()
  }

  get connections(): ConnectionCount[] {
    const rows: ConnectionCount[] = []
    const add = (
      transport: ConnectionCount['transport'],
      { accepted, refused, evicted, open }: Omit<ConnectionCount, 'transport'>,
    ) => rows.push({ transport, accepted, refused, evicted, open })
    if (this.#tcp !== undefined) add('tcp', this.#tcp.counters)
    if (this.#tls !== undefined) add('tls', this.#tls.counters)
    if (this.#https !== undefined) add('https', this.#https.counters)
    return rows
  }

  #answer(message: Uint8Array, peer: Peer): ReturnType<Service> {
    if (this.#service !== undefined) return this.#service(message, peer)
    const copy = message.slice()
    return this.#opened.promise.then((service) => service(copy, peer))
  }

  #tellSocketState(socket: number, reason: string | undefined): void {
    const { log } = this.#parts
    const address = this.#udpAddresses[socket]
    const at = address === undefined ? 'a socket' : `udp ${formatSocketAddress(address)}`
    if (reason === undefined) log.info({}, `${at}: packets are received again`)
    else log.error({}, `${at}: packets cannot be received: ${reason}; the server tries again each second`)
  }

  #localOf({ socket, local }: QueryCopy): SocketAddress | undefined {
    const bound = !this.#isBatched ? undefined : this.#udpAddresses[socket]
    return bound === undefined || local === undefined ? bound : { address: local, port: bound.port }
  }

  #certificate(paths: { readonly certificate: string; readonly key: string }): CertificateFiles {
    const { clock, log } = this.#parts
    return new CertificateFiles(paths, {
      clock,
      report: (event, text) => (event === 'loaded' ? log.info({}, text) : log.warn({}, text)),
    })
  }

  #tell(transport: string, addresses: readonly SocketAddress[]): void {
    this.addresses.push(...addresses.map((address) => `${transport} ${formatSocketAddress(address)}`))
  }
}
