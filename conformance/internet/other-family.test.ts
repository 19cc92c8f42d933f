/** RFC1034 §5.3.3: servers of which one address family is known, and that family is of no use. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Fault, refusing, silent } from './host.ts'
import { Internet } from './internet.ts'
import { spoilingSignatures } from './odd-replies.fixture.ts'

const V4 = '192.0.2.66'
const V6 = '2001:db8::53'

/** `old.` is served by ns.host., of which its parent knows the address `glue` alone, while `host.` itself has both. */
function worldOf(glue: string): Internet {
  return new Internet({
    '.': {},
    'host.': {
      text: `ns A ${V4}\nns AAAA ${V6}`,
      signing: 'unsigned',
      at: ['192.0.2.20'],
      delegation: `host. NS ns1.host.\nns1.host. A 192.0.2.20\nns.host. ${glue.includes(':') ? 'AAAA' : 'A'} ${glue}`,
    },
    'old.': { text: 'www A 192.0.2.7', at: [V4, V6], signing: 'unsigned', delegation: 'old. NS ns.host.' },
  })
}

describe('RFC1034 §5.3.3: the missing address family is looked up before a zone is given up', () => {
  for (const [dead, alive] of [
    [V4, V6],
    [V6, V4],
  ] as const) {
    for (const [what, fault] of [
      ['silent', silent],
      ['refusing', refusing(5)],
    ] as const satisfies readonly (readonly [string, Fault])[]) {
      test(`${dead} is ${what}, ${alive} was never told of`, () => {
        const internet = worldOf(dead)
        internet.at(dead).spoil(fault)
        const since = internet.time.milliseconds()
        const { rcode, answer } = internet.resolver().resolve('www.old.', 'A')
        assert.deepEqual([rcode, answer.length], [0, 1])
        assert.ok(internet.time.milliseconds() - since < 3000)
      })
    }

    test(`${dead} gives answers that do not validate, ${alive} was never told of`, () => {
      const internet = new Internet({ '.': {}, 'old.': { text: 'www A 192.0.2.7', at: [V4, V6], glue: [dead] } })
      internet.at(dead).spoil(spoilingSignatures)
      const { security, answer } = internet.resolver().resolve('www.old.', 'A')
      assert.deepEqual([security, answer.length], ['secure', 1])
    })
  }

  test('a family that is turned off is not looked up', () => {
    const internet = worldOf(V4)
    internet.at(V4).spoil(silent)
    const { rcode } = internet.resolver({ settings: { ipv6: false } }).resolve('www.old.', 'A')
    assert.deepEqual([rcode, internet.at(V6).exchanges], [2, 0])
  })

  test('a server that replies is enough: nothing is looked up', () => {
    const internet = worldOf(V4)
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.old.', 'A').answer.length, 1)
    assert.equal(internet.at('192.0.2.20').exchanges, 0)
  })

  test('the look-ups are bounded, whatever number of servers a zone names', () => {
    const names = Array.from({ length: 30 }, (_, n) => n)
    const internet = new Internet({
      '.': {},
      'host.': {
        text: names.map((n) => `ns${n} A 192.0.2.${100 + n}`).join('\n'),
        signing: 'unsigned',
        at: ['192.0.2.20'],
        delegation: `host. NS ns1.host.\nns1.host. A 192.0.2.20\n${names.map((n) => `ns${n}.host. A 192.0.2.${100 + n}`).join('\n')}`,
      },
      'old.': {
        text: 'www A 192.0.2.7',
        signing: 'unsigned',
        at: ['192.0.2.99'],
        delegation: names.map((n) => `old. NS ns${n}.host.`).join('\n'),
      },
    })
    const { rcode } = internet.resolver().resolve('www.old.', 'A')
    assert.equal(rcode, 2)
    assert.ok(internet.at('192.0.2.20').exchanges <= 8, `${internet.at('192.0.2.20').exchanges}`)
  })
})
