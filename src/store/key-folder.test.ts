import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { generateKey, printBindKey, type SigningKey } from '../dnssec/index.ts'
import { type KeyForm, pickKey, readKeyFolder, rewriteKey, writeKey } from './key-folder.ts'
import { readPassword } from './password.ts'

const root = mkdtempSync(join(tmpdir(), 'signet-keys-'))
after(() => rmSync(root, { recursive: true, force: true }))

const NOW = 1795307653
const PRIVATE = { mode: 0o600 }
const zone = Name.parse('Example.')
const FORMS: readonly KeyForm[] = ['bind', 'pem', 'certificate', 'pkcs12']

function makeKey(friendlyName?: string, of = zone, algorithm = 15): Promise<SigningKey> {
  return generateKey({ zone: of, algorithm, role: 'ksk', friendlyName })
}

test('every form is written privately, read again, and never written over', async () => {
  const folder = join(root, 'forms', 'deep')
  for (const form of FORMS) {
    const key = await makeKey(`name-${form}`)
    const paths = await writeKey(folder, key, { form, password: 'x', now: NOW })
    for (const path of paths) {
      assert.equal(statSync(path).mode & 0o777, path.endsWith('.key') ? 0o644 : 0o600)
      const before = readFileSync(path)
      await assert.rejects(writeKey(folder, key, { form, password: 'x', now: NOW }), { code: 'output-failed' })
      assert.deepEqual(readFileSync(path), before)
    }
    const { keys, problems } = await readKeyFolder(folder, { zone, password: 'x' })
    assert.deepEqual(problems, [])
    const found = pickKey(keys, key.name)
    assert.ok(found.sameKeyAs(key) && found.privateKey !== undefined)
    assert.equal(pickKey(keys, String(key.tag)), found)
    assert.equal(pickKey(keys, `${key.name}.private`), found)
    if (form !== 'pem') assert.equal(pickKey(keys, `name-${form}`), found)
  }
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.ok(readdirSync(folder).every((name) => !name.startsWith('.')))
})

test('nothing is left when only a part could be written', async () => {
  const folder = join(root, 'part')
  const key = await makeKey()
  await writeKey(folder, key, { form: 'bind', now: NOW })
  rmSync(join(folder, `${key.name}.private`))
  await assert.rejects(writeKey(folder, key, { form: 'bind', now: NOW }), { code: 'output-failed', message: /already/ })
  assert.deepEqual(readdirSync(folder), [`${key.name}.key`])
})

test('a zone name with slashes and dots in its labels stays in the folder', async () => {
  const folder = join(root, 'escape', 'keys')
  const evil = Name.parse('\\.\\./\\.\\./x.example.')
  const key = await makeKey(undefined, evil)
  const paths = await writeKey(folder, key, { form: 'bind', now: NOW })
  assert.ok(paths.every((path) => path.startsWith(join(folder, 'K%2E%2E%2F'))))
  assert.deepEqual(readdirSync(join(root, 'escape')), ['keys'])
  assert.equal((await readKeyFolder(folder, { zone: evil })).keys.length, 1)
  assert.equal((await readKeyFolder(folder, { zone })).keys.length, 0)
})

test('only keys of the zone, whatever the case; other files do not matter', async () => {
  const folder = join(root, 'zone')
  const ours = await makeKey()
  const others = await makeKey(undefined, Name.parse('example.org.'))
  await writeKey(folder, ours, { form: 'bind', now: NOW })
  await writeKey(folder, others, { form: 'bind', now: NOW })
  await writeKey(folder, await makeKey(undefined, Name.parse('example.org.')), { form: 'certificate', now: NOW })
  // As ldns writes it: the zone's own case in the name of the file.
  const upper = await makeKey()
  const { record, secret } = printBindKey(upper)
  const stem = join(folder, upper.name.replace('Kexample', 'KEXAMPLE'))
  writeFileSync(`${stem}.key`, record)
  writeFileSync(`${stem}.private`, secret ?? '', PRIVATE)
  writeFileSync(join(folder, 'server.pem'), '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n')
  writeFileSync(join(folder, 'dsset-example.'), 'x')
  writeFileSync(join(folder, '.hidden.pem'), 'x')
  const { keys, problems } = await readKeyFolder(folder, { zone: Name.parse('eXAMPLE') })
  assert.deepEqual(problems, [])
  assert.deepEqual(new Set(keys.map((key) => key.tag)), new Set([ours.tag, upper.tag]))
  assert.equal((await readKeyFolder(folder)).keys.length, 4)
})

