/** Zone transfers to clients: to whom, in which form, how many at a time (RFC 5936, RFC 1995, RFC 9103). */
import { monotonicMilliseconds } from '../../clock/index.ts'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { AXFR, IXFR } from '../../dns/rr/index.ts'
import type { Serial } from '../../dns/serial.ts'
import {
  DEFAULT_UDP_PAYLOAD,
  HEADER_SIZE,
  MessageView,
  MIN_UDP_PAYLOAD,
  OPCODE_QUERY,
  RCODE_FORMERR,
  RCODE_NOTAUTH,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
} from '../../dns/wire/index.ts'
import type { Answer, Peer } from '../../ports/index.ts'
import type { LogFields } from '../../ports/log.ts'
import {
  answerAxfr,
  answerIxfr,
  answerIxfrDatagram,
  answerWithSoa,
  clientSerial,
  planIxfr,
  type TransferOptions,
  tableOctets,
  takeSoa,
} from '../../transfer/index.ts'
import { formatAddress } from '../../transport/index.ts'
import { changeFromShared, type RecordWalk, STATE_SERVING, type ZoneChange } from '../../zone/index.ts'
import type { HostedZone, World } from '../hosted-zone.ts'
import type { ResponseSigner } from './authentication.ts'
import { authorize } from './authorize.ts'
import { bare } from './bare-answer.ts'
import type { DnsRequest, RequestHandler } from './handler-table.ts'

type Kind = 'axfr' | 'ixfr'

/** A client that reads nothing for so long gives its place to another when all are taken. */
const STALLED_MILLISECONDS = 3000
/** Octets of changes out of journals that all incremental answers together hold; beyond it clients get the whole zone. */
const MOST_CHANGES_OCTETS = 64 << 20

/** A journal up to here is read at once: some milliseconds. */
const SHORT_JOURNAL_OCTETS = 256 << 10

/** A transfer that is allowed. */
type TransferRequest = {
  readonly view: MessageView
  readonly peer: Peer
  readonly signer: ResponseSigner
  readonly name: Name
  readonly kind: Kind
  readonly fields: LogFields
  refuse(rcode: number, reason: string): Uint8Array
}

/** The messages of an answer, and the octets of changes that they come from; a walk over a whole zone holds none of its own. */
type Messages = { readonly messages: Generator<Uint8Array>; readonly changesOctets: number }

/** A transfer that goes on. */
type Sending = Messages & {
  /** Since when it waits for its client, by `monotonicMilliseconds`; undefined while it does not. */
  waitsSince: number | undefined
  isBrokenOff: boolean
}

export class OutgoingTransfers implements RequestHandler {
  readonly opcode = OPCODE_QUERY
  readonly types = [AXFR.number, IXFR.number]
  readonly #world: World
  readonly #zone: (name: Name) => HostedZone | undefined
  readonly #running = new Set<Sending>()
  /** Transfers whose changes are being read. */
  #reading = 0

  constructor(world: World, zone: (name: Name) => HostedZone | undefined) {
    this.#world = world
    this.#zone = zone
  }

