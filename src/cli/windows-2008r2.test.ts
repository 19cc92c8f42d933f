/** `--profile windows-2008r2` from end to end: what the offline signing of that server gives, by its own means. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { EXAMPLE, Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
const PROFILE = ['--profile', 'windows-2008r2']
const SHA1_WARNING = /^signet: warning: algorithm 5 \(RSASHA1\) rests on SHA-1/m

test('keys in certificates, found by friendly name; RSA/SHA-1, NSEC, two DS digests; warnings that say so', async () => {
  const generate = ['key', 'generate', '--zone', 'example', '--keys', 'store', '--form', 'certificate', ...PROFILE]
  for (const role of ['ksk', 'zsk']) {
    const { status, stderr } = await place.signet([...generate, '--role', role])
    assert.equal(status, 0)
    assert.match(stderr, SHA1_WARNING)
  }
  const { keys } = JSON.parse(await place.run('key list --keys store --json'))
  assert.deepEqual(
    keys
      .map((key: { friendlyName: string; bits: number; algorithm: { number: number }; source: { form: string } }) =>
        [key.friendlyName, key.bits, key.algorithm.number, key.source.form].join(' '),
      )
      .sort(),
    ['ksk-example 2048 5 certificate', 'zsk-example 1024 5 certificate'],
  )
  const sign = ['zone', 'sign', EXAMPLE, '--zone', 'example', '--keys', 'store', '--out', 'signed', ...PROFILE]
  const { status, stderr } = await place.signet([...sign, '--sign-with', 'ksk-example', '--sign-with', 'zsk-example'])
  assert.equal(status, 0)
  assert.match(stderr, SHA1_WARNING)
  const signed = place.read('signed')
  assert.match(signed, /\tNSEC\t/)
  assert.doesNotMatch(signed, /NSEC3/)
  const digests = place.read('dsset-example.').trim().split('\n')
  assert.deepEqual(
    digests.map((line) => line.split('\t')[3]?.split(' ').slice(1, 3).join(' ')),
    ['5 1', '5 2'],
  )
  assert.match(place.read('keyset-example.'), /DNSKEY\t257 3 5 /)
  const verdict = JSON.parse(await place.run('zone verify signed --zone example --anchor dsset-example. --json'))
  assert.equal(verdict.verdict, 'good')
})

test('keys of 512 and 4096 bits; not one bit beyond; NSEC3 asks for algorithm 7', async () => {
  const generate = ['key', 'generate', '--zone', 'example', '--keys', 'sizes', '--form', 'certificate', ...PROFILE]
  await place.run([...generate, '--role', 'zsk', '--bits', '512'])
  await place.run([...generate, '--role', 'ksk', '--bits', '4096'])
  for (const bits of ['511', '4097']) assert.equal((await place.signet([...generate, '--bits', bits])).status, 2)
  const sign = ['zone', 'sign', EXAMPLE, '--zone', 'example', '--keys', 'sizes', '--out', 'sizes.signed', ...PROFILE]
  await place.run(sign)
  const verdict = await place.run('zone verify sizes.signed --zone example --anchor dsset-example. --json')
  assert.equal(JSON.parse(verdict).verdict, 'good')
  const refused = await place.signet([...sign, '--denial', 'nsec3'])
  assert.equal(refused.status, 2)
  assert.match(refused.stderr.replaceAll(/^signet: warning: .*\n/gm, ''), /^signet: .*RSASHA1-NSEC3-SHA1/)
})

test('the keys as PKCS#12 with a password, as that server exports them', async () => {
  const password = { env: { PASSWORD: 'p' } }
  const out = ['--form', 'pkcs12', '--file-password', 'env:PASSWORD', '--out', 'ksk.pfx']
  await place.run(['key', 'export', 'ksk-example', '--keys', 'store', ...out], password)
  assert.equal(readFileSync(join(place.folder, 'ksk.pfx'))[0], 0x30)
  await place.run('key import ksk.pfx --file-password env:PASSWORD --keys again --form certificate', password)
  const { keys } = JSON.parse(await place.run('key list --keys again --json'))
  assert.deepEqual([keys[0].friendlyName, keys[0].role, keys[0].algorithm.number], ['ksk-example', 'ksk', 5])
})
