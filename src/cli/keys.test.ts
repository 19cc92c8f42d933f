/** Keys by the command line: made, listed, taken in and given out in every form, dated, and handed to the parent. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
const password = { env: { PASSWORD: 'open sesame' } }
const posix = process.platform !== 'win32'

/** Every private value in the key files below a folder, as it could show up in an output. */
function secretsBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.flatMap((name) => {
    if (!/\.(private|pem)$/.test(name)) return []
    const text = readFileSync(join(folder, name), 'utf8')
    if (name.endsWith('.private')) return [...text.matchAll(/^PrivateKey: (\S+)/gm)].map(([, value = '']) => value)
    const jwk = createPrivateKey(/-----BEGIN PRIVATE KEY.*END PRIVATE KEY-----/s.exec(text)?.[0] ?? '').export({
      format: 'jwk',
    })
    return [jwk.d ?? '', Buffer.from(jwk.d ?? '', 'base64url').toString('base64')]
  })
}

test('a key made, listed, found by name, tag and friendly name', async () => {
  const name = (await place.run('key generate --zone Example --role ksk --keys a --friendly-name mine')).trim()
  assert.match(name, /^Kexample\.\+013\+\d{5}$/)
  const made = JSON.parse(await place.run('key generate --zone example --role zsk --keys a --algorithm 15 --json'))
  assert.equal(made.algorithm.mnemonic, 'ED25519')
  assert.equal(made.files.length, 2)
  const table = await place.run('key list --keys a')
  assert.match(table, /^NAME +ROLE +ALGORITHM +BITS +FORM +FRIENDLY NAME +STATE$/m)
  assert.match(
    table,
    new RegExp(`^${name.replaceAll(/[.+]/g, '\\$&')} +ksk +ECDSAP256SHA256 +256 +bind +mine +signing$`, 'm'),
  )
  const { keys, problems } = JSON.parse(await place.run('key list --keys a --zone EXAMPLE. --json'))
  assert.deepEqual(problems, [])
  assert.deepEqual(keys.map((key: { role: string; state: string }) => `${key.role} ${key.state}`).sort(), [
    'ksk signing',
    'zsk signing',
  ])
  assert.deepEqual(JSON.parse(await place.run('key list --keys a --zone other --json')).keys, [])
  const [byName, byTag, byFriendly] = await Promise.all(
    [name, String(Number(name.slice(-5))), 'mine'].map((word) => place.run(['key', 'ds', word, '--keys', 'a'])),
  )
  assert.match(byName ?? '', /^Example\.\tIN\tDS\t\d+ 13 2 [0-9A-F]{64}\n$/)
  assert.ok(byName === byTag && byName === byFriendly)
  const unknown = await place.signet('key ds nobody --keys a')
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /^signet: no key 'nobody'; there is .*\(mine\)/)
})

test('a folder with files that are no keys: the good ones are listed, the bad ones told, status 2', async () => {
  await place.run('key generate --zone example --keys bad')
  place.write('bad/Kexample.+013+00001.key', 'example. IN DNSKEY 257 3 13 !!!\n')
  const { status, stdout, stderr } = await place.signet('key list --keys bad')
  assert.equal(status, 2)
  assert.equal(stdout.trim().split('\n').length, 2)
  assert.match(stderr, /^signet: bad\/Kexample\.\+013\+00001\.key:1:\d+: /)
  const missing = await place.signet('key list --keys nowhere')
  assert.deepEqual([missing.status, missing.stdout], [2, ''])
  assert.equal(missing.stderr, 'signet: nowhere: no such file or folder\n')
})

test('DS records: digests as asked for, zone-signing keys with a warning, only keys that a DS may name', async () => {
  const lines = (await place.run('key ds --keys a --digest sha256 --digest sha384 --digest SHA-1')).trim().split('\n')
  assert.deepEqual(
    lines.map((line) => line.split(' ')[2]),
    ['2', '4', '1'],
  )
  const [ds] = JSON.parse(await place.run('key ds --keys a --json'))
  assert.deepEqual(Object.keys(ds), ['zone', 'tag', 'digestType', 'record'])
  const { keys } = JSON.parse(await place.run('key list --keys a --json'))
  const zsk = keys.find((key: { role: string }) => key.role === 'zsk')
  assert.match((await place.signet(['key', 'ds', zsk.name, '--keys', 'a'])).stderr, /warning: .* zone-signing key/)
  assert.equal((await place.signet('key ds --keys a --digest md5')).status, 2)
})

