/**
 * Asks the servers of others: by UDP from unpredictable ports, by TCP, TLS and HTTPS over connections that are used again.
 *
 *   ask → which protocol → UdpQueries → a port pool, native or plain        → done(reply)
 *                        → StreamServers → a connection, TCP or TLS
 *                        → HttpsServers → an HTTP/2 session
 *
 * Nothing is opened before it is needed. What is open keeps the process alive only while somebody waits for a reply.
 * What it does not do: read replies beyond ID and question, try again, choose servers or protocols — but for this: a query by UDP whose
 * answer somebody tries to guess is asked again by TCP, in the time that is left.
 */
import { monotonicMilliseconds } from '../../clock/index.ts'
import type { Endpoint, Protocol } from '../../ports/index.ts'
import type { Timers, Upstream, UpstreamReply } from '../../ports/upstream.ts'
import type { NativeSockets } from '../native.ts'
import { type UpstreamCounters, type UpstreamGauges, zeroCounters } from './counters.ts'
import { type HttpsQuery, HttpsServers } from './https-servers.ts'
import { NativePoller } from './native-poller.ts'
import { NativePorts } from './native-ports.ts'
import { padQuery } from './padding.ts'
import { PlainPorts } from './plain-ports.ts'
import {
  DEFAULT_PORT_SETTINGS,
  drawablePorts,
  type PortListener,
  type PortPool,
  type PortSettings,
  Target,
} from './port-pool.ts'
import { questionEnd } from './question.ts'
import { RandomDraws } from './random-draws.ts'
import type { StreamQuery } from './stream-channel.ts'
import { type ConnectionSettings, DEFAULT_CONNECTION_SETTINGS, StreamServers } from './stream-servers.ts'
import { TimerWheel } from './timer-wheel.ts'
import { UdpQueries } from './udp-queries.ts'

export type UpstreamSettings = Partial<PortSettings & ConnectionSettings>

type Done = (reply: UpstreamReply) => void

/** An interval that never matters: it is what keeps the process alive. */
const FAR_MILLISECONDS = 0x7fffffff

export class NetworkUpstream implements Upstream {
  readonly counters: UpstreamCounters = zeroCounters()
  readonly #ports: PortSettings
  readonly #drawable: Uint16Array
  readonly #native: NativeSockets | undefined
  readonly #wheel = new TimerWheel()
  readonly #draws = new RandomDraws()
  readonly #tcp: StreamServers
  readonly #tls: StreamServers
  readonly #https: HttpsServers
  readonly #targets = new WeakMap<Endpoint, Target>()
  readonly #alive: NodeJS.Timeout
  #poller: NativePoller | undefined
  #udp4: UdpQueries | undefined
  #udp6: UdpQueries | undefined
  #outstanding = 0
  #closed = false

