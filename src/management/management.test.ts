/** Metrics and API over real HTTP: on loopback what may be looked at, on the control socket all. */
import assert from 'node:assert/strict'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { type LogFields, SILENT_LOG } from '../ports/log.ts'
import type { ZoneStatus } from '../server/index.ts'
import { parseExposition } from './exposition.fixture.ts'
import { ControlClient, controlPath, RequestRefused, startManagement } from './index.ts'
import { problemSchema, statisticsSchema, statusSchema, zonePageSchema, zoneSchema } from './schemas.ts'
import { FAILURE, FakeServer, makeFolder, NOW, PRIMARY, STATISTICS } from './server.fixture.ts'

const world = { clock: { wall: () => NOW, steady: () => NOW, ahead: () => 0 }, log: SILENT_LOG }
const server = new FakeServer()
const socketPath = controlPath(makeFolder())
const management = await startManagement(server, { listen: [{ host: '127.0.0.1', port: 0 }], socketPath }, world)
after(() => management.close())
const base = `http://${management.addresses[0]}`
const client = new ControlClient(socketPath)

async function getJson(path: string): Promise<unknown> {
  const reply = await fetch(base + path)
  assert.equal(reply.status, 200, path)
  return reply.json()
}

async function problemAt(path: string, options: RequestInit = {}): Promise<{ status: number; code: string }> {
  const reply = await fetch(base + path, options)
  assert.equal(reply.headers.get('content-type'), 'application/problem+json', path)
  const problem = problemSchema.parse(await reply.json())
  assert.equal(problem.status, reply.status)
  assert.ok(problem.detail.length > 10)
  return { status: reply.status, code: problem.code }
}

