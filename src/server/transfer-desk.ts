/**
 * Zone transfers to others: who may have one, in which form, how many at a time (RFC 5936, RFC 1995, RFC 9103).
 */

import { Name } from '../dns/name/index.ts'
import { IXFR } from '../dns/rr/index.ts'
import {
  DEFAULT_UDP_PAYLOAD,
  HEADER_SIZE,
  type MessageView,
  MIN_UDP_PAYLOAD,
  RCODE_FORMERR,
  RCODE_NOTAUTH,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
} from '../dns/wire/index.ts'
import type { Answer, Peer } from '../ports/index.ts'
import {
  answerAxfr,
  answerIxfr,
  answerIxfrDatagram,
  answerWithSoa,
  clientSerial,
  planIxfr,
  type TransferOptions,
  takeSoa,
} from '../transfer/index.ts'
import { formatAddress } from '../transport/index.ts'
import { type RequestVerdict, responseTsigSize, signResponse, TsigStreamSigner } from '../tsig/index.ts'
import { type RecordWalk, STATE_SERVING, type ZoneChange } from '../zone/index.ts'
import { bare } from './bare-answer.ts'
import type { HostedZone, World } from './hosted-zone.ts'

type Kind = 'axfr' | 'ixfr'

export class TransferDesk {
  readonly #world: World
  readonly #zone: (name: Name) => HostedZone | undefined
  #running = 0

  constructor(world: World, zone: (name: Name) => HostedZone | undefined) {
    this.#world = world
    this.#zone = zone
  }

  /** Answers an AXFR or IXFR query whose signature, if any, is good. */
  answer(view: MessageView, peer: Peer, verdict: RequestVerdict): Answer {
    const kind: Kind = view.qtype === IXFR.number ? 'ixfr' : 'axfr'
    const name = Name.fromOctets(view.octets, HEADER_SIZE)
    const zone = this.#zone(name)
    const fields = { zone: name.toString(), kind, peer: formatAddress(peer.address), transport: peer.protocol }
    const refuse = (rcode: number, reason: string): Uint8Array => {
      this.#world.transfers.transfer('out', kind, 'refused')
      this.#world.log.info({ ...fields, reason }, 'transfer refused')
      return signResponse(bare(view, rcode), verdict, this.#world.clock.wall())
    }
    if (peer.protocol === 'https') return refuse(RCODE_REFUSED, 'transfers do not go over HTTPS')
    if (peer.protocol === 'udp' && kind === 'axfr') return refuse(RCODE_FORMERR, 'AXFR needs a connection')
    if (zone === undefined) return refuse(RCODE_NOTAUTH, 'there is no such zone here')
    const key = verdict.verdict === 'good' ? verdict.key.name : undefined
    if (!zone.allowTransfer.allows(peer.address, key)) return refuse(RCODE_REFUSED, 'not allowed')
    if (peer.protocol === 'tls' && peer.tlsVersion !== 'TLSv1.3') return refuse(RCODE_REFUSED, 'TLS 1.3 is needed')
    const { maxOut } = this.#world.configuration().transfers
    if (this.#running >= maxOut && peer.protocol !== 'udp') return refuse(RCODE_SERVFAIL, 'too many transfers go on')
    const serving = this.#world.image.zone(name)
    const walk = serving?.state === STATE_SERVING ? this.#world.image.walk(name) : undefined
    if (walk === undefined) return refuse(RCODE_SERVFAIL, 'no version is served now')
    const options: TransferOptions = {
      reserve: responseTsigSize(verdict),
      edns: { udpSize: this.#world.configuration().server.maxUdpPayload },
      // A connection copies each message before it asks for the next.
      reuse: true,
    }
    const messages =
      kind === 'axfr' ? answerAxfr(view, walk, options) : this.#incremental(view, peer, zone, walk, options)
    if (messages instanceof Uint8Array) {
      this.#world.transfers.transfer('out', kind, 'done')
      return signResponse(messages, verdict, this.#world.clock.wall())
    }
    return this.#send(messages, verdict, kind, fields)
  }

  /** The form of an IXFR answer: one message, or several. */
  #incremental(
    view: MessageView,
    peer: Peer,
    zone: HostedZone,
    walk: RecordWalk,
    options: TransferOptions,
  ): Uint8Array | Iterable<Uint8Array> {
    const serial = clientSerial(view)
    if (serial === undefined) {
      walk.close()
      return bare(view, RCODE_FORMERR)
    }
    const current = takeSoa(walk)
    const info = this.#world.image.zone(zone.name)
    const plan = planIxfr(serial, info?.serial ?? 0, this.#changesFrom(zone.name, serial))
    if (plan.form === 'full') {
      if (peer.protocol === 'udp') return answerWithSoa(view, current, options)
      const whole = this.#world.image.walk(zone.name)
      return whole === undefined ? bare(view, RCODE_SERVFAIL) : answerAxfr(view, whole, options)
    }
    const changes = plan.form === 'incremental' ? plan.changes : []
    if (peer.protocol === 'udp') return answerIxfrDatagram(view, current, changes, datagramLimit(view), options)
    return answerIxfr(view, current, changes, options)
  }

  #changesFrom(name: Name, serial: number): readonly ZoneChange[] {
    const read = this.#world.state.journal.read(name, serial)
    if (read.kind === 'changes') return read.changes
    if (read.kind === 'damaged')
      this.#world.log.warn({ zone: name.toString(), reason: read.reason }, 'journal is damaged')
    return []
  }

  /** Sends messages, whose writer closes its walk when it ends or is left early. */
  async *#send(
    messages: Iterable<Uint8Array>,
    verdict: RequestVerdict,
    kind: Kind,
    fields: Readonly<Record<string, string>>,
  ): AsyncGenerator<Uint8Array> {
    const { clock, log, transfers } = this.#world
    const signer = verdict.verdict === 'good' ? new TsigStreamSigner(verdict) : undefined
    this.#running++
    let octets = 0
    let count = 0
    let done = false
    try {
      for (const message of messages) {
        octets += message.length
        count++
        yield signer === undefined ? message : signer.sign(message, clock.wall())
      }
      done = true
    } finally {
      this.#running--
      transfers.transfer('out', kind, done ? 'done' : 'failed')
      log.info({ ...fields, octets, messages: count }, done ? 'transfer sent' : 'transfer broken off')
    }
  }
}

/** Octets that an answer by UDP may have. */
function datagramLimit(view: MessageView): number {
  return view.hasEdns ? Math.min(Math.max(view.udpSize, MIN_UDP_PAYLOAD), DEFAULT_UDP_PAYLOAD) : MIN_UDP_PAYLOAD
}
