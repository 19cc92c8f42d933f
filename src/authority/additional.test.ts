/** Answers that are not minimal: name servers of the zone, addresses of the hosts that records name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RRSIG, rdataText, typeMnemonic } from '../dns/rr/index.ts'
import type { MessageRecord } from '../dns/wire/index.ts'
import { TRANSPORT } from './index.ts'
import type { Signing } from './naive-zone.fixture.ts'
import { type Asking, Served, zoneFrom } from './served.fixture.ts'

const ZONE = `
@      NS    ns
@      NS    ns.other.
ns     A     192.0.2.1
ns     AAAA  2001:db8::1
www    A     192.0.2.2
alias  CNAME mail
toother CNAME host.other.
away   CNAME host.elsewhere.
mail   MX    10 mx
mail   MX    20 host.other.
mail   MX    30 x.wild
mail   MX    40 host.sub
mail   MX    50 below.old
mail   MX    60 alias
mail   MX    70 none
mx     A     192.0.2.3
_s._tcp SRV  1 1 80 www
_n._tcp SRV  0 0 0 .
svc    HTTPS 1 . alpn=h2
svc    A     192.0.2.4
svcb   SVCB  1 www alpn=h2
naptr  NAPTR 1 1 "a" "x" "" www
*.wild MX    10 www
sub    NS    ns.sub
ns.sub A     192.0.2.5
host.sub A   192.0.2.6
old    DNAME new
below.old A  192.0.2.7
`
const OTHER = '@ NS ns\nns A 198.51.100.1\nhost A 198.51.100.2'

function serve(how: Signing = 'unsigned', isMinimal = false): Served {
  return new Served([zoneFrom('example.', ZONE, how), zoneFrom('other.', OTHER)], { isMinimal })
}

function lines(records: readonly MessageRecord[]): string[] {
  return records.map(({ owner, type, rdata }) => {
    if (type === RRSIG.number) return `${owner} RRSIG ${typeMnemonic((rdata[0] ?? 0) * 256 + (rdata[1] ?? 0))}`
    return `${owner} ${typeMnemonic(type)} ${rdataText(type, rdata)}`
  })
}

const tcp: Asking = { transport: TRANSPORT.tcp4 }
const SERVERS = ['example. NS ns.other.', 'example. NS ns.example.']
const OF_SERVERS = ['ns.example. A 192.0.2.1', 'ns.example. AAAA 2001:db8::1']

function beyond(served: Served, name: string, type: string, asking = tcp): [authority: string[], additional: string[]] {
  const { authority, additional } = served.ask(name, type, asking)
  return [lines(authority), lines(additional)]
}

test('RFC1034 §4.3.2: a positive answer names the servers of the zone, and their addresses', () => {
  assert.deepEqual(beyond(serve(), 'www.example.', 'A'), [SERVERS, OF_SERVERS])
})

test('RFC1035 §3.3.9: hosts of MX come first, where the zone has authority', () => {
  assert.deepEqual(beyond(serve(), 'mail.example.', 'MX'), [SERVERS, ['mx.example. A 192.0.2.3', ...OF_SERVERS]])
})

test('RFC2782, RFC3403 §4.2, RFC9460 §4.2: SRV, NAPTR, SVCB and HTTPS, and what the root means there', () => {
  const served = serve()
  const www = 'www.example. A 192.0.2.2'
  assert.deepEqual(beyond(served, '_s._tcp.example.', 'SRV')[1], [www, ...OF_SERVERS])
  assert.deepEqual(beyond(served, '_n._tcp.example.', 'SRV')[1], OF_SERVERS)
  assert.deepEqual(beyond(served, 'naptr.example.', 'NAPTR')[1], [www, ...OF_SERVERS])
  assert.deepEqual(beyond(served, 'svcb.example.', 'SVCB')[1], [www, ...OF_SERVERS])
  assert.deepEqual(beyond(served, 'svc.example.', 'HTTPS')[1], ['svc.example. A 192.0.2.4', ...OF_SERVERS])
})

test('RFC2181 §5: nothing stands twice', () => {
  const served = serve()
  assert.deepEqual(beyond(served, 'example.', 'NS'), [[], OF_SERVERS])
  assert.deepEqual(beyond(served, 'ns.example.', 'A'), [SERVERS, OF_SERVERS.slice(1)])
})

test('aliases and wildcards', () => {
  const served = serve()
  const [authority, additional] = beyond(served, 'alias.example.', 'MX')
  assert.deepEqual([authority, additional[0]], [SERVERS, 'mx.example. A 192.0.2.3'])
  assert.equal(beyond(served, 'a.wild.example.', 'MX')[1][0], 'www.example. A 192.0.2.2')
  assert.deepEqual(beyond(served, 'toother.example.', 'A'), [['other. NS ns.other.'], ['ns.other. A 198.51.100.1']])
})

test('RFC4035 §3.1.1: with signatures for those who want them', () => {
  const [authority, additional] = beyond(serve('nsec'), '_s._tcp.example.', 'SRV', { ...tcp, dnssec: true })
  assert.deepEqual(authority, [...SERVERS, 'example. RRSIG NS'])
  assert.deepEqual(additional, [
    'www.example. A 192.0.2.2',
    'www.example. RRSIG A',
    'ns.example. A 192.0.2.1',
    'ns.example. RRSIG A',
    'ns.example. AAAA 2001:db8::1',
    'ns.example. RRSIG AAAA',
  ])
})

test('negative answers and referrals are as they are otherwise', () => {
  const [served, minimal] = [serve('nsec3'), serve('nsec3', true)]
  for (const [name, type] of [
    ['none.example.', 'A'],
    ['www.example.', 'MX'],
    ['x.sub.example.', 'A'],
    ['example.', 'TXT'],
    ['none.elsewhere.', 'A'],
    ['away.example.', 'A'],
  ] as const) {
    const asking = { ...tcp, dnssec: true }
    assert.deepEqual(beyond(served, name, type, asking), beyond(minimal, name, type, asking))
  }
})

test('RFC2181 §9: what does not fit is left out, without TC; many hosts are looked up to a limit', () => {
  const many = Array.from({ length: 60 }, (_, i) => `@ MX ${i} h${i}\nh${i} A 192.0.2.${i}\n`).join('')
  const served = new Served([zoneFrom('example.', `@ NS ns\nns A 192.0.2.1\n${many}`)], { isMinimal: false })
  assert.deepEqual(beyond(served, 'example.', 'MX')[1].length, 32)
  const fits = served.ask('example.', 'MX', { udpSize: 1232 })
  assert.deepEqual([fits.header.tc, fits.answer.length], [false, 60])
  const long = `@ NS ns.${'x'.repeat(60)}\n@ NS ${'y'.repeat(60)}.${'z'.repeat(60)}\n`
  const big = Array.from({ length: 26 }, (_, i) => `big A 192.0.2.${i}\n`).join('')
  const small = new Served([zoneFrom('example.', `${long}${big}`)], { isMinimal: false }).ask('big.example.', 'A')
  assert.deepEqual([small.header.tc, small.answer.length, small.authority.length], [false, 26, 0])
})
