/** What the options of `signet zone sign` come to: warnings, refusals, profiles. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { printBindKey } from '../dnssec/index.ts'
import { fixedPair } from '../signer/fixed-keys.fixture.ts'
import { type CollectedOptions, collectSigningOptions, type SignFlags } from './signing-flags.ts'

const apex = Name.parse('example.')
const keys = mkdtempSync(join(tmpdir(), 'signet-flags-'))
after(() => rmSync(keys, { recursive: true }))
for (const { name, record, secret = '' } of fixedPair(15, apex).map(printBindKey)) {
  writeFileSync(join(keys, `${name}.key`), record)
  writeFileSync(join(keys, `${name}.private`), secret, { mode: 0o600 })
}

function collect(flags: Partial<SignFlags>): Promise<CollectedOptions> {
  const defaults = {
    zone: 'example',
    keys,
    out: '-',
    jitter: '0',
    serial: 'keep',
    signWith: [],
    publish: [],
    profile: 'modern',
  }
  return collectSigningOptions(apex, { ...defaults, ...flags })
}

describe('denial', () => {
  it('is left to the zone when nothing is said', async () => {
    assert.equal((await collect({})).options.denial, undefined)
  })

  it('RFC9276 §3.1: NSEC3 has no iterations and no salt unless they are asked for', async () => {
    const { options, warnings } = await collect({ denial: 'nsec3' })
    assert.deepEqual(options.denial, { kind: 'nsec3', iterations: 0, salt: new Uint8Array(0), optOut: false })
    assert.deepEqual(warnings, [])
  })

  it('any salt and iterations can be asked for', async () => {
    const { options } = await collect({ nsec3Iterations: '1', nsec3Salt: 'abCD' })
    assert.deepEqual(options.denial, { kind: 'nsec3', iterations: 1, salt: Uint8Array.of(0xab, 0xcd), optOut: false })
  })

  it('RFC5155 §3.1.5: a salt has at most 255 octets', async () => {
    assert.ok(await collect({ nsec3Salt: 'ab'.repeat(255) }))
    for (const nsec3Salt of ['ab'.repeat(256), 'abc', 'xy', '--']) {
      await assert.rejects(collect({ nsec3Salt }), { code: 'usage', message: /hexadecimal/ })
    }
  })

  it('RFC5155 §3.1.3: iterations are 16 bits', async () => {
    assert.ok(await collect({ nsec3Iterations: '65535' }))
    for (const nsec3Iterations of ['65536', '-1', 'x'])
      await assert.rejects(collect({ nsec3Iterations }), { code: 'usage' })
  })

  it('options of NSEC3 do not go with NSEC', async () => {
    await assert.rejects(collect({ denial: 'nsec', optOut: true }), { code: 'usage', message: /--denial nsec3/ })
  })
})

describe('times', () => {
  it('signatures that end before they begin are refused, ones that have ended are warned of', async () => {
    await assert.rejects(collect({ inception: '+2d', expiration: '+1d' }), { code: 'usage' })
    await assert.rejects(collect({ dnskeyExpiration: '-1d' }), { code: 'usage' })
    await assert.rejects(collect({ expiration: '+1d', jitter: '2d' }), { code: 'usage', message: /--jitter/ })
    const { warnings } = await collect({ inception: '-3d', expiration: '-1d' })
    assert.deepEqual(warnings, ['the signatures have expired already'])
  })

  it('the DNSKEY RRset ends with the others when only --expiration is given', async () => {
    const { options } = await collect({ expiration: '+3d' })
    assert.equal(options.dnskeyExpiration, undefined)
  })
})
