/** RFC 8198: answers that are made from proofs carry the extended error Synthesized (29), others do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NSEC as NSEC_DENIAL, NSEC3 } from '../../src/signer/signing.fixture.ts'
import { changing } from './host.ts'
import { Internet } from './internet.ts'
import type { SimulatedResolver } from './simulated-resolver.ts'

const SYNTHESIZED = 29

/** RCODE, queries that were sent for it, and the texts of code 29. */
function judged(internet: Internet, resolver: SimulatedResolver, name: string, type = 'A') {
  const { exchanges } = internet.host('zone.test.')
  const { rcode, security, remarks, answer } = resolver.resolve(name, type)
  assert.equal(security, 'secure')
  const texts = remarks.filter(({ code }) => code === SYNTHESIZED).map(({ text }) => text)
  return { rcode, asked: internet.host('zone.test.').exchanges - exchanges, texts, answers: answer.length }
}

for (const [title, denial] of [
  ['NSEC', NSEC_DENIAL],
  ['NSEC3', NSEC3],
] as const) {
  test(`RFC8198 §5: ${title}: NXDOMAIN, NODATA and wildcards that no server was asked for`, () => {
    const text = 'www A 192.0.2.1\n*.w A 192.0.2.2\nto CNAME no9.zone.test.'
    const internet = new Internet({ '.': {}, 'test.': {}, 'zone.test.': { text, signing: { denial } } })
    const resolver = internet.resolver()
    const plain = [
      judged(internet, resolver, 'www.zone.test.'),
      judged(internet, resolver, 'www.zone.test.', 'MX'),
      judged(internet, resolver, 'a.w.zone.test.'),
      // Until the whole chain is known.
      ...Array.from({ length: 12 }, (_, n) => judged(internet, resolver, `no${n}.zone.test.`)),
    ]
    for (const { asked, texts } of plain) assert.equal(texts.length, asked === 0 ? 1 : 0)
    const made = [
      judged(internet, resolver, 'none.zone.test.'),
      judged(internet, resolver, 'www.zone.test.', 'TXT'),
      judged(internet, resolver, 'b.w.zone.test.'),
    ]
    assert.deepEqual(
      made.map(({ rcode, asked, answers }) => [rcode, asked, answers]),
      [
        [3, 0, 0],
        [0, 0, 0],
        [0, 0, 1],
      ],
    )
    for (const { texts } of made) {
      assert.match(texts.join(), new RegExp(`^no server was asked: made from ${title} \\S*zone\\.test\\.`))
      assert.match(texts.join(), /\(RFC 8198\)$/)
    }
    // What is in the cache under its own name was an answer.
    assert.deepEqual(judged(internet, resolver, 'www.zone.test.').texts, [])
  })

  test(`RFC8198 §5: ${title}: with aggressive use off nothing is synthesized`, () => {
    const internet = new Internet({ '.': {}, 'test.': {}, 'zone.test.': { signing: { denial } } })
    const resolver = internet.resolver({ settings: { aggressiveNsec: false } })
    for (let n = 0; n < 4; n++) {
      const { asked, texts } = judged(internet, resolver, `no${n}.zone.test.`)
      assert.ok(asked > 0)
      assert.deepEqual(texts, [])
    }
  })
}

const SOA = 6
const SHORT = 5

for (const [title, denial] of [
  ['NSEC', NSEC_DENIAL],
  ['NSEC3', NSEC3],
] as const) {
  test(`RFC9077 §3: ${title}: a record denies for no longer than the denial that it came with, whatever its own TTL`, () => {
    const internet = new Internet({ '.': {}, 'test.': {}, 'zone.test.': { signing: { denial } } })
    // As of a zone signed before RFC 9077: the TTL of the SOA is below its MINIMUM, which the proofs have.
    internet.host('zone.test.').spoil(
      changing((reply) => ({
        ...reply,
        authority: reply.authority.map((record) => (record.type === SOA ? { ...record, ttl: SHORT } : record)),
      })),
    )
    const resolver = internet.resolver()
    for (let n = 0; n < 12; n++) judged(internet, resolver, `no${n}.zone.test.`)
    assert.equal(judged(internet, resolver, 'none.zone.test.').asked, 0)
    internet.time.pass(SHORT)
    // What is made needs a SOA: that of the apex itself has its whole TTL.
    assert.equal(judged(internet, resolver, 'zone.test.', 'SOA').asked, 1)
    const { asked, rcode } = judged(internet, resolver, 'nothing.zone.test.')
    assert.deepEqual([rcode, asked > 0], [3, true])
  })
}
