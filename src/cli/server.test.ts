/** Commands that ask a running server, over a real control socket; the server behind it is the double of src/management. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { controlPath, startManagement } from '../management/index.ts'
import { FakeServer, NOW, PRIMARY, RESOLVER, STATISTICS } from '../management/server.fixture.ts'
import { SILENT_LOG } from '../ports/log.ts'
import { showDistance, showDuration, showOctets } from './figures.ts'
import { Workplace } from './signet.fixture.ts'

const place = new Workplace()
const data = join(place.folder, 'data')
mkdirSync(data)
const server = new FakeServer()
const world = { clock: { wall: () => NOW, steady: () => NOW, ahead: () => 0 }, log: SILENT_LOG }
const management = await startManagement(server, { listen: [], socketPath: controlPath(data) }, world)
after(() => management.close())

test('signet server status, found by ./data, --data and --config', async () => {
  place.write('signet.yaml', `data: ${data}\n`)
  const ways = ['', `--data ${data}`, '--config signet.yaml']
  for (const text of await Promise.all(ways.map((where) => place.run(`server status ${where}`)))) {
    assert.match(text, /^state +serving$/m)
    assert.match(text, /^zones +2 of 3 are served, 1 expired$/m)
    assert.match(text, /^query log +off$/m)
  }
  assert.equal(JSON.parse(await place.run('server status --json')).processId, 4711)
})

test('signet server status says when the state cannot be written', async () => {
  server.stateUnwritable = 'no space is left'
  const text = await place.run('server status')
  server.stateUnwritable = undefined
  assert.match(text, /^saved state +cannot be written: no space is left$/m)
})

test('signet stats', async () => {
  const text = await place.run('stats')
  assert.match(text, /^queries +1027, 0\.1 a second$/m)
  assert.match(text, /^responses +NOERROR 900, NXDOMAIN 100, BADVERS 1$/m)
  assert.match(text, /^example\. +900 +500 +80 +20 +10 +0$/m)
  assert.match(await place.run('stats --zones 1'), /\(1 more: --zones\)/)
  assert.deepEqual(JSON.parse(await place.run('stats --json')), STATISTICS)
})

test('signet zone list and status', async () => {
  const list = await place.run('zone list')
  assert.match(list, /^ZONE +TYPE +STATE/)
  assert.match(list, /^sub\.example\. +secondary +serving +7 +9 +yes/m)
  assert.equal(JSON.parse(await place.run('zone list --json')).zones.length, 3)
  assert.match(
    await place.run('zone status sub.example'),
    /^last transfer +ixfr from 192\.0\.2\.1:53 failed .*bad RRSIG/m,
  )
  const expired = await place.signet(['zone', 'status', 'we\\"ird\\\\.test.'])
  assert.equal(expired.status, 1)
  assert.match(expired.stdout, /^reason +no primary answered/m)
})

test('signet zone freeze and the others reach the server and say what came of it', async () => {
  server.calls.length = 0
  const actions = ['reload', 'refresh', 'retransfer', 'notify', 'freeze', 'thaw', 'flush']
  const printed = await Promise.all(actions.map((action) => place.run(`zone ${action} Example`)))
  for (const text of printed) assert.equal(text, 'example. it is so\n')
  assert.deepEqual(server.calls.sort(), actions.map((action) => `${action} example.`).sort())
  const json = await place.run('zone flush example. --json')
  assert.deepEqual(JSON.parse(json), { zone: 'example.', outcome: 'done', message: 'it is so' })
})

test('signet zone dump prints the zone as it is served', async () => {
  const text = await place.run('zone dump example.')
  assert.equal(text.split('\n').length, 1001)
  assert.match(text, /^a999\.example\. 3600 IN A 192\.0\.2\.1$/m)
  const json = (await place.run('zone dump example. --json')).trimEnd().split('\n')
  assert.equal(json.length, 1000)
  assert.equal(JSON.parse(json[0] ?? ''), 'a0.example. 3600 IN A 192.0.2.1')
})

test('signet server reload, querylog, reopen-logs, stop', async () => {
  server.calls.length = 0
  assert.match(await place.run('server reload'), /^configuration read\nexample\. done: it is so$/m)
  assert.equal(await place.run('server querylog on --zone example'), 'it is so\n')
  await place.run('server querylog off')
  await place.run('server reopen-logs')
  assert.equal(await place.run('server stop'), 'the server stops\n')
  assert.deepEqual(server.calls, ['reload', 'query-log on example.', 'query-log off all', 'reopen-logs', 'stop'])
})

test('signet resolver status, flush, dump', async () => {
  const text = await place.run('resolver status')
  assert.match(text, /^questions +100, 3 worked on now$/m)
  assert.match(text, /^results +secure 60, insecure 30, bogus 4, indeterminate 1$/m)
  assert.match(text, /^rrsets +500 +120\.6 KiB$/m)
  assert.deepEqual(JSON.parse(await place.run('resolver status --json')), RESOLVER)
  server.calls.length = 0
  assert.equal(await place.run('resolver flush WWW.example aaaa'), 'it is so\n')
  await place.run('resolver flush example --subtree')
  assert.deepEqual(server.calls, ['flush www.example. 28 false', 'flush example. - true'])
  const dump = await place.run('resolver dump')
  assert.equal(dump.split('\n').length, 1201)
  assert.match(dump, /^a1199\.example\. 60 IN A 192\.0\.2\.1 ; secure$/m)
})

test('signet trust-point list, refresh, add, remove, export', async () => {
  const text = await place.run('trust-point list')
  assert.match(text, /^\. Active\n +DNSKEY +20326 +algorithm 8 +Valid +since .* configured$/m)
  server.calls.length = 0
  await place.run('trust-point refresh')
  await place.run('trust-point refresh Example')
  place.write('dsset', `example. IN DS 1 8 2 ${'00'.repeat(32)}\n`)
  await place.run('trust-point add dsset')
  await place.run('trust-point remove example --key-tag 1')
  assert.deepEqual(server.calls, [
    'refresh trust points all',
    'refresh trust points example.',
    `add example. IN DS 1 8 2 ${'00'.repeat(32)}\n`,
    'remove example. 1',
  ])
  assert.equal(await place.run('trust-point export .'), '. IN DNSKEY 257 3 8 AwEAAQ==\n')
  assert.equal((await place.signet('trust-point export none.example')).status, 2)
})

test('signet negative-anchor list, add, remove', async () => {
  assert.match(await place.run('negative-anchor list'), /^broken\.example\. +until .* expired$/m)
  server.calls.length = 0
  await place.run(['negative-anchor', 'add', 'Broken.example', '--until', '20400101000000', '--reason', 'they know'])
  await place.run('negative-anchor remove broken.example')
  assert.deepEqual(server.calls, [
    'add negative broken.example. 2208988800 they know',
    'remove negative broken.example.',
  ])
})

test('a server without a resolver says so', async () => {
  const { resolver } = server
  server.resolver = undefined
  const absent = await place.signet('resolver status')
  server.resolver = resolver
  assert.equal(absent.status, 2)
  assert.match(absent.stderr, /this server has no resolver \(resolver\.enabled\)/)
})

test('zones with A-labels are shown both ways, and found by either (RFC 5890 §2.3.2.1)', async () => {
  const all = server.zoneList
  server.zoneList = [{ ...PRIMARY, name: 'xn--bcher-kva.example.' }]
  assert.match(await place.run('zone list'), /^xn--bcher-kva\.example\. \(bücher\.example\.\) +primary +serving/m)
  const status = await place.signet('zone status bücher.example')
  assert.match(status.stdout, /^name +xn--bcher-kva\.example\. \(bücher\.example\.\)$/m)
  assert.equal(status.stderr, 'signet: note: in the DNS the name is xn--bcher-kva.example. (bücher.example.)\n')
  assert.equal(JSON.parse(await place.run('zone list --json')).zones[0].name, 'xn--bcher-kva.example.')
  server.zoneList = all
})

test('what is refused is told with its reasons, and by the exit status', async () => {
  server.outcome = { outcome: 'refused', message: 'the file conflicts with the journal', details: ['a.example. A'] }
  const refused = await place.signet('zone thaw example.')
  assert.equal(refused.status, 3)
  assert.equal(refused.stderr, 'signet: the file conflicts with the journal\n  a.example. A\n')
  assert.equal((await place.signet('server reload')).status, 1)
  server.outcome = { outcome: 'done', message: 'it is so' }
  const wrong = ['zone thaw none.test', 'zone thaw a..b', 'server querylog maybe', `stats --data ${data} --config c`]
  const outcomes = await Promise.all(wrong.map((words) => place.signet(words)))
  for (const { status } of outcomes) assert.equal(status, 2)
  assert.equal(outcomes[0]?.stderr, 'signet: there is no zone none.test.\n')
})

test('server reload: status 2 and what stays in force when the configuration was not taken', async () => {
  server.configurationOutcome = {
    outcome: 'failed',
    message: 'a.yaml:3:1: zones: is no list; nothing was changed',
    details: ['a.yaml:9:1: data: is missing'],
  }
  const refused = await place.signet('server reload')
  const json = await place.signet('server reload --json')
  server.configurationOutcome = { outcome: 'done', message: 'configuration read', details: ['server.listen: later'] }
  assert.equal(
    await place.run('server reload'),
    'configuration read\n  server.listen: later\nexample. done: it is so\n',
  )
  server.configurationOutcome = { outcome: 'done', message: 'configuration read' }
  assert.deepEqual([refused.status, refused.stdout], [2, ''])
  assert.equal(
    refused.stderr,
    'signet: a.yaml:3:1: zones: is no list; nothing was changed\n  a.yaml:9:1: data: is missing\n',
  )
  assert.deepEqual([json.status, JSON.parse(json.stdout).configuration.outcome], [2, 'failed'])
})

test('server reload and zone reload: status 1 when a zone was not taken; what could not be done otherwise is 3', async () => {
  for (const kind of ['failed', 'refused'] as const) {
    server.outcome = { outcome: kind, message: 'zone: no such file', details: ['a.example. A'] }
    const words = ['server reload', 'zone reload example.', 'zone flush example.']
    const [all, one, flush] = await Promise.all(words.map((each) => place.signet(each)))
    assert.deepEqual([all?.status, one?.status, flush?.status], [1, 1, 3])
    assert.equal(all?.stdout, 'configuration read\n')
    assert.equal(all?.stderr, `example. ${kind}: zone: no such file\n  a.example. A\n`)
    assert.deepEqual([one?.stdout, one?.stderr], ['', 'signet: zone: no such file\n  a.example. A\n'])
  }
  server.outcome = { outcome: 'done', message: 'it is so' }
})

test('where no server answers: exit status 3, and where was looked', async () => {
  const elsewhere = new Workplace()
  const nobody = await elsewhere.signet('stats')
  assert.equal(nobody.status, 3)
  assert.match(
    nobody.stderr,
    /^signet: no server answers at .*data\/control\.sock or \/var\/lib\/signet\/control\.sock: /,
  )
  const named = await elsewhere.signet('stats --data other')
  assert.equal(named.status, 3)
  assert.match(named.stderr, /other\/control\.sock: there is no socket/)
})

test('durations, distances and octets', () => {
  assert.deepEqual([0, 59, 60, 3661, 90_000, -61].map(showDuration), ['0s', '59s', '1m', '1h 1m', '1d 1h', '-1m 1s'])
  assert.deepEqual([showDistance(100, 40), showDistance(40, 100)], ['in 1m', '1m ago'])
  assert.deepEqual([0, 1023, 1536, 5 << 20, 2 ** 41].map(showOctets), [
    '0 B',
    '1023 B',
    '1.5 KiB',
    '5.0 MiB',
    '2.0 TiB',
  ])
})
