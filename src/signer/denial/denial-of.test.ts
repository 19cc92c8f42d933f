/** Which chain of denial a zone has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { TableView } from '../../zone/index.ts'
import { zoneOf } from '../../zone/zone.fixture.ts'
import type { Denial } from '../options.ts'
import { NSEC, NSEC3, OPT_OUT, signText } from '../signing.fixture.ts'
import { denialOfView, denialOfZone } from './denial-of.ts'

const HEAD = '$TTL 3600\n@ SOA ns host 1 7200 3600 1209600 600\n@ NS ns.other.\n'
const SALTED: Denial = { kind: 'nsec3', iterations: 3, salt: Uint8Array.of(1, 2), optOut: true }

test('the chain of a signed zone', () => {
  for (const denial of [NSEC, NSEC3, OPT_OUT, SALTED]) {
    const { text } = signText(HEAD, { denial })
    assert.deepEqual(denialOfView(new TableView(zoneOf(text))), denial)
    assert.deepEqual(denialOfZone(zoneOf(text).table, Name.parse('example.')), denial)
  }
})

test('RFC5155 §4.1.1: an NSEC3PARAM of an unknown hash algorithm is passed over', () => {
  const { text } = signText(HEAD, { denial: NSEC3 })
  const other = '@ 0 NSEC3PARAM 2 0 0 -\n'
  assert.deepEqual(denialOfView(new TableView(zoneOf(other + text))), NSEC3)
  assert.deepEqual(denialOfZone(zoneOf(other + text).table, Name.parse('example.')), NSEC3)
  assert.deepEqual(denialOfZone(zoneOf(HEAD + other).table, Name.parse('example.')), NSEC)
})

test('RFC5155 §7.1: an NSEC3PARAM without its chain announces nothing', () => {
  const { text } = signText(HEAD, { denial: NSEC3 })
  const salted = '@ 0 NSEC3PARAM 1 0 0 00\n'
  assert.deepEqual(denialOfView(new TableView(zoneOf(salted + text))), NSEC3)
  assert.equal(denialOfView(new TableView(zoneOf(HEAD + salted))), undefined)
  assert.equal(denialOfView(new TableView(zoneOf(HEAD))), undefined)
})
