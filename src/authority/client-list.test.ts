/** Lists of clients on the packet path agree with access lists, which are asked elsewhere. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AccessList } from '../server/access-list.ts'
import { ClientList } from './client-list.ts'

/** Few octets, so that prefixes meet. */
const octet = fc.constantFrom(0, 1, 2, 128, 255)
const ipv4 = fc.array(octet, { minLength: 4, maxLength: 4 }).map((octets) => octets.join('.'))
const prefix = fc.tuple(ipv4, fc.nat(32)).map(([address, bits]) => {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const kept = bits === 0 ? 0 : Math.floor(value / 2 ** (32 - bits)) * 2 ** (32 - bits)
  return `${[24, 16, 8, 0].map((shift) => Math.floor(kept / 2 ** shift) % 256).join('.')}/${bits}`
})
const word = fc.oneof(prefix, ipv4, fc.constantFrom('2001:db8::/32', '::1', 'any', 'none', '10.0.0.0/8 key:k.'))
const entry = fc.tuple(fc.boolean(), word).map(([refuses, text]) => `${refuses ? '!' : ''}${text}`)

test('a client without a key is on the list exactly when the access list lets it in', () => {
  const addresses = fc.oneof(
    ipv4.map((text) => Uint8Array.from(text.split('.'), Number)),
    fc.constantFrom(Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Uint8Array(12)), Uint8Array.of(...new Uint8Array(15), 1)),
  )
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), addresses, fc.nat(9), (entries, address, at) => {
      const list = AccessList.parse(entries)
      const clients = new ClientList(list.addressRules)
      const octets = Uint8Array.of(...new Uint8Array(at), ...address, 7)
      assert.equal(clients.has(octets, at, address.length), list.allows(address, undefined))
    }),
    { numRuns: 500 },
  )
})
