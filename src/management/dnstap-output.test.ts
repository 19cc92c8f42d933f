/** dnstap to files and to a collector that speaks the handshake: nothing is lost that is not counted. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { SystemClock } from '../clock/index.ts'
import { type Log, SILENT_LOG } from '../ports/log.ts'
import { sealDataFrame } from './dnstap/control-frames.ts'
import { Collector, outline } from './dnstap/dnstap.fixture.ts'
import type { TapMessage } from './dnstap/dnstap-message.ts'
import { DnstapOutput } from './dnstap-output.ts'
import { makeFolder, NOW } from './server.fixture.ts'

const START = 'start protobuf:dnstap.Dnstap'
const READY = 'ready protobuf:dnstap.Dnstap'

const message = (octets = 40): TapMessage => ({
  kind: 'auth-query',
  protocol: 'udp',
  asker: { address: Uint8Array.of(127, 0, 0, 1), port: 4242 },
  query: { at: { seconds: NOW, nanoseconds: 1 }, message: new Uint8Array(octets) },
})

const clock = new SystemClock()

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(condition(), what)
}

function noting(lines: string[]): Log {
  return { ...SILENT_LOG, warn: (_, text) => lines.push(text), info: (_, text) => lines.push(text) }
}

test('a file is one stream from START to STOP', async () => {
  const file = join(makeFolder(), 'tap')
  const output = new DnstapOutput({ file }, {}, { clock, log: SILENT_LOG })
  for (let i = 0; i < 100; i++) output.tap(message())
  await output.close()
  assert.equal(outline(readFileSync(file)), `${START} | 100 | stop`)
  assert.deepEqual(output.counts, { written: 100, dropped: 0 })
  output.tap(message())
  assert.deepEqual(output.counts, { written: 100, dropped: 1 })
})

test('only the messages that are asked for are written', async () => {
  const file = join(makeFolder(), 'tap')
  const output = new DnstapOutput({ file }, { messages: ['auth-response'] }, { clock, log: SILENT_LOG })
  output.tap(message())
  await output.close()
  assert.equal(outline(readFileSync(file)), `${START} | stop`)
  assert.deepEqual(output.counts, { written: 0, dropped: 0 })
})

test('after a rotation the old file is whole and the new one begins anew', async () => {
  const file = join(makeFolder(), 'tap')
  const output = new DnstapOutput({ file }, {}, { clock, log: SILENT_LOG })
  output.tap(message())
  await until('the first is written', () => output.counts.written === 1)
  renameSync(file, `${file}.1`)
  output.reopen()
  await until('the old one ends', () => outline(readFileSync(`${file}.1`)) === `${START} | 1 | stop`)
  output.tap(message())
  output.tap(message())
  await output.close()
  assert.equal(outline(readFileSync(file)), `${START} | 2 | stop`)
})

test('a rotation comes about while messages never cease, and none is lost', async () => {
  const file = join(makeFolder(), 'tap')
  const output = new DnstapOutput({ file }, {}, { clock, log: SILENT_LOG })
  let sent = 0
  const stream = setInterval(() => {
    for (let i = 0; i < 20; i++, sent++) output.tap(message())
  }, 0)
  await until('some are written', () => output.counts.written > 100)
  renameSync(file, `${file}.1`)
  output.reopen()
  await until('the new file is there', () => existsSync(file))
  clearInterval(stream)
  await output.close()
  const counts = [`${file}.1`, file].map((path) =>
    Number(/\| (\d+) \| stop$/.exec(outline(readFileSync(path)))?.[1] ?? 0),
  )
  assert.equal((counts[0] ?? 0) + (counts[1] ?? 0), sent)
  assert.deepEqual(output.counts, { written: sent, dropped: 0 })
})

test('a file that is there already is kept aside', async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'tap'), 'what was here')
  const output = new DnstapOutput({ file: join(folder, 'tap') }, {}, { clock, log: SILENT_LOG })
  await output.close()
  const [, aside = ''] = readdirSync(folder).sort()
  assert.match(aside, /^tap\.[0-9]{8}T/)
  assert.equal(readFileSync(join(folder, aside), 'utf8'), 'what was here')
})

test('a collector gets READY, START, data and STOP, and says when it has all', async () => {
  const socket = join(makeFolder(), 'tap.sock')
  const collector = await Collector.listen(socket)
  const output = new DnstapOutput({ socket }, {}, { clock, log: SILENT_LOG })
  for (let i = 0; i < 50; i++) output.tap(message())
  await until('all are written', () => output.counts.written === 50)
  await output.close()
  assert.equal(outline(collector.streams[0] ?? Buffer.alloc(0)), `${READY} | ${START} | 50 | stop`)
  await collector.close()
})

test('what comes while no collector is there waits for it', async () => {
  const socket = join(makeFolder(), 'tap.sock')
  const lines: string[] = []
  const output = new DnstapOutput({ socket }, { retrySeconds: 0.02 }, { clock, log: noting(lines) })
  output.tap(message())
  await until('it says so', () => lines.length > 0)
  assert.match(lines[0] ?? '', /^dnstap: .*tap\.sock: /)
  const collector = await Collector.listen(socket)
  await until('it is written', () => output.counts.written === 1)
  await output.close()
  assert.equal(outline(collector.streams[0] ?? Buffer.alloc(0)), `${READY} | ${START} | 1 | stop`)
  await collector.close()
})

test('a collector that goes is found again, and no message but those under way is lost', async () => {
  const socket = join(makeFolder(), 'tap.sock')
  const collector = await Collector.listen(socket)
  const output = new DnstapOutput({ socket }, { retrySeconds: 0.02 }, { clock, log: SILENT_LOG })
  output.tap(message())
  await until('the first is written', () => output.counts.written === 1)
  collector.hangUp()
  await until('it is connected again', () => collector.streams.length === 2)
  for (let i = 0; i < 10; i++) output.tap(message())
  await output.close()
  assert.equal(outline(collector.streams[1] ?? Buffer.alloc(0)), `${READY} | ${START} | 10 | stop`)
  assert.deepEqual(output.counts, { written: 11, dropped: 0 })
  await collector.close()
})

test('a collector that takes other contents, or sends what it may not, gets nothing', async () => {
  const socket = join(makeFolder(), 'tap.sock')
  const collector = await Collector.listen(socket, { content: 'protobuf:other' })
  const lines: string[] = []
  const output = new DnstapOutput({ socket }, { retrySeconds: 0.02 }, { clock, log: noting(lines) })
  output.tap(message())
  await until('it says why', () => lines.some((line) => line.includes('does not take protobuf:dnstap.Dnstap')))
  collector.manners = { instead: sealDataFrame(Uint8Array.of(0, 0, 0, 0, 1)) }
  await until('it says why', () => lines.some((line) => line.includes('only control frames may come')))
  await output.close()
  assert.deepEqual(output.counts, { written: 0, dropped: 1 })
  for (const stream of collector.streams) assert.equal(outline(stream), READY)
  await collector.close()
})

test('a collector that stalls costs bounded memory and counted messages, and does not hold up the end', async () => {
  const socket = join(makeFolder(), 'tap.sock')
  const collector = await Collector.listen(socket, { stall: true })
  const output = new DnstapOutput({ socket }, { queueOctets: 1 << 20, retrySeconds: 60 }, { clock, log: SILENT_LOG })
  let sent = 0
  await until('messages are dropped', () => {
    for (let i = 0; i < 100; i++, sent++) output.tap(message(10_000))
    return output.counts.dropped > 0
  })
  const started = performance.now()
  await output.close()
  assert.ok(performance.now() - started < 6000)
  assert.equal(output.counts.written + output.counts.dropped, sent)
  await collector.close()
})
