/**
 * Reads packet captures as far as tests of DNS need: pcap and pcapng files; Ethernet with VLANs, raw IP, loopback, PPP and Linux
 * cooked links; IPv4 with fragments, IPv6; UDP and TCP. What it does not know it leaves out. Captures come from outside: nothing
 * here trusts a length.
 */

/** What one side sent to the other: a datagram, or a message of a TCP stream (without its length). */
export type Payload = { readonly transport: 'udp' | 'tcp'; readonly octets: Uint8Array }

type Frame = { readonly link: number; readonly octets: Uint8Array }

const PCAP_MICRO = 0xa1b2c3d4
const PCAP_NANO = 0xa1b23c4d
const PCAPNG = 0x0a0d0d0a

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
}

function frames(file: Uint8Array): Frame[] {
  if (file.length < 24) return []
  const view = viewOf(file)
  if (view.getUint32(0) === PCAPNG) return pcapngFrames(file)
  const little = [PCAP_MICRO, PCAP_NANO].includes(view.getUint32(0, true))
  if (!little && ![PCAP_MICRO, PCAP_NANO].includes(view.getUint32(0))) return []
  const link = view.getUint32(20, little) & 0x0fffffff
  const found: Frame[] = []
  for (let at = 24; at + 16 <= file.length; ) {
    const captured = view.getUint32(at + 8, little)
    at += 16
    found.push({ link, octets: file.subarray(at, Math.min(at + captured, file.length)) })
    at += captured
  }
  return found
}

function pcapngFrames(file: Uint8Array): Frame[] {
  const view = viewOf(file)
  const little = view.getUint32(8, true) === 0x1a2b3c4d
  const links: number[] = []
  const found: Frame[] = []
  for (let at = 0; at + 12 <= file.length; ) {
    const type = view.getUint32(at, little)
    const length = view.getUint32(at + 4, little)
    if (length < 12 || at + length > file.length) break
    if (type === 1) links.push(view.getUint16(at + 8, little))
    else if (type === 6 && length >= 32) {
      const captured = Math.min(view.getUint32(at + 20, little), length - 32)
      const link = links[view.getUint32(at + 8, little)] ?? -1
      found.push({ link, octets: file.subarray(at + 28, at + 28 + captured) })
    } else if (type === 3) found.push({ link: links[0] ?? -1, octets: file.subarray(at + 12, at + length - 4) })
    at += length
  }
  return found
}

/** The IP packet in a frame, or undefined. */
function ipOf({ link, octets }: Frame): Uint8Array | undefined {
  const u16 = (at: number): number => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)
  const behind = (at: number): Uint8Array | undefined => (at < octets.length ? octets.subarray(at) : undefined)
  const typed = (type: number, at: number): Uint8Array | undefined => {
    if (type === 0x8100 || type === 0x88a8) return typed(u16(at + 2), at + 4)
    return type === 0x0800 || type === 0x86dd ? behind(at) : undefined
  }
  if (link === 1) return typed(u16(12), 14)
  if (link === 113) return typed(u16(14), 16)
  if (link === 276) return typed(u16(0), 20)
  if (link === 0 || link === 108) return behind(4)
  if (link === 9 || link === 50) {
    const at = u16(0) === 0xff03 ? 2 : 0
    return u16(at) === 0x0021 || u16(at) === 0x0057 ? behind(at + 2) : undefined
  }
  return [12, 14, 101, 228, 229].includes(link) ? octets : undefined
}

type Datagram = { readonly from: string; readonly to: string; readonly protocol: number; readonly octets: Uint8Array }

/** Puts fragments of IPv4 together and takes headers away. */
class Reassembly {
  readonly #parts = new Map<string, { at: number; octets: Uint8Array; more: boolean }[]>()

