import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { rdataText, typeNumber } from '../dns/rr/index.ts'
import { SpecialNames } from './special-names.ts'
import { EMPTY_ZONES, type SpecialUse } from './special-zones.ts'

const NOW = 1_700_000_000
const ALL: Record<SpecialUse, boolean> = {
  localhost: true,
  invalid: true,
  test: true,
  onion: true,
  alt: true,
  local: true,
  homeArpa: true,
  resolverArpa: true,
}
const special = new SpecialNames({ uses: ALL, emptyZones: true })

/** `NXDOMAIN invalid.` or `NOERROR A 127.0.0.1`; `-` for a name that is not special. */
function say(name: string, type = 'A', from = special): string {
  const resolution = from.answer(Name.parse(name), typeNumber(type), NOW)
  if (resolution === undefined) return '-'
  const { rcode, answer, authority, security } = resolution
  assert.notEqual(security, 'secure')
  const word = rcode === 3 ? 'NXDOMAIN' : 'NOERROR'
  const [set] = answer
  if (set === undefined) return `${word} ${authority[0]?.owner}`
  return `${word} ${set.rdatas.map((rdata) => rdataText(set.type, rdata)).join(' ')}`
}

test('RFC6761 §6.3: localhost and names below are this machine', () => {
  assert.equal(say('localhost'), 'NOERROR 127.0.0.1')
  assert.equal(say('A.b.LocalHost', 'AAAA'), 'NOERROR ::1')
  assert.equal(say('localhost', 'MX'), 'NOERROR localhost.')
  assert.equal(say('localhost.example'), '-')
})

test('RFC6761 §6.2, §6.4, RFC7686 §2, RFC9476 §2, RFC6762 §22.1: names that do not exist', () => {
  for (const zone of ['invalid', 'test', 'onion', 'alt', 'local']) {
    assert.equal(say(zone, 'SOA'), `NXDOMAIN ${zone}.`)
    assert.equal(say(`deep.down.${zone}`), `NXDOMAIN ${zone}.`)
    assert.equal(say(zone, 'DS'), `NXDOMAIN ${zone}.`)
    assert.equal(say(`${zone}.example`), '-')
  }
})

test('RFC6303 §3: the empty zones have SOA and NS at the apex, and nothing else', () => {
  assert.equal(EMPTY_ZONES.length, 16 + 64 + 17)
  for (const zone of EMPTY_ZONES) {
    assert.equal(say(zone, 'NS'), `NOERROR ${zone}`, zone)
    assert.equal(say(zone, 'SOA'), `NOERROR ${zone} nobody.invalid. 1 3600 1200 604800 10800`)
    assert.equal(say(`1.2.${zone}`, 'PTR'), `NXDOMAIN ${zone}`)
  }
  assert.equal(say('4.3.2.10.in-addr.arpa', 'PTR'), 'NXDOMAIN 10.in-addr.arpa.')
  assert.equal(say('1.15.172.in-addr.arpa', 'PTR'), '-')
  assert.equal(say('1.32.172.in-addr.arpa', 'PTR'), '-')
  assert.equal(say('63.100.in-addr.arpa', 'PTR'), '-')
  assert.equal(say('1.0.0.0.c.f.ip6.arpa', 'PTR'), '-')
})

test('RFC6303 §4.2: the loopback addresses have a name', () => {
  assert.equal(say('1.0.0.127.in-addr.arpa', 'PTR'), 'NOERROR localhost.')
  assert.equal(say(`1${'.0'.repeat(31)}.ip6.arpa`, 'PTR'), 'NOERROR localhost.')
  assert.equal(say('0.0.127.in-addr.arpa', 'PTR'), 'NOERROR 127.in-addr.arpa.')
  assert.equal(say('2.0.0.127.in-addr.arpa', 'PTR'), 'NXDOMAIN 127.in-addr.arpa.')
})

test('RFC8375 §4: home.arpa is served here, but its DS is asked of the parent', () => {
  assert.equal(say('printer.home.arpa'), 'NXDOMAIN home.arpa.')
  assert.equal(say('home.arpa', 'DS'), '-')
  assert.equal(say('printer.home.arpa', 'DS'), 'NXDOMAIN home.arpa.')
  assert.equal(say('10.in-addr.arpa', 'DS'), '-')
})

test('RFC9462 §6.4: resolver.arpa has no data for anybody', () => {
  assert.equal(say('_dns.resolver.arpa', 'SVCB'), 'NOERROR resolver.arpa.')
  assert.equal(say('other.resolver.arpa'), 'NOERROR resolver.arpa.')
})

test('each has a switch', () => {
  const off = new SpecialNames({ uses: { ...ALL, onion: false }, emptyZones: false })
  assert.equal(say('x.onion', 'A', off), '-')
  assert.equal(say('x.alt', 'A', off), 'NXDOMAIN alt.')
  assert.equal(say('1.10.in-addr.arpa', 'PTR', off), '-')
  assert.equal(say('1.0.0.127.in-addr.arpa', 'PTR', off), '-')
})

test('what is configured overrides them, there and below', () => {
  const configured = ['test', 'corp.local', '7.10.in-addr.arpa', '.'].map((text) => Name.parse(text))
  const own = new SpecialNames({ uses: ALL, emptyZones: true }, configured)
  assert.equal(say('www.test', 'A', own), '-')
  assert.equal(say('www.corp.local', 'A', own), '-')
  assert.equal(say('www.other.local', 'A', own), 'NXDOMAIN local.')
  assert.equal(say('1.7.10.in-addr.arpa', 'PTR', own), '-')
  assert.equal(say('1.8.10.in-addr.arpa', 'PTR', own), 'NXDOMAIN 10.in-addr.arpa.')
  assert.equal(say('x.onion', 'A', own), 'NXDOMAIN onion.', 'the root alone overrides nothing')
})
