import assert from 'node:assert/strict'
import test from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { OddPrimary, soaLine } from './odd-primary.fixture.ts'
import { TestServer, until } from './servers.fixture.ts'
import { defaultTransferMemory, TransferMemory } from './transfer-memory.ts'

const GIB = 2 ** 30

test('the accounts of all transfers stay within the bound together; what one had is free once it is closed', () => {
  let limit = 100
  const memory = new TransferMemory(() => limit)
  const [first, second] = [memory.open(), memory.open()]
  first.take(60)
  second.take(40)
  const isRefused = (error: unknown): boolean => error instanceof DnsError && error.code === 'limit-exceeded'
  assert.throws(() => first.take(1), /take 101 octets of memory, and transfers\.maxMemory is 100/)
  assert.equal(memory.used, 100, 'what was refused is not taken')
  second.give(10)
  first.take(10)
  assert.throws(() => second.take(1), isRefused)
  first.close()
  assert.equal(memory.used, 30)
  first.close()
  assert.equal(memory.used, 30, 'twice is as good as once')
  limit = 20
  assert.throws(() => second.take(1), isRefused)
  second.close()
  assert.equal(memory.used, 0)
})

test('without a setting a quarter of the memory may be taken, of the container if that has less, 2 GiB at the most', () => {
  assert.equal(defaultTransferMemory(4 * GIB, 0), GIB)
  assert.equal(defaultTransferMemory(4 * GIB, 2 * GIB), GIB / 2)
  assert.equal(defaultTransferMemory(4 * GIB, 2 ** 64), GIB)
  assert.equal(defaultTransferMemory(64 * GIB, 0), 2 * GIB)
})

test('transfers at one time that need more than maxMemory: some fail, none of the others is harmed, and all are served in the end', async () => {
  const text = Array.from({ length: 6000 }, (_, i) => `n${i} TXT "${'x'.repeat(240)}"\n`)
  const messages = Array.from({ length: 40 }, (_, i) => text.slice(150 * i, 150 * i + 150).join(''))
  const primary = await OddPrimary.start(({ type }) =>
    type === 'SOA' ? [soaLine(1)] : [`${soaLine(1)}@ NS ns\nns A 127.0.0.1\n`, ...messages, soaLine(1)],
  )
  const primaries = [`127.0.0.1:${primary.port}`]
  const zones = Array.from({ length: 6 }, (_, i) => ({ name: `z${i}.example.`, type: 'secondary', primaries }))
  const limit = 8 * 2 ** 20
  const secondary = await TestServer.start({ zones, transfers: { maxMemory: limit, maxInPerPrimary: 6 } })
  const { transferMemory } = secondary.server
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, transferMemory.used)
  }, 1)
  try {
    for (const { name } of zones) await until(async () => (await secondary.serial(name)) === 1, name, 60)
  } finally {
    clearInterval(watch)
  }
  assert.ok(most > limit / 4 && most <= limit, `${most} octets`)
  await until(() => transferMemory.used === 0, 'the memory to be given back')
  const failed = secondary.server.transfers.transfers.find((row) => row.direction === 'in' && row.outcome === 'failed')
  assert.ok((failed?.count ?? 0) > 0, 'they did not all fit')
  assert.ok(secondary.lines.some((line) => /all transfers together would take \d+ octets of memory/.test(line)))
})
