/** What the requests of strangers leave in the log of a server: a few lines and a count, however many they send. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { typeNumber } from '../dns/rr/index.ts'
import { encodeMessage, headerOf, OPCODE_NOTIFY } from '../dns/wire/index.ts'
import { newTsigKey, signRequest } from '../tsig/index.ts'
import { act, TestServer, until, zoneText } from './servers.fixture.ts'

const MANY = 300
const CLASS_IN = 1

function message(name: string, type: string, opcode = 0, id = 1): Uint8Array {
  return encodeMessage({
    header: { ...headerOf(id, 0), opcode },
    questions: [{ name: Name.parse(name), type: typeNumber(type), class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
  })
}

/** Sends these over one connection and waits for as many responses. */
async function send(port: number, messages: readonly Uint8Array[]): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let rest: Buffer = Buffer.alloc(0)
  let missing = messages.length
  socket.on('error', reject).on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      rest = rest.subarray(2 + rest.readUInt16BE(0))
      missing--
    }
    if (missing === 0) resolve()
  })
  for (const octets of messages)
    socket.write(Buffer.concat([Buffer.of(octets.length >> 8, octets.length & 255), octets]))
  await promise
  socket.destroy()
}

function repeat(octets: Uint8Array): Uint8Array[] {
  return Array.from({ length: MANY }, () => octets)
}

async function startPrimary(zone: object = {}): Promise<TestServer> {
  const server = new TestServer()
  const file = server.file('zone', zoneText(1))
  await server.start({ zones: [{ name: 'example.', type: 'primary', file, ...zone }] })
  return server
}

/** How many times a whole zone was asked of it, with this end. */
function transfersOf({ server }: TestServer, ending: 'done' | 'refused'): number {
  const sent = server.transfers.transfers.filter(({ direction, kind }) => direction === 'out' && kind === 'axfr')
  return sent.find(({ outcome }) => outcome === ending)?.count ?? 0
}

const linesWith = ({ lines }: TestServer, text: string): string[] => lines.filter((line) => line.includes(text))

test('transfers refused to one peer are a line for each zone, and a count', async () => {
  const server = await startPrimary()
  await send(server.port, repeat(message('example.', 'AXFR')))
  assert.equal(linesWith(server, 'transfer refused').length, 1)
  await server.stop()
  const [first, count, ...more] = linesWith(server, 'transfer refused')
  assert.match(
    first ?? '',
    /^info transfer refused .*"zone":"example\.".*"peer":"127\.0\.0\.1".*"reason":"not allowed"/,
  )
  assert.match(
    count ?? '',
    /^info transfer refused \(299 more\) .*"zone":"example\.".*"peer":"127\.0\.0\.1".*"count":299/,
  )
  assert.deepEqual(more, [])
})

test('made-up names are no lines of their own', async () => {
  const server = await startPrimary()
  await send(
    server.port,
    Array.from({ length: MANY }, (_, i) => message(`z${i}.${'x'.repeat(60)}.`, 'AXFR')),
  )
  await server.stop()
  const lines = linesWith(server, 'transfer refused')
  assert.equal(lines.length, 2, lines.join('\n'))
  assert.match(lines[0] ?? '', /"name":"z0\.x+\.".*there is no such zone here/)
})

test('transfers sent again and again are a line for each version and peer, and a count', async () => {
  const server = await startPrimary({ allowTransfer: ['127.0.0.1'] })
  for (let i = 0; i < 5; i++) await send(server.port, [message('example.', 'AXFR')])
  server.file('zone', zoneText(2))
  await server.server.reload()
  for (let i = 0; i < 5; i++) await send(server.port, [message('example.', 'AXFR')])
  await until(() => linesWith(server, 'transfer sent').length === 2, 'two versions in the log')
  assert.match(linesWith(server, 'transfer sent').join(), /"serial":1.*"serial":2/)
  await server.stop()
  assert.deepEqual(
    linesWith(server, 'transfer sent').map((line) => /\((\d+) more\)/.exec(line)?.[1]),
    [undefined, undefined, '4', '4'],
  )
})

