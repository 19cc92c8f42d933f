/**
 * Which hosts the management API answers to, over real HTTP: a page in a browser whose name resolves to this machine (DNS rebinding)
 * reads nothing, whichever form its request has (RFC 9112 §3.2).
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test, { after } from 'node:test'
import { SILENT_LOG } from '../ports/log.ts'
import { startManagement } from './index.ts'
import { FakeServer, NOW } from './server.fixture.ts'

const world = { clock: { wall: () => NOW, steady: () => NOW, ahead: () => 0 }, log: SILENT_LOG }
let allowedHosts: readonly string[] = []
const options = { listen: [{ host: '127.0.0.1', port: 0 }], allowedHosts: () => allowedHosts }
const management = await startManagement(new FakeServer(), options, world)
after(() => management.close())
const port = Number(new URL(`http://${management.addresses[0]}`).port)

/** The whole response to the octets of a request; the connection closes behind it. */
async function exchange(request: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  let response = ''
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      response += chunk
    })
  socket.write(request, 'latin1')
  await new Promise((resolve) => socket.on('close', resolve))
  return response
}

async function statusOf(target: string, headers: readonly string[], method = 'GET', http = '1.1'): Promise<number> {
  const lines = [`${method} ${target} HTTP/${http}`, ...headers, 'Connection: close', '', '']
  const response = await exchange(lines.join('\r\n'))
  return Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(response)?.[1])
}

/** The status of a GET whose Host header says this. */
function status(host: string, target = '/api/v1/status'): Promise<number> {
  return statusOf(target, [`Host: ${host}`])
}

const MISDIRECTED = 421

test('a foreign host reads nothing but /health, however the path is written', async () => {
  const targets = [
    '/api/v1/status',
    '/%61pi/v1/status',
    '/%61%70%69/v1/zones',
    '/api%2fv1/status',
    '//api/v1/status',
    '/API/v1/status',
    '/metrics',
    '/%6detrics',
    '/metrics?x=/health',
    '/health/../api/v1/status',
    '/',
    '/none',
    '/%ff',
  ]
  for (const target of targets) assert.equal(await status('evil.example', target), MISDIRECTED, target)
  assert.equal(await status('evil.example', '/health'), 200)
  assert.equal(await status('evil.example', '/%68ealth?verbose'), 200)
})

test('methods other than GET are no way around: HEAD, OPTIONS, POST, an upgrade', async () => {
  const headers = ['Host: evil.example']
  for (const method of ['HEAD', 'OPTIONS', 'POST', 'DELETE'])
    assert.equal(await statusOf('/%61pi/v1/status', headers, method), MISDIRECTED, method)
  assert.equal(await statusOf('*', headers, 'OPTIONS'), MISDIRECTED)
  const upgrade = [...headers, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  assert.equal(await statusOf('/api/v1/status', upgrade), MISDIRECTED)
  assert.equal(await statusOf('/health', headers, 'HEAD'), 200)
  assert.equal(await exchange('CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n'), '')
  assert.match(await exchange('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /^HTTP\/1\.1 400 /)
})

test('addresses and localhost are the server itself, in each of their forms', async () => {
  const own = [
    'localhost',
    'localhost:8053',
    'localhost:',
    'LocalHost.',
    '127.0.0.1',
    '127.0.0.1:1',
    '0.0.0.0:8053',
    '192.0.2.1',
    '[::1]',
    '[::1]:8053',
    '[2001:DB8::1]',
    '[::ffff:127.0.0.1]',
  ]
  for (const host of own) assert.equal(await status(host), 200, host)
  const foreign = [
    '127.0.0.1.evil.example',
    'evil.localhost',
    'localhost.evil.example:8053',
    'localhosts',
    'xlocalhost',
    '1.2.3.4.5',
    '999.1.1.1',
    '1234567',
    '...............',
    '[1234567.89]',
    '[fe80::1%25eth0]',
    '[127.0.0.1]',
    '[localhost]',
    '',
  ]
  for (const host of foreign) assert.equal(await status(host), MISDIRECTED, host)
})

test('a Host that is absent, twice there or malformed is a bad request (RFC 9112 §3.2)', async () => {
  assert.equal(await statusOf('/health', []), 400)
  assert.equal(await statusOf('/health', ['Host: localhost', 'Host: evil.example']), 400)
  assert.equal(await statusOf('/api/v1/status', ['Host: localhost', 'host: localhost']), 400)
  for (const host of ['localhost:evil', 'evil@localhost', 'localhost@evil', '::1', 'localhost/x', 'local host'])
    assert.equal(await status(host), 400, host)
  // HTTP/1.0 needs no Host. Who sends none is no browser, and gets what everybody gets.
  assert.equal(await statusOf('/health', [], 'GET', '1.0'), 200)
  assert.equal(await statusOf('/api/v1/status', [], 'GET', '1.0'), MISDIRECTED)
})

test('a target that names its host counts, and the Host header does not (RFC 9112 §3.2.2)', async () => {
  const headers = ['Host: localhost']
  for (const target of [
    'http://evil.example/api/v1/status',
    'HTTP://EVIL.example:8053/metrics',
    'https://evil.example',
  ])
    assert.equal(await statusOf(target, headers), MISDIRECTED, target)
  assert.equal(await statusOf('http://localhost@evil.example/api/v1/status', headers), 400)
  assert.equal(await statusOf('http://localhost:8053/api/v1/status', headers), 200)
  assert.equal(await statusOf('http://localhost/api/v1/status', ['Host: evil.example']), 200)
  assert.equal(await statusOf('http://evil.example/health', headers), 200)
})

test('no other header says what the host is, and no origin is let in', async () => {
  for (const header of [
    'X-Forwarded-Host: localhost',
    'X-Forwarded-For: 127.0.0.1',
    'Forwarded: host=localhost',
    'X-Host: localhost',
  ])
    assert.equal(await statusOf('/metrics', ['Host: evil.example', header]), MISDIRECTED, header)
  for (const method of ['GET', 'OPTIONS']) {
    const request = `${method} /api/v1/status HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n`
    assert.doesNotMatch(await exchange(request), /access-control/i)
  }
})

test('a host that management.allowedHosts names reads all that localhost reads, as long as it names it', async () => {
  assert.equal(await status('ns1.example', '/metrics'), MISDIRECTED)
  allowedHosts = ['ns1.example']
  assert.equal(await status('ns1.example:8053', '/metrics'), 200)
  assert.equal(await status('NS1.Example.', '/api/v1/status'), 200)
  assert.equal(await status('x.ns1.example', '/metrics'), MISDIRECTED)
  assert.equal(await status('example', '/metrics'), MISDIRECTED)
  allowedHosts = []
  assert.equal(await status('ns1.example', '/metrics'), MISDIRECTED)
})
