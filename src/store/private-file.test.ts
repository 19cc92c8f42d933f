/** Files with secrets that all users of the machine may read or write are refused, in whatever form the secret comes. */
import assert from 'node:assert/strict'
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { generateKey } from '../dnssec/index.ts'
import { checkDataFolder } from './data-folder.ts'
import {
  type KeyForm,
  openState,
  readForeignKeys,
  readKeyFolder,
  readPassword,
  readPrivateFile,
  writeKey,
} from './index.ts'
import { AT, newFolder } from './state.fixture.ts'

const skip = process.platform === 'win32' ? 'modes say nothing there' : false
const zone = Name.parse('example.')

function secretFile(mode: number): string {
  const path = join(newFolder(), 'secret')
  writeFileSync(path, 'open sesame')
  chmodSync(path, mode)
  return path
}

describe('a file with a secret', { skip }, () => {
  test('is read when it is of its owner, or of the group too', () => {
    for (const mode of [0o400, 0o600, 0o640, 0o660, 0o710]) {
      assert.equal(readPrivateFile(secretFile(mode), 100).toString(), 'open sesame')
    }
  })

  test('is refused when others may read or write it; the error says what to do and nothing of the secret', () => {
    for (const [mode, what] of [
      [0o644, 'read'],
      [0o604, 'read'],
      [0o666, 'read'],
      [0o602, 'write to'],
    ] as const) {
      const path = secretFile(mode)
      const message = `${path}: all users may ${what} this secret (its mode is 0${mode.toString(8)}): take that from them with chmod o= ${path}`
      assert.throws(() => readPrivateFile(path, 100), { code: 'input-unreadable', message })
    }
  })

  test('a password', () => {
    assert.throws(() => readPassword(`file:${secretFile(0o644)}`, {}), /all users may read this secret/)
  })
})

const FORMS: readonly KeyForm[] = ['bind', 'pem', 'certificate', 'pkcs12']

describe('a key that others may read', { skip }, () => {
  for (const form of FORMS) {
    test(`is a problem of its folder, and is not imported: ${form}`, async () => {
      const folder = join(newFolder(), 'keys')
      const key = await generateKey({ zone, algorithm: 15, role: 'csk' })
      const paths = await writeKey(folder, key, { form, password: 'x', now: AT })
      const [secret = ''] = paths
      assert.equal(
        (await readKeyFolder(folder, { zone, password: 'x' })).keys.length,
        1,
        'the record may be read by all',
      )
      assert.equal((await readForeignKeys(secret, { password: 'x' })).length, 1)
      chmodSync(secret, 0o644)
      const { keys, problems } = await readKeyFolder(folder, { zone, password: 'x' })
      assert.deepEqual(keys, [])
      assert.equal(problems.length, 1)
      assert.ok(problems[0]?.message.startsWith(`${secret}: all users may read this secret`))
      await assert.rejects(readForeignKeys(secret, { password: 'x' }), /all users may read this secret/)
    })
  }

  test('a private key file under another name', async () => {
    const folder = join(newFolder(), 'keys')
    const key = await generateKey({ zone, algorithm: 15, role: 'csk' })
    const [secret = ''] = await writeKey(folder, key, { form: 'bind', now: AT })
    const path = join(folder, 'exported')
    copyFileSync(secret, path)
    chmodSync(path, 0o644)
    await assert.rejects(readForeignKeys(path, { told: { zone, role: 'csk' } }), /all users may read this secret/)
  })

  test('PEM files of others in the folder do not matter, whoever may read them', async () => {
    const folder = join(newFolder(), 'keys')
    const key = await generateKey({ zone, algorithm: 15, role: 'csk' })
    const [secret = ''] = await writeKey(folder, key, { form: 'pem', now: AT })
    const path = join(folder, 'server.pem')
    copyFileSync(secret, path)
    chmodSync(path, 0o644)
    const { keys, problems } = await readKeyFolder(folder, { zone })
    assert.deepEqual([keys.length, problems], [1, []])
  })
})

describe('a data folder', { skip }, () => {
  test('is refused when all users may write to it, and nothing is made in it', async () => {
    for (const mode of [0o777, 0o702, 0o1777]) {
      const folder = join(newFolder(), 'state')
      mkdirSync(folder)
      chmodSync(folder, mode)
      const message = `data: all users may write to ${folder} (its mode is ${mode.toString(8).padStart(4, '0')}): take that from them with chmod o-w ${folder}, or give another data folder`
      await assert.rejects(openState(folder, AT), { code: 'state-invalid', message })
      assert.deepEqual(readdirSync(folder), [])
    }
  })

  test("is warned about when it is another user's", () => {
    // Root may give a folder away; nobody else owns the root folder.
    const isRoot = process.geteuid?.() === 0
    const folder = isRoot ? newFolder() : '/'
    if (isRoot) chownSync(folder, 65_534, 65_534)
    const owner = isRoot ? 65_534 : 0
    assert.deepEqual(checkDataFolder(folder), [
      `data: ${folder} belongs to user ${owner}, who may change what is in it; the server runs as user ${process.geteuid?.()}`,
    ])
  })

  test('is used when only its group may write to it too', async () => {
    const folder = join(newFolder(), 'state')
    mkdirSync(folder)
    chmodSync(folder, 0o775)
    const state = await openState(folder, AT)
    assert.deepEqual(state.remarks, [])
    state.close()
  })
})
