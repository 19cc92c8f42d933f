/**
 * Response rate limiting beside NSD at the same setting: the same questions at the same pace, second by second. What NSD answers
 * is held against the class, told of as many questions in the same seconds, and so is what our server answers.
 */
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AnswerClass, RATE_LIMIT_DEFAULTS, RateLimit, SEND, SLIP } from '../../src/authority/rate-limit.ts'
import { Workplace } from '../../src/cli/signet.fixture.ts'
import { query } from '../answers/query.fixture.ts'
import { Serving, serverLacking } from '../answers/serving.fixture.ts'

const PER_SECOND = 20
const SLIP_RATIO = 2
const ZONE = `$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 192.0.2.1
a A 192.0.2.2
b A 192.0.2.3
*.w A 192.0.2.4
*.v A 192.0.2.5
d1 NS ns.d1
ns.d1 A 192.0.2.6
d2 NS ns.d2
ns.d2 A 192.0.2.7
`

type Question = { readonly name: string; readonly type: string }
/** What became of the questions of one second. */
type Second = { readonly second: number; asked: number; sent: number; slipped: number }

/** Asks from an address of its own and knows which answer belongs to which question: their order is in the ID. */
class Client {
  readonly #socket: Socket
  readonly #address: string
  readonly #port: number
  #next = 0
  readonly answers = new Map<number, 'sent' | 'slipped'>()

  constructor(address: string, port: number) {
    this.#address = address
    this.#port = port
    this.#socket = createSocket('udp4')
    this.#socket.on('message', (answer) => {
      this.answers.set(answer.readUInt16BE(0), ((answer[2] ?? 0) & 2) === 0 ? 'sent' : 'slipped')
    })
  }

  open(): Promise<void> {
    return new Promise((resolve) => this.#socket.bind(0, this.#address, resolve))
  }

  ask({ name, type }: Question): number {
    const message = query({ name, type })
    const id = this.#next++
    message[0] = id >>> 8
    message[1] = id & 0xff
    this.#socket.send(message, this.#port, '127.0.0.1')
    return id
  }

  async close(): Promise<void> {
    await sleep(150)
    this.#socket.close()
  }
}

/** Just after the clock has begun a second. */
async function secondBegins(): Promise<number> {
  await sleep(1000 - (Date.now() % 1000) + 5)
  return Math.floor(Date.now() / 1000)
}

/** `rate` questions a second, evenly; which second each was asked in, and what came back. */
async function ask(port: number, address: string, rate: number, seconds: number): Promise<Second[]> {
  const client = new Client(address, port)
  await client.open()
  await secondBegins()
  const start = Date.now()
  const when = new Map<number, number>()
  const total = rate * seconds
  while (when.size < total) {
    const due = Math.min(total, Math.floor(((Date.now() - start) * rate) / 1000) + 1)
    while (when.size < due) when.set(client.ask({ name: 'a.rate.test.', type: 'A' }), Math.floor(Date.now() / 1000))
    await sleep(2)
  }
  await client.close()
  const results = new Map<number, Second>()
  for (const [id, second] of when) {
    const row = results.get(second) ?? { second, asked: 0, sent: 0, slipped: 0 }
    results.set(second, row)
    row.asked++
    const answer = client.answers.get(id)
    if (answer !== undefined) row[answer]++
  }
  return [...results.values()]
}

/** What the class makes of as many questions in the same seconds. */
function judge(load: readonly Second[]): Second[] {
  const options = { ...RATE_LIMIT_DEFAULTS, size: 10_000, perSecond: PER_SECOND, slip: SLIP_RATIO }
  const limit = new RateLimit(RateLimit.share(options, crypto.getRandomValues(new Uint8Array(16))))
  const client = Uint8Array.of(127, 0, 0, 1)
  return load.map(({ second, asked }) => {
    const row = { second, asked, sent: 0, slipped: 0 }
    for (let i = 0; i < asked; i++) {
      const verdict = limit.judge(client, 0, 4, AnswerClass.positive, 0, 1, second)
      if (verdict === SEND) row.sent++
      else if (verdict === SLIP) row.slipped++
    }
    return row
  })
}

const total = (seconds: readonly Second[], key: 'asked' | 'sent' | 'slipped'): number =>
  seconds.reduce((sum, row) => sum + row[key], 0)

