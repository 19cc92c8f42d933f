/** RFC 2181 §5.4.1: below a cut that is known, servers of the parent are not authoritative, whatever they say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { A, NS, SOA } from '../dns/rr/index.ts'
import { type Said, ScriptedResolver, told } from './scripted.fixture.ts'
import type { ResolverSettings } from './settings.ts'

const OLD = '192.0.2.9'
const NEW = '192.0.2.7'
const CUT = Name.parse('sub.example.')
const DELEGATION: Said = {
  aa: false,
  authority: 'sub.example. NS ns.sub.example.',
  additional: 'ns.sub.example. A 192.0.2.54',
}

/** The root delegates `example.` to 192.0.2.53, which delegates `sub.example.` to 192.0.2.54, unless `parent` says otherwise. */
function world(parent: (line: string) => Said, child: (line: string) => Said = right): (line: string) => Said {
  return (line) => {
    const question = line.slice(line.indexOf(' ') + 1)
    if (line.startsWith('192.0.2.1 ')) {
      return { aa: false, authority: 'example. NS ns.example.', additional: 'ns.example. A 192.0.2.53' }
    }
    if (line.startsWith('192.0.2.54 ')) return child(question)
    return parent(question) ?? DELEGATION
  }
}

/** What the child says. */
function right(question: string): Said {
  const [name = '', type = ''] = question.split(' ')
  if (type === 'NS') return { answer: 'sub.example. NS ns.sub.example.' }
  if (type === 'SOA') return { answer: 'sub.example. SOA ns.sub.example. host. 7 2 3 4 60' }
  return { answer: `${name} ${type} ${NEW}` }
}

/** A resolver that knows the cut. */
function knowing(script: (line: string) => Said, settings: Partial<ResolverSettings> = {}): ScriptedResolver {
  const scripted = new ScriptedResolver(settings)
  scripted.resolve(script, 'a.sub.example.')
  scripted.asked.length = 0
  return scripted
}

const ALIAS = `www.example. CNAME b.sub.example.\nb.sub.example. A ${OLD}`

describe('an alias into the child, with what the parent holds of its target', () => {
  for (const [what, answer, first] of [
    ['CNAME', ALIAS, 'www.example. CNAME b.sub.example.'],
    [
      'DNAME',
      `d.example. DNAME sub.example.\nb.d.example. CNAME b.sub.example.\nb.sub.example. A ${OLD}`,
      'd.example. DNAME sub.example.; b.d.example. CNAME b.sub.example.',
    ],
  ] as const) {
    test(`${what}: the target is asked of the child, with one message more`, () => {
      const name = what === 'CNAME' ? 'www.example.' : 'b.d.example.'
      const script = world((question) => (question.startsWith(name) ? { answer } : undefined))
      const scripted = knowing(script)
      assert.equal(told(scripted.resolve(script, name)), `0; ${first}; b.sub.example. A ${NEW}`)
      assert.deepEqual(scripted.asked, [`192.0.2.53 ${name} A`, '192.0.2.54 b.sub.example. A'])
      assert.equal(told(scripted.resolve(script, 'b.sub.example.')), `0; b.sub.example. A ${NEW}`)
    })
  }

  test('the chain goes on within the parent, and ends where it enters the child', () => {
    const answer = `www.example. CNAME x.example.\nx.example. CNAME b.sub.example.\nb.sub.example. CNAME y.example.\ny.example. A ${OLD}`
    const script = world((question) => (question.startsWith('www') ? { answer } : undefined))
    const scripted = knowing(script)
    const expected = `0; www.example. CNAME x.example.; x.example. CNAME b.sub.example.; b.sub.example. A ${NEW}`
    assert.equal(told(scripted.resolve(script, 'www.example.')), expected)
  })

  test('a denial of the target with the SOA of the child is not taken either', () => {
    const script = world((question) =>
      question.startsWith('www')
        ? {
            rcode: 3,
            answer: 'www.example. CNAME b.sub.example.',
            authority: 'sub.example. SOA ns.example. host. 1 2 3 4 60',
          }
        : undefined,
    )
    const scripted = knowing(script)
    assert.match(told(scripted.resolve(script, 'www.example.')), /^0;.*; b\.sub\.example\. A 192\.0\.2\.7$/)
  })

  test('a cut that is not known yet: the data is used, as of one zone', () => {
    const script = world((question) => (question.startsWith('www') ? { answer: ALIAS } : undefined))
    const scripted = new ScriptedResolver()
    assert.match(told(scripted.resolve(script, 'www.example.')), /192\.0\.2\.9$/)
    assert.equal(scripted.asked.length, 2)
  })

  test('a zone of the configuration counts as a cut: for a server above it and for a forwarder', () => {
    const endpoint = { address: Uint8Array.of(192, 0, 2, 54), port: 53 }
    const servers = [{ endpoint, protocol: 'udp' as const }]
    const above = { address: Uint8Array.of(192, 0, 2, 53), port: 53 }
    const script = world((question) => (question.startsWith('www') ? { answer: ALIAS } : undefined))
    for (const kind of ['stub', 'forward'] as const) {
      for (const isForwarded of [true, false]) {
        const forward = {
          zone: Name.root,
          kind: 'forward' as const,
          servers: [{ endpoint: above, protocol: 'udp' as const }],
        }
        const routed = [
          { zone: CUT, kind, servers, first: false },
          ...(isForwarded ? [{ ...forward, first: false }] : []),
        ]
        const scripted = new ScriptedResolver({ routed })
        assert.match(told(scripted.resolve(script, 'www.example.')), /192\.0\.2\.7$/, `${kind} ${isForwarded}`)
      }
    }
  })

  test('a forwarder gives the whole chain, be a delegation on it known or not', () => {
    const above = { address: Uint8Array.of(192, 0, 2, 53), port: 53 }
    const servers = [{ endpoint: above, protocol: 'udp' as const }]
    const scripted = new ScriptedResolver({ routed: [{ zone: Name.root, kind: 'forward', servers, first: false }] })
    const script = world((question) => {
      if (question.startsWith('www')) return { answer: ALIAS }
      return { answer: 'sub.example. NS ns.sub.example.' }
    })
    scripted.resolve(script, 'sub.example.', 'NS')
    assert.match(told(scripted.resolve(script, 'www.example.')), /192\.0\.2\.9$/)
    assert.equal(scripted.asked.length, 2)
  })
})

