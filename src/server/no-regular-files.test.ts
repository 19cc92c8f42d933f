/** A FIFO in the place of each file that the configuration names: the start fails and names it. One that blocks hangs the test. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { TestAuthority } from '../transport/certificates.fixture.ts'
import { TestServer } from './servers.fixture.ts'

const authority = await TestAuthority.make()
const pair = await authority.sign(['localhost'])
const listen = ['127.0.0.1:0']

type Settings = Record<string, unknown>
/** The settings, given the paths of a FIFO, of a certificate and of its key. */
const SETTINGS: Readonly<Record<string, (fifo: string, certificate: string, key: string) => Settings>> = {
  'tsigKeys[].secretFile': (secretFile) => ({ tsigKeys: [{ name: 'k.', algorithm: 'hmac-sha256', secretFile }] }),
  'server.tls.certificate': (certificate, _, key) => ({ server: { listen, tls: { listen, certificate, key } } }),
  'server.tls.key': (key, certificate) => ({ server: { listen, tls: { listen, certificate, key } } }),
  'server.https.key': (key, certificate) => ({ server: { listen, https: { listen, certificate, key } } }),
  'resolver.trustAnchors': (fifo) => ({ resolver: { enabled: true, trustAnchors: [fifo] } }),
  'resolver.rootHints': (rootHints) => ({ resolver: { enabled: true, rootHints } }),
  'resolver.forwarders[].tls.authorities': (authorities) => ({
    resolver: { enabled: true, mode: 'forward', forwarders: [{ address: '192.0.2.1', tls: { authorities } }] },
  }),
}

describe('a FIFO in the place of a file ends the start with an error that names it', () => {
  for (const [setting, configurationWith] of Object.entries(SETTINGS)) {
    test(setting, async () => {
      const server = new TestServer()
      const fifo = join(server.folder, 'fifo')
      execFileSync('mkfifo', [fifo])
      const paths = [server.file('certificate', pair.certificate), server.file('key', pair.key)] as const
      await assert.rejects(server.start({ zones: [], ...configurationWith(fifo, ...paths) }), {
        code: 'input-unreadable',
        message: new RegExp(
          `^([a-zA-Z.]+(\\[0\\]\\.[a-zA-Z]+)?: )?${fifo}: is a named pipe \\(FIFO\\), not a regular file$`,
        ),
      })
      await server.end()
    })
  }

  test('but for the copy of the root zone: without it the root servers are asked', async () => {
    const server = new TestServer()
    const file = join(server.folder, 'fifo')
    execFileSync('mkfifo', [file])
    await server.start({ zones: [], resolver: { enabled: true, localRoot: { enabled: true, file } } })
    assert.ok(server.lines.some((line) => /^error the copy of the root zone cannot be used.*named pipe/.test(line)))
    await server.end()
  })
})