  handle({ view, client, signer }: DnsRequest): Answer | Promise<Answer> {
    const { peer } = client
    const kind: Kind = view.qtype === IXFR.number ? 'ixfr' : 'axfr'
    const name = Name.fromOctets(view.octets, HEADER_SIZE)
    const zone = this.#zone(name)
    // Strangers can make up any number of names: those that are no zones here share a line.
    const about = zone === undefined ? { name: name.toString() } : { zone: name.toString() }
    const fields = { ...about, kind, peer: formatAddress(peer.address), transport: peer.protocol }
    const refuse = (rcode: number, reason: string): Uint8Array => {
      this.#world.transfers.transfer('out', kind, 'refused')
      this.#world.requestLog.info({ ...fields, reason }, 'transfer refused')
      return signer.sign(bare(view, rcode))
    }
    if (peer.protocol === 'https') return refuse(RCODE_REFUSED, 'transfers do not go over HTTPS')
    if (peer.protocol === 'udp' && kind === 'axfr') return refuse(RCODE_FORMERR, 'AXFR needs a connection')
    if (zone === undefined) return refuse(RCODE_NOTAUTH, 'there is no such zone here')
    const decision = authorize(client, 'transfer', zone)
    if (!decision.isAllowed) return refuse(RCODE_REFUSED, decision.reason)
    if (peer.protocol === 'tls' && peer.tlsVersion !== 'TLSv1.3') return refuse(RCODE_REFUSED, 'TLS 1.3 is needed')
    const { maxOut } = this.#world.configuration().transfers
    const going = this.#running.size + this.#reading
    if (peer.protocol !== 'udp' && going >= maxOut && !this.#breakOffStalled())
      return refuse(RCODE_SERVFAIL, 'too many transfers go on')
    const request: TransferRequest = { view, peer, signer, name, kind, fields, refuse }
    const serial = kind === 'ixfr' ? clientSerial(view) : undefined
    if (serial === undefined) return this.#answer(request, [])
    const octets = this.#world.state.journal.state(name)?.octets ?? 0
    if (octets <= SHORT_JOURNAL_OCTETS) return this.#answer(request, this.#readHere(name, serial))
    // What is larger does not fit into a datagram.
    if (peer.protocol === 'udp') return this.#answer(request, [])
    const kept = new MessageView()
    kept.parse(view.octets.slice(0, view.length))
    kept.scan()
    this.#reading++
    return this.#readElsewhere(name, serial)
      .finally(() => this.#reading--)
      .then((changes) => this.#answer({ ...request, view: kept }, changes))
  }

  /** `journal`: of an incremental answer, the changes from the client's serial on. */
  #answer({ view, peer, signer, name, kind, fields, refuse }: TransferRequest, journal: readonly ZoneChange[]): Answer {
    const walk = this.#walk(name)
    if (typeof walk === 'string') return refuse(RCODE_SERVFAIL, walk)
    const options: TransferOptions = {
      reserve: signer.size,
      edns: { udpSize: this.#world.configuration().server.maxUdpPayload },
      // A connection copies each message before it asks for the next.
      reuse: true,
    }
    const answer =
      kind === 'axfr' ? whole(answerAxfr(view, walk, options)) : this.#incremental(view, peer, walk, options, journal)
    if (answer instanceof Uint8Array) {
      this.#world.transfers.transfer('out', kind, 'done')
      return signer.sign(answer)
    }
    return this.#send(answer, signer, kind, { ...fields, serial: this.#world.image.zone(name)?.serial })
  }

  /** A walk over the version that is served, or the reason why there is none. */
  #walk(name: Name): RecordWalk | string {
    const { image } = this.#world
    if (image.zone(name)?.state !== STATE_SERVING) return 'no version is served now'
    try {
      return image.walkForClient(name) ?? 'no version is served now'
    } catch (error) {
      if (error instanceof DnsError) return error.message
      throw error
    }
  }

  /** Breaks off the transfer whose client has read nothing for the longest time. Returns false when all are read. */
  #breakOffStalled(): boolean {
    let stalled: Sending | undefined
    for (const sending of this.#running) {
      if (sending.waitsSince === undefined) continue
      if (stalled?.waitsSince === undefined || sending.waitsSince < stalled.waitsSince) stalled = sending
    }
    if (stalled?.waitsSince === undefined || monotonicMilliseconds() - stalled.waitsSince < STALLED_MILLISECONDS)
      return false
    stalled.isBrokenOff = true
    this.#running.delete(stalled)
    // It closes its walk, and the version is free; the client's connection ends when it reads on, or for reading nothing.
    stalled.messages.return(undefined)
    return true
  }

  /** The form of an IXFR answer: one message, or several. */
  #incremental(
    view: MessageView,
    peer: Peer,
    walk: RecordWalk,
    options: TransferOptions,
    journal: readonly ZoneChange[],
  ): Uint8Array | Messages {
    const serial = clientSerial(view)
    if (serial === undefined) {
      walk.close()
      return bare(view, RCODE_FORMERR)
    }
    const current = takeSoa(walk)
    const name = Name.fromOctets(view.octets, HEADER_SIZE)
    const plan = planIxfr(serial, this.#world.image.zone(name)?.serial ?? 0, journal)
    const changes = plan.form === 'incremental' ? plan.changes : []
    const changesOctets = changes.reduce((sum, each) => sum + tableOctets(each.removed) + tableOctets(each.added), 0)
    if (peer.protocol === 'udp') {
      if (plan.form === 'full') return answerWithSoa(view, current, options)
      return answerIxfrDatagram(view, current, changes, datagramLimit(view), options)
    }
    if (plan.form !== 'full' && changesOctets + this.#changesOctets <= MOST_CHANGES_OCTETS)
      return { messages: answerIxfr(view, current, changes, options), changesOctets }
    const again = this.#walk(name)
    return typeof again === 'string' ? bare(view, RCODE_SERVFAIL) : whole(answerAxfr(view, again, options))
  }

  /** Held by the incremental answers that go on. */
  get #changesOctets(): number {
    let octets = 0
    for (const { changesOctets } of this.#running) octets += changesOctets
    return octets
  }

  /** The changes from a serial on, in a short journal. */
  #readHere(name: Name, serial: Serial): readonly ZoneChange[] {
    const read = this.#world.state.journal.read(name, serial)
    if (read.kind === 'damaged') this.#noteDamage(name, read.reason)
    return read.kind === 'changes' ? read.changes : []
  }

  /** The same in a long one: others are answered meanwhile. None when they cannot be read, so that the zone is sent whole. */
  async #readElsewhere(name: Name, from: Serial): Promise<readonly ZoneChange[]> {
    const { state, versions, zoneLog } = this.#world
    try {
      const question = { state: state.path, zone: name.octets, from, mostOctets: MOST_CHANGES_OCTETS }
      const { changes, damage } = await versions.readJournal(question)
      if (damage !== undefined) this.#noteDamage(name, damage)
      return changes.map(changeFromShared)
    } catch (error) {
      zoneLog.warn({ zone: name.toString(), error }, 'the journal was not read: the zone is sent whole')
      return []
    }
  }