test('out in each form and in again: the same key, private files for the owner only', async () => {
  const { keys } = JSON.parse(await place.run('key list --keys a --json'))
  const { name, publicKey } = keys.find((key: { role: string }) => key.role === 'ksk')
  const word = ['key', 'export', name, '--keys', 'a', '--file-password', 'env:PASSWORD', '--form']
  await Promise.all(
    ['bind', 'pem', 'certificate', 'pkcs12'].map(async (form) => {
      const files = (await place.run([...word, form, '--out', `out-${form}/`], password)).trim().split('\n')
      const [file = ''] = files
      for (const path of files) {
        if (posix) assert.equal(statSync(join(place.folder, path)).mode & 0o077, path.endsWith('.key') ? 0o044 : 0)
      }
      const again = await place.signet([...word, form, '--out', `out-${form}/`], password)
      assert.equal(again.status, 3, 'never over a file that is there')
      const folder = ['--keys', `in-${form}`, '--key-password', 'env:PASSWORD']
      const imported = await place.run(
        ['key', 'import', file, '--file-password', 'env:PASSWORD', '--form', form, ...folder],
        password,
      )
      assert.equal(imported.trim(), name)
      const [found] = JSON.parse(await place.run(['key', 'list', ...folder, '--json'], password)).keys
      assert.deepEqual([found.publicKey, found.hasPrivateKey, found.role], [publicKey, true, 'ksk'])
      if (form !== 'pem') assert.equal(found.friendlyName, 'mine')
    }),
  )
  const wrong = await place.signet('key list --keys in-pkcs12')
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /password is wrong: give it with --key-password\n$/)
})

test('a bare PEM key is told what it is; a public half alone can only be published', async () => {
  await place.run('key export mine --keys a --form pem --out bare.pem')
  const bare = await place.signet('key import bare.pem --keys b')
  assert.equal(bare.status, 2)
  assert.match(
    bare.stderr,
    /^signet: bare\.pem: .* --zone \(the zone that it signs\) and --role \(ksk, zsk or csk\)\n$/,
  )
  const role = await place.signet('key import bare.pem --keys b --zone example')
  assert.equal(role.status, 2)
  assert.match(role.stderr, /: say it with --role \(ksk, zsk or csk\)\n$/)
  await place.run('key import bare.pem --keys b --zone example.org --algorithm 13 --role zsk --friendly-name other')
  const wrongKind = await place.signet('key import bare.pem --keys b --zone example.org --algorithm 8 --role zsk')
  assert.equal(wrongKind.status, 2)
  assert.match(
    await place.run('key export other --keys b --public', { env: {} }),
    /^example\.org\. IN DNSKEY 256 3 13 /m,
  )
  await place.run('key export other --keys b --public --out public.key')
  const half = await place.signet('key import public.key --keys c')
  assert.equal(half.status, 0)
  assert.match(half.stderr, /warning: .*only the public half/)
  assert.equal((await place.signet('key export other --keys c --form pem --out x.pem')).status, 2)
})

/** A private key file as PowerDNS exports it: format v1.2, nothing but the key, and any name. */
function powerDnsText(privateFile: string): string {
  const lines = place.read(privateFile).split('\n')
  const fields = lines.filter((line) => !/^(Private-key-format|Created|Publish|Activate)/.test(line) && line !== '')
  return ['Private-key-format: v1.2', ...fields, '', ''].join('\n')
}

