/** What a resolver does with what its servers say, without validation: `conformance/` has that, and whole internets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { type Said, ScriptedResolver, told } from './scripted.fixture.ts'

const ADDRESS = Uint8Array.of(192, 0, 2, 53)
const SOA = 'example. 300 SOA ns.example. host.example. 1 2 3 4 60'

/** The root delegates `example.` to 192.0.2.53, which says what `zone` says. */
function world(zone: (line: string) => Said): (line: string) => Said {
  return (line) => {
    if (!line.startsWith('192.0.2.1 ')) return zone(line.slice(line.indexOf(' ') + 1))
    return { aa: false, authority: 'example. NS ns.example.', additional: 'ns.example. A 192.0.2.53' }
  }
}

test('RFC5452 §5: whoever asks for the same waits for the first', () => {
  const scripted = new ScriptedResolver()
  const boxes = [scripted.begin('www.example.'), scripted.begin('WWW.example.'), scripted.begin('www.example.')]
  // One that checks for itself asks for the same data.
  boxes.push(scripted.begin('www.example.', 'A', { checkingDisabled: true }))
  scripted.serve(world(() => ({ answer: 'www.example. 300 A 192.0.2.7' })))
  for (const { resolution } of boxes) assert.ok(resolution && told(resolution) === '0; www.example. A 192.0.2.7')
  assert.deepEqual(scripted.asked, ['192.0.2.1 www.example. A', '192.0.2.53 www.example. A'])
})

test('what is kept is not asked for again until its time is over', () => {
  const scripted = new ScriptedResolver()
  const script = world(() => ({ answer: 'www.example. 300 A 192.0.2.7' }))
  for (const seconds of [0, 299]) {
    scripted.pass(seconds)
    scripted.resolve(script, 'www.example.')
  }
  assert.equal(scripted.asked.length, 2)
  scripted.pass(1)
  scripted.resolve(script, 'www.example.')
  // The delegation is known for longer.
  assert.deepEqual(scripted.asked.slice(2), ['192.0.2.53 www.example. A'])
})

test('aliases are followed over zones, to a limit and not in circles', () => {
  const script = world((line) => {
    const [, number = '0'] = /^c(\d+)\./.exec(line) ?? []
    if (line.startsWith('loop')) return { answer: 'loop.example. CNAME pool.example.' }
    if (line.startsWith('pool')) return { answer: 'pool.example. CNAME loop.example.' }
    return { answer: `c${number}.example. CNAME c${Number(number) + 1}.example.` }
  })
  assert.equal(new ScriptedResolver().resolve(script, 'c1.example.').rcode, 2)
  const circle = new ScriptedResolver().resolve(script, 'loop.example.')
  assert.equal(circle.rcode, 2)
  assert.match(circle.remarks[0]?.text ?? '', /alias of itself/)
})

test('RFC2181 §5: a DNAME that is passed twice is in the answer once', () => {
  const script = world((line) => {
    const [name = ''] = line.split(' ')
    if (!name.endsWith('.d.example.')) return { answer: 'www.example. 300 A 192.0.2.7' }
    return { answer: `d.example. 300 DNAME example.\n${name} 300 CNAME ${name.replace('d.example.', 'example.')}` }
  })
  const resolution = new ScriptedResolver().resolve(script, 'www.d.d.example.')
  assert.equal(
    told(resolution),
    '0; d.example. DNAME example.; www.d.d.example. CNAME www.d.example.; www.d.example. CNAME www.example.; www.example. A 192.0.2.7',
  )
})

test('a chain in one message is taken as far as its zone may speak', () => {
  const scripted = new ScriptedResolver()
  const resolution = scripted.resolve(
    world((line) =>
      line.startsWith('www')
        ? { answer: 'www.example. CNAME in.example.\nin.example. CNAME far.test.\nfar.test. A 192.0.2.66' }
        : { answer: 'far.test. A 192.0.2.8' },
    ),
    'www.example.',
  )
  // The word of example. on far.test. is not taken: the root leads to example. again here, whose zone does not hold it.
  assert.doesNotMatch(told(resolution), /192\.0\.2\.66/)
})

test('RFC2308 §5: denials are kept as long as the SOA says', () => {
  const scripted = new ScriptedResolver()
  const script = world(() => ({ rcode: 3, authority: SOA }))
  assert.equal(scripted.resolve(script, 'no.example.').rcode, 3)
  scripted.pass(59)
  assert.equal(scripted.resolve(script, 'no.example.', 'MX').rcode, 3)
  assert.equal(scripted.asked.length, 2)
  scripted.pass(1)
  scripted.resolve(script, 'no.example.')
  assert.equal(scripted.asked.length, 3)
})

test('RFC9520 §3: a failure is remembered, and told as such', () => {
  const scripted = new ScriptedResolver()
  const script = world(() => ({ rcode: 2 }))
  assert.equal(scripted.resolve(script, 'www.example.').rcode, 2)
  const asked = scripted.asked.length
  const again = scripted.resolve(script, 'www.example.')
  assert.deepEqual([again.rcode, scripted.asked.length], [2, asked])
  assert.ok(again.remarks.some(({ code }) => code === 13))
  scripted.pass(6)
  assert.equal(
    told(
      scripted.resolve(
        world(() => ({ answer: 'www.example. A 192.0.2.7' })),
        'www.example.',
      ),
    ),
    '0; www.example. A 192.0.2.7',
  )
})

