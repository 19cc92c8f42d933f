/** Answers NOTIFY (RFC 1996): the zone that it is about says what it does with it. */
import type { Name } from '../../dns/name/index.ts'
import { OPCODE_NOTIFY, RCODE_NOTAUTH } from '../../dns/wire/index.ts'
import { answerNotify, readNotify } from '../../transfer/index.ts'
import type { HostedZone } from '../hosted-zone.ts'
import type { DnsRequest, RequestHandler } from './handler-table.ts'

export class NotifyHandler implements RequestHandler {
  readonly opcode = OPCODE_NOTIFY
  readonly #zone: (name: Name) => HostedZone | undefined

  constructor(zone: (name: Name) => HostedZone | undefined) {
    this.#zone = zone
  }

  handle({ view, client, signer }: DnsRequest): Uint8Array {
    const notify = readNotify(view)
    if (notify.kind !== 'notify') return signer.sign(answerNotify(view, notify.rcode))
    const rcode = this.#zone(notify.zone)?.source.transfer?.notified(client, notify.serial) ?? RCODE_NOTAUTH
    return signer.sign(answerNotify(view, rcode))
  }
}