/** Two loads of the same rate against each other: what was sent in full exactly or nearly so, what slipped as chance has it. */
function assertAlike(mine: readonly Second[], theirs: readonly Second[], tolerance: number): void {
  for (const [i, row] of theirs.entries()) {
    const sent = mine[i]?.sent ?? 0
    assert.ok(
      Math.abs(sent - row.sent) <= tolerance,
      `second ${i}: ${sent} sent by the class, ${row.sent} by the server of ${row.asked}`,
    )
  }
  const limited = total(theirs, 'asked') - total(theirs, 'sent')
  // Five standard deviations of the difference of two throws of a coin.
  const chance = 5 * Math.sqrt(limited / 2)
  const [slipped, theirSlipped] = [total(mine, 'slipped'), total(theirs, 'slipped')]
  assert.ok(
    Math.abs(slipped - theirSlipped) <= chance + tolerance,
    `${slipped} slipped with the class, ${theirSlipped} with the server`,
  )
}

const skip = serverLacking('nsd') || serverLacking('signet')

describe('rate limiting as NSD does it', { skip }, () => {
  const place = new Workplace()
  let nsd: Serving
  let signet: Serving

  before(async () => {
    const file = join(place.folder, 'zone')
    writeFileSync(file, ZONE)
    const settings = [`rrl-ratelimit: ${PER_SECOND}`, `rrl-slip: ${SLIP_RATIO}`, 'rrl-size: 10000']
    const zones = [{ name: 'rate.test.', file }]
    nsd = await Serving.start(zones, 'nsd', { nsd: settings })
    const rateLimit = { responsesPerSecond: PER_SECOND, slip: SLIP_RATIO, tableSize: 10_000 }
    signet = await Serving.start(zones, 'signet', { signet: { rateLimit, threads: 2 } })
  })
  after(async () => {
    await nsd?.stop()
    await signet?.stop()
  })

  for (const [i, rate] of [15, 20, 25, 40, 100, 500].entries()) {
    test(`${rate} questions a second, ${PER_SECOND} allowed`, async () => {
      const [theirs, ours] = await Promise.all([nsd, signet].map(({ port }) => ask(port, `127.9.${i}.1`, rate, 4)))
      assert.ok(theirs !== undefined && ours !== undefined)
      // A question at the very end of a second may have been counted in the next.
      assertAlike(judge(theirs), theirs, 2)
      assertAlike(judge(ours), ours, 2)
    })
  }

  /** Pairs of questions, and whether NSD counts them together: what `AnswerClass` says of each class. */
  const PAIRS: readonly (readonly [Question, Question, boolean])[] = [
    [{ name: 'a.rate.test.', type: 'A' }, { name: 'b.rate.test.', type: 'A' }, false],
    [{ name: 'x.rate.test.', type: 'A' }, { name: 'y.rate.test.', type: 'A' }, true],
    [{ name: 'a.rate.test.', type: 'TXT' }, { name: 'b.rate.test.', type: 'TXT' }, true],
    [{ name: 'x.rate.test.', type: 'A' }, { name: 'a.rate.test.', type: 'TXT' }, false],
    [{ name: 'x.d1.rate.test.', type: 'A' }, { name: 'y.d1.rate.test.', type: 'A' }, true],
    [{ name: 'x.d1.rate.test.', type: 'A' }, { name: 'x.d2.rate.test.', type: 'A' }, false],
    [{ name: 'x.w.rate.test.', type: 'A' }, { name: 'y.w.rate.test.', type: 'A' }, true],
    [{ name: 'x.w.rate.test.', type: 'A' }, { name: 'x.v.rate.test.', type: 'A' }, false],
    [{ name: 'x.w.rate.test.', type: 'TXT' }, { name: 'x.w.rate.test.', type: 'A' }, true],
    [{ name: 'a.rate.test.', type: 'ANY' }, { name: 'a.rate.test.', type: 'A' }, false],
    [{ name: 'other.test.', type: 'A' }, { name: 'another.test.', type: 'A' }, true],
  ]

  for (const who of ['nsd', 'signet'] as const) {
    test(`which answers are counted together: ${who}`, async () => {
      const { port } = who === 'nsd' ? nsd : signet
      const clients = PAIRS.map((_, i) => new Client(`127.8.${i}.1`, port))
      await Promise.all(clients.map((client) => client.open()))
      await secondBegins()
      for (let n = 0; n < 30; n++) {
        for (const [i, [first, second]] of PAIRS.entries()) {
          clients[i]?.ask(first)
          clients[i]?.ask(second)
        }
        if (n % 5 === 4) await sleep(5)
      }
      await Promise.all(clients.map((client) => client.close()))
      const full = clients.map((client) => [...client.answers.values()].filter((answer) => answer === 'sent').length)
      assert.deepEqual(
        full.map((sent) => sent < 60),
        PAIRS.map(([, , together]) => together),
        `answers in full: ${full.join(', ')}`,
      )
    })
  }
})
