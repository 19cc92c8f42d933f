/**
 * Control frames of Frame Streams, which a dnstap collector sends us: any octets are frames or a DnsError, the same whether
 * they come at once or one by one, and frames that are read print as the octets they came in.
 */
import { DnsError } from '../../src/dns/errors.ts'
import {
  type ControlFrame,
  ControlFrameReader,
  DNSTAP_CONTENT,
  encodeControl,
} from '../../src/management/dnstap/control-frames.ts'
import { type FuzzTarget, hold } from '../target.ts'

function readSlowly(octets: Uint8Array): { frames: ControlFrame[]; fault: boolean } {
  const reader = new ControlFrameReader()
  const frames: ControlFrame[] = []
  try {
    for (const octet of octets) frames.push(...reader.take(Uint8Array.of(octet)))
    return { frames, fault: false }
  } catch (error) {
    if (error instanceof DnsError) return { frames, fault: true }
    throw error
  }
}

export const target: FuzzTarget = {
  name: 'dnstap-control',
  maxLength: 1500,
  run(octets) {
    const slow = readSlowly(octets)
    const printed = Buffer.concat(slow.frames.map((frame) => encodeControl(frame)))
    hold(printed.equals(octets.subarray(0, printed.length)), 'frames print as they came')
    const frames = new ControlFrameReader().take(octets)
    hold(!slow.fault && frames.length === slow.frames.length, 'octets at once are read as octets one by one')
    return frames.map(({ kind, contents }) => `${kind} ${contents.length}`).join(' ')
  },
  seeds() {
    const frame = (kind: ControlFrame['kind'], ...contents: string[]) => encodeControl({ kind, contents })
    const accept = frame('accept', DNSTAP_CONTENT)
    return [
      accept,
      frame('accept', 'a', DNSTAP_CONTENT),
      frame('finish'),
      new Uint8Array([...accept, ...frame('finish')]),
    ]
  },
  dictionary: [
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 0, 4],
    [0, 0, 2, 0],
    [0, 0, 0, 5],
    [0xff, 0xff, 0xff, 0xff],
  ].map((list) => Uint8Array.from(list)),
}