test('/metrics is in the form that Prometheus reads, with a help text and a unit for each family', async () => {
  const reply = await fetch(`${base}/metrics`)
  assert.match(reply.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const families = parseExposition(await reply.text())
  for (const { name, type, help } of families.values()) {
    assert.ok(help.length > 5, name)
    if (name.startsWith('signet_') && type === 'counter') assert.match(name, /_total$/)
  }
  assert.ok(families.has('process_cpu_seconds_total') && families.has('process_resident_memory_bytes'))
})

test('/metrics tells what the server counts', async () => {
  const families = parseExposition(await (await fetch(`${base}/metrics`)).text())
  const value = (family: string, key: string): number | undefined => families.get(family)?.samples.get(key)
  assert.equal(value('signet_queries_total', '{transport=udp}'), 1000)
  assert.equal(value('signet_queries_by_type_total', '{type=other}'), 127)
  assert.equal(value('signet_responses_total', '{rcode=NXDOMAIN}'), 100)
  assert.equal(value('signet_resolver_servers', '{state=fails}'), 1)
  assert.equal(value('signet_resolver_servers', '{state=unknown}'), 0)
  assert.equal(value('signet_resolver_recorded_failures', '{}'), 3)
  assert.equal(value('signet_resolver_recorded_failures_bytes', '{}'), 4_200_000)
  assert.equal(value('signet_queries_cookie_total', '{cookie=bad}'), 27)
  assert.equal(value('signet_responses_rate_limited_total', '{action=slipped}'), 12)
  assert.equal(value('signet_transfers_total', '{direction=in,kind=ixfr,outcome=done}'), 4)
  assert.equal(value('signet_image_bytes', '{state=used}'), 1 << 20)
  assert.equal(value('signet_response_latency_seconds', '_bucket{le=0.001}'), 990)
  assert.equal(value('signet_response_latency_seconds', '_count{}'), 1000)
  assert.equal(value('signet_zone_queries_total', '{zone=example.}'), 900)
})

test('failures that are recorded: a list and one by its name, on loopback and on the socket; what is nearest to one that is not', async () => {
  assert.deepEqual(await client.failures(1), { failures: [FAILURE], more: 7 })
  assert.deepEqual(await getJson('/api/v1/resolver/failures'), { failures: [FAILURE], more: 7 })
  assert.equal(await client.failure('WWW.late.example'), '{"version":2}\n')
  assert.deepEqual(await getJson('/api/v1/resolver/failures/www.late.example?type=a'), { version: 2 })
  await assert.rejects(client.failure('www.late.example', 'aaaa'), (error) => {
    assert.ok(error instanceof RequestRefused)
    assert.deepEqual(
      [error.problem, error.message],
      ['failure-unknown', 'no failure of www.late.example. AAAA is recorded'],
    )
    assert.deepEqual(error.details, [
      'recorded in the zone late.example. (signature-expired): www.late.example. A',
      "'signet resolver failures' lists all of them",
    ])
    return true
  })
  const codes = ['other', 'off.example', 'a..b', 'www.late.example?type=no'].map((path) =>
    problemAt(`/api/v1/resolver/failures/${path}`),
  )
  assert.deepEqual(
    (await Promise.all(codes)).map(({ status, code }) => `${status} ${code}`),
    ['404 failure-unknown', '404 recorder-off', '400 name-invalid', '400 request-invalid'],
  )
  for (const limit of ['0', '10001', 'x']) {
    assert.equal((await problemAt(`/api/v1/resolver/failures?limit=${limit}`)).code, 'request-invalid')
  }
})

test('/metrics tells of each zone, secondaries too, its serials and how long its signatures last', async () => {
  const families = parseExposition(await (await fetch(`${base}/metrics`)).text())
  const value = (family: string, key: string): number | undefined => families.get(family)?.samples.get(key)
  assert.equal(value('signet_zone_rrsig_expiry_seconds', '{zone=example.}'), 86_400)
  assert.equal(value('signet_zone_rrsig_expiry_seconds', '{zone=sub.example.}'), -60)
  assert.equal(value('signet_zone_serial', '{zone=sub.example.}'), 7)
  assert.equal(value('signet_zone_primary_serial', '{zone=sub.example.}'), 9)
  assert.equal(value('signet_zone_primary_serial', '{zone=example.}'), undefined)
  assert.equal(value('signet_zone_expire_seconds', '{zone=sub.example.}'), 600_000)
  assert.equal(value('signet_zone_up', '{zone=we\\"ird\\\\.test.}'), 0)
  assert.equal(value('signet_zones', '{state=serving,type=secondary}'), 1)
})

test('a zone that is gone has no samples at the next scrape, and counters do not add up', async () => {
  const all = server.zoneList
  server.zoneList = [PRIMARY]
  const families = parseExposition(await (await fetch(`${base}/metrics`)).text())
  server.zoneList = all
  assert.deepEqual([...(families.get('signet_zone_up')?.samples.keys() ?? [])], ['{zone=example.}'])
  assert.equal(families.get('signet_queries_total')?.samples.get('{transport=udp}'), 1000)
})

test('/health is 200 only while the server answers', async () => {
  assert.equal((await fetch(`${base}/health`)).status, 200)
  server.state = 'stopping'
  assert.equal((await fetch(`${base}/health`)).status, 503)
  server.state = 'serving'
})

test('the API shows status, statistics and zones', async () => {
  statusSchema.parse(await getJson('/api/v1/status'))
  assert.deepEqual(statisticsSchema.parse(await getJson('/api/v1/statistics')), STATISTICS)
  assert.deepEqual(zonePageSchema.parse(await getJson('/api/v1/zones')).zones, server.zoneList)
  assert.deepEqual(zoneSchema.parse(await getJson('/api/v1/zones/EXAMPLE')), PRIMARY)
  const weird = `/api/v1/zones/${encodeURIComponent('we\\"ird\\\\.test.')}`
  assert.equal(zoneSchema.parse(await getJson(weird)).state, 'expired')
})

test('zones come in pages and by state and type', async () => {
  const first = zonePageSchema.parse(await getJson('/api/v1/zones?limit=2'))
  assert.deepEqual([first.zones.length, first.next], [2, 'sub.example.'])
  const second = zonePageSchema.parse(await getJson(`/api/v1/zones?limit=2&after=${first.next}`))
  assert.deepEqual([second.zones.length, second.next], [1, undefined])
  const expired = zonePageSchema.parse(await getJson('/api/v1/zones?state=expired&type=secondary'))
  assert.equal(expired.zones.length, 1)
})

test('a zone is found by its U-labels as by its A-labels (RFC 5890 §2.3.2.1)', async () => {
  const all = server.zoneList
  server.zoneList = [{ ...PRIMARY, name: 'xn--bcher-kva.example.' }]
  for (const name of ['b%C3%BCcher.example', 'B%C3%9CCHER.example.', 'xn--bcher-kva.example']) {
    assert.equal(zoneSchema.parse(await getJson(`/api/v1/zones/${name}`)).name, 'xn--bcher-kva.example.')
  }
  server.zoneList = all
  assert.deepEqual(await problemAt('/api/v1/zones/b%C3%BC_.example'), { status: 400, code: 'name-invalid' })
})

test('a request that fails for an error of this program is a line of the log with its stack, and further ones are counted', async (t) => {
  const lines: [LogFields, string][] = []
  const log = { ...SILENT_LOG, error: (...line: [LogFields, string]) => void lines.push(line) }
  class FaultyServer extends FakeServer {
    override statistics = (): never => {
      throw new TypeError('of the inside')
    }
  }
  const options = { listen: [{ host: '127.0.0.1', port: 0 }] }
  const faulty = await startManagement(new FaultyServer(), options, { ...world, log })
  t.after(() => faulty.close())
  for (let i = 0; i < 20; i++) {
    const reply = await fetch(`http://${faulty.addresses[0]}/api/v1/statistics`)
    assert.deepEqual([reply.status, (await reply.text()).includes('of the inside')], [500, false])
  }
  await faulty.close()
  assert.deepEqual(
    lines.map(([, message]) => message),
    ['a request to the API failed', 'a request to the API failed (19 more)'],
  )
  assert.match(JSON.stringify(lines[0]?.[0]), /"method":"GET","path":"\/api\/v1\/statistics"/)
})

test('what is wrong is a problem document with a code', async () => {
  assert.deepEqual(await problemAt('/api/v1/zones/none.test'), { status: 404, code: 'zone-unknown' })
  assert.deepEqual(await problemAt('/api/v1/zones/a..b'), { status: 400, code: 'name-invalid' })
  assert.deepEqual(await problemAt(`/api/v1/zones/${'a'.repeat(64)}`), { status: 400, code: 'name-invalid' })
  assert.deepEqual(await problemAt('/api/v1/zones?limit=0'), { status: 400, code: 'request-invalid' })
  assert.deepEqual(await problemAt('/api/v1/zones?colour=red'), { status: 400, code: 'request-invalid' })
  assert.deepEqual(await problemAt('/api/v2'), { status: 404, code: 'not-found' })
  assert.deepEqual(await problemAt('/api/v1/zones/%ff'), { status: 400, code: 'request-invalid' })
  assert.equal((await problemAt(`/api/v1/zones/${'a'.repeat(4000)}`)).code, 'request-invalid')
})

test('over the network nothing changes anything, and no zone is given away', async () => {
  const before = server.calls.length
  for (const path of ['/api/v1/reload', '/api/v1/stop', '/api/v1/query-log', '/api/v1/zones/example./freeze']) {
    assert.deepEqual(await problemAt(path, { method: 'POST' }), { status: 405, code: 'method-not-allowed' })
  }
  assert.equal((await problemAt('/api/v1/zones/example./dump')).status, 404)
  assert.equal(server.calls.length, before)
})

test('the control socket is its owner’s alone', { skip: process.platform === 'win32' }, () => {
  assert.equal(statSync(socketPath).mode & 0o777, 0o600)
})

test('the client sees what the server says', async () => {
  assert.equal((await client.status()).processId, 4711)
  assert.deepEqual(await client.statistics(), STATISTICS)
  assert.deepEqual(await client.zone('sub.example'), server.zoneList[1])
  const names: string[] = []
  for await (const zone of client.zones()) names.push(zone.name)
  assert.deepEqual(
    names,
    server.zoneList.map(({ name }) => name),
  )
})

test('more zones than a page holds all come, once each', async () => {
  const all = server.zoneList
  const many = Array.from({ length: 2500 }, (_, i): ZoneStatus => {
    return { ...PRIMARY, name: `z${String(i).padStart(5, '0')}.example.` }
  })
  server.zoneList = many
  const names: string[] = []
  for await (const zone of client.zones()) names.push(zone.name)
  server.zoneList = all
  assert.deepEqual(
    names,
    many.map(({ name }) => name),
  )
})

test('on the control socket each action reaches the server', async () => {
  server.calls.length = 0
  for (const action of ['reload', 'refresh', 'retransfer', 'notify', 'freeze', 'thaw', 'flush'] as const) {
    assert.deepEqual(await client.act('Example', action), { zone: 'example.', ...server.outcome })
  }
  await client.reload()
  await client.setQueryLog(true, 'example')
  await client.setQueryLog(false)
  await client.reopenLogs()
  await client.stop()
  const zoneCalls = ['reload', 'refresh', 'retransfer', 'notify', 'freeze', 'thaw', 'flush'].map((a) => `${a} example.`)
  const others = ['reload', 'query-log on example.', 'query-log off all', 'reopen-logs', 'stop']
  assert.deepEqual(server.calls, [...zoneCalls, ...others])
})

test('what the server refuses comes to the client with its reasons', async () => {
  server.outcome = { outcome: 'refused', message: 'the file conflicts with the journal', details: ['a.example. A'] }
  await assert.rejects(client.act('example.', 'thaw'), (error) => {
    assert.ok(error instanceof RequestRefused)
    assert.deepEqual([error.problem, error.message], ['refused', 'the file conflicts with the journal'])
    assert.deepEqual(error.details, ['a.example. A'])
    return true
  })
  server.outcome = { outcome: 'done', message: 'it is so' }
  await assert.rejects(client.act('none.test.', 'thaw'), { problem: 'zone-unknown' })
  await assert.rejects(client.zone('a..b'), { problem: 'name-invalid' })
})

test('a zone that is served can be written out, another cannot', async () => {
  let text = ''
  for await (const chunk of client.dumpZone('example.')) text += Buffer.from(chunk).toString()
  assert.equal(text.split('\n').length, 1001)
  await assert.rejects(
    async () => {
      for await (const _ of client.dumpZone('we\\"ird\\\\.test.')) assert.fail()
    },
    { problem: 'zone-not-served' },
  )
})

test('a reader that stops ends the writing of a zone, however large', async () => {
  server.dumpLines = 50_000_000
  for await (const _ of client.dumpZone('example.')) break
  for (let i = 0; i < 500 && !server.dumped.ended; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(server.dumped.ended)
  assert.ok(server.dumped.lines < 1_000_000, `${server.dumped.lines} lines were made`)
  server.dumpLines = 1000
})

test('a zone that breaks off while it is written is no whole zone to the client', async () => {
  server.dumpFailsAt = 500
  await assert.rejects(
    async () => {
      for await (const _ of client.dumpZone('example.'));
    },
    { code: 'exchange-failed' },
  )
  server.dumpFailsAt = -1
})

test('bodies that are too large or no JSON are refused on the control socket', async () => {
  const { readReplyText, requestOverSocket } = await import('../transport/index.ts')
  const post = async (body: unknown): Promise<string> => {
    const asked = { path: socketPath, method: 'POST', target: '/api/v1/query-log', body, idleSeconds: 5 } as const
    return problemSchema.parse(JSON.parse(await readReplyText(await requestOverSocket(asked), 1 << 20))).code
  }
  assert.equal(await post({ on: true, zone: 'x'.repeat(20_000) }), 'too-large')
  assert.equal(await post({ on: 'yes' }), 'request-invalid')
  assert.equal(await post({ on: true, colour: 'red' }), 'request-invalid')
  assert.equal(await post(undefined), 'request-invalid')
})

test('octets that are no HTTP get an error and no more', async () => {
  const answers = [
    '\0\x01garbage\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
  ]
  for (const octets of answers) {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(base).port) })
    let answer = ''
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        answer += chunk
      })
    socket.write(octets)
    await new Promise((resolve) => socket.on('close', resolve))
    assert.match(answer, /^HTTP\/1\.1 4[0-9]{2} /)
  }
  assert.equal((await fetch(`${base}/health`)).status, 200)
})

