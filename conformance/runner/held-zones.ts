/**
 * Zones that the resolver of a scenario holds itself (`auth-zone`): from a file or by transfer, with their ZONEMD checked (RFC 8976 §4).
 * A zone that fails, or is not there yet, is not used, and names in it are SERVFAIL unless others may be asked instead.
 */
import { Asker, allocateCounters, QueryCounters, Responder, TRANSPORT } from '../../src/authority/index.ts'
import type { Name } from '../../src/dns/name/index.ts'
import { AXFR, DS, ZONEMD } from '../../src/dns/rr/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { decodeMessage, FLAG_RA, headerOf, RCODE_SERVFAIL, recordText } from '../../src/dns/wire/index.ts'
import type { TrustAnchor } from '../../src/dnssec/index.ts'
import type { Endpoint, Protocol } from '../../src/ports/index.ts'
import type { Upstream, UpstreamReply } from '../../src/ports/upstream.ts'
import { OWN_SERVER, type Resolver } from '../../src/resolver/index.ts'
import { parseAddress } from '../../src/transport/index.ts'
import type { Trust } from '../../src/validator/index.ts'
import {
  checkZonemd,
  FaultList,
  ImageReader,
  ImageWriter,
  loadRecords,
  STATE_SERVING,
  VERIFY_SEVERITIES,
  verifyZone,
  Zone,
} from '../../src/zone/index.ts'
import type { HeldZoneSettings } from './configure.ts'
import { encodeLoose } from './encode-loose.ts'
import type { ScenarioTime } from './scenario-time.ts'

type Held = { readonly settings: HeldZoneSettings; isUsable: boolean; lines: readonly string[] }

type World = {
  readonly network: Upstream
  readonly time: ScenarioTime
  readonly trust: Trust
  readonly isPermissive: boolean
  readonly onFault: (error: unknown) => void
}

const AXFR_MILLISECONDS = 10_000

export class HeldZones implements Upstream {
  readonly #world: World
  readonly #zones: Held[]
  readonly #writer = new ImageWriter()
  readonly #reader: ImageReader
  readonly #responder: Responder
  readonly #asker = new Asker()

  constructor(zones: readonly HeldZoneSettings[], world: World) {
    this.#world = world
    this.#zones = zones.map((settings) => ({ settings, isUsable: false, lines: [] }))
    this.#reader = new ImageReader(this.#writer.memory.buffer, 0)
    const settings = { maxUdpPayload: 4096, chaos: {}, keepaliveDeciseconds: 300, onFault: world.onFault }
    this.#responder = new Responder(this.#reader, settings, new QueryCounters(allocateCounters()))
    this.#asker.transport = TRANSPORT.tcp4
  }

  /** Loads files at once; transfers begin when time begins to pass. */
  start(resolver: Resolver): void {
    for (const held of this.#zones) {
      const { lines, masters } = held.settings
      if (lines.some((line) => line.trim() !== '')) this.#load(held, lines, resolver)
      else if (masters.length > 0) this.#world.time.after(0, () => this.#transfer(held, resolver))
    }
  }

  /** The nearest zone that resolving may use. */
  own(name: Name): Name | undefined {
    const held = this.#nearest(name)
    return held?.isUsable && held.settings.forResolving ? held.settings.zone : undefined
  }

  /** Whether the name is in a zone that cannot be used, and nobody else may be asked. */
  isBroken(name: Name): boolean {
    const held = this.#nearest(name)
    return held !== undefined && !held.isUsable && !held.settings.fallback
  }

  /** The answer to a client from a zone that is for clients. */
  answer(name: Name, message: Uint8Array): Uint8Array | undefined {
    const held = this.#nearest(name)
    const answer = held?.isUsable && held.settings.forClients ? this.#respond(message) : undefined
    // A server that resolves says so in every answer.
    answer?.set([(answer[3] ?? 0) | FLAG_RA], 3)
    return answer
  }

  /** The lines of the zone that is kept in this file. */
  lines(file: string): readonly string[] | undefined {
    return this.#zones.find(({ settings }) => settings.file === file)?.lines
  }

  ask(
    server: Endpoint,
    protocol: Protocol,
    message: Uint8Array,
    milliseconds: number,
    done: (reply: UpstreamReply) => void,
  ): void {
    if (server !== OWN_SERVER) {
      this.#world.network.ask(server, protocol, message, milliseconds, done)
      return
    }
    const octets = this.#respond(message)
    queueMicrotask(() =>
      done(
        octets === undefined ? { kind: 'failed', text: 'no zone here' } : { kind: 'message', octets, milliseconds: 0 },
      ),
    )
  }

