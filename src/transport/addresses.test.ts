import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import {
  AddressReader,
  formatAddress,
  formatSocketAddress,
  isWildcardAddress,
  parseAddress,
  parseSocketAddress,
} from './addresses.ts'

test('addresses with and without port', () => {
  const cases: [string, string][] = [
    ['127.0.0.1:5300', '127.0.0.1:5300'],
    ['127.0.0.1', '127.0.0.1:53'],
    ['[::1]:5300', '[::1]:5300'],
    ['[::1]', '[::1]:53'],
    ['::1', '[::1]:53'],
    ['2001:DB8:0:0:0::1', '[2001:db8::1]:53'],
    ['[::ffff:192.0.2.1]:1', '192.0.2.1:1'],
    ['0.0.0.0:0', '0.0.0.0:0'],
  ]
  for (const [text, expected] of cases) assert.equal(formatSocketAddress(parseSocketAddress(text, 53)), expected)
})

test('what is no address is told by an error of the configuration', () => {
  const cases = [
    '',
    'localhost',
    'localhost:53',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '127.0.0.1:5x',
    '127.1',
    '010.0.0.1',
    '1.2.3.4.5',
    '[127.0.0.1]:53',
    '[::1',
    '::1]:53',
    '[::1]53',
    '[::g]:1',
    ' 127.0.0.1',
    '[]:53',
    ':53',
  ]
  for (const text of cases) {
    assert.throws(
      () => parseSocketAddress(text, 53),
      (error) => error instanceof DnsError && error.code === 'configuration-invalid' && error.message.includes(text),
      text,
    )
  }
})

test('RFC5952 §4: text and octets go both ways', () => {
  const anyOctets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  fc.assert(
    fc.property(anyOctets, fc.nat(65535), (address, port) => {
      const text = formatSocketAddress({ address, port })
      assert.deepEqual(parseSocketAddress(text, 1), { address, port })
    }),
  )
  const octets = Uint8Array.fromHex('20010db8000000010001000100010001')
  assert.equal(formatAddress(octets), '2001:db8:0:1:1:1:1:1')
  assert.throws(() => formatAddress(new Uint8Array(5)), RangeError)
})

test('RFC4291 §2.5.5.2: an IPv4 address mapped into IPv6 has 4 octets', () => {
  assert.deepEqual(parseAddress('::ffff:192.0.2.1'), Uint8Array.of(192, 0, 2, 1))
  assert.equal(parseAddress('::192.0.2.1')?.length, 16)
  assert.equal(parseAddress('fe80::1%lo')?.length, 16)
  assert.equal(parseAddress('nobody'), undefined)
})

test('the reader keeps what it has read, within a limit', () => {
  const reader = new AddressReader(2)
  const first = reader.read('192.0.2.1')
  assert.equal(reader.read('192.0.2.1'), first)
  reader.read('192.0.2.2')
  reader.read('192.0.2.3')
  assert.notEqual(reader.read('192.0.2.1'), first)
  assert.deepEqual(reader.read('192.0.2.1'), first)
})

test('wildcards', () => {
  assert.ok(isWildcardAddress(parseSocketAddress('0.0.0.0:53', 1).address))
  assert.ok(isWildcardAddress(parseSocketAddress('[::]:53', 1).address))
  assert.ok(!isWildcardAddress(parseSocketAddress('[::1]:53', 1).address))
})
