/**
 * A real server while strangers send it all that they can: refused transfers, NOTIFY, UPDATE, bad signatures, garbage, over every
 * transport and to the management port. Its log stays small, its memory flat, and others are answered. `SIGNET_SOAK=1`: for more than
 * a minute, so that counts are written meanwhile.
 */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { askTcp, makeFolder, question, RunningServer } from '../../src/cli/running-server.fixture.ts'
import { TestAuthority } from '../../src/transport/certificates.fixture.ts'
import { INSPECTED, memoryAfterCollection } from './server-memory.fixture.ts'
import { Strangers } from './strangers.fixture.ts'

const SECONDS = process.env.SIGNET_SOAK === undefined ? 8 : 70
/** Octets a minute. */
const MOST_LOGGED = 1_000_000
/** Lines of a minute: those that it begins with, their counts, and what a start and a stop say. */
const MOST_LINES = 200
/** Of what is in use, octets: tables of bounded size fill meanwhile. */
const MOST_GROWTH = 8 << 20
/** Of what the process has, octets. */
const MOST_RSS_GROWTH = 32 << 20
const MOST_MEDIAN_MILLISECONDS = 500
const PROBE_MILLISECONDS = 100

const ZONE = '$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n'
const KEY = { name: 'k1.', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7).toString('base64') }

async function start(): Promise<RunningServer> {
  const folder = makeFolder()
  const pair = await (await TestAuthority.make()).sign(['127.0.0.1'])
  writeFileSync(join(folder, 'certificate.pem'), pair.certificate)
  writeFileSync(join(folder, 'key.pem'), pair.key, { mode: 0o600 })
  writeFileSync(join(folder, 'zone'), ZONE)
  const listening = { listen: ['127.0.0.1:0'], certificate: 'certificate.pem', key: 'key.pem' }
  const zones = ['a', 'b', 'c'].map((label) => ({ name: `${label}.test.`, type: 'primary', file: 'zone' }))
  const configuration = {
    data: 'state',
    server: { listen: ['127.0.0.1:0'], threads: 1, tls: listening, https: listening },
    management: { listen: ['127.0.0.1:0'] },
    logging: { format: 'json' },
    tsigKeys: [KEY],
    zones: [
      ...zones,
      { ...zones[0], name: 'key.test.', allowTransfer: ['key:k1.'], allowQuery: ['key:k1.'] },
      // Its primary is silent; a NOTIFY in its name has the server ask it.
      { name: 'secondary.test.', type: 'secondary', primaries: ['127.0.0.1:1'] },
    ],
  }
  return RunningServer.start(folder, configuration, { env: INSPECTED })
}

/** How long it takes, and Infinity when it fails. */
async function timed(work: Promise<unknown>): Promise<number> {
  const began = performance.now()
  return work.then(
    () => performance.now() - began,
    () => Number.POSITIVE_INFINITY,
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.POSITIVE_INFINITY
}

test(`for ${SECONDS} s strangers do not fill the log, nor memory, nor keep others from answers`, async () => {
  const server = await start()
  const port = server.port('udp')
  const logFile = join(server.folder, 'log')
  const before = statSync(logFile).size
  const management = server.port('management')
  const target = { port, tls: server.port('tls'), https: server.port('https'), management, key: KEY.name }
  const zones = ['a.test.', 'b.test.', 'c.test.', 'key.test.', 'secondary.test.']
  const strangers = new Strangers({ ...target, zones })
  const overTcp: number[] = []
  const overHttp: number[] = []
  const probeFor = async (seconds: number): Promise<void> => {
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) {
      await sleep(PROBE_MILLISECONDS)
      overTcp.push(await timed(askTcp(question('ns.a.test.'), port)))
      const seen = fetch(`http://127.0.0.1:${management}/api/v1/status`, { signal: AbortSignal.timeout(5000) })
      overHttp.push(await timed(seen.then((reply) => reply.json())))
    }
  }
  await probeFor(SECONDS / 4)
  const early = await memoryAfterCollection(server.log)
  await probeFor((SECONDS * 3) / 4)
  const late = await memoryAfterCollection(server.log)
  const sent = await strangers.stop()
  assert.ok(sent.datagrams > 200 * SECONDS && sent.connections > 10 * SECONDS, JSON.stringify(sent))
  // The counts of the last minute are written at the end.
  assert.equal(await server.stop(), 0)
  const logged = statSync(logFile).size - before
  const [growth, rssGrowth] = [late.held - early.held, late.rss - early.rss]
  const medians = { tcp: median(overTcp), http: median(overHttp) }
  const failed = [...overTcp, ...overHttp].filter((took) => took === Number.POSITIVE_INFINITY).length
  const found = { ...sent, logged, growth, rssGrowth, ...medians, asked: overTcp.length, failed }
  const text = JSON.stringify(found)
  if (process.env.SIGNET_SHOW_COSTS !== undefined) console.log(text)
  assert.ok(logged < (MOST_LOGGED * SECONDS) / 60, text)
  assert.ok(growth < MOST_GROWTH && rssGrowth < MOST_RSS_GROWTH, text)
  assert.ok(failed <= Math.max(1, overTcp.length / 20), text)
  assert.ok(medians.tcp < MOST_MEDIAN_MILLISECONDS && medians.http < MOST_MEDIAN_MILLISECONDS, text)
  const lines = readFileSync(logFile, 'utf8').split('\n')
  assert.ok(lines.length < MOST_LINES * Math.ceil(SECONDS / 60), `${lines.length} lines`)
  for (const line of lines) assert.ok(line.length < 4096, line)
  assert.ok(
    lines.some((line) => /more lines about requests are left out/.test(line)),
    'the rest is counted',
  )
  assert.ok(
    !lines.some((line) => /"level":"(error|fatal)"/.test(line)),
    'nothing that they send is an error of the program',
  )
})
