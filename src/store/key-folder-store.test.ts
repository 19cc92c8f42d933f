import assert from 'node:assert/strict'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { printBindKey, type SigningKey } from '../dnssec/index.ts'
import { testKeyStore } from '../dnssec/key-store.fixture.ts'
import { newKey } from '../dnssec/keys.fixture.ts'
import type { KeyProvenance } from '../ports/key-store.ts'
import { readForeignKeys } from './key-exchange.ts'
import { type KeyForm, rewriteKey, writeKey } from './key-folder.ts'
import { KeyFolderStore } from './key-folder-store.ts'

const root = mkdtempSync(join(tmpdir(), 'signet-key-store-'))
after(() => rmSync(root, { recursive: true, force: true }))

const NOW = 1795307653
const ZONE = Name.parse('example.')
const posix = process.platform !== 'win32'

let folders = 0
function newFolder(): string {
  const folder = join(root, `${folders++}`)
  mkdirSync(folder)
  return folder
}

function batch() {
  return { data: Buffer.from('a message'), ends: [9], out: new Uint8Array(64), at: [0] }
}

async function provenances(folder: string): Promise<Record<string, KeyProvenance>> {
  const { keys, problems } = await new KeyFolderStore(folder).list(ZONE)
  assert.deepEqual(problems, [])
  return Object.fromEntries(keys.map((key) => [key.name, key.provenance]))
}

for (const form of ['bind', 'pem', 'certificate', 'pkcs12'] as const) {
  describe(`a folder of keys as a store, form ${form}`, () => {
    testKeyStore(() => {
      const folder = join(newFolder(), 'made by the store')
      const store = new KeyFolderStore(folder, { password: 'x', newKeys: { form, wall: () => NOW } })
      // Certificates know no Ed448.
      const kept = form === 'certificate' || form === 'pkcs12' ? { algorithms: [13, 8, 15] } : {}
      return { store, openElsewhere: () => KeyFolderStore.fromShared(structuredClone(store.share())), ...kept }
    })
  })
}

describe('private halves', () => {
  it('are files of the owner alone, from generation on', { skip: posix ? false : 'modes' }, async () => {
    const folder = newFolder()
    const forms: readonly KeyForm[] = ['bind', 'pem', 'certificate', 'pkcs12']
    for (const form of forms) {
      await new KeyFolderStore(folder, { newKeys: { form, wall: () => NOW } }).generate({
        zone: ZONE,
        algorithm: 13,
        role: 'csk',
      })
    }
    for (const file of readdirSync(folder)) {
      assert.equal(statSync(join(folder, file)).mode & 0o777, file.endsWith('.key') ? 0o644 : 0o600, file)
    }
  })

  it('are opened when a key is to sign: a file that disappears is missing then, and the other keys sign', async () => {
    const store = new KeyFolderStore(newFolder())
    const [lost, kept] = [
      await store.generate({ zone: ZONE, algorithm: 15, role: 'ksk' }),
      await store.generate({ zone: ZONE, algorithm: 15, role: 'zsk' }),
    ]
    const listed = await store.list(ZONE)
    assert.equal(listed.keys.length, 2)
    rmSync(join(store.folder, `${lost.name}.private`))
    const expected = { code: 'key-missing', message: `${lost.name} has no private key here` }
    await assert.rejects(store.sign(lost.ref, batch()), expected)
    await store.sign(kept.ref, batch())
    rmSync(join(store.folder, `${kept.name}.private`))
    await store.sign(kept.ref, batch())
    await store.list(ZONE)
    await assert.rejects(store.sign(kept.ref, batch()), { code: 'key-missing' })
    const states = (await store.list(ZONE)).keys.map(({ provenance, hasPrivateKey }) => [provenance, hasPrivateKey])
    assert.deepEqual(
      states,
      [
        ['signing', false],
        ['signing', false],
      ],
      'a missing file does not change whose the key is',
    )
    rmSync(store.folder, { recursive: true })
    await assert.rejects(store.sign(lost.ref, batch()), { code: 'input-unreadable' })
  })

  it('in a certificate are found under any name of the file, also by a store that was not listed', async () => {
    for (const form of ['certificate', 'pkcs12'] as const) {
      const folder = newFolder()
      const newKeys = { form, wall: () => NOW }
      const { ref } = await new KeyFolderStore(folder, { newKeys }).generate({ zone: ZONE, algorithm: 15, role: 'ksk' })
      const [file = ''] = readdirSync(folder)
      renameSync(join(folder, file), join(folder, `as the operator names it.${form === 'pkcs12' ? 'pfx' : 'pem'}`))
      const store = new KeyFolderStore(folder)
      await store.sign(ref, batch())
      await KeyFolderStore.fromShared(structuredClone(store.share())).sign(ref, batch())
    }
  })

  it('of another key under the same name do not sign', async () => {
    const store = new KeyFolderStore(newFolder())
    const { ref, name } = await store.generate({ zone: ZONE, algorithm: 15, role: 'ksk' })
    const other = printBindKey(await newKey(15))
    writeFileSync(join(store.folder, `${name}.key`), other.record)
    writeFileSync(join(store.folder, `${name}.private`), other.secret ?? '', { mode: 0o600 })
    const to = batch()
    await assert.rejects(store.sign(ref, to), { code: 'key-missing' })
    assert.ok(to.out.every((octet) => octet === 0))
  })

  it('that all users may read, or that are damaged, are errors of the file without a value of it', {
    skip: posix ? false : 'modes',
  }, async () => {
    const store = new KeyFolderStore(newFolder())
    const { ref, name } = await store.generate({ zone: ZONE, algorithm: 15, role: 'ksk' })
    const file = join(store.folder, `${name}.private`)
    const secret = /PrivateKey: (\S+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? assert.fail()
    chmodSync(file, 0o644)
    await assert.rejects(store.sign(ref, batch()), { code: 'input-unreadable', message: /all users may read/ })
    chmodSync(file, 0o600)
    writeFileSync(file, readFileSync(file, 'utf8').replace(secret, secret.slice(4)))
    await assert.rejects(store.sign(ref, batch()), (error: Error) => {
      assert.match(error.message, /\.private/)
      assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(secret.slice(4)))
      return true
    })
  })

  it('in PKCS#12 need the password', async () => {
    const folder = newFolder()
    const { ref } = await new KeyFolderStore(folder, {
      password: 'x',
      newKeys: { form: 'pkcs12', wall: () => NOW },
    }).generate({
      zone: ZONE,
      algorithm: 13,
      role: 'csk',
    })
    await assert.rejects(new KeyFolderStore(folder, { password: 'y' }).sign(ref, batch()), {
      code: 'key-invalid',
      message: /password is wrong/,
    })
    await new KeyFolderStore(folder, { password: 'x' }).sign(ref, batch())
  })
})

