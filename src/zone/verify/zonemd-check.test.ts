import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXPIRATION, signText } from '../../signer/signing.fixture.ts'
import { verifyZone } from '../index.ts'
import { zoneOf } from '../zone.fixture.ts'

const ZONE = `$TTL 3600
@ SOA ns host 1 7200 3600 1209600 3600
@ NS ns
ns A 192.0.2.1
sub NS ns.sub
ns.sub A 192.0.2.2
`

/** Codes of the faults that a signed text has when one word in it is another. */
function codesAfter(signed: string, from: string, to: string): string[] {
  assert.ok(signed.includes(from))
  const report = verifyZone(zoneOf(signed.replace(from, to)), { at: EXPIRATION - 1 })
  return report.faults.map((fault) => fault.code)
}

for (const hash of [1, 2] as const) {
  test(`RFC8976 §4: changed glue and unsigned delegations are told by ZONEMD, and only there (hash ${hash})`, () => {
    const plain = signText(ZONE).text
    const digested = signText(ZONE, { zonemd: [hash] }).text
    const changes = [
      ['192.0.2.2', '192.0.2.3'],
      ['\tNS\tns.sub.example.', '\tNS\tno.sub.example.'],
    ] as const
    assert.deepEqual(codesAfter(digested, '192.0.2.2', '192.0.2.2'), [])
    for (const [from, to] of changes) {
      assert.deepEqual(codesAfter(plain, from, to), [], from)
      assert.deepEqual(codesAfter(digested, from, to), ['zonemd-digest'], from)
    }
  })
}
