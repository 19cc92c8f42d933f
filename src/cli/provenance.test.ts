/** Whose a DNSKEY is, as commands record it and go by it. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { newKey } from '../dnssec/keys.fixture.ts'
import { Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
const ZONE = '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n'
/** Keys of other providers: of an algorithm that signs here, so that there is nothing to warn of. */
const [theirs, second] = [await newKey(13, 'zsk'), await newKey(13, 'ksk')]

async function makeKeys(folder: string): Promise<{ ksk: string; zsk: string }> {
  const make = async (role: string) =>
    (await place.run(`key generate --zone example --role ${role} --keys ${folder}`)).trim()
  return { ksk: await make('ksk'), zsk: await make('zsk') }
}

function dnskeys(file: string): string[] {
  return [...place.read(file).matchAll(/\tDNSKEY\t(.*)/g)].map(([, rdata = '']) => rdata.replaceAll(/\s+/g, ' ')).sort()
}

/** RDATA of a DNSKEY record as text. */
function rdataText(text: string): string {
  return text.replace(/^.* DNSKEY /, '')
}

test('RFC8901 §2.1: DNSKEYs of another provider stay, also when the signed zone is signed again, by whatever keys', async () => {
  const { ksk } = await makeKeys('a')
  place.write('zone', `${ZONE}${theirs.dnskeyText()}\n${second.dnskeyText()}\n`)
  const first = await place.signet('zone sign zone --zone example --keys a --out signed')
  assert.deepEqual([first.status, first.stderr], [0, ''])
  const foreign = [theirs, second].map((key) => rdataText(key.dnskeyText())).sort()
  assert.equal(dnskeys('signed').length, 4)
  assert.match(place.read(`a/${theirs.name}.key`), /^; Provenance: foreign$/m)
  assert.equal((await place.signet('zone verify signed --zone example')).status, 0)

  const again = await place.signet('zone sign signed --zone example --keys a --in-place')
  assert.deepEqual([again.status, again.stderr], [0, ''])
  assert.equal(dnskeys('signed').length, 4)

  // The zone's own key is replaced, theirs stay.
  for (const file of readdirSync(join(place.folder, 'a')))
    if (file.startsWith(ksk)) rmSync(join(place.folder, 'a', file))
  await place.run('key generate --zone example --role ksk --keys a')
  const rolled = await place.signet('zone sign signed --zone example --keys a --in-place')
  assert.equal(rolled.status, 0)
  const after = dnskeys('signed')
  assert.equal(after.length, 4)
  assert.ok(foreign.every((rdata) => after.includes(rdata)))
  const tag = Number(ksk.slice(-5))
  assert.equal(
    rolled.stderr,
    `signet: warning: the DNSKEY with key tag ${tag} (ECDSAP256SHA256) of the earlier signing is removed: no key is named for it, and it is not recorded as another provider's (RFC 8901)\n`,
  )
  assert.equal((await place.signet('zone verify signed --zone example')).status, 0)

  // The record moves with its files.
  renameSync(join(place.folder, 'a'), join(place.folder, 'moved'))
  await place.run('zone sign signed --zone example --keys moved --in-place')
  assert.equal(dnskeys('signed').length, 4)

  // What the owner takes out of the zone is not put in again.
  place.write(
    'signed',
    place
      .read('signed')
      .replaceAll(/.*\tDNSKEY\t256 .*\n/g, (line) => (line.includes(foreign[0]?.split(' ')[3] ?? '') ? '' : line)),
  )
  await place.run('zone sign signed --zone example --keys moved --in-place')
  assert.equal(dnskeys('signed').length, 3)
})

test('keys of another provider sign nothing, get no DS, and are listed as such', async () => {
  await makeKeys('b')
  place.write('zone', `${ZONE}${second.dnskeyText()}\n`)
  await place.run('zone sign zone --zone example --keys b --out signed-b')
  assert.match(
    await place.run('key list --keys b'),
    new RegExp(`^${second.name.replaceAll(/[.+]/g, '\\$&')} .* bind, public half only .* foreign$`, 'm'),
  )
  assert.equal((await place.run('key ds --keys b')).trim().split('\n').length, 1)
  assert.ok(!place.read('dsset-example.').includes(` ${second.tag} `))
  const named = await place.signet(`zone sign zone --zone example --keys b --out x --sign-with ${second.name}`)
  assert.equal(named.status, 2)
  assert.ok(named.stderr.endsWith(`signet: ${second.name} has no private key here\n`), named.stderr)
})