  /**
   * `native`: what `loadNative` gave; without it UDP goes through Node's own sockets. Throws DnsError `configuration-invalid`
   * when the ports are too few.
   */
  constructor(settings: UpstreamSettings = {}, native?: NativeSockets) {
    this.#ports = { ...DEFAULT_PORT_SETTINGS, ...settings }
    this.#drawable = drawablePorts(this.#ports)
    this.#native = native
    const connections: ConnectionSettings = { ...DEFAULT_CONNECTION_SETTINGS, ...settings }
    const tools = { wheel: this.#wheel, draws: this.#draws, counters: this.counters }
    this.#tcp = new StreamServers('tcp', connections, tools)
    this.#tls = new StreamServers('tls', connections, tools)
    this.#https = new HttpsServers(connections, this.#wheel, this.counters)
    this.#alive = setInterval(() => {}, FAR_MILLISECONDS)
    this.#alive.unref()
  }

  /** Timers for the resolver, on the same wheel: short waits cost next to nothing. They end with `close`. */
  get timers(): Timers {
    return this.#wheel
  }

  get gauges(): UpstreamGauges {
    return {
      udpSockets: (this.#udp4?.open ?? 0) + (this.#udp6?.open ?? 0),
      connections: { tcp: this.#tcp.open, tls: this.#tls.open, https: this.#https.open },
      outstanding: this.#outstanding,
    }
  }

  ask(server: Endpoint, protocol: Protocol, message: Uint8Array, milliseconds: number, done: Done): void {
    this.counters.queries[protocol]++
    if (this.#outstanding++ === 0) this.#alive.ref()
    const finish = (reply: UpstreamReply): void => {
      if (--this.#outstanding === 0) this.#alive.unref()
      this.#count(protocol, reply)
      done(reply)
    }
    const end = questionEnd(message)
    if (this.#closed) later(finish, 'no more queries are sent')
    else if (end < 0) later(finish, 'what is to be asked is not one question')
    else if (protocol === 'udp') this.#askByUdp(server, message, end, milliseconds, finish)
    else if (protocol === 'tcp') this.#askStream(this.#tcp, server, Uint8Array.from(message), end, milliseconds, finish)
    else if (server.tls === undefined) later(finish, 'nothing is said of the certificate of this server')
    else if (protocol === 'tls') this.#askStream(this.#tls, server, padQuery(message), end, milliseconds, finish)
    else this.#askByHttps(server, padQuery(message), end, milliseconds, finish)
  }

  /** Ends all queries, as failed, and closes all that is open. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    const reason = 'no more queries are sent'
    this.#udp4?.close(reason)
    this.#udp6?.close(reason)
    this.#poller?.close()
    this.#tcp.close(reason)
    this.#tls.close(reason)
    this.#https.close(reason)
    this.#wheel.close()
  }

  #askByUdp(server: Endpoint, message: Uint8Array, end: number, milliseconds: number, finish: Done): void {
    const until = monotonicMilliseconds() + milliseconds
    this.#udpFor(server.address.length === 16).ask(this.#targetOf(server), message, end, milliseconds, (outcome) => {
      if (outcome.kind !== 'guessed') finish(outcome)
      else {
        this.counters.guessed++
        this.#askStream(this.#tcp, server, Uint8Array.from(message), end, until - monotonicMilliseconds(), finish)
      }
    })
  }

  #askStream(
    servers: StreamServers,
    server: Endpoint,
    message: Uint8Array,
    end: number,
    milliseconds: number,
    done: Done,
  ): void {
    const query: StreamQuery = {
      message,
      end,
      since: monotonicMilliseconds(),
      retried: false,
      at: undefined,
      waiting: this.#wheel.add(milliseconds, () => {
        query.at?.channel.abandon(query.at.id)
        done({ kind: 'timeout' })
      }),
      done,
    }
    servers.ask(server, query)
  }

  #askByHttps(server: Endpoint, message: Uint8Array, end: number, milliseconds: number, done: Done): void {
    const query: HttpsQuery = {
      message,
      end,
      since: monotonicMilliseconds(),
      waiting: this.#wheel.add(milliseconds, () => {
        query.abandon?.()
        done({ kind: 'timeout' })
      }),
      done,
      abandon: undefined,
    }
    this.#https.ask(server, query)
  }

  #udpFor(isIpv6: boolean): UdpQueries {
    const make = (): UdpQueries =>
      new UdpQueries(
        (listener) => this.#makePool(isIpv6, listener),
        this.#ports,
        this.#wheel,
        this.#draws,
        this.counters,
      )
    if (isIpv6) {
      this.#udp6 ??= make()
      return this.#udp6
    }
    this.#udp4 ??= make()
    return this.#udp4
  }

  #makePool(isIpv6: boolean, listener: PortListener): PortPool {
    const native = this.#native
    const settings = this.#ports
    if (native !== undefined) this.#poller ??= NativePoller.open(native)
    if (native === undefined || this.#poller === undefined)
      return new PlainPorts(isIpv6, settings, this.#drawable, this.#draws, listener)
    return new NativePorts(native, this.#poller, isIpv6, settings, this.#drawable, this.#draws, listener)
  }

  #targetOf(server: Endpoint): Target {
    const known = this.#targets.get(server)
    if (known !== undefined) return known
    const target = new Target(server)
    this.#targets.set(server, target)
    return target
  }

  #count(protocol: Protocol, { kind }: UpstreamReply): void {
    if (kind === 'message') this.counters.replies[protocol]++
    else if (kind === 'timeout') this.counters.timeouts[protocol]++
    else this.counters.failures[protocol]++
  }
}

function later(finish: Done, text: string): void {
  setImmediate(() => finish({ kind: 'failed', text }))
}
