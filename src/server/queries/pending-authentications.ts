/**
 * Requests whose authentication takes time. Their number is bounded, in all and for each client, and so is the time that one may
 * take. Each has its message in memory of its own, since the octets that were received are good until the caller returns only.
 */
import { shortLivedCopy } from '../../dns/octets.ts'
import { MessageView } from '../../dns/wire/index.ts'
import type { Peer } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import { formatAddress } from '../../transport/index.ts'
import { Outstanding } from '../resolving/outstanding.ts'
import type { Authentication, PendingAuthentication } from './authentication.ts'

export type PendingLimits = {
  /** Requests at once. */
  readonly most: number
  readonly mostOfClient: number
  readonly seconds: number
}

const LIMITS: PendingLimits = { most: 256, mostOfClient: 16, seconds: 5 }

/** `request`: the view over the copy of the message. Without a decision `authentication` is undefined. */
export type EndedAuthentication = { readonly request: MessageView; readonly authentication: Authentication | undefined }

export class PendingAuthentications {
  readonly #log: Log
  readonly #limits: PendingLimits
  readonly #outstanding: Outstanding

  constructor(log: Log, limits: PendingLimits = LIMITS) {
    this.#log = log
    this.#limits = limits
    this.#outstanding = new Outstanding(limits.most, limits.mostOfClient)
  }

  get count(): number {
    return this.#outstanding.count
  }

  /**
   * Waits for a decision. Returns undefined when too many requests wait. The promise is never rejected: a decision that does not
   * come in time, or fails for an error of this program, is logged and missing.
   */
  wait(pending: PendingAuthentication, message: Uint8Array, peer: Peer): Promise<EndedAuthentication> | undefined {
    const finish = this.#outstanding.begin(peer.address, () => false)
    if (finish === undefined) {
      this.#logUndecided(peer, 'too many requests wait for their authentication')
      return undefined
    }
    const request = new MessageView()
    request.parse(shortLivedCopy(message, 0, message.length))
    request.scan()
    return this.#decide(pending, request, peer).then((authentication) => {
      finish()
      return { request, authentication }
    })
  }

  async #decide(pending: PendingAuthentication, request: MessageView, peer: Peer): Promise<Authentication | undefined> {
    const late = Promise.withResolvers<undefined>()
    const abort = new AbortController()
    const timer = setTimeout(() => {
      abort.abort()
      late.resolve(undefined)
    }, this.#limits.seconds * 1000)
    try {
      const authentication = await Promise.race([pending.decide(request, abort.signal), late.promise])
      if (authentication === undefined) this.#logUndecided(peer, `not decided within ${this.#limits.seconds} s`)
      return authentication
    } catch (error) {
      this.#log.error({ error }, 'a request was not authenticated for an error of this program')
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  #logUndecided({ address, protocol }: Peer, reason: string): void {
    this.#log.info({ peer: formatAddress(address), transport: protocol, reason }, 'request not authenticated')
  }
}
