/** What we write as dnstap, BIND's reader prints: from a file, and from the stream that a collector got through a socket. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { askTcp, askUdp, makeFolder, question, RunningServer } from '../../src/cli/running-server.fixture.ts'
import { SystemClock } from '../../src/clock/index.ts'
import { Name } from '../../src/dns/name/index.ts'
import { encodeMessage } from '../../src/dns/wire/index.ts'
import { Collector } from '../../src/management/dnstap/dnstap.fixture.ts'
import { DnstapOutput, type TapMessage } from '../../src/management/index.ts'
import { SILENT_LOG } from '../../src/ports/log.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-interop-dnstap-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const AT = Date.parse('2026-10-05T12:34:56Z') / 1000
const header = {
  id: 4660,
  qr: false,
  opcode: 0,
  aa: false,
  tc: false,
  rd: false,
  ra: false,
  z: false,
  ad: false,
  cd: false,
  rcode: 0,
}
const questions = [{ name: Name.parse('www.example.'), type: 1, class: 1 }]
const empty = { answer: [], authority: [], additional: [] }
const query = encodeMessage({ header, questions, ...empty })
const response = encodeMessage({ header: { ...header, qr: true, aa: true, rcode: 3 }, questions, ...empty })

const PROTOCOLS = ['udp', 'tcp', 'tls', 'https'] as const

function messages(): TapMessage[] {
  return PROTOCOLS.flatMap((protocol, i): TapMessage[] => {
    const v6 = i % 2 === 1
    const address = v6 ? Uint8Array.from([0x20, 1, 0xd, 0xb8, ...new Uint8Array(11), 1]) : Uint8Array.of(192, 0, 2, 1)
    const here = v6 ? Uint8Array.from([...new Uint8Array(15), 1]) : Uint8Array.of(127, 0, 0, 1)
    const ends = { protocol, asker: { address, port: 40_000 + i }, answerer: { address: here, port: 53 } }
    const at = { seconds: AT, nanoseconds: 123_456_789 }
    const later = { seconds: AT + 1, nanoseconds: 5_000_000 }
    return [
      { ...ends, kind: 'auth-query', query: { at, message: query } },
      { ...ends, kind: 'auth-response', query: { at }, response: { at: later, message: response } },
    ]
  })
}

function print(words: string[]): string {
  const { status, stdout, stderr } = spawnSync('dnstap-read', words, {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, TZ: 'UTC' },
  })
  assert.equal(status, 0, stderr)
  assert.equal(stderr, '')
  return stdout
}

function checkPrinted(file: string): void {
  const lines = print([file]).trimEnd().split('\n')
  assert.equal(lines.length, 8)
  assert.match(
    lines[0] ?? '',
    /^05-Oct-2026 12:34:56\.123 AQ 192\.0\.2\.1:40000 -> 127\.0\.0\.1:53 UDP .*www\.example\/IN\/A$/,
  )
  assert.match(
    lines[1] ?? '',
    /^05-Oct-2026 12:34:57\.005 AR 192\.0\.2\.1:40000 <- 127\.0\.0\.1:53 UDP .*www\.example\/IN\/A$/,
  )
  assert.match(lines[2] ?? '', / AQ 2001:db8::1:40001 -> ::1:53 TCP /)
  const documents = print(['-y', file])
    .split('---\n')
    .filter((text) => text.trim() !== '')
  assert.equal(documents.length, 8)
  const [first = '', second = ''] = documents
  for (const line of ['identity: ns1.example', 'version: signet test', 'type: AUTH_QUERY', 'socket_family: INET'])
    assert.ok(first.includes(line), `${line} in\n${first}`)
  assert.match(first, /query_time: !!timestamp 2026-10-05T12:34:56Z/)
  assert.match(first, /id: 4660/)
  assert.match(second, /type: AUTH_RESPONSE/)
  assert.match(second, /status: NXDOMAIN/)
  assert.match(second, /response_time: !!timestamp 2026-10-05T12:34:57Z/)
}

const clock = new SystemClock()
const SOURCE = { identity: 'ns1.example', version: 'signet test' }

test('dnstap-read prints the messages of a file', async () => {
  const file = join(folder, 'file.tap')
  const output = new DnstapOutput({ file }, SOURCE, { clock, log: SILENT_LOG })
  for (const message of messages()) output.tap(message)
  await output.close()
  assert.deepEqual(output.counts, { written: 8, dropped: 0 })
  checkPrinted(file)
})

test('dnstap-read prints what a collector got through a socket', async () => {
  const socket = join(folder, 'tap.sock')
  const collector = await Collector.listen(socket)
  const output = new DnstapOutput({ socket }, SOURCE, { clock, log: SILENT_LOG })
  for (const message of messages()) output.tap(message)
  await output.close()
  await collector.close()
  const [stream = Buffer.alloc(0)] = collector.streams
  const file = join(folder, 'socket.tap')
  // A file has no READY before its START.
  writeFileSync(file, stream.subarray(8 + stream.readUInt32BE(4)))
  checkPrinted(file)
})

for (const [way, koffi] of [
  ['batched', ''],
  ['plain', '1'],
] as const) {
  test(`dnstap-read prints what a running server saw, ${way}`, async () => {
    const place = makeFolder()
    writeFileSync(
      join(place, 'zone'),
      '@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.1\na 60 A 192.0.2.2\n',
    )
    const configuration = {
      data: 'state',
      server: { listen: ['127.0.0.1:0'], threads: 1 },
      management: { listen: [] },
      dnstap: { file: 'tap', identity: 'here' },
      zones: [{ name: 'tap.test', type: 'primary', file: 'zone' }],
    }
    const server = await RunningServer.start(place, configuration, { env: { SIGNET_NO_KOFFI: koffi } })
    const port = server.port('udp')
    await askUdp(question('a.tap.test', 'A', 4711), port)
    await askTcp(question('nx.tap.test'), port)
    // Answers only, to another file, from a reload on.
    const dnstap = { file: 'other', messages: ['auth-response'] }
    writeFileSync(join(place, 'signet.yaml'), JSON.stringify({ ...configuration, dnstap }))
    server.signal('SIGHUP')
    await server.until(() => server.log.includes('configuration read'), 'reloaded')
    await askUdp(question('ns.tap.test', 'AAAA'), port)
    assert.equal(await server.stop(), 0)
    const lines = print([join(place, 'tap')])
      .trimEnd()
      .split('\n')
    const ends = way === 'batched' ? `127\\.0\\.0\\.1:${port}` : '\\?'
    const expected = [
      `AQ \\S+ -> ${ends} UDP 28b a\\.tap\\.test/IN/A`,
      `AR \\S+ <- ${ends} UDP 44b a\\.tap\\.test/IN/A`,
    ]
    // What a worker saw may come after what the control thread saw.
    const others = [`AQ .* -> 127\\.0\\.0\\.1:${port} TCP .*nx`, 'AR .* TCP .*nx']
    for (const line of [...expected, ...others]) assert.match(lines.join('\n'), new RegExp(line))
    assert.equal(lines.length, 4)
    const document =
      print(['-y', join(place, 'tap')])
        .split('---\n')
        .find((text) => text.includes('id: 4711')) ?? ''
    for (const line of ['identity: here', 'version: signet ', 'id: 4711', 'query_zone: tap.test'])
      assert.ok(document.includes(line), `${line} in\n${document}`)
    const later = print([join(place, 'other')])
      .trimEnd()
      .split('\n')
    assert.equal(later.length, 1)
    assert.match(later[0] ?? '', / AR .*ns\.tap\.test\/IN\/AAAA$/)
  })
}