describe('a direct answer below the cut', () => {
  test('when the cut becomes known meanwhile: the child is asked', () => {
    const script = world(({ length }) => (length > 0 ? { answer: `b.sub.example. A ${OLD}` } : undefined))
    const scripted = new ScriptedResolver()
    const box = scripted.begin('b.sub.example.')
    const [root] = scripted.pending.splice(0)
    root?.answer(script(root.line))
    const [late] = scripted.pending.splice(0)
    // Another client makes the cut known.
    scripted.resolve(
      world(() => undefined),
      'a.sub.example.',
    )
    late?.answer(script(late.line))
    scripted.serve(script)
    assert.ok(box.resolution)
    assert.equal(told(box.resolution), `0; b.sub.example. A ${NEW}`)
  })

  test('is used when no server of the child is of use, and does not replace what the child said', () => {
    const refused = world(
      (question) =>
        question.endsWith('SOA')
          ? { answer: 'sub.example. SOA ns.example. host. 1 2 3 4 60' }
          : { answer: `${question.split(' ')[0]} A ${OLD}` },
      () => ({ rcode: 5 }),
    )
    const good = world(() => undefined)
    const scripted = knowing(good)
    scripted.resolve(good, 'sub.example.', 'SOA')
    assert.equal(told(scripted.resolve(refused, 'c.sub.example.')), `0; c.sub.example. A ${OLD}`)
    const { rrsets } = scripted.resolver.caches
    assert.equal(rrsets.find(Name.parse('c.sub.example.'), A.number, scripted.now)?.rank, 3)
    assert.equal(rrsets.find(CUT, SOA.number, scripted.now)?.rrset.rdatas[0]?.at(-17), 7)
  })

  test('the denial of a name of the child by the parent does not bring its SOA above that of the child', () => {
    const good = world(() => undefined)
    const scripted = knowing(good)
    scripted.resolve(good, 'sub.example.', 'SOA')
    const refused = world(
      () => ({ rcode: 3, authority: 'sub.example. SOA ns.example. host. 1 2 3 4 60' }),
      () => ({ rcode: 5 }),
    )
    assert.equal(scripted.resolve(refused, 'c.sub.example.').rcode, 3)
    const soa = scripted.resolver.caches.rrsets.find(CUT, SOA.number, scripted.now)
    assert.equal(soa?.rrset.rdatas[0]?.at(-17), 7)
  })
})

test("the DS of the child stays the parent's, also where the cut is known", () => {
  const ds = 'sub.example. DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000'
  const script = world((question) => {
    if (question.endsWith(' DS')) return { answer: ds }
    return question.startsWith('www') ? { answer: ALIAS } : undefined
  })
  const scripted = knowing(script)
  assert.equal(scripted.resolve(script, 'sub.example.', 'DS').answer.length, 1)
  assert.deepEqual(scripted.asked, ['192.0.2.53 sub.example. DS'])
})

test('parent and child on the same server: names resolve, and a known cut costs one message for each alias', () => {
  const script = (line: string): Said => {
    if (line.startsWith('192.0.2.1 ')) {
      return { aa: false, authority: 'example. NS ns.example.', additional: 'ns.example. A 192.0.2.53' }
    }
    if (line.includes(' www.')) return { answer: ALIAS }
    if (line.endsWith(' NS')) return { answer: 'sub.example. NS ns.example.' }
    return { answer: `${line.split(' ')[1]} A ${OLD}` }
  }
  for (const qnameMinimisation of [true, false]) {
    const scripted = new ScriptedResolver({ qnameMinimisation })
    assert.equal(scripted.resolve(script, 'a.sub.example.').rcode, 0)
    assert.equal(scripted.resolve(script, 'sub.example.', 'NS').rcode, 0)
    assert.ok(scripted.resolver.caches.rrsets.find(CUT, NS.number, scripted.now))
    scripted.asked.length = 0
    assert.match(told(scripted.resolve(script, 'www.example.')), /192\.0\.2\.9$/)
    assert.deepEqual(scripted.asked, ['192.0.2.53 www.example. A', '192.0.2.53 b.sub.example. A'])
  }
})
