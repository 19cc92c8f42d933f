/** Unbound as the server that is asked: by UDP, TCP, TLS and HTTPS, with a certificate that is checked. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../../src/dns/name/index.ts'
import { decodeMessage, EDNS_DO, MessageBuilder } from '../../src/dns/wire/index.ts'
import type { Endpoint, Protocol } from '../../src/ports/index.ts'
import type { UpstreamReply } from '../../src/ports/upstream.ts'
import { TestAuthority } from '../../src/transport/certificates.fixture.ts'
import { loadNative, NetworkUpstream } from '../../src/transport/index.ts'

const lacking = spawnSync('sh', ['-c', 'command -v unbound']).status === 0 ? false : 'unbound not installed'
const folder = mkdtempSync(join(tmpdir(), 'signet-asking-unbound-'))
const upstream = new NetworkUpstream({}, await loadNative())
let unbound: ChildProcess | undefined
after(async () => {
  upstream.close()
  if (unbound !== undefined && unbound.exitCode === null) {
    const exited = new Promise((resolve) => unbound?.once('exit', resolve))
    unbound.kill('SIGTERM')
    await Promise.race([exited, sleep(5000, undefined, { ref: false })])
  }
  rmSync(folder, { recursive: true, force: true })
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address()
      server.close(() =>
        typeof bound === 'object' && bound !== null ? resolve(bound.port) : reject(new Error('none')),
      )
    })
  })
}

function queryFor(name: string): Uint8Array {
  const builder = new MessageBuilder()
  builder.begin(0, 0x0100)
  builder.question(Name.parse(name).octets, 0, 16, 1)
  builder.reserveOpt(0)
  builder.opt(1232, EDNS_DO)
  builder.finish()
  return builder.copy()
}

function ask(server: Endpoint, protocol: Protocol, name: string): Promise<UpstreamReply> {
  return new Promise((resolve) => {
    upstream.ask(server, protocol, queryFor(name), 3000, (reply) => {
      // What came is good until this returns.
      resolve(reply.kind === 'message' ? { ...reply, octets: reply.octets.slice() } : reply)
    })
  })
}

test('Unbound answers queries of ours by all four protocols', { skip: lacking }, async () => {
  const authority = await TestAuthority.make()
  const pair = await authority.sign(['dns.example'])
  const [plain, tls, https] = [await freePort(), await freePort(), await freePort()]
  writeFileSync(join(folder, 'key.pem'), pair.key)
  writeFileSync(join(folder, 'certificate.pem'), pair.certificate)
  writeFileSync(
    join(folder, 'unbound.conf'),
    `server:
  interface: 127.0.0.1@${plain}
  interface: 127.0.0.1@${tls}
  interface: 127.0.0.1@${https}
  tls-port: ${tls}
  https-port: ${https}
  tls-service-key: "${folder}/key.pem"
  tls-service-pem: "${folder}/certificate.pem"
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  module-config: "iterator"
  local-zone: "lab.example." static
  local-data: 'a.lab.example. 300 TXT "here"'
remote-control:
  control-enable: no
`,
  )
  unbound = spawn('unbound', ['-d', '-c', join(folder, 'unbound.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  unbound.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-2000)
  })
  const address = Uint8Array.of(127, 0, 0, 1)
  const strict = { serverName: 'dns.example', authorities: authority.pem, verify: true }
  const servers: [Protocol, Endpoint][] = [
    ['udp', { address, port: plain }],
    ['tcp', { address, port: plain }],
    ['tls', { address, port: tls, tls: strict }],
    ['https', { address, port: https, tls: strict }],
  ]
  for (let tries = 0; tries < 100; tries++) {
    if ((await ask({ address, port: plain }, 'tcp', 'a.lab.example.')).kind === 'message') break
    await sleep(50)
  }
  for (const [protocol, server] of servers) {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(server, protocol, i === 0 ? 'a.lab.example.' : `${i}.lab.example.`)),
    )
    const messages = replies.map((reply) => {
      assert.ok(reply.kind === 'message', `${protocol}: ${JSON.stringify(reply)}\n${log}`)
      return decodeMessage(reply.octets)
    })
    assert.equal(messages[0]?.answer.length, 1, protocol)
    assert.ok(
      messages.slice(1).every(({ header }) => header.rcode === 3),
      protocol,
    )
  }
  const wrong = { ...strict, serverName: 'other.example' }
  assert.equal((await ask({ address, port: tls, tls: wrong }, 'tls', 'a.lab.example.')).kind, 'failed')
  assert.deepEqual(upstream.gauges.connections, { tcp: 1, tls: 1, https: 1 })
})
