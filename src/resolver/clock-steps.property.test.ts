/** Caches, remembered failures and what is known of servers, under a wall clock that is set: as with a twin whose clock never is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Said, ScriptedResolver, told } from './scripted.fixture.ts'

const DAY = 86_400
const SOA = 'test. 60 SOA ns.test. h.test. 1 2 3 4 60\n'
const NAMES = ['short.test.', 'long.test.', 'none.test.', 'refused.test.', 'silent.test.'] as const

function script(line: string): Said {
  const [, name = ''] = line.split(' ')
  if (name === 'silent.test.') return undefined
  if (name === 'refused.test.') return { rcode: 5 }
  if (name === 'none.test.') return { rcode: 3, authority: SOA }
  return { answer: `${name} ${name === 'short.test.' ? 5 : 3600} A 192.0.2.7\n` }
}

const happening = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 2, 6, 61, 400, 3601) }),
  fc.record({ kind: fc.constant('set' as const), seconds: fc.constantFrom(DAY, -DAY, 3650 * DAY, -3650 * DAY, 1, -1) }),
)

test('answers, and what servers are asked, are those of the twin', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const own = new ScriptedResolver()
      const twin = new ScriptedResolver()
      for (const each of happenings) {
        if (each.kind === 'set') own.wallSetBy += each.seconds
        else if (each.kind === 'pass') for (const one of [own, twin]) one.pass(each.seconds)
        else {
          const [a, b] = [own, twin].map((one) => one.resolve(script, each.name))
          assert.ok(a !== undefined && b !== undefined)
          assert.deepEqual([told(a), a.expires - own.now], [told(b), b.expires - twin.now])
        }
      }
      assert.deepEqual(own.asked, twin.asked)
      assert.deepEqual([...own.resolver.caches.dump(own.now)], [...twin.resolver.caches.dump(twin.now)])
    }),
  )
})
