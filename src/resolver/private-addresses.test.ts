import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import type { RemovedAddress } from './private-addresses.ts'
import { networks } from './private-networks.fixture.ts'
import { type Said, ScriptedResolver, told } from './scripted.fixture.ts'

const LAN = networks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8', '198.51.100.77/32')
const SETTINGS = {
  privateAddresses: LAN,
  privateDomains: [Name.parse('lan.example.'), Name.parse('Upper.Example.')],
}

/** What a question comes to when a server of the root answers it with `answer`. */
function answered(answer: string, name = 'a.example.', type = 'A', settings: object = SETTINGS): string {
  const scripted = new ScriptedResolver(settings)
  return told(scripted.resolve(() => ({ answer }), name, type))
}

const KEPT: readonly [string, string, string][] = [
  ['a public address', 'A', '192.0.2.1'],
  ['one below the network', 'A', '9.255.255.255'],
  ['one above the network', 'A', '11.0.0.0'],
  ['one beyond a network that ends within an octet', 'A', '172.32.0.0'],
  ['a neighbour of a single address', 'A', '198.51.100.76'],
  ['a public IPv6 address', 'AAAA', '2001:db8::1'],
  ['an IPv6 address that begins like an IPv4 network', 'AAAA', 'a00::1'],
  ['a mapped public address', 'AAAA', '::ffff:192.0.2.1'],
  ['a private address in a text', 'TXT', '"10.0.0.1"'],
]
for (const [title, type, rdata] of KEPT) {
  test(`privateAddresses: ${title} is kept`, () => {
    assert.match(answered(`a.example. ${type} ${rdata}`, 'a.example.', type), /^0; a\.example\. /)
  })
}

const REMOVED: readonly [string, string, string][] = [
  ['the first address of a network', 'A', '10.0.0.0'],
  ['the last address of a network', 'A', '10.255.255.255'],
  ['the last address of a network that ends within an octet', 'A', '172.31.255.255'],
  ['a single address', 'A', '198.51.100.77'],
  ['an IPv6 address', 'AAAA', 'fd12::1'],
  ['a mapped private address', 'AAAA', '::ffff:10.0.0.1'],
]
for (const [title, type, rdata] of REMOVED) {
  test(`privateAddresses: ${title} is removed`, () => {
    assert.equal(answered(`a.example. ${type} ${rdata}`, 'a.example.', type), '0')
    assert.notEqual(answered(`a.example. ${type} ${rdata}`, 'a.example.', type, {}), '0')
  })
}

test('privateAddresses: mapped addresses are compared with IPv6 networks as well', () => {
  const settings = { privateAddresses: networks('::/64') }
  assert.equal(answered('a.example. AAAA ::ffff:192.0.2.1', 'a.example.', 'AAAA', settings), '0')
  assert.notEqual(answered('a.example. A 0.0.0.1', 'a.example.', 'A', settings), '0')
})

test('privateAddresses: records are removed one by one', () => {
  const answer = 'a.example. A 10.0.0.1\na.example. A 192.0.2.1\na.example. A 192.168.1.1\na.example. A 192.0.2.2'
  assert.equal(answered(answer), '0; a.example. A 192.0.2.1; a.example. A 192.0.2.2')
})

test('privateAddresses: the answer to ANY loses them too', () => {
  const answer = 'a.example. A 10.0.0.1\na.example. TXT "x"\na.example. AAAA fd00::1'
  assert.equal(answered(answer, 'a.example.', 'ANY'), '0; a.example. TXT "x"')
})

for (const [name, isKept] of [
  ['lan.example.', true],
  ['host.LAN.example.', true],
  ['a.upper.example.', true],
  ['notlan.example.', false],
  ['example.', false],
] as const) {
  test(`privateDomains: ${name} ${isKept ? 'may' : 'may not'} have private addresses`, () => {
    assert.equal(answered(`${name} A 10.0.0.1`, name) !== '0', isKept)
  })
}

test('privateDomains: the owner of the address counts, not the name that is an alias of it', () => {
  const within = 'a.example. CNAME host.lan.example.\nhost.lan.example. A 10.0.0.1'
  assert.match(answered(within), /10\.0\.0\.1$/)
  const without = 'host.lan.example. CNAME a.example.\na.example. A 10.0.0.1'
  assert.equal(answered(without, 'host.lan.example.'), '0; host.lan.example. CNAME a.example.')
})

test('privateDomains: of the root, every name may', () => {
  const settings = { privateAddresses: LAN, privateDomains: [Name.root] }
  assert.match(answered('a.example. A 10.0.0.1', 'a.example.', 'A', settings), /10\.0\.0\.1$/)
})