test('signatures that do not hold are a line for each peer and reason, which names the key and how late it was', async () => {
  const server = new TestServer()
  const file = server.file('zone', zoneText(1))
  const tsigKeys = [{ name: 'k1.', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7).toString('base64') }]
  await server.start({ tsigKeys, zones: [{ name: 'example.', type: 'primary', file }] })
  const signed = (name: string, octet: number, secondsAgo: number): Uint8Array => {
    const key = newTsigKey(Name.parse(name), 'hmac-sha256', new Uint8Array(32).fill(octet))
    return signRequest(message('example.', 'SOA'), key, Math.floor(Date.now() / 1000) - secondsAgo).message
  }
  for (const octets of [signed('none.', 7, 0), signed('k1.', 8, 0), signed('k1.', 7, 5000)])
    await send(server.port, repeat(octets))
  await server.stop()
  const lines = linesWith(server, 'TSIG refused')
  assert.equal(lines.length, 6, lines.join('\n'))
  const [unknown, wrong, late] = lines
  assert.match(unknown ?? '', /^info TSIG refused .*"reason":"BADKEY","name":"example\.","key":"none\."/)
  assert.match(wrong ?? '', /^info TSIG refused .*"reason":"BADSIG","name":"example\.","key":"k1\."/)
  assert.match(late ?? '', /^info TSIG refused .*"reason":"BADTIME".*"key":"k1\.","secondsLate":500\d/)
  for (const line of lines.slice(3)) assert.match(line, /\(299 more\)/)
})

test('NOTIFY that is refused, or asks for what no primary has, does not fill the log', async () => {
  const primary = await startPrimary()
  const secondary = new TestServer()
  await secondary.start({
    zones: [
      { name: 'other.', type: 'secondary', primaries: ['192.0.2.1'] },
      { name: 'example.', type: 'secondary', primaries: [`127.0.0.1:${primary.port}`] },
    ],
  })
  await send(secondary.port, repeat(message('other.', 'SOA', OPCODE_NOTIFY)))
  assert.equal(linesWith(secondary, 'NOTIFY refused').length, 1)
  // The primary refuses the transfer at once: each NOTIFY, whose address anybody can forge, makes the secondary ask again.
  for (let i = 1; i <= 10; i++) {
    await send(secondary.port, [message('example.', 'SOA', OPCODE_NOTIFY)])
    await until(() => transfersOf(primary, 'refused') > i, 'the secondary asks again')
  }
  assert.equal(linesWith(primary, 'transfer refused').length, 1)
  const failures = linesWith(secondary, 'no primary helped').filter((line) => line.includes('"example."'))
  assert.equal(failures.length, 1, failures.join('\n'))
  await secondary.stop()
  assert.match(linesWith(secondary, 'NOTIFY refused')[1] ?? '', /\(299 more\)/)
})

test('a version that is not taken, however often it is fetched, is a line for each of its faults', async () => {
  const primary = new TestServer()
  const text = zoneText(1, 'alias CNAME www\nalias A 10.0.0.9\n')
  const zone = { name: 'example.', type: 'primary', allowTransfer: ['127.0.0.1'], checks: 'warn' }
  await primary.start({ zones: [{ ...zone, file: primary.file('zone', text) }] })
  const secondary = new TestServer()
  const primaries = [`127.0.0.1:${primary.port}`]
  await secondary.start({ zones: [{ name: 'example.', type: 'secondary', primaries, checks: 'refuse' }] })
  for (let i = 1; i <= 5; i++) {
    await act(secondary.server.zones.find(Name.parse('example.')), 'retransfer')
    await until(() => transfersOf(primary, 'done') > i, 'the secondary fetches the zone again')
  }
  const judged = linesWith(secondary, 'version not taken')
  assert.equal(judged.length, 1, judged.join('\n'))
  const faults = linesWith(secondary, 'alias.example.').filter((line) => line.includes('"code"'))
  assert.equal(new Set(faults).size, faults.length, faults.join('\n'))
  await secondary.stop()
  assert.match(linesWith(secondary, 'version not taken')[1] ?? '', /\(\d+ more\)/)
})
