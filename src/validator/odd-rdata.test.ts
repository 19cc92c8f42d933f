/** RRsets with malformed records: signatures are over octets, and a record that cannot be read helps no attacker. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { makeDsRdata, type Response, type RRset } from '../dnssec/index.ts'
import { fixedKey } from '../signer/fixed-keys.fixture.ts'
import { delegate, dsText, signOnline, type Tamper, World } from './world.fixture.ts'

const ZONE = 'old.'
const KEY = fixedKey(15, 'zsk', Name.parse(ZONE))
const DIGEST = makeDsRdata(2, KEY.zone, KEY.dnskeyRdata)
const DS = DIGEST === 'unsupported' ? new Uint8Array() : DIGEST

const world = new World({
  '.': { text: delegate(ZONE, dsText(ZONE)) },
  [ZONE]: { text: 'www A 192.0.2.1' },
})

/** Judges `www.old. A` where DS and DNSKEY are these, each signed in its zone. */
function judge(ds: readonly Uint8Array[], keys: readonly Uint8Array[]) {
  const replace = (response: Response, set: RRset): Response => ({ ...response, answer: [set] })
  const fetched: Tamper = (response) => {
    if (!response.name.equals(KEY.zone)) return response
    if (response.type === 43) return replace(response, signOnline('.', ZONE, 'DS', ...ds))
    return response.type === 48 ? replace(response, signOnline(ZONE, ZONE, 'DNSKEY', ...keys)) : response
  }
  return world.judge('www.old.', 'A', { fetched }).verdict
}

test('RFC4034 §3.1.8.1: DS and DNSKEY RRsets with a malformed record beside the good one validate', () => {
  for (const odd of [0, 1, 3, 4, 5]) {
    const rdata = new Uint8Array(odd).fill(1)
    assert.equal(judge([DS, rdata], [KEY.dnskeyRdata, rdata]).status, 'secure', `${odd} octets`)
  }
  const shortened = DS.subarray(0, DS.length - 1)
  assert.equal(judge([shortened, DS], [KEY.dnskeyRdata]).status, 'secure')
})

test('RFC4035 §5.2: a DS RRset without a complete digest is bogus, not one of unsupported algorithms', () => {
  for (const odd of [0, 1, 2, 3, 4]) {
    const { status, reason } = judge([DS.subarray(0, odd)], [KEY.dnskeyRdata])
    assert.deepEqual([status, reason], ['bogus', 'dnskey-missing'], `${odd} octets`)
  }
  assert.equal(judge([DS.subarray(0, DS.length - 1)], [KEY.dnskeyRdata]).status, 'bogus')
})

test('keys that are cut off verify nothing, and nothing throws', () => {
  for (const odd of [0, 1, 2, 3, 4]) {
    assert.equal(judge([DS], [KEY.dnskeyRdata.subarray(0, odd)]).status, 'bogus', `${odd} octets`)
  }
})
