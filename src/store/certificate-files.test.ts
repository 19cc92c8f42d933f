import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { SystemClock } from '../clock/index.ts'
import { DnsError } from '../dns/errors.ts'
import type { CertificatePair } from '../ports/index.ts'
import { TestAuthority } from '../transport/certificates.fixture.ts'
import { CertificateFiles } from './certificate-files.ts'

const authority = await TestAuthority.make()
const first = await authority.sign(['first.example'])
const second = await authority.sign(['second.example'])
let folder = ''
let files: CertificateFiles | undefined
let events: [string, string][] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-certificates-'))
  events = []
})

afterEach(() => {
  files?.close()
  rmSync(folder, { recursive: true })
})

const paths = () => ({ certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') })

function write(pair: Partial<CertificatePair>, mode = 0o600): void {
  if (pair.key !== undefined) {
    writeFileSync(paths().key, pair.key)
    chmodSync(paths().key, mode)
  }
  if (pair.certificate !== undefined) writeFileSync(paths().certificate, pair.certificate)
}

function open(lookSeconds = 0.03): CertificateFiles {
  const report = (event: string, text: string): unknown => events.push([event, text])
  files = new CertificateFiles(paths(), { clock: new SystemClock(), lookSeconds, report })
  return files
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000
  while (!condition()) {
    assert.ok(Date.now() < end, JSON.stringify(events))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const reported = (event: string): string[] => events.filter(([kind]) => kind === event).map(([, text]) => text)

test('a renewed pair is loaded, and listeners hear of it once', async () => {
  write(first)
  const source = open()
  assert.deepEqual(source.current(), first)
  const heard: CertificatePair[] = []
  const stop = source.onChange((pair) => heard.push(pair))
  write(second)
  await until(() => heard.length > 0)
  assert.deepEqual(source.current(), second)
  stop()
  write(first)
  await until(() => source.current().key === first.key)
  assert.deepEqual(heard, [second])
  assert.deepEqual(reported('warning'), [])
})

test('half of a renewal leaves the old pair in use, and says so once', async () => {
  write(first)
  const source = open()
  write({ key: second.key })
  await until(() => reported('failed').length > 0)
  await new Promise((resolve) => setTimeout(resolve, 120))
  assert.equal(reported('failed').length, 1)
  assert.match(
    reported('failed')[0] ?? '',
    /server\.key: this is not the private key of .*server\.crt; .* stays in use/,
  )
  assert.deepEqual(source.current(), first)
  write({ certificate: second.certificate })
  await until(() => source.current().key === second.key)
})

test('files that go, are no PEM, or come back', async () => {
  write(first)
  const source = open()
  unlinkSync(paths().certificate)
  await until(() => reported('failed').length === 1)
  write({ certificate: 'nothing of the kind' })
  await until(() => reported('failed').length === 2)
  write(second)
  await until(() => source.current().certificate === second.certificate)
  assert.match(reported('failed')[0] ?? '', /server\.crt: no such file or folder/)
  assert.match(reported('failed')[1] ?? '', /server\.crt: there is no certificate in PEM here/)
})

test('links that are exchanged, as renewals do', async () => {
  for (const [name, pair] of [
    ['1', first],
    ['2', second],
  ] as const) {
    writeFileSync(join(folder, `key${name}`), pair.key, { mode: 0o600 })
    writeFileSync(join(folder, `cert${name}`), pair.certificate)
  }
  symlinkSync('key1', paths().key)
  symlinkSync('cert1', paths().certificate)
  const source = open()
  for (const [name, path] of [
    ['key2', paths().key],
    ['cert2', paths().certificate],
  ] as const) {
    symlinkSync(name, `${path}.new`)
    renameSync(`${path}.new`, path)
  }
  await until(() => source.current().certificate === second.certificate)
})

test('reload reads at once, whatever the files look like', () => {
  write(first)
  const source = open(60)
  write(second)
  assert.ok(source.reload())
  assert.deepEqual(source.current(), second)
  write({ key: 'no' })
  assert.ok(!source.reload())
  assert.match(reported('failed')[0] ?? '', /no private key without password in PEM/)
})

test('a key that its group may read and a certificate that has expired are warned of', {
  skip: process.platform === 'win32',
}, async () => {
  write(await authority.sign(['old.example'], -1000), 0o640)
  open()
  const [mode = '', expired = ''] = reported('warning')
  assert.match(mode, /server\.key: its group may read this private key \(its mode is 0640, not 0600\)/)
  assert.match(expired, /server\.crt: the certificate expired on 2/)
})

test('a key that all users may read is refused: at first, and when it is renewed', {
  skip: process.platform === 'win32',
}, () => {
  write(first, 0o644)
  assert.throws(open, { code: 'input-unreadable', message: /server\.key: all users may read this secret/ })
  write(first)
  const source = open()
  write(second, 0o644)
  assert.ok(!source.reload())
  assert.deepEqual(source.current(), first)
  assert.match(reported('failed')[0] ?? '', /all users may read this secret .* stays in use$/)
})

test('a pair that does not load at first is an error', () => {
  const fails = (code: string) => (error: unknown) => error instanceof DnsError && error.code === code
  assert.throws(open, fails('input-unreadable'))
  write({ key: second.key, certificate: first.certificate })
  assert.throws(open, fails('key-invalid'))
  write({ key: 'x'.repeat((1 << 20) + 1) })
  assert.throws(open, fails('limit-exceeded'))
})
