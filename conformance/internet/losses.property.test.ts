/** Messages are lost, late and doubled, and servers fail: every client still hears exactly once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeMessage } from '../../src/dns/wire/index.ts'
import type { Resolution } from '../../src/resolver/index.ts'
import { NSEC3 } from '../../src/signer/signing.fixture.ts'
import { type Fault, refusing, silent, truncating } from './host.ts'
import { Internet } from './internet.ts'

const internet = new Internet({
  '.': { at: ['198.41.0.4', '198.41.0.5'] },
  'test.': { at: ['192.0.2.1', '192.0.2.2'], signing: { denial: NSEC3 } },
  'www.test.': { text: '@ A 192.0.2.80\nalias CNAME www.plain.test.\nloop CNAME loop', at: ['192.0.2.3', '192.0.2.4'] },
  'plain.test.': { text: 'www A 192.0.2.81\n@ MX 10 www', at: ['192.0.2.5'], signing: 'unsigned' },
  // Its only server is a name of a zone whose only server is a name of it.
  'knot.test.': { delegation: 'knot.test. NS ns.tie.test.\ntie.test. NS ns.knot.test.' },
})

const NAMES = [
  'www.test.',
  'alias.www.test.',
  'loop.www.test.',
  'nothing.test.',
  'www.plain.test.',
  'www.knot.test.',
  'test.',
  '.',
]
const TYPES = ['A', 'AAAA', 'MX', 'DNSKEY', 'DS', 'NS', 'ANY']

const FAULTS: Readonly<Record<string, Fault>> = {
  good: (reply) => reply,
  silent,
  servfail: refusing(2),
  refused: refusing(5),
  truncated: truncating(),
  truncatedTwice: truncating(['udp', 'tcp']),
  garbage: (reply) => reply?.slice(0, 20),
  other: (reply, { message }) => {
    const [question] = message.questions
    if (question === undefined) return reply
    return encodeMessage({
      ...message,
      header: { ...message.header, qr: true },
      questions: [{ ...question, type: 99 }],
    })
  },
}

const query = fc.record({
  name: fc.constantFrom(...NAMES),
  type: fc.constantFrom(...TYPES),
  cd: fc.boolean(),
  rd: fc.constantFrom(true, true, true, false),
  at: fc.nat(20_000),
})
/** What happens to one message after the other at one host, over and over. */
const misfortune = fc.record({
  faults: fc.array(fc.constantFrom('good', 'good', ...Object.keys(FAULTS)), { minLength: 1, maxLength: 6 }),
  latency: fc.constantFrom(1, 10, 300, 1500, 5000),
  copies: fc.constantFrom(1, 2, 3),
  isUnreachable: fc.constantFrom(false, false, false, false, true),
})

test('RFC1034 §5.3: whatever happens to messages, each client query has exactly one answer', () => {
  const { hosts } = internet
  fc.assert(
    fc.property(
      fc.array(query, { minLength: 1, maxLength: 30 }),
      fc.array(misfortune, { minLength: hosts.length, maxLength: hosts.length }),
      fc.boolean(),
      fc.boolean(),
      (queries, misfortunes, prefetch, isStaleServed) => {
        internet.time.rewind()
        hosts.forEach((host, i) => {
          const { faults = [], latency = 10, copies = 1, isUnreachable = false } = misfortunes[i] ?? {}
          host.mend()
          let turn = 0
          host.spoil((reply, asked) => FAULTS[faults[turn++ % faults.length] ?? 'good']?.(reply, asked))
          Object.assign(host, { latencyMilliseconds: latency, copies, isUnreachable })
        })
        const serveStale = isStaleServed ? { maxSeconds: 86_400, clientMilliseconds: 1800 } : undefined
        const resolver = internet.resolver({ settings: { prefetch, serveStale } })
        const answers = queries.map((): Resolution[] => [])
        queries.forEach(({ name, type, cd, rd, at }, i) => {
          internet.time.after(at, () => resolver.start(name, type, { cd, rd }, (outcome) => answers[i]?.push(outcome)))
        })
        internet.run()
        answers.forEach((outcomes, i) => {
          assert.equal(outcomes.length, 1, `${queries[i]?.name} ${queries[i]?.type}`)
          assert.ok([0, 2, 3].includes(outcomes[0]?.rcode ?? -1), `${outcomes[0]?.rcode}`)
        })
        assert.equal(resolver.resolver.tasksUnderWay, 0)
        assert.deepEqual(resolver.faults, [])
      },
    ),
    { numRuns: 300 },
  )
})
