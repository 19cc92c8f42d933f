/** IXFR out of a journal that is too long to be read by the thread that answers. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { makeSecondaryQuery, TransferReader } from '../../transfer/index.ts'
import { bareSoa } from '../../transfer/transfer-query.ts'
import { NetworkExchange } from '../../transport/index.ts'
import { TestServer } from '../servers.fixture.ts'

const APEX = Name.parse('long.test.')
const HOSTS = 8000

function textOf(serial: number): string {
  const hosts = Array.from({ length: HOSTS }, (_, i) => `h${i} A 10.${serial}.${i >> 8}.${i & 255}`)
  return `$TTL 300\n@ SOA ns admin ${serial} 1 1 604800 300\n@ NS ns\nns A 127.0.0.1\n${hosts.join('\n')}\n`
}

async function transfer(server: TestServer, serial: number) {
  const reader = new TransferReader({ id: 9, zone: APEX, form: 'ixfr', serial })
  const query = makeSecondaryQuery(9, APEX, { form: 'ixfr', soa: bareSoa(serial) })
  const to = { address: Uint8Array.of(127, 0, 0, 1), port: server.port }
  for await (const message of new NetworkExchange({ timeoutSeconds: 10 }).stream(to, query)) {
    const step = reader.read(message)
    if (step.kind === 'done') return step.outcome
    assert.equal(step.kind, 'more')
  }
  return undefined
}

test('RFC1995 §4: all changes of a long journal are sent; others are answered meanwhile', async () => {
  const server = new TestServer()
  server.file('zone', textOf(1))
  const file = `${server.folder}/zone`
  await server.start({ zones: [{ name: 'long.test.', type: 'primary', file, allowTransfer: ['127.0.0.1'] }] })
  for (const serial of [2, 3]) {
    server.file('zone', textOf(serial))
    await server.server.reload()
  }
  assert.ok((server.server.state.journal.state(APEX)?.octets ?? 0) > 256 << 10)
  const [outcome, last] = await Promise.all([transfer(server, 1), transfer(server, 2), server.serial('long.test.')])
  assert.ok(outcome?.kind === 'incremental' && last?.kind === 'incremental')
  assert.deepEqual(
    outcome.changes.map(({ fromSerial, toSerial, added }) => [fromSerial, toSerial, added.count]),
    [
      [1, 2, HOSTS + 1],
      [2, 3, HOSTS + 1],
    ],
  )
  assert.deepEqual(
    last.changes.map(({ fromSerial, toSerial }) => [fromSerial, toSerial]),
    [[2, 3]],
  )
  assert.equal((await transfer(server, 3))?.kind, 'up-to-date')
  await server.end()
})
