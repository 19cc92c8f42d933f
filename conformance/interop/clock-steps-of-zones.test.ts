/**
 * Primaries and secondaries whose wall clock is set by 30 days and back, and by an hour: every timer is due within its interval by
 * true time, and nothing is served past its expiry by true time, in a running server and in one that is started again.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { askTcp, askUdp, question } from '../../src/cli/running-server.fixture.ts'
import { rdataText } from '../../src/dns/rr/index.ts'
import { FakedServer, fakedClock } from './faked-clock.fixture.ts'

const STEPS = ['+30d', '+0', '-1h', '+0']
const REFRESH = 2
const EXPIRE = 20
/** Longer than the slack: a zone whose time begins again with its start would be served for too long. */
const REST_SECONDS = 8
/** For the server to notice and for a busy machine. */
const SLACK = 5
const SHORT = `${REFRESH} 1 ${EXPIRE} 300`
const RARE_RETRY = `${REFRESH} 3600 604800 300`
const LONG = '86400 86400 604800 300'
const SERVFAIL = 2
const KEY = { name: 'k1.', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7).toString('base64') }
const HOST = '127.0.0.1'

const now = (): number => performance.now() / 1000

/** The serial that a server serves, or the RCODE of its refusal. */
async function soaOf(faked: FakedServer): Promise<{ serial?: number; rcode: number }> {
  const { header, answer } = (await askUdp(question('example.', 'SOA'), faked.server.port('udp'))).message
  const [soa] = answer
  const serial = soa === undefined ? undefined : Number(rdataText(soa.type, soa.rdata).split(' ')[2])
  return { rcode: header.rcode, ...(serial !== undefined && { serial }) }
}

