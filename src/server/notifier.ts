/**
 * Tells secondaries of new versions (RFC 1996): those that the settings name, and with `notifyNameservers` the zone's own name
 * servers. When to tell, and again, and to give up, is decided by `transfer/notify-schedule.ts`, for each zone and server.
 */
import { Name } from '../dns/name/index.ts'
import { equalOctets, readU16 } from '../dns/octets.ts'
import { A, AAAA, NS, SOA } from '../dns/rr/index.ts'
import { MessageView } from '../dns/wire/index.ts'
import {
  IDLE_NOTIFY,
  makeNotify,
  type NotifyEvent,
  type NotifySettings,
  type NotifyState,
  nextNotifyAt,
  stepNotify,
} from '../transfer/index.ts'
import { formatAddress } from '../transport/index.ts'
import type { Alarms } from './alarms.ts'
import { askServer, describeServer } from './ask-server.ts'
import type { Remote } from './configuration/index.ts'
import type { HostedZone, World } from './hosted-zone.ts'
import { findRecords } from './image-records.ts'
import { Turnstile } from './turnstile.ts'

/** Messages at one time: each has a socket. */
const MOST_MESSAGES = { all: 128, each: 32 }
/** Longer than this no answer is waited for, however late the repetition. */
const MOST_SECONDS = 5
const DNS_PORT = 53

type Target = {
  readonly zone: HostedZone
  readonly remote: Remote
  readonly wake: () => void
  state: NotifyState
}

export class Notifier {
  readonly #world: World
  readonly #alarms: Alarms
  readonly #turnstile = new Turnstile(() => MOST_MESSAGES)
  /** By zone, then by server. */
  readonly #targets = new Map<string, Map<string, Target>>()

  constructor(world: World, alarms: Alarms) {
    this.#world = world
    this.#alarms = alarms
  }

  /** The zone has a version to tell of. Returns how many servers are told. */
  changed(zone: HostedZone): number {
    const { serial } = zone
    if (serial === undefined) return 0
    const remotes = this.#remotesOf(zone)
    for (const remote of remotes) this.#step(this.#targetOf(zone, remote), { kind: 'changed', serial })
    return remotes.length
  }

  /** The zone is gone, or its servers may be others. */
  forget(name: Name): void {
    for (const { wake } of this.#targets.get(name.key)?.values() ?? []) this.#alarms.clear(wake)
    this.#targets.delete(name.key)
  }

  #remotesOf(zone: HostedZone): readonly Remote[] {
    if (!zone.notifyNameservers) return zone.notify
    const remotes = new Map<string, Remote>(zone.notify.map((remote) => [describeServer(remote), remote]))
    for (const address of this.#nameServerAddresses(zone)) {
      const remote = { address, port: DNS_PORT, tsigKey: undefined, tls: undefined }
      remotes.set(describeServer(remote), remote)
    }
    return [...remotes.values()]
  }

  /** Addresses of the zone's name servers but the primary's (RFC 1996 §2) and our own. */
  #nameServerAddresses(zone: HostedZone): Uint8Array[] {
    const { reader } = this.#world.image
    const [soa] = findRecords(reader, zone.name, SOA.number)
    const primary = soa === undefined ? undefined : Name.fromOctets(soa.rdata)
    const own = this.#world.configuration().server.listen
    return findRecords(reader, zone.name, NS.number)
      .map(({ rdata }) => Name.fromOctets(rdata))
      .filter((server) => primary === undefined || !server.equals(primary))
      .flatMap((server) => [A, AAAA].flatMap(({ number }) => findRecords(reader, server, number)))
      .map(({ rdata }) => rdata)
      .filter((octets) => !own.some(({ address, port }) => port === DNS_PORT && equalOctets(address, octets)))
  }

  #targetOf(zone: HostedZone, remote: Remote): Target {
    const { key } = zone.name
    const ofZone = this.#targets.get(key) ?? new Map<string, Target>()
    this.#targets.set(key, ofZone)
    const server = describeServer(remote)
    const known = ofZone.get(server)
    if (known !== undefined && known.zone === zone && known.remote === remote) return known
    if (known !== undefined) this.#alarms.clear(known.wake)
    const target: Target = { zone, remote, state: IDLE_NOTIFY, wake: () => this.#step(target, { kind: 'tick' }) }
    ofZone.set(server, target)
    return target
  }

  #isCurrent(target: Target): boolean {
    return this.#targets.get(target.zone.name.key)?.get(describeServer(target.remote)) === target
  }

  #step(target: Target, event: NotifyEvent): void {
    if (!this.#isCurrent(target)) return
    const { clock, log, transfers } = this.#world
    const { state, actions } = stepNotify(target.state, event, clock.steady(), this.#settings)
    target.state = state
    const fields = { zone: target.zone.name.toString(), peer: describeServer(target.remote) }
    for (const action of actions) {
      switch (action.kind) {
        case 'send':
          void this.#send(target, action.serial, action.attempt)
          break
        case 'told':
          transfers.notify('out', 'done')
          log.debug({ ...fields, serial: action.serial }, 'a secondary was told of the new version')
          break
        case 'give-up':
          transfers.notify('out', action.reason === 'rcode' ? 'refused' : 'failed')
          log.warn({ ...fields, serial: action.serial }, `NOTIFY was in vain: ${action.text}`)
      }
    }
    const next = nextNotifyAt(state)
    if (next === undefined) this.#alarms.clear(target.wake)
    else this.#alarms.set(target.wake, next)
  }

  get #settings(): NotifySettings {
    const { notifyRetries, notifyRetrySeconds } = this.#world.configuration().transfers
    return { delaySeconds: 0, spacingSeconds: 1, firstRetrySeconds: notifyRetrySeconds, retries: notifyRetries }
  }

  async #send(target: Target, serial: number, attempt: number): Promise<void> {
    const { image, random, log } = this.#world
    const { zone, remote } = target
    const pass = await this.#turnstile.enter(formatAddress(remote.address))
    try {
      if (!this.#isCurrent(target)) return
      const [soa] = findRecords(image.reader, zone.name, SOA.number)
      const message = makeNotify(readU16(random.bytes(2), 0), zone.name, soa)
      const timeoutSeconds = Math.min(this.#settings.firstRetrySeconds, MOST_SECONDS)
      const answer = await askServer(this.#world, remote, message, { timeoutSeconds })
      const view = new MessageView()
      if (view.parse(answer) === undefined) this.#step(target, { kind: 'answered', serial, rcode: view.rcode })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.debug({ zone: zone.name.toString(), attempt, reason }, 'a NOTIFY was not answered')
    } finally {
      pass.leave()
    }
  }
}
