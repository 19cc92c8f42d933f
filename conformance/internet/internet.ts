/**
 * An internet for tests: zones given as text, signed and served at addresses, and resolvers that ask them, all in virtual time.
 *
 *     const internet = new Internet({ '.': {}, 'example.': { text: 'www A 192.0.2.1' } })
 *     internet.resolver().resolve('www.example.', 'A').security          // 'secure'
 *     internet.host('example.').spoil(silent)
 *
 * Messages need 10 ms to a server and 10 ms back, unless the host says otherwise.
 */
import { Name } from '../../src/dns/name/index.ts'
import type { Endpoint, Protocol } from '../../src/ports/index.ts'
import type { Upstream, UpstreamReply } from '../../src/ports/upstream.ts'
import { INCEPTION } from '../../src/signer/signing.fixture.ts'
import { formatAddress, parseAddress } from '../../src/transport/index.ts'
import { answersQuery, questionEnd } from '../../src/transport/upstream/question.ts'
import { Host } from './host.ts'
import { SimulatedResolver, type SimulatedResolverOptions } from './simulated-resolver.ts'
import { VirtualTime } from './virtual-time.ts'
import { buildZones, type Zone, type ZoneOptions } from './zones.ts'

const DAY = 86_400
/** What may happen before a test is told that it never ends. */
const MOST_EVENTS = 1_000_000

export class Internet implements Upstream {
  /** Within the times of all signatures. */
  readonly time: VirtualTime = new VirtualTime(INCEPTION + DAY)
  readonly zones: ReadonlyMap<string, Zone>
  readonly options: Readonly<Record<string, ZoneOptions>>
  readonly #hosts = new Map<string, Host>()
  /** Messages that were sent to servers, be there one or not. */
  exchanges = 0
  /** CPU time of the longest stretch that the resolver did not give back to the event loop. */
  longestTurnMilliseconds = 0
  /** Off where nobody asks for the times of turns: taking them costs as much as a short one. */
  isTimed = true

  constructor(zones: Readonly<Record<string, ZoneOptions>>) {
    this.options = zones
    const built = buildZones(zones)
    this.zones = new Map(built.map((zone) => [zone.name.key, zone]))
    for (const zone of built) for (const address of zone.addresses) this.at(address).serve(zone)
  }

  /** The host of an address, which is there from now on. */
  at(address: string): Host {
    const octets = parseAddress(address)
    if (octets === undefined) throw new Error(`no address: ${address}`)
    const key = formatAddress(octets)
    const host = this.#hosts.get(key) ?? new Host(key)
    this.#hosts.set(key, host)
    return host
  }

  /** The first server of a zone. */
  host(zone: string): Host {
    const [address] = this.zones.get(Name.parse(zone).key)?.addresses ?? []
    if (address === undefined) throw new Error(`no zone ${zone}`)
    return this.at(address)
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()]
  }

  /** A resolver with empty caches, which trusts the key of the root unless told otherwise. */
  resolver(options: SimulatedResolverOptions = {}): SimulatedResolver {
    return new SimulatedResolver(this, options)
  }

  ask(
    server: Endpoint,
    protocol: Protocol,
    message: Uint8Array,
    milliseconds: number,
    done: (reply: UpstreamReply) => void,
  ): void {
    this.exchanges++
    const query = message.slice()
    query[0] = this.exchanges >>> 8
    query[1] = this.exchanges
    let isOpen = true
    const tell = (reply: UpstreamReply): void => {
      if (!isOpen) return
      isOpen = false
      cancel()
      this.turn(() => done(reply))
    }
    const cancel = this.time.after(milliseconds, () => tell({ kind: 'timeout' }))
    const host = this.#hosts.get(formatAddress(server.address))
    if (host === undefined) return
    if (host.isUnreachable) {
      this.time.after(0, () => tell({ kind: 'failed', text: 'connection refused' }))
      return
    }
    this.time.after(host.latencyMilliseconds, () => {
      const reply = host.answer(query, protocol, this.time.now())
      if (reply === undefined || !answers(reply, query)) return
      for (let copy = 0; copy < host.copies; copy++) {
        const octets = reply.slice()
        this.time.after(host.latencyMilliseconds * (copy + 1), () =>
          tell({ kind: 'message', octets, milliseconds: host.latencyMilliseconds * 2 }),
        )
      }
    })
  }

  /** Runs what is the resolver's, and notes how long it takes. */
  turn(call: () => void): void {
    if (!this.isTimed) {
      call()
      return
    }
    const since = performance.now()
    const { user, system } = process.threadCpuUsage()
    call()
    const after = process.threadCpuUsage()
    // The one clock counts what other programs do, the other one goes in steps.
    const took = Math.min((after.user + after.system - user - system) / 1000, performance.now() - since)
    this.longestTurnMilliseconds = Math.max(this.longestTurnMilliseconds, took)
  }

  /** Lets time pass. */
  wait(milliseconds: number): void {
    let isOver = false
    this.time.after(milliseconds, () => {
      isOver = true
    })
    this.run(() => isOver)
  }

  /** Lets things happen until `isDone`, or until nothing is left to happen. */
  run(isDone: () => boolean = () => false): void {
    for (let count = 0; !isDone(); count++) {
      if (!this.time.step()) return
      if (count > MOST_EVENTS) throw new Error('it does not end')
    }
  }
}

/** Whether transport would take the message for an answer. */
function answers(reply: Uint8Array, query: Uint8Array): boolean {
  const id = ((query[0] ?? 0) << 8) | (query[1] ?? 0)
  return answersQuery(reply, reply.length, query, id, questionEnd(query))
}