test("PowerDNS' private key files: asked for zone and role, which do not follow from them, and for nothing else", async () => {
  for (const [algorithm, role] of [
    [13, 'csk'],
    [15, 'zsk'],
    [8, 'ksk'],
  ]) {
    const words = `key generate --zone example.com --role ${role} --algorithm ${algorithm} --keys made-${algorithm}`
    const name = (await place.run(words)).trim()
    place.write('exported', powerDnsText(`made-${algorithm}/${name}.private`))
    const bare = await place.signet('key import exported --keys taken')
    assert.deepEqual(
      [bare.status, bare.stderr],
      [
        2,
        'signet: exported: the key does not say all of itself: say it with --zone (the zone that it signs) and --role (ksk, zsk or csk)\n',
      ],
    )
    const told = `key import exported --keys taken --zone example.com --role ${role}`
    const other = await place.signet(`${told} --algorithm 14`)
    assert.deepEqual(
      [other.status, other.stderr],
      [2, `signet: exported: the key is of algorithm ${algorithm}, not 14\n`],
    )
    assert.equal((await place.run(told)).trim(), name, 'the same algorithm, flags and public key: the same tag')
    const both = await Promise.all(
      [`made-${algorithm}`, 'taken'].map((folder) => place.run(`key ds ${name} --keys ${folder}`)),
    )
    assert.equal(both[0], both[1])
  }
})

test('a private file named as a key needs no record beside it: its tag tells the flags', async () => {
  for (const role of ['ksk', 'zsk']) {
    const name = (await place.run(`key generate --zone example.net --role ${role} --keys pairs-${role}`)).trim()
    place.write(`${name}.private`, powerDnsText(`pairs-${role}/${name}.private`))
    assert.equal((await place.run(`key import ${name}.private --keys lone`)).trim(), name)
    const wrong = name.replace(/\d{5}$/, (tag) => (tag === '00001' ? '00002' : '00001'))
    place.write(`${wrong}.private`, place.read(`${name}.private`))
    const { status, stderr } = await place.signet(`key import ${wrong}.private --keys lone2`)
    assert.equal(status, 2)
    assert.match(stderr, /does not have the tag 0?0?0?0?[12] of its name\n$/)
    assert.equal(
      (await place.run(`key import ${wrong}.private --keys lone2 --zone example.net --role ${role}`)).trim(),
      name,
    )
  }
})

test('what a file says of its key is held against the options', async () => {
  const name = (await place.run('key generate --zone example.org --role zsk --keys says')).trim()
  const words = ['key', 'import', `says/${name}.key`, '--keys', 'said']
  for (const [options, message] of [
    [['--zone', 'example.net'], /the key is of the zone example\.org\., not of example\.net\.\n$/],
    [['--algorithm', '8'], /the key is of algorithm 13, not 8\n$/],
    [['--role', 'ksk'], /the key is a zsk, by its flags 256, not a ksk\n$/],
  ] as const) {
    const { status, stderr } = await place.signet([...words, ...options])
    assert.equal(status, 2)
    assert.match(stderr, message)
  }
  await place.run([...words, '--zone', 'example.org', '--algorithm', '13', '--role', 'zsk'])
})

test('a bare RSA key in PEM is asked for its algorithm, others are not', async () => {
  await place.run('key generate --zone example --algorithm 8 --keys rsa --friendly-name rsa')
  await place.run('key export rsa --keys rsa --form pem --out rsa.pem')
  const { status, stderr } = await place.signet('key import rsa.pem --keys rsa2 --zone example --role csk')
  assert.equal(status, 2)
  assert.match(stderr, /: say it with --algorithm\n$/)
  await place.run('key import rsa.pem --keys rsa2 --zone example --role csk --algorithm 8')
  for (const algorithm of [13, 14, 15, 16]) {
    const word = `key generate --zone example --algorithm ${algorithm} --keys curve --friendly-name c${algorithm}`
    const name = (await place.run(word)).trim()
    await place.run(`key export c${algorithm} --keys curve --form pem --out c${algorithm}.pem`)
    assert.equal((await place.run(`key import c${algorithm}.pem --keys curve2 --zone example --role csk`)).trim(), name)
  }
})

