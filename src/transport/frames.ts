/**
 * Messages in a stream: each with its length before it, 16 bits (RFC 1035 §4.2.2, RFC 7766 §8). The reader takes what arrives
 * in pieces of any size and gives messages in place; only one that spans two pieces is put together in memory of its own.
 *
 * A length below that of a header, or above the limit, is a fault after which the stream cannot be read any further.
 */
import { HEADER_SIZE, MAX_MESSAGE } from '../dns/wire/index.ts'

export type FrameFault = 'too-short' | 'too-long'

const NOTHING = new Uint8Array(0)
/** A message that spans pieces gets this much at first, and more as it arrives: a length alone takes no memory. */
const FIRST_ROOM = 2048

export class FrameReader {
  /** The message that `next` found: it is good until the next call. */
  message: Uint8Array = NOTHING
  fault: FrameFault | undefined
  readonly #maxMessage: number
  #chunk: Uint8Array = NOTHING
  #at = 0
  /** First octet of a length whose second has not come, or -1. */
  #high = -1
  /** Length of the message that is being put together, or -1. */
  #need = -1
  #have = 0
  #room: Uint8Array = NOTHING

  constructor(maxMessage = MAX_MESSAGE) {
    this.#maxMessage = maxMessage
  }

  /** Whether a message has begun and is not complete. */
  get partial(): boolean {
    return this.#high >= 0 || this.#need >= 0
  }

  /** Whether octets are there that `next` has not looked at. */
  get unread(): boolean {
    return this.#at < this.#chunk.length && this.fault === undefined
  }

  /** Takes what has arrived. It must stay as it is until `next` has said false. */
  push(chunk: Uint8Array): void {
    this.#chunk = this.unread ? Buffer.concat([this.#chunk.subarray(this.#at), chunk]) : chunk
    this.#at = 0
  }

  /** Finds the next whole message. False when more must arrive first, and after a fault. */
  next(): boolean {
    if (this.fault !== undefined) return false
    if (this.#need < 0 && !this.#readLength()) return this.#wait()
    const chunk = this.#chunk
    const missing = this.#need - this.#have
    const there = chunk.length - this.#at
    if (this.#have === 0 && there >= missing) {
      this.message = chunk.subarray(this.#at, this.#at + missing)
      this.#at += missing
      this.#need = -1
      return true
    }
    const part = Math.min(missing, there)
    this.#makeRoom(this.#have + part)
    this.#room.set(chunk.subarray(this.#at, this.#at + part), this.#have)
    this.#have += part
    this.#at += part
    if (part < missing) return this.#wait()
    this.message = this.#room.subarray(0, this.#need)
    this.#room = NOTHING
    this.#have = 0
    this.#need = -1
    return true
  }

  #readLength(): boolean {
    const chunk = this.#chunk
    if (this.#high < 0) {
      if (this.#at >= chunk.length) return false
      this.#high = chunk[this.#at++]!
    }
    if (this.#at >= chunk.length) return false
    const length = (this.#high << 8) | chunk[this.#at++]!
    this.#high = -1
    if (length < HEADER_SIZE) this.fault = 'too-short'
    else if (length > this.#maxMessage) this.fault = 'too-long'
    else this.#need = length
    return this.fault === undefined
  }

  /** Everything was read: the piece is let go. */
  #wait(): false {
    this.#chunk = NOTHING
    this.#at = 0
    return false
  }

  #makeRoom(length: number): void {
    if (length <= this.#room.length) return
    const grown = new Uint8Array(Math.min(this.#need, Math.max(length, this.#room.length * 2, FIRST_ROOM)))
    grown.set(this.#room.subarray(0, this.#have))
    this.#room = grown
  }
}

/** A message with its length before it. Throws RangeError when it is longer than a message can be. */
export function frameOf(message: Uint8Array): Buffer {
  if (message.length > MAX_MESSAGE) throw new RangeError(`a message has at most ${MAX_MESSAGE} octets`)
  const frame = Buffer.allocUnsafe(2 + message.length)
  frame.writeUInt16BE(message.length)
  frame.set(message, 2)
  return frame
}