  #respond(message: Uint8Array): Uint8Array | undefined {
    const { time } = this.#world
    const now = { wall: time.validationNow(), steady: time.now() }
    this.#reader.enter()
    const length = this.#responder.respond(message, message.length, this.#asker, now, true)
    this.#reader.leave()
    return length > 0 ? this.#responder.builder.octets.slice(0, length) : undefined
  }

  #nearest(name: Name): Held | undefined {
    return this.#zones
      .filter(({ settings }) => name.isAtOrBelow(settings.zone))
      .toSorted((a, b) => b.settings.zone.labelCount - a.settings.zone.labelCount)[0]
  }

  #transfer(held: Held, resolver: Resolver): void {
    const { zone, masters } = held.settings
    const address = parseAddress((masters[0] ?? '').replace(/@.*$/, ''))
    if (address === undefined) return
    const questions = [{ name: zone, type: AXFR.number, class: 1 }]
    const query = encodeLoose({ header: headerOf(1, 0), questions, answer: [], authority: [], additional: [] })
    this.#world.network.ask({ address, port: 53 }, 'tcp', query, AXFR_MILLISECONDS, (reply) => {
      if (reply.kind !== 'message') return
      const { answer, header } = decodeMessage(reply.octets)
      // The SOA comes once more at the end.
      if (header.rcode === 0 && answer.length > 1) this.#load(held, answer.slice(0, -1).map(recordText), resolver)
    })
  }

  #load(held: Held, lines: readonly string[], resolver: Resolver): void {
    const { settings } = held
    const source = textSource(`${lines.join('\n')}\n`, settings.file)
    const { table } = loadRecords(source, settings.zone, { defaultTtl: 3600 })
    const zone = Zone.arrange(settings.zone, table)
    this.#anchors(settings.zone, resolver, (anchors) => {
      const isGood = anchors !== 'bogus' && this.#isIntact(zone, settings, anchors)
      if (!isGood && !this.#world.isPermissive) return
      this.#writer.putZone(zone, { slot: 0, state: STATE_SERVING, options: 0, expires: 0 })
      this.#writer.publish()
      held.lines = lines
      held.isUsable = true
    })
  }

  /** What vouches for the zone's keys: anchors of its own, else the DS records that its parent has; none of an insecure one. */
  #anchors(apex: Name, resolver: Resolver, done: (anchors: readonly TrustAnchor[] | 'bogus') => void): void {
    const point = this.#world.trust.find(apex)
    if (point === undefined || this.#world.trust.findNegative(apex, this.#world.time.now()) !== undefined) done([])
    else if (point.zone.equals(apex)) done(point.anchors)
    else {
      const query = { name: apex, type: DS.number, checkingDisabled: false, recursionDesired: true }
      resolver.resolve(query, ({ rcode, security, answer }) => {
        if (rcode === RCODE_SERVFAIL || security === 'bogus') done('bogus')
        else if (security !== 'secure') done([])
        else {
          const rdatas = answer.flatMap((set) => (set.type === DS.number ? set.rdatas : []))
          done(rdatas.map((rdata) => ({ zone: apex, kind: 'ds', rdata })))
        }
      })
    }
  }

  #isIntact(zone: Zone, settings: HeldZoneSettings, anchors: readonly TrustAnchor[]): boolean {
    if (!settings.checkZonemd) return true
    if (settings.rejectWithoutZonemd && zone.findRrset(0, ZONEMD.number) < 0) return false
    if (anchors.length > 0) {
      return verifyZone(zone, { at: this.#world.time.validationNow(), anchors }).verdict === 'good'
    }
    const faults = new FaultList(VERIFY_SEVERITIES)
    checkZonemd(zone, serialOf(zone), faults)
    return !faults.kept.some(({ severity }) => severity === 'error')
  }
}

function serialOf(zone: Zone): number {
  const SOA = 6
  const position = zone.findRrset(0, SOA)
  const rdata = position < 0 ? undefined : zone.table.rdataOf(zone.records[position] ?? 0)
  if (rdata === undefined || rdata.length < 22) return -1
  return new DataView(rdata.buffer, rdata.byteOffset, rdata.length).getUint32(rdata.length - 20)
}
