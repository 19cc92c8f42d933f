/** `signet zone sign` as a command: what it writes, what it says, and what it leaves alone when something is wrong. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import test, { before, describe, it } from 'node:test'
import { EXAMPLE, type Outcome, Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
const SIGN = ['zone', 'sign', EXAMPLE, '--zone', 'example', '--keys', 'keys']

before(async () => {
  await place.run('key generate --zone example --role ksk --keys keys --friendly-name ksk-1')
  await place.run('key generate --zone example --role zsk --keys keys --friendly-name zsk-1')
})

test('a signed zone, its dsset and keyset, and a summary for people or for programs', async () => {
  const said = await place.run([...SIGN, '--out', 'signed', '--expiration', '+10d', '--jitter', '1d'])
  assert.match(said, /^example\. serial 2026010101 is signed: 127 records, 58 of them signatures, NSEC\n/)
  assert.match(said, /signed zone: signed, good until \d{4}-.* UTC\nfor the parent: dsset-example\.\n$/)
  assert.match(place.read('dsset-example.'), /^example\.\tIN\tDS\t\d+ 13 2 \S+\n$/)
  assert.match(place.read('keyset-example.'), /^example\.\tIN\tDNSKEY\t257 3 13 /)
  const verified = await place.signet('zone verify signed --zone example --anchor dsset-example. --at +8d')
  assert.equal(verified.status, 0, verified.stdout)
  assert.equal((await place.signet('zone verify signed --zone example --at +11d')).status, 1)
  const summary = JSON.parse(await place.run([...SIGN, '--out', 'other', '--serial', 'increment', '--json']))
  const { keys, ...rest } = summary
  const counts = { names: 25, records: 127, signatures: 58 }
  assert.deepEqual(rest, { zone: 'example.', serial: 2026010102, denial: 'nsec', ...counts, out: 'other' })
  assert.equal(keys.length, 2)
})

test('standard input and output; nothing else is written then', async () => {
  const files = readdirSync(place.folder)
  const { stdout, stderr, status } = await place.signet(['zone', 'sign', '-', ...SIGN.slice(3), '--out', '-'], {
    input: '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n',
  })
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /^example\.\t60\tIN\tSOA\tns\.example\. h\.example\. 1 2 3 4 5\n/)
  assert.deepEqual(readdirSync(place.folder), files)
  const verified = await place.signet('zone verify - --zone example', { input: stdout })
  assert.equal(verified.status, 0, verified.stdout)
  assert.equal((await place.signet([...SIGN, '--out', '-', '--json'])).status, 2)
})

test('keys by name: signers sign, published keys only stand there', async () => {
  await place.run('key generate --zone example --role zsk --keys keys --friendly-name zsk-2 --activate +30d')
  const words = ['--sign-with', 'ksk-1', '--sign-with', 'zsk-1', '--publish', 'zsk-2', '--json']
  const summary = JSON.parse(await place.run([...SIGN, '--out', 'published', ...words]))
  assert.deepEqual([summary.keys.length, summary.signatures], [3, 58])
  const byDates = JSON.parse(await place.run([...SIGN, '--out', 'dates', '--json']))
  assert.deepEqual([byDates.keys.length, byDates.signatures], [3, 58], 'the same by the dates of the keys')
  const revoking = new Workplace({ isShared: true })
  await revoking.run('key generate --zone example --role ksk --keys k --friendly-name old --revoke now')
  await revoking.run('key generate --zone example --role csk --keys k --friendly-name new')
  const { stderr } = await revoking.signet(['zone', 'sign', EXAMPLE, '--zone', 'example', '--keys', 'k', '--out', 's'])
  assert.match(stderr, /is revoked: it signs the DNSKEY RRset only/)
  assert.match(revoking.read('s'), /DNSKEY\t385 3 13/)
  assert.doesNotMatch(revoking.read('dsset-example.'), /\n./, 'one DS, of the new key')
  assert.equal((await revoking.signet('zone verify s --zone example --anchor dsset-example.')).status, 0)
})

test('what is wrong is told in one line with its status, and the output stays what it was', async () => {
  place.write('kept', 'what was there before\n')
  place.write('bad.zone', '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nwww A 192.0.2.256\n')
  place.write('nosoa.zone', 'www 60 A 192.0.2.1\n')
  const head = '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n'
  place.write('cname.zone', `${head}w CNAME ns\nw TXT "x"\n`)
  place.write('ds.zone', `${head}@ DS 1 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A\n`)
  mkdirSync(join(place.folder, 'folder'))
  const keys = ['--zone', 'example', '--keys', 'keys', '--out', 'kept']
  const cases: readonly (readonly [number, readonly string[], RegExp])[] = [
    [2, ['zone', 'sign', 'bad.zone', ...keys], /^signet: bad\.zone:4:7: .+\n$/],
    [2, ['zone', 'sign', 'nosoa.zone', ...keys], /no SOA/],
    [2, ['zone', 'sign', 'none.zone', ...keys], /^signet: none\.zone: no such file or folder\n$/],
    [2, ['zone', 'sign', 'folder', ...keys], /^signet: folder: is a folder/],
    [2, [...SIGN, '--out', 'kept', '--sign-with', 'nobody'], /^signet: no key 'nobody'; there is /],
    [2, [...SIGN, '--out', 'kept', '--expiration', 'soon'], /^signet: --expiration: 'soon' is no time/],
    [2, [...SIGN, '--out', 'kept', '--expiration', '-2h'], /^signet: signatures would end before they begin/],
    [2, [...SIGN, '--out', 'kept', '--expiration', '20950101000000'], /more than 68 years after .*RFC 4034 §3\.1\.5/],
    [2, [...SIGN, '--out', 'kept', '--dnskey-expiration', '+69y'], /more than 68 years after they begin/],
    [2, [...SIGN, '--out', 'kept', '--inception', '+68y', '--expiration', '+69y'], /more than 68 years from now/],
    [2, [...SIGN, '--out', 'kept', '--expiration', '+80y'], /^signet: --expiration: '\+80y' is after 2106-02-07/],
    [2, [...SIGN, '--out', 'kept', '--dnskey-expiration', '+1h', '--jitter', '1d'], /^signet: the jitter is longer/],
    [2, ['zone', 'sign', 'cname.zone', ...keys], /^signet: w\.example\. CNAME: a CNAME stands beside TXT records/],
    [2, ['zone', 'sign', 'ds.zone', ...keys], /^signet: example\. DS: DS records stand at the apex/],
    [2, SIGN, /^signet: say with --out where the signed zone goes\n$/],
    [2, ['zone', 'sign', '-', ...SIGN.slice(3), '--in-place'], /^signet: --in-place: standard input/],
    [2, [...SIGN, '--in-place', '--out', 'kept'], /leave out --out kept\n$/],
    [2, [...SIGN, '--out', 'kept', '--denial', 'nsec5'], /^signet: --denial takes nsec, nsec3/],
    [2, [...SIGN, '--out', 'kept', '--opt-out', '--denial', 'nsec'], /go with --denial nsec3\n$/],
    [2, [...SIGN, '--out', 'kept', '--nsec3-salt', 'abc'], /^signet: --nsec3-salt takes hexadecimal digits in pairs/],
    [2, [...SIGN, '--out', 'kept', '--jobs', '0'], /^signet: --jobs takes a number from 1 to 64, not '0'\n$/],
    [
      2,
      ['zone', 'sign', EXAMPLE, '--zone', 'other', '--keys', 'keys', '--out', 'kept'],
      /signet key generate --zone other\./,
    ],
    [
      2,
      ['zone', 'sign', EXAMPLE, '--zone', 'example', '--keys', 'none', '--out', 'kept'],
      /^signet: none: no such file/,
    ],
    [3, [...SIGN, '--out', 'nowhere/signed'], /^signet: nowhere\/signed: no such file or folder\n$/],
    [3, [...SIGN, '--out', 'folder'], /^signet: folder: /],
  ]
  await Promise.all(
    cases.map(async ([expected, words, message]) => {
      const { status, stdout, stderr } = await place.signet(words)
      assert.equal(status, expected, `${words.join(' ')}: ${stderr}`)
      assert.match(stderr.replaceAll(/^signet: warning: .*\n/gm, ''), message)
      assert.equal(stdout, '')
    }),
  )
  assert.equal(place.read('kept'), 'what was there before\n')
  assert.deepEqual(
    readdirSync(place.folder).filter((name) => name.includes('.new')),
    [],
    'nothing half written',
  )
  assert.ok(existsSync(join(place.folder, 'folder')))
})

test('a file with a hole of two terabytes is an error of that file', async () => {
  place.write('huge.zone', '')
  truncateSync(join(place.folder, 'huge.zone'), 2 ** 41)
  for (const words of ['zone check huge.zone', 'zone sign huge.zone --keys keys --out kept']) {
    const { status, stderr } = await place.signet(`${words} --zone example`)
    assert.equal(status, 2)
    assert.match(stderr, /^signet: huge\.zone:1:1: /)
  }
})

test('a reader that is slow, and one that goes away', {
  skip: process.platform === 'win32' ? 'a POSIX shell' : false,
}, async () => {
  const hosts = Array.from({ length: 3000 }, (_, i) => `h${i} A 192.0.2.1\n`)
  place.write('big.zone', `$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n${hosts.join('')}`)
  const signet = join(import.meta.dirname, '../../bin/signet')
  const shell = (script: string): string =>
    execFileSync('bash', ['-c', script], { cwd: place.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const sign = `${signet} zone sign big.zone --zone example --keys keys --out -`
  assert.equal(shell(`${sign} | (sleep 1; wc -l)`).trim(), '12014')
  assert.match(shell(`${sign} | head -1; echo "status \${PIPESTATUS[0]}"`), /SOA.*\nstatus 0\n$/)
  const print = `${signet} zone print big.zone --zone example`
  assert.match(shell(`${print} | head -1; echo "status \${PIPESTATUS[0]}"`), /SOA.*\nstatus 0\n$/)
})

test('told to stop, it leaves the old file and nothing else', { skip: process.platform === 'win32' }, async () => {
  const hosts = Array.from({ length: 60_000 }, (_, i) => `h${i} A 10.0.${(i >> 8) & 255}.${i & 255}`)
  place.write('large.zone', `$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n${hosts.join('\n')}\n`)
  place.write('large.signed', 'as it was')
  const files = readdirSync(place.folder)
  let poll: NodeJS.Timeout | undefined
  const { status } = await place.signet(['zone', 'sign', 'large.zone', ...SIGN.slice(3), '--out', 'large.signed'], {
    started: (kill) => {
      poll = setInterval(() => {
        if (readdirSync(place.folder).some((name) => name.endsWith('.new'))) kill('SIGINT')
      }, 5)
    },
  })
  clearInterval(poll)
  assert.equal(status, 130)
  assert.equal(place.read('large.signed'), 'as it was')
  assert.deepEqual(readdirSync(place.folder), files)
})

describe('what was read is not written over', () => {
  const ZONE = '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n$INCLUDE more\n'
  const inside = (name: string): string => join(place.folder, 'own', name)
  const sign = (file: string, ...more: string[]): Promise<Outcome> =>
    place.signet(['zone', 'sign', file, '--zone', 'example', '--keys', 'keys', ...more])

  before(() => {
    mkdirSync(inside(''))
    place.write('own/zone', ZONE)
    place.write('own/more', 'w A 192.0.2.2\n')
    symlinkSync('zone', inside('symbolic'))
    linkSync(inside('zone'), inside('hard'))
    linkSync(inside('more'), inside('dsset-example.'))
  })

  for (const [how, out] of [
    ['by its name', 'own/zone'],
    ['by another path', 'own/../own/./zone'],
    ['by a symbolic link', 'own/symbolic'],
    ['by a hard link', 'own/hard'],
  ] as const) {
    it(`the zone file, ${how}`, async () => {
      const { status, stderr } = await sign('own/zone', '--out', out)
      assert.deepEqual(
        [status, stderr],
        [2, `signet: --out: ${out} is the zone file that is to be signed: name another file, or say --in-place\n`],
      )
      assert.equal(place.read('own/zone'), ZONE)
    })
  }

  it('the zone file, when it is standard input', { skip: process.platform === 'win32' }, () => {
    const signet = join(import.meta.dirname, '../../bin/signet')
    const command = `${signet} zone sign - --zone example --keys keys --out own/plain < own/plain; echo $?`
    place.write('own/plain', ZONE.replace('$INCLUDE', ';'))
    const out = execFileSync('sh', ['-c', command], { cwd: place.folder, encoding: 'utf8', stdio: 'pipe' })
    assert.equal(out, '2\n')
    assert.equal(place.read('own/plain'), ZONE.replace('$INCLUDE', ';'))
  })

  it('a file that it includes, even with --in-place', async () => {
    for (const more of [['--out', 'own/more'], ['--out', 'own/signed'], ['--in-place']]) {
      const { status, stderr } = await sign('own/zone', ...more)
      assert.equal(status, 2)
      const target = more[1] === 'own/more' ? 'more' : 'dsset-example\\.'
      assert.match(stderr, new RegExp(`^signet: --out: own/${target} is included by the zone file`))
    }
    assert.equal(place.read('own/more'), 'w A 192.0.2.2\n')
  })

  it('the zone file, by the names of what is written for the parent', async () => {
    place.write('keyset-example.', ZONE.replace('$INCLUDE', ';'))
    const { status, stderr } = await sign('keyset-example.', '--out', 'beside')
    assert.equal(status, 2)
    assert.match(stderr, /^signet: --out: keyset-example\. is the zone file .*: choose another folder with --out\n$/)
    assert.equal((await sign('keyset-example.', '--in-place')).status, 2)
  })

  it('the files of a key that signs', async () => {
    const [name = ''] = readdirSync(join(place.folder, 'keys'))
    for (const file of [name.replace(/\.\w+$/, '.key'), name.replace(/\.\w+$/, '.private')]) {
      const before = place.read(`keys/${file}`)
      const { status, stderr } = await place.signet([...SIGN, '--out', `keys/${file}`])
      assert.equal(status, 2)
      assert.match(stderr, /is a file of a key: name another one\n$/)
      assert.equal(place.read(`keys/${file}`), before)
    }
  })

  it('unless --in-place says so: links stay, and so does the mode', async () => {
    mkdirSync(join(place.folder, 'linked'))
    const path = join(place.folder, 'linked/zone')
    place.write('linked/zone', ZONE.replace('$INCLUDE', ';'))
    chmodSync(path, 0o600)
    symlinkSync('zone', join(place.folder, 'linked/link'))
    assert.match(
      await place.run([...SIGN.with(2, 'linked/link'), '--in-place']),
      /signed zone: linked\/link, good until/,
    )
    assert.ok(lstatSync(join(place.folder, 'linked/link')).isSymbolicLink())
    assert.match(place.read('linked/zone'), /RRSIG/)
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
    await place.run([...SIGN.with(2, 'linked/zone'), '--in-place', '--out', './linked/zone'])
    assert.equal((await place.signet('zone verify linked/zone --zone example')).status, 0)
  })
})
