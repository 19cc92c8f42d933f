/**
 * Frame Streams, as dnstap is carried: a data frame is a length of 32 bits and that many octets; a length of 0 announces a
 * control frame, whose own length follows. Control frames begin and end a stream and agree on what it carries:
 *
 *   to a file      START data… STOP
 *   to a socket    we READY, they ACCEPT, we START data… STOP, they FINISH
 */
import { WireError } from '../../dns/errors.ts'

/** What our streams carry. */
export const DNSTAP_CONTENT = 'protobuf:dnstap.Dnstap'

const KINDS = { accept: 1, start: 2, stop: 3, ready: 4, finish: 5 } as const
export type ControlKind = keyof typeof KINDS

export type ControlFrame = { readonly kind: ControlKind; readonly contents: readonly string[] }

const FIELD_CONTENT = 1
/** Limits of the format, octets. */
const MAX_CONTROL = 512
const MAX_CONTENT = 256

/** Octets before the payload of a data frame. */
export const FRAME_HEAD = 4

/** Makes a data frame of a payload that stands behind `FRAME_HEAD` octets. */
export function sealDataFrame(frame: Uint8Array): Uint8Array {
  const length = frame.length - FRAME_HEAD
  frame[0] = length >>> 24
  frame[1] = length >>> 16
  frame[2] = length >>> 8
  frame[3] = length
  return frame
}

export function encodeControl({ kind, contents }: ControlFrame): Uint8Array {
  const texts = contents.map((text) => Buffer.from(text, 'latin1'))
  const length = 4 + texts.reduce((sum, text) => sum + 8 + text.length, 0)
  const frame = new Uint8Array(8 + length)
  const view = new DataView(frame.buffer)
  view.setUint32(4, length)
  view.setUint32(8, KINDS[kind])
  let at = 12
  for (const text of texts) {
    view.setUint32(at, FIELD_CONTENT)
    view.setUint32(at + 4, text.length)
    frame.set(text, at + 8)
    at += 8 + text.length
  }
  return frame
}

/** Reads control frames out of what a peer sends, in pieces of any size. Memory is bounded by the largest control frame. */
export class ControlFrameReader {
  readonly #room = new Uint8Array(8 + MAX_CONTROL)
  #have = 0

  /** The frames that are complete with these octets. Throws WireError when the peer sends anything but control frames. */
  take(octets: Uint8Array): ControlFrame[] {
    const frames: ControlFrame[] = []
    for (let at = 0; at < octets.length; ) {
      const wanted = this.#wanted()
      const part = octets.subarray(at, at + wanted - this.#have)
      this.#room.set(part, this.#have)
      this.#have += part.length
      at += part.length
      if (this.#have < this.#wanted()) continue
      frames.push(decodeControl(this.#room.subarray(8, this.#have)))
      this.#have = 0
    }
    return frames
  }

  /** Octets that the frame at hand needs, as far as is known. */
  #wanted(): number {
    const view = new DataView(this.#room.buffer)
    if (this.#have < 4) return 4
    if (view.getUint32(0) !== 0) throw new WireError('the peer sends data, where only control frames may come', 0)
    if (this.#have < 8) return 8
    const length = view.getUint32(4)
    if (length < 4 || length > MAX_CONTROL) throw new WireError(`a control frame of ${length} octets`, 4)
    return 8 + length
  }
}

function decodeControl(payload: Uint8Array): ControlFrame {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const number = view.getUint32(0)
  const kind = kindOf(number)
  if (kind === undefined) throw new WireError(`a control frame of the unknown type ${number}`, 0)
  const contents: string[] = []
  let at = 4
  while (at < payload.length) {
    if (payload.length - at < 8) throw new WireError('a field of a control frame is cut short', at)
    const field = view.getUint32(at)
    const length = view.getUint32(at + 4)
    if (field !== FIELD_CONTENT) throw new WireError(`a control frame has a field of the unknown type ${field}`, at)
    if (length > MAX_CONTENT || length > payload.length - at - 8)
      throw new WireError('a content type is longer than its frame, or than it may be', at)
    contents.push(Buffer.from(payload.subarray(at + 8, at + 8 + length)).toString('latin1'))
    at += 8 + length
  }
  return { kind, contents }
}

function kindOf(number: number): ControlKind | undefined {
  switch (number) {
    case KINDS.accept:
      return 'accept'
    case KINDS.start:
      return 'start'
    case KINDS.stop:
      return 'stop'
    case KINDS.ready:
      return 'ready'
    case KINDS.finish:
      return 'finish'
    default:
      return undefined
  }
}