test('RFC8767 §5: what is stale is told when the client has waited long enough, and when nothing better came', () => {
  const scripted = new ScriptedResolver({ serveStale: { maxSeconds: 3600, clientMilliseconds: 1800 } })
  scripted.resolve(
    world(() => ({ answer: 'www.example. 60 A 192.0.2.7' })),
    'www.example.',
  )
  scripted.pass(120)
  const box = scripted.begin('www.example.')
  assert.deepEqual(box, {})
  scripted.pass(1.8)
  assert.ok(box.resolution?.isStale)
  assert.equal(told(box.resolution), '0; www.example. A 192.0.2.7')
  // What comes later is for the next.
  scripted.serve(world(() => ({ answer: 'www.example. 60 A 192.0.2.8' })))
  assert.equal(told(scripted.resolve(() => undefined, 'www.example.')), '0; www.example. A 192.0.2.8')
  scripted.pass(120)
  const failed = scripted.resolve(() => undefined, 'www.example.')
  assert.ok(failed.isStale && failed.remarks.some(({ code }) => code === 3))
})

test('what is asked for near its end is fetched anew for the next', () => {
  const scripted = new ScriptedResolver({ prefetch: true })
  const script = world(() => ({ answer: 'www.example. 300 A 192.0.2.7' }))
  scripted.resolve(script, 'www.example.')
  scripted.pass(269)
  scripted.resolve(script, 'www.example.')
  assert.equal(scripted.asked.length, 2)
  scripted.pass(2)
  assert.equal(told(scripted.resolve(script, 'www.example.')), '0; www.example. A 192.0.2.7')
  assert.equal(scripted.asked.length, 3)
  scripted.pass(60)
  scripted.resolve(script, 'www.example.')
  assert.equal(scripted.asked.length, 3)
})

test('a client that wants no recursion gets what is known, and who would know more', () => {
  const scripted = new ScriptedResolver()
  scripted.resolve(
    world(() => ({ answer: 'www.example. 300 A 192.0.2.7' })),
    'www.example.',
  )
  const rest = { recursionDesired: false }
  assert.equal(told(scripted.resolve(() => undefined, 'www.example.', 'A', rest)), '0; www.example. A 192.0.2.7')
  const other = scripted.resolve(() => undefined, 'other.example.', 'A', rest)
  assert.equal(scripted.asked.length, 2)
  assert.equal(other.rcode, 2)
})

test('names of a forward zone go to its servers, and past them when the configuration says so', () => {
  const zone = Name.parse('example.')
  const servers = [{ endpoint: { address: ADDRESS, port: 5353 }, protocol: 'udp' as const }]
  const failing = (line: string): Said =>
    line.startsWith('192.0.2.53') ? { rcode: 2 } : { answer: 'www.example. A 192.0.2.7' }
  const only = new ScriptedResolver({ routed: [{ zone, kind: 'forward', servers, first: false }] })
  assert.equal(only.resolve(failing, 'www.example.').rcode, 2)
  // The second time without options.
  assert.deepEqual(only.asked, ['192.0.2.53 www.example. A', '192.0.2.53 www.example. A'])
  const first = new ScriptedResolver({ routed: [{ zone, kind: 'forward', servers, first: true }] })
  assert.equal(told(first.resolve(failing, 'www.example.')), '0; www.example. A 192.0.2.7')
})

test('servers at loopback addresses that others name are not asked', () => {
  const script = (line: string): Said =>
    line.startsWith('192.0.2.1 ')
      ? { aa: false, authority: 'example. NS ns.example.', additional: 'ns.example. A 127.0.0.1' }
      : { answer: 'www.example. A 192.0.2.7' }
  assert.equal(new ScriptedResolver().resolve(script, 'www.example.').rcode, 2)
  const resolution = new ScriptedResolver({ allowLoopbackServers: true }).resolve(script, 'www.example.')
  assert.equal(resolution.rcode, 0)
})

test('a forwarder that is silent is passed over at once, where the configuration says so', () => {
  const zone = Name.parse('example.')
  const servers = [{ endpoint: { address: ADDRESS, port: 53 }, protocol: 'udp' as const }]
  const scripted = new ScriptedResolver({ routed: [{ zone, kind: 'forward', servers, first: true }] })
  const script = (line: string): Said =>
    line.startsWith('192.0.2.53') ? undefined : { answer: `${line.split(' ')[1]} A 192.0.2.7` }
  for (let n = 0; n < 5; n++) {
    assert.equal(scripted.resolve(script, `n${n}.example.`).rcode, 0)
    scripted.pass(1)
  }
  const asked = scripted.asked.length
  assert.equal(scripted.resolve(script, 'n9.example.').rcode, 0)
  assert.equal(scripted.asked.length - asked, 2, 'the forwarder once, the other server once')
})

test('a zone that all of its servers disown says so for each name, also when nobody is asked', () => {
  const scripted = new ScriptedResolver()
  const script = world(() => ({ aa: false, authority: '. NS ns.' }))
  for (const name of ['a.example.', 'b.example.']) {
    const { rcode, remarks } = scripted.resolve(script, name)
    assert.equal(rcode, 2)
    assert.match(
      remarks[0]?.text ?? '',
      /^no server of example\. gives a usable answer: 192\.0\.2\.53 does not serve the zone/,
    )
  }
  assert.equal(scripted.asked.filter((line) => line.startsWith('192.0.2.53')).length, 1)
})