test('a folder without keys names the files that were passed over', async () => {
  const name = (await place.run('key generate --zone other --keys misnamed')).trim()
  place.write('misnamed/Kexample+013+12345.key', 'x')
  place.write('misnamed/Kexample.+013+12345.key.old', 'x')
  place.write('misnamed/example.private', 'x')
  place.write('misnamed/notes.txt', 'x')
  const like = '(a key has a name like Kexample.+013+12345.key)'
  const said = `misnamed: there are no keys of example.; passed over: Kexample+013+12345.key ${like}, Kexample.+013+12345.key.old ${like}, ${name} (of another zone), example.private ${like}`
  const listed = await place.signet('key list --keys misnamed --zone example')
  assert.equal(listed.stderr, `signet: ${said}\n`)
  for (const words of ['key ds', 'key export nobody --public', 'key dates nobody']) {
    const { status, stderr } = await place.signet(`${words} --keys misnamed --zone example`)
    assert.deepEqual([status, stderr], [2, `signet: ${said}\n`])
  }
  place.write('example.zone', '@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n')
  const signed = await place.signet('zone sign example.zone --zone example --keys misnamed --out signed')
  assert.equal(signed.status, 2)
  assert.ok(signed.stderr.startsWith(`signet: ${said}: make one with \`signet key generate --zone example.`))
})

test('standard output for a private key only when it is no terminal', async (t) => {
  const { status, stdout } = await place.signet('key export mine --keys a --form pem --out -', { env: {} })
  place.printed = place.printed.replace(stdout, '') // asked for, and not by accident
  assert.equal(status, 0)
  assert.match(stdout, /^-----BEGIN PRIVATE KEY-----\n/)
  assert.equal((await place.signet('key export mine --keys a --out -')).status, 2, 'two files')
  assert.equal((await place.signet('key export mine --keys a')).status, 2, 'nowhere')
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' })
  } catch {
    t.skip('no script, which makes a terminal')
    return
  }
  const command = `${join(import.meta.dirname, '../../bin/signet')} key export mine --keys a --form pem --out -; echo "status $?"`
  const shown = execFileSync('script', ['-qec', command, '/dev/null'], { cwd: place.folder, encoding: 'utf8' })
  assert.match(shown, /not shown on a terminal/)
  assert.match(shown, /status 2/)
  assert.doesNotMatch(shown, /BEGIN/)
})

test('dates: shown, set, taken away, in the order of a life', async () => {
  await place.run('key generate --zone example --role zsk --keys d --friendly-name next --activate +2d')
  assert.match(await place.run('key list --keys d'), /published, signs \d{4}-\d\d-\d\d /)
  const shown = await place.run('key dates next --keys d')
  assert.match(shown, /^Kexample\S+ \(zsk\): published, signs .*\ncreated +\d{4}.* UTC\npublish .*\nactivate .*\n$/)
  const set = JSON.parse(
    await place.run('key dates next --keys d --activate 1700000000 --publish 20231114221320 --json'),
  )
  assert.deepEqual([set.times.publish, set.times.activate, set.state], [1700000000, 1700000000, 'signing'])
  const states: readonly (readonly [string, string])[] = [
    ['--inactive -1h', 'retired'],
    ['--delete -1m', 'removed'],
    ['--delete none --inactive none --publish +1d --activate +2d', 'future'],
  ]
  for (const [words, state] of states) {
    assert.equal(JSON.parse(await place.run(`key dates next --keys d ${words} --json`)).state, state)
  }
  const before = place.read(`d/${set.name}.private`)
  for (const words of ['--delete +1h', '--publish soon', '--publish none --activate none']) {
    const { status, stderr } = await place.signet(`key dates next --keys d ${words}`)
    assert.equal(status, 2)
    assert.match(stderr, /^signet: .+\n$/)
  }
  assert.equal(place.read(`d/${set.name}.private`), before, 'a refused change changes nothing')
})

test('no private value has been printed by any of these commands', () => {
  const secrets = secretsBelow(place.folder)
  assert.ok(secrets.length >= 8)
  for (const secret of secrets) assert.ok(secret.length > 20 && !place.printed.includes(secret))
  assert.doesNotMatch(place.printed, /BEGIN [A-Z ]*PRIVATE|open sesame/)
})