  #noteDamage(name: Name, reason: string): void {
    this.#world.zoneLog.warn({ zone: name.toString(), reason }, 'journal is damaged')
  }

  /** Sends messages, whose writer closes its walk when it ends or is left early. */
  async *#send(answer: Messages, signer: ResponseSigner, kind: Kind, fields: LogFields): AsyncGenerator<Uint8Array> {
    const { zoneLog, transfers } = this.#world
    const sign = signer.signStream()
    const { messages } = answer
    const sending: Sending = { ...answer, waitsSince: undefined, isBrokenOff: false }
    this.#running.add(sending)
    let octets = 0
    let count = 0
    let done = false
    let reason: string | undefined
    try {
      for (const message of messages) {
        octets += message.length
        count++
        sending.waitsSince = monotonicMilliseconds()
        yield sign(message)
        sending.waitsSince = undefined
        if (sending.isBrokenOff) throw new DnsError('limit-exceeded', 'the client read nothing while others waited')
      }
      done = true
    } catch (error) {
      if (error instanceof DnsError) reason = error.message
      throw error
    } finally {
      this.#running.delete(sending)
      transfers.transfer('out', kind, done ? 'done' : 'failed')
      const told = { ...fields, octets, messages: count, ...(reason !== undefined && { reason }) }
      zoneLog.info(told, done ? 'transfer sent' : 'transfer broken off')
    }
  }
}

function whole(messages: Generator<Uint8Array>): Messages {
  return { messages, changesOctets: 0 }
}

/** Octets that an answer by UDP may have. */
function datagramLimit(view: MessageView): number {
  return view.hasEdns ? Math.min(Math.max(view.udpSize, MIN_UDP_PAYLOAD), DEFAULT_UDP_PAYLOAD) : MIN_UDP_PAYLOAD
}
