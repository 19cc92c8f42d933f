/** The log: what a line holds, what it must not hold, and that nothing is lost at the end. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import type { Log, LogFields } from '../ports/log.ts'
import { createLog } from './log.ts'
import { formatLogLine } from './log-line.ts'
import { logQuery, QueryLogSwitch } from './query-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-log-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** The lines that are written, once there are so many. */
async function written(count: number, write: (log: ReturnType<typeof createLog>) => void): Promise<Line[]> {
  const file = join(folder, `log${files++}`)
  write(createLog({ file }))
  return linesOf(file, count)
}

type Line = Record<string, unknown>

async function linesOf(file: string, count: number): Promise<Line[]> {
  for (let i = 0; i < 1000; i++) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
    if (lines.length >= count) return lines.map((line): Line => ({ ...JSON.parse(line) }))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(`${file} has ${count} lines`)
}

test('a line is a JSON object: level as a word, time in ISO 8601, the fields, the sentence', async () => {
  const [line] = await written(1, (log) => log.warn({ zone: 'example.', serial: 7 }, 'a zone was refused'))
  const { time, ...rest } = line ?? {}
  assert.match(String(time), /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z$/)
  assert.deepEqual(rest, { level: 'warn', zone: 'example.', serial: 7, message: 'a zone was refused' })
})

test('the level can be changed while it runs', async () => {
  const lines = await written(1, (log) => {
    log.debug({}, 'unheard')
    log.setLevel('debug')
    log.debug({}, 'heard')
    log.setLevel('silent')
    log.error({}, 'unheard')
  })
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['heard'],
  )
})

test('what is named like a secret is not written, at the depths at which settings have them', async () => {
  const settings = { secret: 'AAAA', key: { name: 'k1.', secret: 'BBBB' }, a: { b: { password: 'CCCC' } } }
  const text = JSON.stringify(await written(1, (log) => log.info(settings, 'settings')))
  assert.doesNotMatch(text, /AAAA|BBBB|CCCC/)
  assert.match(text, /"name":"k1\."/)
})

test('an error of ours is its code and sentence, another has its stack', async () => {
  const [ours, other] = await written(2, (log) => {
    log.error({ error: new DnsError('transfer-failed', 'the primary went away') }, 'no transfer')
    log.error({ error: new TypeError('oops') }, 'a fault')
  })
  assert.deepEqual(ours?.error, { code: 'transfer-failed', message: 'the primary went away' })
  assert.match(JSON.stringify(other?.error), /log\.test\.ts/)
})

test('no text of a peer makes a line longer than a few times the longest name', async () => {
  const long = 'x'.repeat(1_000_000)
  const [text, list, error] = await written(3, (log) => {
    log.info({ zone: `${long}.`, more: { text: long } }, long)
    log.info({ names: Array.from({ length: 100_000 }, (_, i) => `n${i}.`) }, 'names')
    log.error({ error: new TypeError(long) }, 'a fault')
  })
  assert.ok(JSON.stringify(text).length < 15_000)
  assert.match(String(text?.message), /^x{4000}… \(1000000 characters\)$/)
  assert.match(String(text?.zone), /^x{4000}… \(1000001 characters\)$/)
  assert.match(JSON.stringify(text?.more), /x{4000}… \(1000000 characters\)"}$/)
  assert.match(JSON.stringify(list?.names), /^\["n0\.",.*"n49\.","… \(100000 items\)"\]$/)
  assert.ok(JSON.stringify(error).length < 9_000)
  assert.match(JSON.stringify(error?.error), /log\.test\.ts/, 'where it was thrown is still there')
})

test('a name of the greatest length is written whole, and objects that write themselves do so', async () => {
  const longest = Name.parse([63, 63, 63, 61].map((octets) => `${'\\255'.repeat(octets)}.`).join(''))
  const [line] = await written(1, (log) => log.info({ zone: longest.toString(), at: new Date(0) }, `zone ${longest}`))
  assert.equal(line?.zone, longest.toString())
  assert.equal(line?.message, `zone ${longest}`)
  assert.equal(line?.at, '1970-01-01T00:00:00.000Z')
})

test('after a rotation lines go to a new file', async () => {
  const file = join(folder, 'rotated')
  const log = createLog({ file })
  log.info({}, 'before')
  await linesOf(file, 1)
  renameSync(file, `${file}.1`)
  log.reopen()
  log.info({}, 'after')
  assert.equal((await linesOf(file, 1))[0]?.message, 'after')
  assert.equal((await linesOf(`${file}.1`, 1))[0]?.message, 'before')
})

test('a process that ends at once has written all its lines, to a pipe too', () => {
  const script = `
    import { createLog } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))}
    const log = createLog()
    for (let i = 0; i < 3000; i++) log.info({ i }, 'line')
    process.exit(0)`
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.equal(status, 0)
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines.length, 3000)
  assert.match(lines.at(-1) ?? '', /"i":2999/)
})

