/** Files of evidence: any text is one or our errors; what is read is written and read as the same; judging it again comes to an end. */
import { Name } from '../../src/dns/name/index.ts'
import { decodeBundle, type EvidenceBundle, encodeBundle, replay } from '../../src/resolver/index.ts'
import { ROOT_ANCHORS } from '../../src/validator/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

/** More exchanges than this make an input slow and teach nothing new. */
const MOST_REPLAYED = 8

const query = Uint8Array.fromHex('000000100001000000000001000006000100002904d0000080000000')
const reply = Uint8Array.fromHex('0000840300010000000000000000060001')
const address = Uint8Array.of(192, 0, 2, 1)

const SEED: EvidenceBundle = {
  name: Name.parse('www.example.'),
  type: 1,
  anchors: ROOT_ANCHORS,
  source: { kind: 'root', address, port: 53, protocol: 'udp' },
  allowLoopbackServers: true,
  takenAt: 1_700_000_000,
  at: 1_700_000_000,
  seed: 7,
  exchanges: [
    {
      address,
      port: 53,
      protocol: 'udp',
      query,
      reply: { kind: 'message', octets: reply, milliseconds: 3 },
      milliseconds: 3,
    },
    { address, port: 53, protocol: 'tcp', query, reply: { kind: 'timeout' }, milliseconds: 250 },
    { address, port: 53, protocol: 'tls', query, reply: { kind: 'failed', text: 'refused' }, milliseconds: 1 },
  ],
}
const HINTS: EvidenceBundle = { ...SEED, source: { kind: 'hints', hints: [{ name: Name.root, addresses: [address] }] } }

const encoder = new TextEncoder()
const decoder = new TextDecoder('latin1')

export const target: FuzzTarget = {
  name: 'evidence',
  run(octets) {
    const bundle = decodeBundle(decoder.decode(octets), 'evidence')
    const text = encodeBundle(bundle)
    hold(encodeBundle(decodeBundle(text, 'again')) === text, 'what is read is written and read as the same')
    if (bundle.exchanges.length > MOST_REPLAYED) return 'long'
    const { resolution } = replay(bundle)
    return `${resolution.security} ${resolution.rcode}`
  },
  seeds: () => [SEED, HINTS].map((bundle) => encoder.encode(encodeBundle(bundle))),
  dictionary: ['"kind":"timeout"', '"kind":"failed"', '"hints"', 'null', '[]', '-1', '4294967296'].map((word) =>
    encoder.encode(word),
  ),
}
