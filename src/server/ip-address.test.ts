/** Addresses as text and octets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import {
  formatIpAddress,
  formatSocketAddress,
  isLoopbackAddress,
  parseIpAddress,
  parseSocketAddress,
} from './ip-address.ts'

test('addresses and ports in all their forms', () => {
  const forms = {
    '192.0.2.1': '192.0.2.1:53',
    '192.0.2.1:5300': '192.0.2.1:5300',
    '2001:DB8::1': '[2001:db8::1]:53',
    '[2001:db8::1]': '[2001:db8::1]:53',
    '[::]:0': '[::]:0',
    '::ffff:192.0.2.1': '192.0.2.1:53',
  }
  for (const [text, expected] of Object.entries(forms))
    assert.equal(formatSocketAddress(parseSocketAddress(text, 53)), expected)
})

test('what is none is told', () => {
  const wrong = {
    localhost: /names are not looked up/,
    '*:53': /0\.0\.0\.0/,
    '192.0.2.1@53': /after a colon/,
    'fe80::1%lo': /zone index/,
    '1.2.3.4:65536': /beyond 65535/,
    '1.2.3': /no IP address/,
    '01.2.3.4': /no IP address/,
    '': /no IP address/,
    '[::1': /no IP address/,
    '1.2.3.4:': /no IP address/,
  }
  for (const [text, reason] of Object.entries(wrong)) {
    assert.throws(
      () => parseSocketAddress(text, 53),
      (error) => error instanceof DnsError && reason.test(error.message),
      text,
    )
  }
})

test('octets → text → octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.boolean(), (all, four) => {
      const octets = four ? all.slice(0, 4) : all
      if (!four && all.slice(0, 10).every((octet) => octet === 0)) return
      assert.deepEqual(parseIpAddress(formatIpAddress(octets)), octets)
    }),
  )
})

test('loopback is 127.0.0.0/8 and ::1', () => {
  const of = (text: string): boolean => isLoopbackAddress(parseIpAddress(text) ?? new Uint8Array(4))
  assert.deepEqual(['127.3.2.1', '::1', '128.0.0.1', '::2', '::'].map(of), [true, true, false, false, false])
})