test('a process whose log has no reader any more goes on', async () => {
  const script = `
    import { createLog } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))}
    const log = createLog()
    let i = 0
    const timer = setInterval(() => {
      log.info({ i }, 'line')
      if (++i === 20) { clearInterval(timer); console.log('done') }
    }, 5)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stderr.destroy()
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  const status = await new Promise((resolve) => child.on('close', resolve))
  assert.deepEqual([status, printed], [0, 'done\n'])
})

test('for people a line is time, level, sentence, fields', () => {
  const json = '{"level":"info","time":"2026-10-05T12:34:56.789Z","zone":"a b.","n":1,"o":{"x":[1]},"message":"said"}\n'
  assert.equal(formatLogLine(json, false), '12:34:56.789 info  said  zone="a b." n=1 o={"x":[1]}\n')
  assert.equal(formatLogLine('no JSON\n', false), 'no JSON\n')
})

test('nothing of a stranger steers the terminal or makes a line of its own', () => {
  const json = JSON.stringify({ level: 'info', message: 'a\x1b[2Jb\nc\u202e', name: 'x\x9b\r\ny' })
  const line = formatLogLine(json, false)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  assert.doesNotMatch(line.slice(0, -1), /[\x00-\x1f\x7f-\x9f\u202e]/)
  assert.ok(line.endsWith('\n'))
})

function noting(): { log: Log; lines: [LogFields, string][] } {
  const lines: [LogFields, string][] = []
  const nothing = (): void => {}
  return { log: { debug: nothing, info: (...line) => lines.push(line), warn: nothing, error: nothing }, lines }
}

test('a query in the log: who, what, how, and what came of it', () => {
  const { log, lines } = noting()
  const peer = { protocol: 'tls', address: Uint8Array.of(192, 0, 2, 1), port: 5300 } as const
  const zone = Name.parse('example.')
  const edns = { dnssecOk: true, cookie: false }
  const response = { rcode: 3, octets: 512, truncated: false }
  const query = { peer, name: Name.parse('www.example.'), type: 1, recursionDesired: true }
  logQuery(log, { ...query, zone, edns, response, seconds: 0.0005 })
  logQuery(log, query)
  assert.deepEqual(lines[0], [
    {
      client: '192.0.2.1:5300',
      transport: 'tls',
      name: 'www.example.',
      type: 'A',
      flags: 'rd edns do',
      zone: 'example.',
      rcode: 'NXDOMAIN',
      octets: 512,
      microseconds: 500,
    },
    'query: www.example. A from 192.0.2.1:5300 by tls: NXDOMAIN',
  ])
  assert.equal(lines[1]?.[1], 'query: www.example. A from 192.0.2.1:5300 by tls: no answer')
})

test('the query log is on for all, for some zones, or off', () => {
  const log = new QueryLogSwitch()
  const [a, b] = [Name.parse('a.'), Name.parse('b.')]
  assert.equal(log.isOn, false)
  assert.equal(log.set(true, a).outcome, 'done')
  assert.equal(log.set(true, Name.parse('A.')).outcome, 'unchanged')
  assert.deepEqual([log.isOn, log.wants(a), log.wants(b), log.wants(undefined)], [true, true, false, false])
  assert.equal(log.set(true).outcome, 'done')
  assert.deepEqual([log.wants(b), log.wants(undefined), log.state], [true, true, 'all'])
  assert.equal(log.set(false, a).outcome, 'refused')
  assert.equal(log.set(false).outcome, 'done')
  assert.deepEqual([log.isOn, log.state], [false, []])
})
