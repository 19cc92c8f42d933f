/**
 * TSIG over the messages of a TCP connection that answer one request, a zone transfer (RFC 8945 §5.3.1): the first is signed
 * as every answer is; each later one over the MAC before it, itself and its timers.
 */
import { DnsError } from '../dns/errors.ts'
import { readU16 } from '../dns/octets.ts'
import { MAX_MESSAGE, MessageView } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { judgeSigned, type ResponseVerdict } from './client.ts'
import { TsigDigest, withMac } from './digest.ts'
import type { TsigKey } from './keys.ts'
import { appendTsig, tsigSize, unsignedRecord } from './record.ts'
import { responseMacLength } from './sign-response.ts'
import type { GoodRequest } from './verify-request.ts'

/** RFC 8945 §5.3.1: how many messages without a TSIG may stand between two with one. */
export const MAX_UNSIGNED_MESSAGES = 99

/** Signs the messages that answer one request, each of them, in their order. */
export class TsigStreamSigner {
  readonly #key: TsigKey
  readonly #originalId: number
  readonly #macLength: number
  #prior: Uint8Array
  #first = true
  #time: UnixSeconds = 0

  constructor(request: GoodRequest) {
    this.#key = request.key
    this.#originalId = request.record.originalId
    this.#macLength = responseMacLength(request.key, request.record)
    this.#prior = request.record.mac
  }

  /** Octets that each message must leave of the 65,535. */
  get size(): number {
    return tsigSize(this.#key.name, this.#key.algorithm.name, this.#macLength, 0)
  }

  /** The next message with its TSIG. Throws DnsError `message-too-long` when it left no room. */
  sign(message: Uint8Array, now: UnixSeconds): Uint8Array {
    if (message.length + this.size > MAX_MESSAGE) {
      throw new DnsError('message-too-long', 'a message of a stream left no room for its TSIG')
    }
    // Times of one stream never go back (§5.3.1), whatever the clock does.
    this.#time = Math.max(this.#time, now)
    const bare = unsignedRecord(this.#key.name, this.#key.algorithm.name, this.#time, this.#originalId)
    const digest = new TsigDigest(this.#key).prior(this.#prior)
    digest.message(message, message.length, this.#originalId, readU16(message, 10))
    if (this.#first) digest.variables(bare)
    else digest.timers(bare)
    const record = withMac(bare, digest, this.#macLength)
    this.#prior = record.mac
    this.#first = false
    return appendTsig(message, record)
  }
}

/** `signed: false`: nothing is proved of this message until a later one with a TSIG was good. */
export type StreamVerdict =
  | { readonly verdict: 'good'; readonly signed: boolean }
  | Exclude<ResponseVerdict, { readonly verdict: 'good' }>

/** Judges the messages that answer one signed request, in their order. After one that is not good, none is. */
export class TsigStreamVerifier {
  readonly #key: TsigKey
  readonly #view = new MessageView()
  #digest: TsigDigest
  #covered: 'variables' | 'timers' = 'variables'
  #unsigned = 0
  #failed: StreamVerdict | undefined

  constructor(request: { readonly key: TsigKey; readonly mac: Uint8Array }) {
    this.#key = request.key
    this.#digest = new TsigDigest(request.key).prior(request.mac)
  }

  /** Whether all messages so far are proved: what must hold when the last one came, since that must be signed. */
  get complete(): boolean {
    return this.#failed === undefined && this.#covered === 'timers' && this.#unsigned === 0
  }

  check(message: Uint8Array, now: UnixSeconds): StreamVerdict {
    if (this.#failed !== undefined) return this.#failed
    const verdict = this.#judge(message, now)
    if (verdict.verdict !== 'good') this.#failed = verdict
    return verdict
  }

  #judge(message: Uint8Array, now: UnixSeconds): StreamVerdict {
    const view = this.#view
    if ((view.parse(message) ?? view.scan()) !== undefined) return { verdict: 'bad', reason: 'malformed' }
    if (view.tsigAt < 0) return this.#acceptUnsigned(message)
    const verdict = judgeSigned(view, this.#key, this.#digest, this.#covered, now)
    if (verdict.verdict !== 'good') return verdict
    this.#digest = new TsigDigest(this.#key).prior(verdict.record.mac)
    this.#covered = 'timers'
    this.#unsigned = 0
    return { verdict: 'good', signed: true }
  }

  #acceptUnsigned(message: Uint8Array): StreamVerdict {
    if (this.#covered === 'variables') return { verdict: 'bad', reason: 'unsigned' }
    if (++this.#unsigned > MAX_UNSIGNED_MESSAGES) return { verdict: 'bad', reason: 'too-many-unsigned' }
    this.#digest.unsigned(message)
    return { verdict: 'good', signed: false }
  }
}