describe('provenance', () => {
  /** A folder with a key of each provenance. */
  async function makeFolder(): Promise<{ folder: string; expected: Record<string, KeyProvenance> }> {
    const folder = newFolder()
    const store = new KeyFolderStore(folder)
    const signing = await store.generate({ zone: ZONE, algorithm: 15, role: 'ksk' })
    const published = (await newKey(15)).with({ provenance: 'published' })
    await writeKey(folder, published, { form: 'bind', now: NOW })
    const foreign = await newKey(13, 'zsk')
    await store.recordForeign(ZONE, foreign.dnskeyRdata)
    const expected = { [signing.name]: 'signing', [published.name]: 'published', [foreign.name]: 'foreign' } as const
    return { folder, expected }
  }

  it('is recorded with each key: a private half beside a key that is only published changes nothing', async () => {
    const { folder, expected } = await makeFolder()
    assert.deepEqual(await provenances(folder), expected)
  })

  it('is kept when files are moved, one by one or the whole folder', async () => {
    const { folder, expected } = await makeFolder()
    const whole = join(root, 'moved')
    renameSync(folder, whole)
    assert.deepEqual(await provenances(whole), expected)
    const single = newFolder()
    for (const file of readdirSync(whole)) renameSync(join(whole, file), join(single, file))
    assert.deepEqual(await provenances(single), expected)
    const copies = newFolder()
    cpSync(single, copies, { recursive: true })
    assert.deepEqual(await provenances(copies), expected)
  })

  it('is kept when private halves are lost, and when dates are changed', async () => {
    const { folder, expected } = await makeFolder()
    for (const file of readdirSync(folder)) if (file.endsWith('.private')) rmSync(join(folder, file))
    assert.deepEqual(await provenances(folder), expected)
    for (const key of (await new KeyFolderStore(folder).list()).keys) {
      await rewriteKey(folder, key.with({ times: { activate: NOW } }), { now: NOW })
    }
    assert.deepEqual(await provenances(folder), expected)
  })

  it('of keys that other tools made follows from what they have, and is no matter of comments that say something else', async () => {
    const folder = newFolder()
    const keys: SigningKey[] = [await newKey(15), await newKey(15)]
    for (const [i, key] of keys.entries()) {
      const { name, record, secret = '' } = printBindKey(key)
      assert.doesNotMatch(record, /Provenance/)
      writeFileSync(join(folder, `${name}.key`), `; Provenance: somebody\n; provenance: foreign\n${record}`)
      if (i === 0) writeFileSync(join(folder, `${name}.private`), secret, { mode: 0o600 })
    }
    assert.deepEqual(await provenances(folder), {
      [keys[0]?.name ?? '']: 'signing',
      [keys[1]?.name ?? '']: 'published',
    })
  })

  it('of keys that other tools made is recorded when they sign: at the end of the file, which stays what it was', async () => {
    const folder = newFolder()
    const { name, record, secret = '' } = printBindKey(await newKey(15))
    const half = printBindKey(await newKey(15))
    const file = join(folder, `${name}.key`)
    writeFileSync(file, record.trimEnd(), { mode: 0o640 })
    writeFileSync(join(folder, `${name}.private`), secret, { mode: 0o600 })
    writeFileSync(join(folder, `${half.name}.key`), half.record)
    const { ino, mode } = statSync(file)
    const store = new KeyFolderStore(folder)
    // The second time, the key is recorded already.
    for (let time = 0; time < 2; time++) {
      for (const key of (await store.list()).keys) await store.recordSigning(key)
      assert.equal(readFileSync(file, 'utf8'), `${record}; Provenance: signing\n`)
    }
    assert.deepEqual([statSync(file).ino, statSync(file).mode], [ino, mode])
    assert.equal(readFileSync(join(folder, `${half.name}.key`), 'utf8'), half.record, 'no key without a private half')
    rmSync(join(folder, `${name}.private`))
    assert.deepEqual(await provenances(folder), { [name]: 'signing', [half.name]: 'published' })
    const gone = (await newKey(15)).with({ source: { form: 'bind', file: join(folder, 'gone.private') } })
    await assert.rejects(store.recordSigning(gone), { code: 'output-failed' })
  })

  it('is not made up when dates are changed, and the last line of several counts', async () => {
    const folder = newFolder()
    const { name, record } = printBindKey(await newKey(15))
    writeFileSync(join(folder, `${name}.key`), record)
    const [key] = (await new KeyFolderStore(folder).list()).keys
    await rewriteKey(folder, key?.with({ times: { activate: NOW } }) ?? assert.fail(), { now: NOW })
    assert.doesNotMatch(readFileSync(join(folder, `${name}.key`), 'utf8'), /Provenance/)
    writeFileSync(
      join(folder, `${name}.key`),
      `; Provenance: signing\n${record}; Provenance: foreign\n; Provenance: x\n`,
    )
    assert.deepEqual(await provenances(folder), { [name]: 'foreign' })
  })

  it('of a foreign key is written as a record that other tools read, and never over another file', async () => {
    const folder = newFolder()
    const store = new KeyFolderStore(folder)
    const key = await newKey(13, 'ksk')
    await store.recordForeign(ZONE, key.dnskeyRdata)
    const file = join(folder, `${key.name}.key`)
    assert.equal(
      readFileSync(file, 'utf8'),
      `; This is a key-signing key, keyid ${key.tag}, for example.\n; Provenance: foreign\n${key.dnskeyText()}\n`,
    )
    await assert.rejects(store.recordForeign(ZONE, key.dnskeyRdata), { code: 'output-failed' })
    await assert.rejects(store.recordForeign(ZONE, Uint8Array.of(0, 0, 3, 13, 1)), { code: 'key-invalid' })
    await assert.rejects(store.sign(key.ref, batch()), { code: 'key-missing' })
    const made = await store.generate({ zone: ZONE, algorithm: 13, role: 'zsk' })
    assert.notEqual(made.tag, key.tag)
    const [read] = await readForeignKeys(file)
    assert.equal(read?.provenance, 'foreign')
  })

  it('of an unknown algorithm is recorded too', async () => {
    const store = new KeyFolderStore(newFolder())
    await store.recordForeign(ZONE, Uint8Array.of(1, 0, 3, 253, 1, 2, 3))
    const { keys, problems } = await store.list(ZONE)
    assert.deepEqual(
      [keys.map(({ provenance, algorithm }) => `${provenance} ${algorithm}`), problems],
      [['foreign 253'], []],
    )
  })
})