test('privateAddresses: an extended error names the address and the network, from the caches too', () => {
  const scripted = new ScriptedResolver(SETTINGS)
  const answer = [1, 2, 3, 4, 5].map((i) => `a.example. A 10.0.0.${i}`).join('\n')
  for (const round of ['fetched', 'cached']) {
    const { remarks } = scripted.resolve(() => ({ answer }), 'a.example.')
    const [remark, ...others] = remarks
    assert.equal(remark?.code, 15, round)
    assert.match(remark?.text ?? '', /^a\.example\. A 10\.0\.0\.1 is in the private network 10\.0\.0\.0\/8, /)
    assert.match(remark?.text ?? '', /, and 2 more$/)
    assert.deepEqual(others, [])
  }
  assert.equal(scripted.asked.length, 1)
})

test('privateAddresses: RFC8767: stale answers have none of them either', () => {
  const scripted = new ScriptedResolver({
    ...SETTINGS,
    serveStale: { maxSeconds: 3600, clientMilliseconds: 1800 },
  })
  const answer = 'a.example. 300 A 10.0.0.1\na.example. 300 A 192.0.2.1\nb.example. 300 A 10.0.0.1'
  scripted.resolve(() => ({ answer }), 'a.example.')
  scripted.resolve(() => ({ answer }), 'b.example.')
  scripted.pass(400)
  for (const [name, expected] of [
    ['a.example.', '0; a.example. A 192.0.2.1'],
    ['b.example.', '0'],
  ] as const) {
    const stale = scripted.resolve(() => ({ rcode: 2 }), name)
    assert.equal(stale.isStale, true)
    assert.equal(told(stale), expected)
    assert.equal(stale.remarks.at(-1)?.code ?? 0, 15)
  }
})

test('privateAddresses: servers of a delegation are not asked at such addresses, neither by glue nor by look-up', () => {
  const settings = { privateAddresses: LAN, privateDomains: [] }
  const script = (line: string): Said => {
    if (line.endsWith(' ns.other. A')) return { answer: 'ns.other. A 10.0.0.2' }
    if (line.startsWith('192.0.2.1 ') && line.includes('a.example.')) {
      return {
        aa: false,
        authority: 'example. NS ns.example.\nexample. NS ns2.example.\nexample. NS ns.other.',
        additional: 'ns.example. A 10.0.0.1\nns2.example. A 192.0.2.2\nns2.example. A 192.168.0.2',
      }
    }
    return line.startsWith('192.0.2.2 ') ? undefined : { answer: '' }
  }
  const scripted = new ScriptedResolver(settings)
  assert.equal(scripted.resolve(script, 'a.example.').rcode, 2)
  assert.deepEqual(
    scripted.asked.filter((line) => /^(10|192\.168)\./.test(line)),
    [],
  )
  assert.ok(scripted.asked.some((line) => line.startsWith('192.0.2.2 ')))
})

test('privateAddresses: without recursion, the caches give none of them', () => {
  const scripted = new ScriptedResolver(SETTINGS)
  const answer = 'a.example. A 10.0.0.1\na.example. A 192.0.2.1'
  scripted.resolve(() => ({ answer }), 'a.example.')
  const cached = scripted.resolve(() => undefined, 'a.example.', 'A', { recursionDesired: false })
  assert.equal(told(cached), '0; a.example. A 192.0.2.1')
})

test('privateAddresses: answers of zones that this server holds itself keep them', () => {
  const own = Name.parse('example.')
  const ownZone = (name: Name): Name | undefined => (name.isAtOrBelow(own) ? own : undefined)
  const script = (): Said => ({ answer: 'a.example. A 10.0.0.1' })
  const at = (isOwnWord: (zone: Name) => boolean): string =>
    told(new ScriptedResolver(SETTINGS, { ownZone, isOwnWord }).resolve(script, 'a.example.'))
  assert.match(
    at((zone) => zone.equals(own)),
    /10\.0\.0\.1$/,
  )
  // A copy of a zone of others.
  assert.equal(
    at(() => false),
    '0',
  )
})

test('privateAddresses: each removed record is reported once, when it is fetched', () => {
  const removed: RemovedAddress[] = []
  const scripted = new ScriptedResolver(SETTINGS, { onRemovedAddress: (record) => removed.push(record) })
  const answer = 'a.example. A 10.0.0.1\na.example. A 10.0.0.2\na.example. A 192.0.2.1'
  scripted.resolve(() => ({ answer }), 'a.example.')
  scripted.resolve(() => ({ answer }), 'a.example.')
  assert.deepEqual(
    removed.map(({ owner, text, network }) => `${owner} ${text} ${network}`),
    ['a.example. 10.0.0.1 10.0.0.0/8', 'a.example. 10.0.0.2 10.0.0.0/8'],
  )
})