  datagram(packet: Uint8Array): Datagram | undefined {
    const version = (packet[0] ?? 0) >> 4
    if (version === 6 && packet.length >= 40) {
      const view = viewOf(packet)
      const octets = packet.subarray(40, Math.min(40 + view.getUint16(4), packet.length))
      const text = (at: number): string => packet.subarray(at, at + 16).toHex()
      return { from: text(8), to: text(24), protocol: packet[6] ?? 0, octets }
    }
    if (version !== 4 || packet.length < 20) return undefined
    const view = viewOf(packet)
    const octets = packet.subarray(
      ((packet[0] ?? 0) & 15) * 4,
      Math.min(view.getUint16(2) || packet.length, packet.length),
    )
    const protocol = packet[9] ?? 0
    const from = packet.subarray(12, 16).toHex()
    const to = packet.subarray(16, 20).toHex()
    const fragment = view.getUint16(6)
    if ((fragment & 0x3fff) === 0) return { from, to, protocol, octets }
    const whole = this.#add(`${from} ${to} ${protocol} ${view.getUint16(4)}`, {
      at: (fragment & 0x1fff) * 8,
      octets,
      more: (fragment & 0x2000) !== 0,
    })
    return whole && { from, to, protocol, octets: whole }
  }

  #add(key: string, part: { at: number; octets: Uint8Array; more: boolean }): Uint8Array | undefined {
    const parts = [...(this.#parts.get(key) ?? []), part].sort((a, b) => a.at - b.at)
    this.#parts.set(key, parts)
    const out: number[] = []
    for (const { at, octets, more } of parts) {
      if (at > out.length) return undefined
      out.splice(at, out.length, ...octets)
      if (!more) return Uint8Array.from(out)
    }
    return undefined
  }
}

type Segment = { readonly sequence: number; readonly octets: Uint8Array }

/** The messages of a stream: each after its 16-bit length. It ends at the first hole. */
function streamMessages(segments: readonly Segment[]): Uint8Array[] {
  const first = segments[0]?.sequence ?? 0
  const sorted = segments
    .map(({ sequence, octets }) => ({ at: (sequence - first) | 0, octets }))
    .sort((a, b) => a.at - b.at)
  const start = sorted[0]?.at ?? 0
  const stream: number[] = []
  for (const { at, octets } of sorted) {
    const missing = at - start - stream.length
    if (missing > 0) break
    for (const octet of octets.subarray(Math.min(-missing, octets.length))) stream.push(octet)
  }
  const messages: Uint8Array[] = []
  for (let at = 0; at + 2 <= stream.length; ) {
    const length = ((stream[at] ?? 0) << 8) | (stream[at + 1] ?? 0)
    messages.push(Uint8Array.from(stream.slice(at + 2, at + 2 + length)))
    at += 2 + length
  }
  return messages
}

/** All that went from or to one of the ports: datagrams in their order, then the messages of each stream. */
export function readCapture(file: Uint8Array, ports: readonly number[] = [53, 8053]): Payload[] {
  const payloads: Payload[] = []
  const streams = new Map<string, Segment[]>()
  const reassembly = new Reassembly()
  for (const frame of frames(file)) {
    const packet = ipOf(frame)
    const datagram = packet && reassembly.datagram(packet)
    if (datagram === undefined || datagram.octets.length < 8) continue
    const { octets } = datagram
    const view = viewOf(octets)
    const [from, to] = [view.getUint16(0), view.getUint16(2)]
    if (!ports.includes(from) && !ports.includes(to)) continue
    if (datagram.protocol === 17) payloads.push({ transport: 'udp', octets: octets.subarray(8) })
    else if (datagram.protocol === 6 && octets.length >= 20) {
      const data = octets.subarray((view.getUint8(12) >> 4) * 4)
      if (data.length === 0) continue
      const key = `${datagram.from} ${from} ${datagram.to} ${to}`
      const segments = streams.get(key) ?? []
      segments.push({ sequence: view.getUint32(4), octets: data })
      streams.set(key, segments)
    }
  }
  for (const segments of streams.values()) {
    for (const octets of streamMessages(segments)) payloads.push({ transport: 'tcp', octets })
  }
  return payloads
}