test('files that should be keys and are not are told, one by one', async () => {
  const folder = join(root, 'bad')
  const good = await makeKey()
  await writeKey(folder, good, { form: 'bind', now: NOW })
  await writeKey(folder, await makeKey('locked'), { form: 'pkcs12', password: 'x', now: NOW })
  const bad = await makeKey()
  const { name, record, secret = '' } = printBindKey(bad)
  writeFileSync(join(folder, `${name}.key`), record)
  writeFileSync(join(folder, `${name}.private`), secret.replace(/PrivateKey: ../, 'PrivateKey: AA'), PRIVATE)
  writeFileSync(join(folder, 'Kexample.+015+00001.private'), secret, PRIVATE)
  writeFileSync(join(folder, 'Kexample.+015+00002.key'), 'nonsense')
  writeFileSync(
    join(folder, 'Kexample.+015+00003.pem'),
    bad.privateKey?.export({ format: 'pem', type: 'pkcs8' }) ?? '',
    PRIVATE,
  )
  writeFileSync(join(folder, 'Kexample.+015+00004.key'), Buffer.alloc((1 << 20) + 1))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'Kexample.+015+00005.key'))
  const { keys, problems } = await readKeyFolder(folder, { zone, password: 'wrong' })
  assert.deepEqual(
    keys.map((key) => key.tag),
    [good.tag],
  )
  assert.equal(problems.length, 7)
  for (const problem of problems) {
    assert.ok(problem.message.includes(folder), problem.message)
    assert.ok(!problem.message.includes(/PrivateKey: (\S+)/.exec(secret)?.[1] ?? 'x'))
  }
  await assert.rejects(readKeyFolder(join(folder, 'none')), { code: 'input-unreadable' })
})

test('a selector that could be several keys is refused with their names', async () => {
  const [a, b] = [await makeKey('ksk'), await makeKey('ksk')]
  assert.throws(() => pickKey([a, b], 'ksk'), { code: 'usage', message: new RegExp(`${a.tag}.*${b.tag}`) })
  assert.throws(() => pickKey([a, b], 'zsk'), { code: 'key-missing' })
  assert.throws(() => pickKey([], '1'), { code: 'key-missing', message: /none/ })
  assert.equal(pickKey([a, a.with({ friendlyName: 'ksk' })], 'ksk'), a)
})

test('new dates replace the old ones in the same file', async () => {
  const folder = join(root, 'dates')
  for (const form of FORMS) {
    const key = await makeKey(`d-${form}`)
    await writeKey(folder, key, { form, now: NOW })
    if (form === 'pem') continue // carries no dates
    const found = pickKey((await readKeyFolder(folder, { zone })).keys, key.name)
    const dated = found.with({ times: { created: 5, publish: NOW, inactive: NOW + 9 } })
    const paths = await rewriteKey(folder, dated, { now: NOW })
    for (const path of paths) assert.equal(statSync(path).mode & 0o777, path.endsWith('.key') ? 0o644 : 0o600)
    assert.deepEqual(pickKey((await readKeyFolder(folder, { zone })).keys, key.name).times, dated.times)
  }
  await assert.rejects(rewriteKey(folder, await makeKey(), { now: NOW }), { code: 'usage' })
})

test('passwords come from a file or the environment', () => {
  const file = join(root, 'password')
  writeFileSync(file, 'secret words\nmore', PRIVATE)
  assert.equal(readPassword(`file:${file}`, {}), 'secret words')
  assert.equal(readPassword('env:PW', { PW: 'x' }), 'x')
  assert.throws(() => readPassword('env:PW', {}), { code: 'input-unreadable' })
  assert.throws(() => readPassword('file:/nonexistent/x', {}), { code: 'input-unreadable' })
  assert.throws(() => readPassword('plain', {}), { code: 'usage' })
})

test('a folder that cannot be made is an error, and not an endless try', async (t) => {
  if (process.platform !== 'linux') return t.skip('/proc is a thing of Linux')
  await assert.rejects(writeKey('/proc/keys-of-signet/x', await makeKey(), { form: 'bind', now: NOW }), {
    code: 'output-failed',
  })
})
