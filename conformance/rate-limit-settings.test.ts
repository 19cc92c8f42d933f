/** Rate limiting by a running server: who is exempt, what a zone has whitelisted, what TCP and a good cookie are free of. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { askTcp, makeFolder, question, RunningServer } from '../src/cli/running-server.fixture.ts'
import { ControlClient, controlPath } from '../src/management/index.ts'

const ZONE = '@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.1\na 60 A 192.0.2.2\n'
const QUESTIONS = 200

/** Asks one thing many times at once; how many full answers, and how many truncated ones, came. */
async function flood(port: number, from: string, name: string): Promise<{ full: number; truncated: number }> {
  const socket = createSocket('udp4')
  const counts = { full: 0, truncated: 0 }
  socket.on('message', (answer) => {
    if (((answer[2] ?? 0) & 2) === 0) counts.full++
    else counts.truncated++
  })
  await new Promise<void>((resolve) => socket.bind(0, from, resolve))
  for (let i = 0; i < QUESTIONS; i++) socket.send(question(name, 'A', i), port, '127.0.0.1')
  // Until nothing comes any more.
  for (let seen = -1; seen < counts.full + counts.truncated; ) {
    seen = counts.full + counts.truncated
    await sleep(300)
  }
  socket.close()
  return counts
}

for (const [way, koffi] of [
  ['batched', ''],
  ['plain', '1'],
] as const) {
  test(`rate limits, ${way}`, async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'zone'), ZONE)
    const configuration = {
      data: 'state',
      server: {
        listen: ['127.0.0.1:0'],
        threads: 1,
        rateLimit: {
          responsesPerSecond: 10,
          whitelistedPerSecond: 0,
          slip: 2,
          ipv4PrefixLength: 32,
          tableSize: 4096,
          exempt: ['!127.0.1.9', '127.0.1.0/24'],
        },
      },
      management: { listen: [] },
      zones: [
        { name: 'plain.test', type: 'primary', file: 'zone' },
        { name: 'white.test', type: 'primary', file: 'zone', rateLimitWhitelist: ['nxdomain', 'error'] },
      ],
    }
    const server = await RunningServer.start(folder, configuration, { env: { SIGNET_NO_KOFFI: koffi } })
    const port = server.port('udp')
    const limited = await flood(port, '127.0.2.1', 'a.plain.test')
    // A burst may take twice the setting once; if a second began meanwhile, once more.
    assert.ok(limited.full >= 10 && limited.full <= 60, `${limited.full} answers`)
    assert.ok(limited.truncated > 30 && limited.truncated < QUESTIONS - limited.full, `${limited.truncated} truncated`)
    assert.deepEqual(await flood(port, '127.0.1.1', 'a.plain.test'), { full: QUESTIONS, truncated: 0 })
    assert.ok((await flood(port, '127.0.1.9', 'a.plain.test')).full <= 60)
    // The whitelist is of classes: what is not there is told without a limit, what is there is not.
    assert.deepEqual(await flood(port, '127.0.3.1', 'nx.white.test'), { full: QUESTIONS, truncated: 0 })
    assert.ok((await flood(port, '127.0.3.2', 'a.white.test')).full <= 60)
    assert.ok((await flood(port, '127.0.3.3', 'nx.plain.test')).full <= 60)
    for (let i = 0; i < 30; i++)
      assert.equal((await askTcp(question('a.plain.test'), server.port('tcp'))).answer.length, 1)
    const { queries } = await new ControlClient(controlPath(join(folder, 'state'))).statistics()
    assert.ok(queries.rateLimited.dropped > 0 && queries.rateLimited.slipped >= limited.truncated)
    // A reload lifts it.
    const { rateLimit: _, ...unlimited } = configuration.server
    writeFileSync(join(folder, 'signet.yaml'), JSON.stringify({ ...configuration, server: unlimited }))
    server.signal('SIGHUP')
    await server.until(() => server.log.includes('configuration read'), 'reloaded')
    assert.deepEqual(await flood(port, '127.0.2.1', 'a.plain.test'), { full: QUESTIONS, truncated: 0 })
  })
}
