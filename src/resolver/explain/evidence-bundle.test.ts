import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { decodeBundle, type EvidenceBundle, encodeBundle } from './evidence-bundle.ts'
import { RecordingUpstream, ReplayedNetwork, SeededRandom } from './recording.ts'

const ADDRESS = Uint8Array.of(192, 0, 2, 1)
const QUERY = Uint8Array.fromHex('000000100001000000000001000006000100002904d0000080000000')
const REPLY = Uint8Array.fromHex('0000840300010000000000000000060001')
const BUNDLE: EvidenceBundle = {
  name: Name.parse('www.example.'),
  type: 1,
  anchors: [{ zone: Name.root, kind: 'ds', rdata: Uint8Array.of(1, 2, 8, 2, 9, 9), validFrom: 5 }],
  source: { kind: 'hints', hints: [{ name: Name.parse('a.root.'), addresses: [ADDRESS, new Uint8Array(16).fill(1)] }] },
  allowLoopbackServers: false,
  takenAt: 1_700_000_000,
  at: 1_690_000_000,
  seed: 0xffffffff,
  exchanges: [
    { address: ADDRESS, port: 53, protocol: 'udp', query: QUERY, milliseconds: 9, reply: { kind: 'timeout' } },
    {
      address: ADDRESS,
      port: 53,
      protocol: 'udp',
      query: QUERY,
      milliseconds: 4,
      reply: { kind: 'message', octets: REPLY, milliseconds: 4 },
    },
  ],
}

test('a bundle is read as it was written', () => {
  const text = encodeBundle(BUNDLE)
  const read = decodeBundle(text, 'file')
  assert.equal(encodeBundle(read), text)
  assert.deepEqual(read.exchanges, BUNDLE.exchanges)
  assert.equal(read.name.toString(), 'www.example.')
})

test('what is wrong is named, and nothing else is thrown', () => {
  const text = encodeBundle(BUNDLE)
  const wrong: [string, string, RegExp][] = [
    ['"version":1', '"version":2', /^f: version is not 1/],
    ['"type":1', '"type":70000', /^f: type is no number from 0 to 65535$/],
    ['"port":53', '"port":"53"', /^f: exchanges\[0\]\.port is no number/],
    ['192.0.2.1', '192.0.2', /^f: source\.hints\[0\]\.addresses is no address$/],
    ['"kind":"ds"', '"kind":"dx"', /^f: anchors\[0\]\.kind is none of ds, dnskey$/],
    ['"takenAt"', '"takenat"', /^f: takenAt is no number/],
  ]
  for (const [from, to, message] of wrong) {
    assert.ok(text.includes(from), from)
    assert.throws(
      () => decodeBundle(text.replace(from, to), 'f'),
      (error) => error instanceof DnsError && message.test(error.message),
    )
  }
  fc.assert(
    fc.property(fc.nat(text.length), fc.string(), (at, piece) => {
      try {
        decodeBundle(text.slice(0, at) + piece + text.slice(at + 1), 'f')
      } catch (error) {
        assert.ok(error instanceof DnsError)
      }
    }),
  )
})

test('what was recorded is answered again: the same server first, with the ID and spelling of the new query', () => {
  const network = new ReplayedNetwork(BUNDLE.exchanges)
  const told: string[] = []
  const server = { address: ADDRESS, port: 53 }
  const query = QUERY.slice()
  query.set([7, 7])
  const ask = (): void =>
    network.ask(server, 'udp', query, 5000, (reply) => told.push(`${reply.kind} ${network.milliseconds}`))
  ask()
  ask()
  network.run(() => told.length === 2)
  assert.deepEqual(told, ['message 4', 'timeout 9'])
  network.ask({ address: Uint8Array.of(192, 0, 2, 9), port: 53 }, 'udp', query, 5000, (reply) => {
    assert.ok(reply.kind === 'message')
    assert.deepEqual([...reply.octets.subarray(0, 2)], [7, 7])
    told.push('other')
  })
  network.ask(server, 'tcp', query, 1000, ({ kind }) => told.push(kind))
  network.run(() => told.length === 4)
  assert.deepEqual(told.slice(2), ['other', 'timeout'])
  assert.equal(network.missing, 1)
})

test('a recording upstream passes all on and keeps copies', () => {
  let now = 0
  const upstream = new RecordingUpstream(
    {
      ask: (_server, _protocol, _message, _milliseconds, done) =>
        done({ kind: 'message', octets: REPLY, milliseconds: 1 }),
    },
    () => (now += 5),
  )
  let replies = 0
  upstream.ask({ address: ADDRESS, port: 53 }, 'udp', QUERY, 100, () => replies++)
  assert.equal(replies, 1)
  const [exchange] = upstream.exchanges
  assert.deepEqual([exchange?.query, exchange?.milliseconds], [QUERY, 5])
  assert.notEqual(exchange?.query, QUERY)
})

test('chance with a seed is the same each time', () => {
  assert.deepEqual(new SeededRandom(5).bytes(16), new SeededRandom(5).bytes(16))
  assert.notDeepEqual(new SeededRandom(5).bytes(16), new SeededRandom(6).bytes(16))
})
