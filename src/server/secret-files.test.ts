/** Secrets of a configuration: in files that only the server reads, or in the configuration itself. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { TestServer, zoneText } from './servers.fixture.ts'

const SECRET = Buffer.alloc(32, 7).toString('base64')

/** A server that would have one key from a file with this content. */
function serverOf(content: string, mode = 0o600) {
  const server = new TestServer()
  const secretFile = join(server.folder, 'k1.secret')
  writeFileSync(secretFile, content)
  chmodSync(secretFile, mode)
  const zones = [{ name: 'example', type: 'primary', file: server.file('example.zone', zoneText(1)) }]
  const configuration = { zones, tsigKeys: [{ name: 'k1', secretFile }] }
  return { server, secretFile, configuration }
}

async function refusal(content: string, mode?: number): Promise<{ message: string; secretFile: string }> {
  const { server, secretFile, configuration } = serverOf(content, mode)
  const error: unknown = await server.start(configuration).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof DnsError)
  return { message: error.message, secretFile }
}

describe('tsigKeys[].secretFile', () => {
  test('what is no secret: the error names setting and file, and nothing of what is in it', async () => {
    for (const [content, reason] of [
      ['key "k1" { algorithm hmac-sha256; };', 'is not base64: take the secret as tsig-keygen or keymgr prints it'],
      ['', 'has 0 octets, and a secret has 16 to 512: make one with `openssl rand -base64 32`'],
      ['aGFsbG8h', 'has 6 octets, and a secret has 16 to 512: make one with `openssl rand -base64 32`'],
    ] as const) {
      const { message, secretFile } = await refusal(content)
      assert.equal(message, `tsigKeys[0].secretFile: ${secretFile}: ${reason}`)
    }
  })

  test('one that all users may read', { skip: process.platform === 'win32' }, async () => {
    const { message, secretFile } = await refusal(SECRET, 0o644)
    assert.ok(message.startsWith(`tsigKeys[0].secretFile: ${secretFile}: all users may read this secret`), message)
    assert.ok(!message.includes(SECRET))
  })

  test('a reload refuses it as well, and the keys from before stay', {
    skip: process.platform === 'win32',
  }, async () => {
    const { server, secretFile, configuration } = serverOf(SECRET)
    await server.start(configuration)
    chmodSync(secretFile, 0o644)
    const { configuration: outcome } = await server.server.reload()
    assert.equal(outcome.outcome, 'failed')
    assert.match(outcome.message, /^tsigKeys\[0\]\.secretFile: .*all users may read this secret/)
    chmodSync(secretFile, 0o600)
    assert.equal((await server.server.reload()).configuration.outcome, 'done')
    await server.end()
  })
})

describe('a configuration that all users may read', { skip: process.platform === 'win32' }, () => {
  async function warnings(more: Record<string, unknown>, mode: number): Promise<string[]> {
    const server = new TestServer()
    const file = join(server.folder, 'signet.yaml')
    const configuration = { zones: [], ...more }
    server.write(configuration)
    chmodSync(file, mode)
    await server.start(configuration)
    const found = server.lines.filter((line) => line.includes('signet.yaml: all users'))
    await server.server.reload()
    const again = server.lines.filter((line) => line.includes('signet.yaml: all users')).length - found.length
    assert.equal(again, found.length, 'a reload says it as well')
    await server.end()
    return found
  }
  const tsigKeys = [{ name: 'k1', secret: SECRET }]
  const cookies = { secrets: ['00112233445566778899aabbccddeeff'] }

  test('is warned about when it has secrets in it', async () => {
    const [line = ''] = await warnings({ tsigKeys }, 0o644)
    assert.match(
      line,
      /^warn .*signet\.yaml: all users may read it \(its mode is 0644\), and it has secrets \(tsigKeys\[0\]\.secret\): .*chmod o= /,
    )
    assert.ok(!line.includes(SECRET))
    const [both = ''] = await warnings({ tsigKeys, server: { listen: ['127.0.0.1:0'], threads: 1, cookies } }, 0o604)
    assert.match(both, /has secrets \(tsigKeys\[0\]\.secret and 1 more\)/)
  })

  test('is not when it has none, or only its owner and group may read it', async () => {
    assert.deepEqual(await warnings({}, 0o644), [])
    assert.deepEqual(await warnings({ tsigKeys }, 0o640), [])
  })
})
