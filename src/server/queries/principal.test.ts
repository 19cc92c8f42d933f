/** How principals are named in logs and journals. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { inspect } from 'node:util'
import { Name } from '../../dns/name/index.ts'
import type { Peer } from '../../ports/index.ts'
import { newTsigKey } from '../../tsig/index.ts'
import { actorOf, clientOf, keyOf, NO_IDENTITY, OPERATOR } from './principal.ts'

const PEER: Peer = { protocol: 'tls', address: Uint8Array.of(192, 0, 2, 1), port: 4711 }

test('an actor is named by the strongest proof: key, certificate, address', () => {
  const shown = { ...PEER, certificateNames: ['ns2.example', '192.0.2.9'] }
  const identity = { kind: 'tsig', key: Name.parse('transfer.') } as const
  assert.equal(actorOf(clientOf(PEER)), '192.0.2.1')
  assert.equal(actorOf(clientOf({ ...PEER, certificateNames: [] })), '192.0.2.1')
  assert.equal(actorOf(clientOf(shown)), 'certificate ns2.example')
  assert.equal(actorOf(clientOf(shown, identity)), 'key transfer.')
  assert.equal(actorOf({ kind: 'api-client', address: '::1' }), '::1')
  assert.equal(actorOf(OPERATOR), 'operator')
})

test('a client has the key that it proved, and no other', () => {
  const { name: key } = newTsigKey(Name.parse('K.'), 'hmac-sha256', new Uint8Array(32).fill(7))
  assert.equal(keyOf(clientOf(PEER)), undefined)
  assert.equal(keyOf(clientOf(PEER, NO_IDENTITY)), undefined)
  assert.equal(keyOf(clientOf(PEER, { kind: 'tsig', key })), key)
})

test('a principal shows no secret, whatever prints it', () => {
  const secret = new Uint8Array(32).fill(7)
  const key = newTsigKey(Name.parse('k.'), 'hmac-sha256', secret)
  const client = clientOf(PEER, { kind: 'tsig', key: key.name })
  for (const text of [JSON.stringify(client), inspect(client, { depth: 9 })])
    assert.doesNotMatch(text, /7, ?7, ?7|070707|secret/)
})
