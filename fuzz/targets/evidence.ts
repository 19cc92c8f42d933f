/** Files of evidence: any text is one or our errors; what is read is written and read as the same; judging or showing it comes to an end. */
import { Name } from '../../src/dns/name/index.ts'
import {
  decodeBundle,
  decodeEvidence,
  decodeFailure,
  type EvidenceBundle,
  encodeBundle,
  encodeFailure,
  explainFailure,
  explanationDot,
  explanationText,
  failureText,
  type RecordedFailure,
  type Repeats,
  replay,
} from '../../src/resolver/index.ts'
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

const FAILURE: RecordedFailure & Repeats = {
  name: SEED.name,
  type: 1,
  at: 1_700_000_000,
  zone: Name.parse('example.'),
  cause: 'signature-expired',
  status: 'bogus',
  remarks: [{ code: 7, text: 'expired' }],
  parts: [
    {
      name: 'www.example.',
      type: 'A',
      status: 'bogus',
      reason: 'signature-expired',
      sentences: ['All signatures over the data have expired.'],
      links: [{ kind: 'anchor', name: '.', type: 'DS', what: 'trust anchor', status: 'secure', detail: 'x', depth: 0 }],
    },
  ],
  above: { name: '.', type: 'DNSKEY', status: 'secure', sentences: [], links: [] },
  exchanges: SEED.exchanges,
  isCut: true,
  milliseconds: 9,
  questions: 3,
  first: 1_700_000_000,
  last: 1_700_000_001,
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('latin1')

export const target: FuzzTarget = {
  name: 'evidence',
  run(octets) {
    const evidence = decodeEvidence(decoder.decode(octets), 'evidence')
    if (evidence.kind === 'failure') {
      const { failure } = evidence
      const text = failureText(encodeFailure(failure), failure)
      const again = decodeFailure(text, 'again')
      hold(failureText(encodeFailure(again), again) === text, 'a failure is written and read as the same')
      const explanation = explainFailure(failure)
      return `${explanationText(explanation).length > 0} ${explanationDot(explanation).length > 0} ${failure.cause}`
    }
    const { bundle } = evidence
    const text = encodeBundle(bundle)
    hold(encodeBundle(decodeBundle(text, 'again')) === text, 'what is read is written and read as the same')
    if (bundle.exchanges.length > MOST_REPLAYED) return 'long'
    const { resolution } = replay(bundle)
    return `${resolution.security} ${resolution.rcode}`
  },
  seeds: () =>
    [encodeBundle(SEED), encodeBundle(HINTS), failureText(encodeFailure(FAILURE), FAILURE)].map((text) =>
      encoder.encode(text),
    ),
  dictionary: ['"kind":"timeout"', '"kind":"failed"', '"hints"', 'null', '[]', '-1', '4294967296'].map((word) =>
    encoder.encode(word),
  ),
}
