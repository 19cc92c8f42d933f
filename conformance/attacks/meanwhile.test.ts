/** While zones of all kinds of attackers are resolved, many at once: what others wait for their answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { RRSIG } from '../../src/dns/rr/index.ts'
import { fixedKey } from '../../src/signer/fixed-keys.fixture.ts'
import { changing, refusing, silent } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import { collidingKeys, lines } from './attacker.fixture.ts'

const EACH = 20
/** Whole milliseconds of CPU that nobody else may have to wait. */
const MOST_TURN = 50
/** A name of `victim.` that is not cached: to its server and back, its servers being known. */
const ONE_EXCHANGE = 20

test('cached answers come at once, others as fast as ever, and no turn is long', () => {
  const trap = Name.parse('trap.')
  const internet = new Internet({
    '.': {},
    'victim.': { text: lines(1000, (n) => `n${n} A 192.0.2.1`) },
    'trap.': { text: `*.w A 192.0.2.9\n${collidingKeys(fixedKey(15, 'zsk', trap), 500).join('\n')}` },
    'hashes.': { signing: { denial: { kind: 'nsec3', iterations: 150, salt: new Uint8Array(8), optOut: false } } },
    'nxns.': { text: lines(EACH, (z) => lines(100, (n) => `z${z} NS n${n}.z${z}.victim.`)) },
    'chain.': { text: lines(EACH + 100, (n) => `c${n} CNAME c${n + 1}`) },
    'grow.': { text: lines(EACH, (n) => `d${n} DNAME a.b.c.d${n}`) },
    'silent.': {},
    'failing.': { at: ['203.0.113.1', '203.0.113.2', '203.0.113.3'] },
  })
  const forge = changing((reply) => ({
    ...reply,
    answer: reply.answer.flatMap((record) => {
      if (record.type !== RRSIG.number || (record.rdata[1] ?? 0) !== 1) return [record]
      return Array.from({ length: 100 }, (_, n) => ({
        ...record,
        rdata: record.rdata.with(record.rdata.length - 1, n),
      }))
    }),
  }))
  internet.host('trap.').spoil(forge)
  internet.host('silent.').spoil(silent)
  for (const n of [1, 2, 3]) internet.at(`203.0.113.${n}`).spoil(refusing(2))
  const resolver = internet.resolver()
  resolver.resolve('n0.victim.', 'A')

  let attacks = 0
  let waitedMost = 0
  let victims = 0
  const { turnMilliseconds } = resolver.measure(() => {
    for (let n = 0; n < EACH; n++) {
      const deep = `${`x${n}.`.repeat(50)}hashes.`
      for (const name of [
        `x${n}.w.trap.`,
        deep,
        `www.z${n}.nxns.`,
        `c${n}.chain.`,
        `www.d${n}.grow.`,
        `s${n}.silent.`,
        `f${n}.failing.`,
      ]) {
        internet.time.after(n, () => resolver.start(name, 'A', {}, () => attacks++))
      }
    }
    for (let n = 1; n < 1000; n++) {
      internet.time.after(n, () => {
        let isThere = false
        resolver.start('n0.victim.', 'A', {}, () => {
          isThere = true
        })
        assert.ok(isThere, 'what is cached is told at once')
        const since = internet.time.milliseconds()
        resolver.start(`n${n}.victim.`, 'A', {}, ({ security }) => {
          assert.equal(security, 'secure')
          victims++
          waitedMost = Math.max(waitedMost, internet.time.milliseconds() - since)
        })
      })
    }
    internet.run()
  })
  assert.deepEqual([attacks, victims], [7 * EACH, 999])
  assert.equal(waitedMost, ONE_EXCHANGE)
  assert.ok(turnMilliseconds < MOST_TURN, `${turnMilliseconds} ms`)
  if (process.env.SIGNET_SHOW_COSTS !== undefined) console.log(resolver.costs)
})