test('clients beyond the limit are turned away, and those within are served', async () => {
  const port = Number(new URL(base).port)
  const sockets = Array.from({ length: 100 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}))
  let closed = 0
  for (const socket of sockets) socket.on('close', () => closed++)
  for (let i = 0; i < 500 && closed < 30; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(closed >= 30 && closed < 60, `${closed} of 100 were turned away`)
  for (const socket of sockets) socket.destroy()
  await client.status()
})

test('a socket that a killed server left is replaced; one that is answered, or a file, is not', async () => {
  const folder = makeFolder()
  const path = controlPath(folder)
  const { spawnSync } = await import('node:child_process')
  const left = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`
  spawnSync(process.execPath, ['-e', left])
  assert.ok(existsSync(path))
  const first = await startManagement(server, { listen: [], socketPath: path }, world)
  await assert.rejects(startManagement(server, { listen: [], socketPath: path }, world), {
    code: 'configuration-invalid',
    message: /another server answers there/,
  })
  await first.close()
  assert.ok(!existsSync(path), 'the socket goes with its server')
  writeFileSync(path, 'a file')
  await assert.rejects(startManagement(server, { listen: [], socketPath: path }, world), { code: 'output-failed' })
  assert.ok(existsSync(path))
})

test('an address that is taken is named, and nothing stays open', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const bound = taken.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0
  const path = controlPath(makeFolder())
  const options = { listen: [{ host: '127.0.0.1', port }], socketPath: path }
  await assert.rejects(startManagement(server, options, world), {
    code: 'configuration-invalid',
    message: `management: cannot listen on 127.0.0.1:${port}: somebody listens there already`,
  })
  assert.ok(!existsSync(path))
  taken.close()
})

test('where no server answers, the client says where it looked', async () => {
  const path = join(makeFolder(), 'control.sock')
  await assert.rejects(new ControlClient(path).status(), {
    code: 'exchange-failed',
    message: `${path}: there is no socket`,
  })
})

test('the path of a socket is as long as a system takes, and a pipe on Windows', () => {
  assert.throws(() => controlPath(`/${'a'.repeat(100)}`, 'linux'), { code: 'configuration-invalid' })
  assert.match(controlPath('C:\\signet', 'win32'), /^\\\\\.\\pipe\\signet-[0-9a-f]{16}$/)
})

test('clients that hold connections without a complete request do not lock others out, and are closed soon', async () => {
  const limited = await startManagement(server, { listen: [{ host: '127.0.0.1', port: 0 }] }, world)
  const [address = ''] = limited.addresses
  const port = Number(address.split(':')[1])
  const beginnings = [
    '',
    'GET /health HTTP/1.1\r\nhost: local',
    'POST /api/v1/reload HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{',
    'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n',
  ]
  const held = Array.from({ length: 80 }, (_, i) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write(beginnings[i % beginnings.length] ?? '')
    return socket
  })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  for (let i = 0; i < 5; i++) assert.equal((await fetch(`http://${address}/health`)).status, 200)
  const begun = performance.now()
  await Promise.all(
    held.map((socket) => (socket.closed ? undefined : new Promise((resolve) => socket.once('close', resolve)))),
  )
  const seconds = (performance.now() - begun) / 1000
  assert.ok(seconds < 15, `the last one was closed after ${seconds} s`)
  await limited.close()
})
