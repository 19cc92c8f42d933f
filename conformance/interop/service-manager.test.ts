/** sd_notify(3): what systemd hears on its socket, a real one. Node has no datagram sockets of this kind, so that Python listens. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeFolder, RunningServer } from '../../src/cli/running-server.fixture.ts'

const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', '\\0', 1) if sys.argv[1].startswith('@') else sys.argv[1])
with open(sys.argv[2], 'w', buffering=1) as f:
    f.write('\\n')
    while True: f.write(repr(s.recv(4096).decode()) + '\\n')
`
const ZONE = '@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.1\n'

const skip =
  process.platform !== 'linux'
    ? 'systemd is Linux’s'
    : spawnSync('python3', ['--version']).status === 0
      ? false
      : 'python3 not installed'

for (const kind of ['path', 'abstract']) {
  test(`READY, RELOADING with its time, STOPPING on a socket by ${kind} name`, { skip }, async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'zone'), ZONE)
    const heard = join(folder, 'heard')
    const socket = kind === 'path' ? join(folder, 'notify') : `@signet-test-${process.pid}`
    const listener: ChildProcess = spawn('python3', ['-c', LISTENER, socket, heard], { stdio: 'inherit' })
    after(() => listener.kill())
    const messages = (): string[] => (existsSync(heard) ? readFileSync(heard, 'utf8').split('\n').filter(Boolean) : [])
    while (!existsSync(heard)) await new Promise((resolve) => setTimeout(resolve, 20))
    const configuration = {
      data: 'state',
      server: { listen: ['127.0.0.1:0'], threads: 1 },
      management: { listen: [] },
      zones: [{ name: 'notify.test', type: 'primary', file: 'zone' }],
    }
    const server = await RunningServer.start(folder, configuration, { env: { NOTIFY_SOCKET: socket } })
    await server.until(() => messages().length === 1, 'READY')
    const before = process.hrtime.bigint() / 1000n
    server.signal('SIGHUP')
    await server.until(() => messages().length === 3, 'reloaded')
    assert.equal(await server.stop(), 0)
    await server.exited
    const [ready, reloading, again, stopping] = messages()
    assert.deepEqual([ready, again, stopping], ["'READY=1'", "'READY=1'", "'STOPPING=1'"])
    const [, microseconds = '0'] = /^'RELOADING=1\\nMONOTONIC_USEC=(\d+)'$/.exec(reloading ?? '') ?? []
    const now = process.hrtime.bigint() / 1000n
    assert.ok(
      BigInt(microseconds) >= before && BigInt(microseconds) <= now,
      `${reloading} between ${before} and ${now}`,
    )
  })
}
