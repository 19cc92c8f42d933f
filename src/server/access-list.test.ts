/** Who may: entries, their order, and prefixes held equal to those of ipaddr.js. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { parseAddress } from '../transport/index.ts'
import { AccessList } from './access-list.ts'

function octets(text: string): Uint8Array {
  const address = parseAddress(text)
  assert.ok(address, text)
  return address
}

/** Whether the list lets in an address, with a key or without. */
function allows(entries: string[], address: string, key?: string): boolean {
  return AccessList.parse(entries).allows(octets(address), key === undefined ? undefined : Name.parse(key))
}

describe('access list', () => {
  test('nobody unless told; any and none', () => {
    assert.equal(allows([], '127.0.0.1'), false)
    assert.equal(allows(['any'], '192.0.2.1'), true)
    assert.equal(allows(['any'], '2001:db8::1'), true)
    assert.equal(allows(['none', 'any'], '192.0.2.1'), false)
    assert.equal(allows(['!none'], '192.0.2.1'), true)
  })

  test('the first entry that matches decides', () => {
    const all = ['!10.0.0.1', '10.0.0.0/8', '!any', '192.0.2.1']
    assert.equal(allows(all, '10.0.0.1'), false)
    assert.equal(allows(all, '10.0.0.2'), true)
    assert.equal(allows(all, '192.0.2.1'), false)
  })

  test('a key, in any spelling, and from anywhere; with an address both must hold', () => {
    assert.equal(allows(['key:k1.'], '192.0.2.1'), false)
    assert.equal(allows(['key:k1.'], '192.0.2.1', 'K1.'), true)
    assert.equal(allows(['key:k1.'], '192.0.2.1', 'k2.'), false)
    assert.equal(allows(['10.0.0.0/8 key:k1.'], '10.0.0.1', 'k1.'), true)
    assert.equal(allows(['10.0.0.0/8 key:k1.'], '10.0.0.1'), false)
    assert.equal(allows(['key:k1. 10.0.0.0/8'], '192.0.2.1', 'k1.'), false)
    assert.equal(allows(['!10.0.0.0/8 key:k1.', 'any'], '10.0.0.1', 'k1.'), false)
    assert.equal(allows(['!10.0.0.0/8 key:k1.', 'any'], '10.0.0.1'), true)
    assert.equal(allows(['10.0.0.0/8'], '10.0.0.1', 'k1.'), true, 'a key does no harm where none is asked for')
  })

  test('families are apart, but for IPv4 in the form of IPv6', () => {
    assert.equal(allows(['0.0.0.0/0'], '::1'), false)
    assert.equal(allows(['::/0'], '127.0.0.1'), false)
    assert.equal(allows(['::ffff:192.0.2.0/120'], '192.0.2.77'), true)
    assert.equal(allows(['::ffff:192.0.2.0/120'], '192.0.3.77'), false)
  })

  test('what is no entry is told with the entry', () => {
    const wrong = [
      '',
      '!',
      'foo',
      '10.0.0.0/33',
      '10.0.0.1/8',
      '10/8',
      '::/129',
      '10.0.0.0/8/8',
      '10.0.0.0/',
      'key:',
      'key:a..b',
      '1.2.3.4 5.6.7.8',
      'key:a key:b',
      'none key:a',
      'fe80::1%eth0',
      '010.0.0.1',
      '::ffff:1.2.3.0/95',
    ]
    for (const entry of wrong) {
      assert.throws(
        () => AccessList.parse(['any', entry]),
        (error) => error instanceof DnsError && error.code === 'configuration-invalid',
        entry,
      )
    }
    assert.throws(() => AccessList.parse(['10.0.0.1/8']), /'10\.0\.0\.1\/8' has bits beyond the first 8/)
  })

  test('knows its keys, and whether it is open to all', () => {
    assert.deepEqual(AccessList.parse(['key:a', '!key:b.', '::1']).keys.map(String), ['a.', 'b.'])
    for (const entries of [['any'], ['!10.0.0.0/8', '::/0']]) assert.equal(AccessList.parse(entries).isOpen, true)
    for (const entries of [[], ['none'], ['any key:a'], ['10.0.0.0/8']])
      assert.equal(AccessList.parse(entries).isOpen, false)
  })

  const address = fc
    .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .filter(
      (a) =>
        a.length === 4 ||
        !ipaddr
          .fromByteArray([...a])
          .toString()
          .startsWith('::ffff:'),
    )

  test('prefixes match as those of ipaddr.js', () => {
    const near = fc.tuple(address, fc.nat(128), fc.nat(127)).map(([a, length, flip]) => {
      const bits = Math.min(length, a.length * 8)
      const at = flip % (a.length * 8)
      const other = a.slice()
      other[at >>> 3] = (other[at >>> 3] ?? 0) ^ (0x80 >>> (at & 7))
      return { a, other, bits }
    })
    fc.assert(
      fc.property(near, ({ a, other, bits }) => {
        const base = a.map((octet, i) => octet & (0xff00 >>> Math.max(0, Math.min(8, bits - i * 8))) & 0xff)
        const prefix = ipaddr.fromByteArray([...base])
        const list = AccessList.parse([`${prefix}/${bits}`])
        for (const each of [a, other]) {
          const theirs = ipaddr.fromByteArray([...each])
          assert.equal(list.allows(each, undefined), theirs.kind() === prefix.kind() && theirs.match(prefix, bits))
        }
      }),
    )
  })

  test('an address is only itself', () => {
    fc.assert(
      fc.property(address, address, (a, b) => {
        const list = AccessList.parse([ipaddr.fromByteArray([...a]).toString()])
        assert.equal(list.allows(a, undefined), true)
        assert.equal(list.allows(b, undefined), Buffer.compare(a, b) === 0)
      }),
    )
  })
})
