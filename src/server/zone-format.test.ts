/** `format` of a primary zone: how its file means records without a TTL. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { TestServer } from './servers.fixture.ts'

const TEXT = '@ SOA ns admin 1 2 3 4 3600\n@ NS ns\nns 60 A 192.0.2.1\nwww A 192.0.2.2\n'

async function ttlOf(server: TestServer): Promise<number | undefined> {
  return (await server.ask('www.corp.example.', 'A')).answer[0]?.ttl
}

test('format: windows gives records without a TTL the default of the zone, and a reload takes up another format', async () => {
  const server = new TestServer()
  const zone = { name: 'corp.example.', type: 'primary', file: server.file('corp.dns', TEXT) }
  await server.start({ zones: [{ ...zone, format: 'windows' }] })
  assert.equal(await ttlOf(server), 3600)
  assert.ok(
    server.lines.some((line) => /^info the file is read as an export of Windows DNS: 1 record .*corp\.dns/.test(line)),
  )
  server.write({ zones: [zone] })
  await server.server.reload()
  assert.equal(await ttlOf(server), 60)
})

test('a zone with a name beyond ASCII is served by its A-label, and both are logged', async () => {
  const server = new TestServer()
  await server.start({ zones: [{ name: 'bücher.example', type: 'primary', file: server.file('b.zone', TEXT) }] })
  assert.deepEqual(await server.lookUp('ns.xn--bcher-kva.example.', 'A'), ['192.0.2.1'])
  assert.ok(
    server.lines.some((line) => line.startsWith('info zones[0].name: xn--bcher-kva.example. (bücher.example.)')),
  )
})

test('an export of Windows is known by its marks, unless format: rfc1035', async () => {
  const server = new TestServer()
  const zone = { name: 'corp.example.', type: 'primary' }
  const file = server.file('corp.dns', TEXT.replace('3600\n', '3600 ; default TTL\n'))
  await server.start({ zones: [{ ...zone, file }] })
  assert.equal(await ttlOf(server), 3600)
  server.write({ zones: [{ ...zone, file, format: 'rfc1035' }] })
  await server.server.reload()
  assert.equal(await ttlOf(server), 60)
})
