/** SVCB: the vectors of RFC 9460 appendix D, and the keys that later documents added. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsError } from '../../errors.ts'
import { HTTPS, parseRdata, rdataJson, rdataOfJson, rdataText, SVCB } from '../index.ts'

const FOO_COM = '03666f6f076578616d706c6503636f6d00'
const FOO_ORG = '03666f6f076578616d706c65036f726700'
const SVCB_TYPE = SVCB.number

const GOOD: readonly (readonly [section: string, text: string, hex: string, printed: string])[] = [
  ['RFC9460 §D.1', '0 foo.example.com.', `0000${FOO_COM}`, '0 foo.example.com.'],
  ['RFC9460 §D.2 figure 3', '1 .', '000100', '1 .'],
  ['RFC9460 §D.2 figure 4', '16 foo.example.com. port=53', `0010${FOO_COM}000300020035`, '16 foo.example.com. port=53'],
  [
    'RFC9460 §D.2 figure 5',
    '1 foo.example.com. key667=hello',
    `0001${FOO_COM}029b000568656c6c6f`,
    '1 foo.example.com. key667="hello"',
  ],
  [
    'RFC9460 §D.2 figure 6',
    '1 foo.example.com. key667="hello\\210qoo"',
    `0001${FOO_COM}029b000968656c6c6fd2716f6f`,
    '1 foo.example.com. key667="hello\\210qoo"',
  ],
  [
    'RFC9460 §D.2 figure 7',
    '1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
    `0001${FOO_COM}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    'RFC9460 §D.2 figure 8',
    '1 example.com. ( ipv6hint="2001:db8:122:344::192.0.2.33" )',
    '0001076578616d706c6503636f6d000006001020010db8012203440000' + '0000c0000221',
    '1 example.com. ipv6hint=2001:db8:122:344::c000:221',
  ],
  [
    'RFC9460 §D.2 figure 9',
    '16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn\n ipv4hint=192.0.2.1 )',
    `0010${FOO_ORG}0000000400010004000100090268320568332d313900040004c0000201`,
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    'RFC9460 §D.2 figure 10',
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    `0010${FOO_ORG}0001000c08665c6f6f2c626172026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  [
    'RFC9460 §D.2 figure 10',
    '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
    `0010${FOO_ORG}0001000c08665c6f6f2c626172026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  ['RFC9460 §7.1', '1 . alpn=h2 no-default-alpn', '0001000001000302683200020000', '1 . alpn="h2" no-default-alpn'],
  ['RFC9460 §2.1', '1 . key1="\\002h2" key65534', '00010000010003026832fffe0000', '1 . alpn="h2" key65534'],
  ['RFC9460 §2.1', '1 . key667=""', '000100029b0000', '1 . key667'],
  [
    'RFC9461 §5',
    '1 . alpn=h2 dohpath=/dns-query{?dns}',
    `0001000001000302683200070010${new TextEncoder().encode('/dns-query{?dns}').toHex()}`,
    '1 . alpn="h2" key7="/dns-query{?dns}"',
  ],
  ['RFC9540 §4', '1 . ohttp', '00010000080000', '1 . key8'],
  [
    'tls-supported-groups',
    '1 . tls-supported-groups=29,23',
    '00010000090004001d0017',
    '1 . key9="\\000\\029\\000\\023"',
  ],
  ['RFC9953', '1 . docpath=dns,v1', '000100000a000703646e73027631', '1 . key10="\\003dns\\002v1"'],
  ['RFC9953', '1 . docpath', '000100000a0000', '1 . key10'],
]

for (const [section, text, hex, printed] of GOOD) {
  test(`${section}: SVCB ${text}`, () => {
    for (const type of [SVCB.number, HTTPS.number]) {
      const octets = parseRdata(type, text)
      assert.equal(octets.toHex(), hex)
      assert.equal(rdataText(type, octets), printed)
      assert.deepEqual(parseRdata(type, printed), octets)
    }
  })
}

const BAD: readonly (readonly [section: string, text: string, says: RegExp])[] = [
  ['RFC9460 §D.3 figure 11', '( key123=abc key123=def )', /twice/],
  ['RFC9460 §D.3 figure 12', 'mandatory', /mandatory: expected/],
  ['RFC9460 §D.3 figure 12', 'alpn', /alpn: expected/],
  ['RFC9460 §D.3 figure 12', 'port', /port: expected/],
  ['RFC9460 §D.3 figure 12', 'ipv4hint', /ipv4hint: expected/],
  ['RFC9460 §D.3 figure 12', 'ipv6hint', /ipv6hint: expected/],
  ['RFC9460 §D.3 figure 13', 'no-default-alpn=abc', /no value/],
  ['RFC9460 §D.3 figure 14', 'mandatory=key123', /absent/],
  ['RFC9460 §D.3 figure 15', 'mandatory=mandatory', /itself/],
  ['RFC9460 §D.3 figure 16', '( mandatory=key123,key123 key123=abc )', /twice/],
  ['RFC9460 §7.1.1', 'no-default-alpn', /needs alpn/],
  ['RFC9460 §7.1.1', 'alpn=h2,,h3', /1 to 255/],
  ['RFC9460 §7.1.1', 'alpn=h\\\\2', /backslash/],
  ['RFC9460 §7.2', 'port=65536', /port/],
  ['RFC9460 §7.2', 'port=1,2', /port/],
  ['RFC9460 §7.3', 'ipv4hint=192.0.2.1,', /IPv4/],
  ['RFC9460 §2.1', 'key65535=x', /key of a service parameter/],
  ['RFC9460 §2.1', 'key0123=x', /key of a service parameter/],
  ['RFC9460 §2.1', 'Port=53', /key of a service parameter/],
  ['RFC9460 §2.1', '"port=53"', /quoted/],
  ['RFC9460 §2.1', 'key3=x', /no value of port/],
  ['tls-supported-groups', 'tls-supported-groups=29,29', /twice/],
]

for (const [section, params, says] of BAD) {
  test(`${section}: SVCB refuses ${params}`, () => {
    assert.throws(
      () => parseRdata(SVCB_TYPE, `1 foo.example.com. ${params}`),
      (error) => error instanceof DnsError && says.test(error.message),
    )
  })
}

test('RFC9460 §2.2: malformed on the wire: keys out of order or twice, values of a wrong form, an end within', () => {
  for (const params of [
    '000300020035000100030268' + '32',
    '0003000200350003000200' + '35',
    '0003000135',
    '000100020268',
    '00020001ff',
    '0000000200' + '00',
    '000400' + '03c00002',
    'ffff0000',
    '00030002',
    '0003',
  ]) {
    const octets = Uint8Array.fromHex(`000100${params}`)
    assert.equal(SVCB.check(octets, 0, octets.length), false, params)
  }
})

test('RFC9460 §2.4.3: a contradiction is well-formed on the wire and written in the generic form', () => {
  for (const hex of ['0001000002' + '0000', '00010000000002' + '0003']) {
    const octets = Uint8Array.fromHex(hex)
    assert.equal(SVCB.check(octets, 0, octets.length), true)
    assert.equal(rdataText(SVCB_TYPE, octets), `\\# ${octets.length} ${hex}`)
    assert.deepEqual(rdataOfJson(SVCB_TYPE, rdataJson(SVCB_TYPE, octets)), octets)
  }
})

test('SVCB as JSON', () => {
  const octets = parseRdata(SVCB_TYPE, '1 svc.example. alpn="a\\\\,b,h2" no-default-alpn port=8443 mandatory=port')
  const json = rdataJson(SVCB_TYPE, octets)
  assert.deepEqual(json, {
    priority: 1,
    target: 'svc.example.',
    params: { mandatory: 'port', alpn: 'a\\,b,h2', 'no-default-alpn': '', port: '8443' },
  })
  assert.deepEqual(rdataOfJson(SVCB_TYPE, json), octets)
})