async function until(condition: () => Promise<boolean>, what: string, seconds: number): Promise<void> {
  const end = now() + seconds
  while (!(await condition())) {
    if (now() > end) throw new Error(`not in ${seconds} s: ${what}`)
    await sleep(100)
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, HOST)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

class Primary extends FakedServer {
  readonly #timers: string

  constructor(
    timers: string,
    zone: Readonly<Record<string, unknown>> = {},
    more: Readonly<Record<string, unknown>> = {},
  ) {
    const base = { name: 'example.', type: 'primary', file: 'zone', allowTransfer: [HOST], notify: [] }
    super({ tsigKeys: [KEY], zones: [{ ...base, ...zone }], ...more })
    this.#timers = timers
    this.write(1)
  }

  write(serial: number): void {
    const text = `$TTL 300\n@ SOA ns h ${serial} ${this.#timers}\n@ NS ns\nns A 127.0.0.1\n`
    writeFileSync(join(this.folder, 'zone'), text)
  }

  raise(serial: number): void {
    this.write(serial)
    this.server.signal('SIGHUP')
  }
}

/** A secondary of a primary that runs. */
function secondaryOf(primary: FakedServer, key = ''): FakedServer {
  const primaries = [`${HOST}:${primary.server.port('udp')}${key}`]
  return new FakedServer({ tsigKeys: [KEY], zones: [{ name: 'example.', type: 'secondary', primaries }] })
}

async function startPair(
  setBy: string,
  timers: string,
  key = '',
): Promise<{ primary: Primary; secondary: FakedServer }> {
  const primary = new Primary(timers, key === '' ? {} : { allowTransfer: [key.trim()] })
  await primary.start('+0')
  const secondary = secondaryOf(primary, key)
  await secondary.start(setBy)
  await until(async () => (await soaOf(secondary)).serial === 1, 'the first transfer', 20)
  return { primary, secondary }
}

/** Waits for the end of the zone, which was last confirmed no later than `lastGood`. */
async function expires(secondary: FakedServer, lastGood: number): Promise<void> {
  assert.equal((await soaOf(secondary)).rcode, 0, 'it is served')
  await until(async () => (await soaOf(secondary)).rcode === SERVFAIL, 'the end of the zone', EXPIRE + SLACK)
  const served = now() - lastGood
  assert.ok(served < EXPIRE + SLACK, `served for ${served} s`)
}

describe('zones under a wall clock that is set', {
  concurrency: 3,
  skip: fakedClock === undefined ? 'libfaketime not installed' : false,
}, () => {
  it('RFC1034 §4.3.5: a secondary refreshes and expires by true time', async () => {
    const { primary, secondary } = await startPair('+0', SHORT)
    for (const [i, step] of STEPS.entries()) {
      await secondary.set(step)
      primary.raise(i + 2)
      await until(async () => (await soaOf(secondary)).serial === i + 2, `a refresh at ${step}`, REFRESH + SLACK)
    }
    await secondary.set('+30d')
    await primary.stop()
    const lastGood = now()
    await secondary.set('+0')
    await expires(secondary, lastGood)
  })

  for (const [before, after] of [
    ['+30d', '+0'],
    ['+0', '+30d'],
    ['+0', '-1h'],
  ] as const) {
    it(`a secondary that is stopped at ${before} and started at ${after} serves the zone until it expires by true time`, async () => {
      const { primary, secondary } = await startPair(before, SHORT)
      await primary.stop()
      const lastGood = now()
      await secondary.stop()
      await sleep(REST_SECONDS * 1000)
      await secondary.start(after)
      await expires(secondary, lastGood)
    })
  }

  it('RFC8945 §5.2.3: a secondary whose TSIG failed by its clock has the zone soon after its correction', async () => {
    const { primary, secondary } = await startPair('+0', RARE_RETRY, ' key:k1.')
    await secondary.set('+1h')
    primary.raise(2)
    await until(async () => /no primary helped/.test(secondary.server.log), 'the refusal', REFRESH + SLACK)
    assert.equal((await soaOf(secondary)).serial, 1)
    await secondary.set('+0')
    await until(async () => (await soaOf(secondary)).serial === 2, 'the new version', SLACK)
  })

  it('RFC1996 §3.6: a primary whose clock is set tells its secondaries as soon as ever, and transfers', async () => {
    const port = await freePort()
    const secondary = new FakedServer({
      zones: [{ name: 'example.', type: 'secondary', primaries: [`${HOST}:${port}`] }],
    })
    await secondary.start('+0')
    const server = { listen: [`${HOST}:${port}`], threads: 1 }
    const primary = new Primary(LONG, { notify: [`${HOST}:${secondary.server.port('udp')}`] }, { server })
    await primary.start('+0')
    await until(async () => (await soaOf(secondary)).serial === 1, 'the first transfer', 20)
    for (const [i, step] of STEPS.entries()) {
      await primary.set(step)
      primary.raise(i + 2)
      await until(async () => (await soaOf(secondary)).serial === i + 2, `a NOTIFY at ${step}`, SLACK)
    }
  })

  it('what dnstap tells of queries has the time of the clock as it is set, whichever thread answered', async (test) => {
    if (spawnSync('dnstap-read', ['-h']).error !== undefined) return test.skip('dnstap-read not installed')
    const server = new Primary(LONG, {}, { dnstap: { file: 'tap' } })
    await server.start('+0')
    for (const step of STEPS) {
      await server.set(step)
      await askUdp(question('example.', 'SOA'), server.server.port('udp'))
      await askTcp(question('example.', 'SOA'), server.server.port('tcp'))
    }
    await server.stop()
    const { stdout } = spawnSync('dnstap-read', [join(server.folder, 'tap')], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    })
    const ahead = stdout
      .trimEnd()
      .split('\n')
      .map((line) => Math.round((Date.parse(`${line.slice(0, 20)} UTC`) - Date.now()) / 600_000) * 10)
    // Query and response, over UDP and TCP.
    const minutes = [30 * 1440, 0, -60, 0].flatMap((each) => [each, each, each, each])
    assert.equal(ahead.join(' '), minutes.join(' '))
  })
})
