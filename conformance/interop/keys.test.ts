/**
 * Keys between us and the tools that operators have: OpenSSL reads our certificates and PKCS#12 files and we read its; keys of
 * dnssec-keygen and ldns-keygen sign here; keys made here sign with dnssec-signzone and ldns-signzone.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import {
  ALGORITHMS,
  type Algorithm,
  generateKey,
  parsePkcs12,
  type SigningKey,
  verifySignature,
} from '../../src/dnssec/index.ts'
import { readKeyFolder, writeKey } from '../../src/store/key-folder.ts'
import { KeyFolderStore } from '../../src/store/key-folder-store.ts'

const root = mkdtempSync(join(tmpdir(), 'signet-interop-keys-'))
after(() => rmSync(root, { recursive: true, force: true }))

const zone = Name.parse('example.')
const now = Math.floor(Date.now() / 1000)

type Outcome = { status: number | null; stdout: string; stderr: string }

function run(tool: string, args: string[], cwd = root): Outcome {
  const { status, stdout, stderr } = spawnSync(tool, args, { cwd, encoding: 'utf8', timeout: 120_000 })
  return { status, stdout, stderr }
}

function assertRuns(tool: string, args: string[], cwd = root): Outcome {
  const outcome = run(tool, args, cwd)
  assert.equal(outcome.status, 0, `${tool} ${args.join(' ')}: ${outcome.stderr}${outcome.stdout}`)
  return outcome
}

/** Why a test that needs these tools is skipped; false when all are there. */
function lacking(...tools: string[]): string | false {
  const absent = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  return absent.length === 0 ? false : `${absent.join(', ')} not installed`
}

