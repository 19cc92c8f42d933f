/** Authenticates requests that are signed with a TSIG key of the configuration. Requests with SIG(0) are refused. */
import { Name } from '../../dns/name/index.ts'
import { HEADER_SIZE, type MessageView, RCODE_REFUSED } from '../../dns/wire/index.ts'
import type { Clock, JumpClock, Peer, UnixSeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import { formatAddress } from '../../transport/index.ts'
import {
  type BadRequest,
  type GoodRequest,
  refuseRequest,
  responseTsigSize,
  signResponse,
  type TsigKeys,
  type TsigReplays,
  TsigStreamSigner,
  verifyRequest,
} from '../../tsig/index.ts'
import { type Authentication, type Authenticator, type ResponseSigner, UNAUTHENTICATED } from './authentication.ts'
import { bare } from './bare-answer.ts'

export type TsigAuthenticatorParts = {
  readonly clock: Pick<JumpClock, 'wall' | 'look'>
  readonly replays: TsigReplays
  readonly requestLog: Log
  /** As of the last reload. */
  keys(): TsigKeys
}

export class TsigAuthenticator implements Authenticator {
  readonly #parts: TsigAuthenticatorParts

  constructor(parts: TsigAuthenticatorParts) {
    this.#parts = parts
  }

  authenticate(request: MessageView, peer: Peer): Authentication {
    const { clock, replays, keys } = this.#parts
    // A request that is signed by a clock that was just set is judged by it.
    clock.look()
    const now = clock.wall()
    const verdict = verifyRequest(request, keys(), now)
    switch (verdict.verdict) {
      case 'absent':
        return request.sig0At < 0 ? UNAUTHENTICATED : { kind: 'rejected', response: bare(request, RCODE_REFUSED) }
      case 'bad':
        this.#logRejected(request, peer, verdict, now)
        return { kind: 'rejected', response: refuseRequest(request, verdict, now) }
      case 'good': {
        replays.saw(verdict.record, now)
        const identity = { kind: 'tsig', key: verdict.key.name } as const
        return { kind: 'authenticated', identity, signer: new TsigResponseSigner(verdict, clock) }
      }
    }
  }

  #logRejected(request: MessageView, { address, protocol }: Peer, verdict: BadRequest, now: UnixSeconds): void {
    const fields = {
      peer: formatAddress(address),
      transport: protocol,
      reason: verdict.error,
      ...(request.questions === 1 && { name: Name.fromOctets(request.octets, HEADER_SIZE).toString() }),
      ...('record' in verdict && { key: verdict.record.keyName.toString() }),
      ...('record' in verdict && verdict.error === 'BADTIME' && { secondsLate: now - verdict.record.timeSigned }),
    }
    this.#parts.requestLog.info(fields, 'TSIG refused')
  }
}

/** Signs answers with the key of the request, and with the time at which they are sent. */
class TsigResponseSigner implements ResponseSigner {
  readonly #request: GoodRequest
  readonly #clock: Pick<Clock, 'wall'>

  constructor(request: GoodRequest, clock: Pick<Clock, 'wall'>) {
    this.#request = request
    this.#clock = clock
  }

  get size(): number {
    return responseTsigSize(this.#request)
  }

  sign(response: Uint8Array, limit?: number): Uint8Array {
    return signResponse(response, this.#request, this.#clock.wall(), limit)
  }

  signStream(): (message: Uint8Array) => Uint8Array {
    const signer = new TsigStreamSigner(this.#request)
    return (message) => signer.sign(message, this.#clock.wall())
  }
}