test('a folder that cannot be written does not stop the signing, and a warning says what follows', {
  skip: process.platform === 'win32' || process.getuid?.() === 0 ? 'modes of folders bind root not' : false,
}, async () => {
  await makeKeys('c')
  chmodSync(join(place.folder, 'c'), 0o500)
  place.write('zone', `${ZONE}${theirs.dnskeyText()}\n`)
  const { status, stderr } = await place.signet('zone sign zone --zone example --keys c --out signed-c')
  assert.equal(status, 0)
  assert.match(stderr, /^signet: warning: the DNSKEY with key tag \d+ is not recorded as another provider's/)
})

test('a DNSKEY that cannot be recorded: its key tag is that of a key here', async () => {
  const { ksk } = await makeKeys('d')
  mkdirSync(join(place.folder, 'd2'))
  renameSync(join(place.folder, `d/${ksk}.key`), join(place.folder, `d2/kept`))
  // Another key under the name that the record would have.
  place.write(`d/${theirs.name}.key`, place.read('d2/kept'))
  renameSync(join(place.folder, 'd2/kept'), join(place.folder, `d/${ksk}.key`))
  place.write('zone', `${ZONE}${theirs.dnskeyText()}\n`)
  const { status, stderr } = await place.signet(
    `zone sign zone --zone example --keys d --out signed-d --sign-with ${ksk}`,
  )
  assert.equal(status, 0, stderr)
  assert.match(
    stderr,
    /^signet: warning: the DNSKEY with key tag \d+ is not recorded .*there is a file of this name already$/m,
  )
  assert.ok(dnskeys('signed-d').includes(rdataText(theirs.dnskeyText())))
})

test('a key that signs by its record is not taken for a published one because its file is missing', async () => {
  const { ksk, zsk } = await makeKeys('e')
  place.write('zone', ZONE)
  place.write('out', 'as it was')
  rmSync(join(place.folder, `e/${ksk}.private`))
  const lost = await place.signet('zone sign zone --zone example --keys e --out out')
  assert.deepEqual(
    [lost.status, lost.stderr],
    [
      2,
      `signet: ${ksk} signs by its record, but its private key is not in e: put it back, or name the keys with --sign-with and --publish\n`,
    ],
  )
  assert.equal(place.read('out'), 'as it was')
  assert.match(
    await place.run('key list --keys e'),
    new RegExp(`${ksk.replaceAll(/[.+]/g, '\\$&')} .*public half only .* signing$`, 'm'),
  )
  // Said so, it is published.
  const named = await place.signet(
    `zone sign zone --zone example --keys e --out out --sign-with ${zsk} --publish ${ksk}`,
  )
  assert.equal(named.status, 0)
  assert.equal(dnskeys('out').length, 2)
})

test('a key of another tool is recorded when it signs, and missed from then on', async () => {
  const { ksk } = await makeKeys('t')
  const file = `t/${ksk}.key`
  const record = place.read(file).replace(/; Provenance.*\n/, '')
  place.write(file, record)
  place.write('zone', ZONE)
  const sign = 'zone sign zone --zone example --keys t --out out'
  await place.run(sign)
  assert.equal(place.read(file), `${record}; Provenance: signing\n`)
  renameSync(join(place.folder, `t/${ksk}.private`), join(place.folder, 'elsewhere'))
  assert.match((await place.signet(sign)).stderr, /signs by its record, but its private key is not in t/)
  renameSync(join(place.folder, 'elsewhere'), join(place.folder, `t/${ksk}.private`))
  await place.run(sign)
  assert.equal(place.read(file), `${record}; Provenance: signing\n`)
})

test('a public half that is taken in is published, whatever it was where it comes from', async () => {
  const { zsk } = await makeKeys('f')
  const { ksk: other } = await makeKeys('g')
  assert.match(place.read(`g/${other}.key`), /^; Provenance: signing$/m)
  place.write(`${other}.key`, place.read(`g/${other}.key`))
  await place.signet(`key import ${other}.key --keys f`)
  assert.match(place.read(`f/${other}.key`), /^; Provenance: published$/m)
  const listed = JSON.parse(await place.run('key list --keys f --json')).keys
  assert.deepEqual(listed.map(({ name, state }: { name: string; state: string }) => [name === other, state]).sort(), [
    [false, 'signing'],
    [false, 'signing'],
    [true, 'published'],
  ])
  place.write('zone', ZONE)
  const { keys } = JSON.parse(await place.run('zone sign zone --zone example --keys f --out out --json'))
  assert.equal(keys.length, 3)
  const tags = new Set(
    [...place.read('out').matchAll(/RRSIG\t\S+ 13 \d+ \d+ \d+ \d+ (\d+) /g)].map(([, tag]) => Number(tag)),
  )
  assert.ok(tags.has(Number(zsk.slice(-5))) && !tags.has(Number(other.slice(-5))))
})

test('what a key looks like on standard output says nothing of its record', async () => {
  const { ksk } = await makeKeys('i')
  assert.doesNotMatch(await place.run(`key export ${ksk} --keys i --public`, { env: {} }), /Provenance/)
})
