/** Messages in a stream: cut at any place, the reader gives what one piece gives, and nothing that is not there. */
import { FrameReader } from '../../src/transport/frames.ts'
import { type FuzzTarget, hold } from '../target.ts'

const MAX = 4000

/** The messages of a stream by the plain reading of RFC 1035 §4.2.2, and why it ended. */
function plainly(octets: Uint8Array): { messages: string[]; fault: string | undefined } {
  const messages: string[] = []
  for (let at = 0; at + 2 <= octets.length; ) {
    const length = ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)
    if (length < 12) return { messages, fault: 'too-short' }
    if (length > MAX) return { messages, fault: 'too-long' }
    if (at + 2 + length > octets.length) break
    messages.push(octets.subarray(at + 2, at + 2 + length).toHex())
    at += 2 + length
  }
  return { messages, fault: undefined }
}

export const target: FuzzTarget = {
  name: 'tcp-frames',
  /** The first octets say where the rest is cut, and when reading is put off. */
  run(octets) {
    const cuts = octets.subarray(0, 8)
    const stream = octets.subarray(8)
    const reader = new FrameReader(MAX)
    const messages: string[] = []
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const cut = cuts[turn % 8] ?? 0
      const end = Math.min(stream.length, at + 1 + (cut & 0x3f) * (cut & 0x40 ? 50 : 1))
      reader.push(stream.slice(at, end))
      at = end
      if (cut & 0x80 && at < stream.length) continue
      while (reader.next()) messages.push(reader.message.toHex())
    }
    const { messages: expected, fault } = plainly(stream)
    hold(reader.fault === fault, `the fault is ${reader.fault}, not ${fault}`)
    hold(messages.length === expected.length, `${messages.length} messages instead of ${expected.length}`)
    hold(
      messages.every((message, i) => message === expected[i]),
      'the messages are those of the stream',
    )
    hold(!reader.unread || reader.fault !== undefined, 'everything was looked at')
    return `${fault} ${messages.length} ${reader.partial}`
  },
  seeds() {
    const frame = (length: number): number[] => [length >>> 8, length & 255, ...new Array<number>(length).fill(7)]
    const cuts = [0, 1, 5, 0x80, 0x3f, 0x7f, 0xff, 2]
    const streams = [
      [...frame(12), ...frame(40), ...frame(13)],
      [...frame(300), 0],
      frame(3999),
      [0, 5, 1],
      [0xff, 0xff],
    ]
    return streams.map((stream) => Uint8Array.from([...cuts, ...stream]))
  },
  dictionary: ['0000', '000c', '000b', '0f9f', '0fa1', 'ff'].map((hex) => Uint8Array.fromHex(hex)),
  maxLength: 20000,
}