function newFolder(name: string): string {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

function bitsOf(row: Algorithm): number | undefined {
  return row.family === 'rsa' ? 1024 : undefined
}

function assertSigns(key: SigningKey): void {
  const data = new TextEncoder().encode(key.name)
  const signature = new Uint8Array(key.signer().signatureLength)
  key.signer().sign(data, signature, 0)
  assert.equal(verifySignature(key.algorithm, key.publicKey, data, signature), true)
}

test('openssl reads our certificates and PKCS#12 files', { skip: lacking('openssl') }, async () => {
  for (const row of ALGORITHMS.filter((row) => row.curve !== 'ed448')) {
    const folder = newFolder(`certificates-${row.number}`)
    const make = (friendlyName: string) =>
      generateKey({ zone, algorithm: row.number, role: 'ksk', bits: bitsOf(row), friendlyName })
    const [pem = ''] = await writeKey(folder, await make('KSK-example'), { form: 'certificate', now })
    const shown = assertRuns('openssl', ['x509', '-in', pem, '-noout', '-text', '-subject'])
    assert.match(shown.stdout, /CN ?= ?KSK-example, ?OU ?= ?ksk/)
    assert.match(shown.stdout, /DNS:example\b/)
    assertRuns('openssl', ['verify', '-CAfile', pem, pem])
    assertRuns('openssl', ['pkey', '-in', pem, '-noout', '-check'])
    for (const password of ['', 'two words']) {
      const [p12 = ''] = await writeKey(folder, await make('KSK-12'), { form: 'pkcs12', password, now })
      const info = assertRuns('openssl', ['pkcs12', '-info', '-in', p12, '-passin', `pass:${password}`, '-nodes'])
      assert.match(info.stdout, /friendlyName: KSK-12/)
      assert.match(info.stdout, /BEGIN CERTIFICATE/)
      assert.match(info.stdout, /BEGIN PRIVATE KEY/)
      assert.match(info.stderr, /MAC: sha256/)
      assert.match(info.stderr, /Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC/)
      assert.notEqual(run('openssl', ['pkcs12', '-in', p12, '-passin', 'pass:wrong', '-nodes']).status, 0)
    }
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  }
})

test('we read PKCS#12 files of openssl, and refuse those with old ciphers', { skip: lacking('openssl') }, async () => {
  const folder = newFolder('from-openssl')
  const key = await generateKey({ zone, algorithm: 13, role: 'zsk', friendlyName: 'ours' })
  const [pem = ''] = await writeKey(folder, key, { form: 'certificate', now })
  const p12 = join(folder, 'theirs.p12')
  const common = ['pkcs12', '-export', '-in', pem, '-name', 'ZSK-Bürö', '-passout', 'pass:x', '-out', p12]
  assertRuns('openssl', common)
  const [back] = await parsePkcs12(readFileSync(p12), p12, 'x')
  assert.ok(back !== undefined)
  assert.ok(back.sameKeyAs(key))
  assert.equal(back.friendlyName, 'ZSK-Bürö')
  const old = run('openssl', [...common, '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES'])
  if (old.status !== 0) return // this OpenSSL cannot write them any more
  await assert.rejects(parsePkcs12(readFileSync(p12), p12, 'x'), { code: 'key-invalid', message: /old way/ })
})

const BIND_NAMES: ReadonlyMap<number, string> = new Map([[7, 'NSEC3RSASHA1']])
const LDNS_NAMES: ReadonlyMap<number, string> = new Map([[7, 'RSASHA1-NSEC3-SHA1']])

for (const row of ALGORITHMS) {
  test(`keys of dnssec-keygen sign here: ${row.mnemonic}`, { skip: lacking('dnssec-keygen') }, async (t) => {
    const folder = newFolder(`bind-${row.number}`)
    const name = BIND_NAMES.get(row.number) ?? row.mnemonic
    const size = row.family === 'rsa' ? ['-b', '1024'] : []
    for (const role of [['-f', 'KSK'], []]) {
      const args = ['-q', '-a', name, ...size, ...role, '-A', '+1d', '-I', '+30d', '-D', '+60d', 'Example.']
      const made = run('dnssec-keygen', args, folder)
      if (made.status !== 0) return t.skip(`dnssec-keygen: ${made.stderr.trim()}`)
    }
    await assertFolder(folder, row)
  })

  test(`keys of ldns-keygen sign here: ${row.mnemonic}`, { skip: lacking('ldns-keygen') }, async (t) => {
    const folder = newFolder(`ldns-${row.number}`)
    const size = row.family === 'rsa' ? ['-b', '1024'] : []
    for (const role of [['-k'], []]) {
      const made = run(
        'ldns-keygen',
        ['-a', LDNS_NAMES.get(row.number) ?? row.mnemonic, ...size, ...role, 'Example.'],
        folder,
      )
      if (made.status !== 0) return t.skip(`ldns-keygen: ${made.stderr.trim()}`)
    }
    await assertFolder(folder, row)
  })
}

async function assertFolder(folder: string, row: Algorithm): Promise<void> {
  const { keys, problems } = await readKeyFolder(folder, { zone })
  assert.deepEqual(problems, [])
  assert.deepEqual(keys.map((key) => [key.algorithm, key.role]).sort(), [
    [row.number, 'ksk'],
    [row.number, 'zsk'],
  ])
  keys.forEach(assertSigns)
  const names = readdirSync(folder).map((name) => name.toLowerCase())
  for (const key of keys) assert.ok(names.includes(`${key.name}.key`.toLowerCase()), 'the tools name the key as we do')
}

const ZONE = `$TTL 3600
@ IN SOA ns.example. host.example. 1 7200 3600 1209600 3600
@ IN NS ns.example.
ns IN A 192.0.2.1
www IN AAAA 2001:db8::1
`

/** Writes a KSK and a ZSK of our own and the zone beside them; returns the keys' names. */
async function prepareSigning(folder: string, row: Algorithm): Promise<string[]> {
  writeFileSync(join(folder, 'zone'), ZONE)
  const names: string[] = []
  const others: SigningKey[] = []
  for (const role of ['ksk', 'zsk'] as const) {
    const times = { created: now - 60, publish: now - 60, activate: now - 60 }
    const key = await generateKey({
      zone,
      algorithm: row.number,
      role,
      bits: bitsOf(row),
      times,
      friendlyName: role,
      others,
    })
    const paths = await writeKey(folder, key, { form: 'bind', now })
    for (const path of paths) if (path.endsWith('.private')) assert.equal(statSync(path).mode & 0o777, 0o600)
    others.push(key)
    names.push(key.name)
  }
  return names
}

for (const row of ALGORITHMS) {
  const bindSkip = lacking('dnssec-signzone', 'dnssec-verify')
  test(`keys made here sign with dnssec-signzone: ${row.mnemonic}`, { skip: bindSkip }, async () => {
    const folder = newFolder(`to-bind-${row.number}`)
    const [ksk = '', zsk = ''] = await prepareSigning(folder, row)
    // Without -S the DNSKEY records are to be in the zone already.
    const records = [ksk, zsk].map((name) => readFileSync(join(folder, `${name}.key`), 'utf8'))
    writeFileSync(join(folder, 'with-keys'), ZONE + records.join(''))
    assertRuns('dnssec-signzone', ['-o', 'example.', '-k', ksk, '-f', 'signed', 'with-keys', zsk], folder)
    assertRuns('dnssec-verify', ['-o', 'example.', 'signed'], folder)
    assertRuns('dnssec-signzone', ['-S', '-K', '.', '-o', 'example.', '-f', 'smart', 'zone'], folder)
    assertRuns('dnssec-verify', ['-o', 'example.', 'smart'], folder)
    assertRuns('dnssec-settime', ['-p', 'all', `${ksk}.key`], folder)
  })

  const ldnsSkip = lacking('ldns-signzone', 'ldns-verify-zone')
  test(`keys made here sign with ldns-signzone: ${row.mnemonic}`, { skip: ldnsSkip }, async (t) => {
    const folder = newFolder(`to-ldns-${row.number}`)
    const names = await prepareSigning(folder, row)
    const signed = run('ldns-signzone', ['-o', 'example.', '-f', 'signed', 'zone', ...names], folder)
    if (signed.status !== 0 && /not (supported|implemented)|unknown algorithm/i.test(signed.stderr)) {
      return t.skip(`ldns-signzone: ${signed.stderr.trim()}`)
    }
    assert.equal(signed.status, 0, signed.stderr)
    assert.match(readFileSync(join(folder, 'signed'), 'utf8'), /RRSIG/)
    assertRuns('ldns-verify-zone', ['signed'], folder)
  })
}

test('other tools read over the record of provenance, at the head of a file or appended to it, and pass over foreign keys', {
  skip: lacking('dnssec-keygen', 'dnssec-settime', 'dnssec-signzone', 'ldns-signzone', 'keymgr'),
}, async () => {
  const folder = newFolder('provenance')
  const store = new KeyFolderStore(folder)
  const made = (await store.generate({ zone, algorithm: 13, role: 'zsk', times: { activate: now, publish: now } })).name
  const keygen = ['-q', '-a', '13', '-f', 'KSK', '-K', folder, 'example']
  const theirs = assertRuns('dnssec-keygen', keygen).stdout.trim()
  for (const key of (await store.list()).keys) await store.recordSigning(key)
  const foreign = await generateKey({ zone, algorithm: 13, role: 'ksk' })
  await store.recordForeign(zone, foreign.dnskeyRdata)
  for (const name of [made, theirs, foreign.name]) {
    assert.match(readFileSync(join(folder, `${name}.key`), 'utf8'), /^; Provenance: (signing|foreign)$/m)
  }
  writeFileSync(join(folder, 'zone'), '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n')
  for (const name of [made, theirs]) {
    assertRuns('dnssec-settime', ['-p', 'all', name], folder)
    assertRuns('keymgr', ['-D', newFolder('provenance-kasp'), 'example.', 'import-bind', join(folder, name)])
  }
  assertRuns('dnssec-signzone', ['-S', '-K', '.', '-o', 'example', '-f', 'bind', 'zone'], folder)
  assertRuns('ldns-signzone', ['-o', 'example', '-f', 'ldns', 'zone', theirs, made], folder)
  for (const signed of ['bind', 'ldns']) {
    const text = readFileSync(join(folder, signed), 'utf8')
    assert.equal(text.match(/\sDNSKEY\s+25[67] 3 13/g)?.length, 2, `${signed}: the keys that sign, and no foreign one`)
  }
  // dnssec-settime writes the file without the record: then the key is as one that was never used here.
  assertRuns('dnssec-settime', ['-I', '+100d', theirs], folder)
  const { keys } = await store.list()
  const states = Object.fromEntries(
    keys.map(({ name, provenance, isRecorded }) => [name, `${provenance} ${isRecorded}`]),
  )
  assert.deepEqual(states, { [made]: 'signing true', [theirs]: 'signing false', [foreign.name]: 'foreign true' })
})
