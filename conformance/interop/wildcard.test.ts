/** A server on 0.0.0.0 and [::]: each answer comes from the address that was asked, also one that was handed over, by workers of both kinds. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder, RunningServer } from '../../src/cli/running-server.fixture.ts'
import { NetworkNamespace, namespaceLacking } from './network-namespace.fixture.ts'

const ZONE = '@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.1\na 60 A 192.0.2.2\n'
const PORT = 53
const ADDRESSES = ['192.0.2.1/32', '192.0.2.2/32', '2001:db8::1/128', '2001:db8::2/128']
const ASKED = ['127.0.0.1', '192.0.2.1', '192.0.2.2', '::1', '2001:db8::1', '2001:db8::2']
const ASKER = join(import.meta.dirname, 'ask-from-here.ts')

const skip = namespaceLacking()

for (const [way, koffi] of [
  ['batched', ''],
  ['plain', '1'],
] as const) {
  test(`on all addresses, ${way}`, { skip }, async (t) => {
    const namespace = new NetworkNamespace(ADDRESSES)
    const folder = makeFolder()
    writeFileSync(join(folder, 'zone'), ZONE)
    const configuration = {
      data: 'state',
      server: { listen: [`0.0.0.0:${PORT}`, `[::]:${PORT}`], threads: 2 },
      management: { listen: [] },
      zones: [
        { name: 'wild.test', type: 'primary', file: 'zone' },
        // Answered by the control thread.
        { name: 'some.test', type: 'primary', file: 'zone', allowQuery: ['0.0.0.0/1', '!192.0.2.9', 'any'] },
        {
          name: 'few.test',
          type: 'primary',
          file: 'zone',
          allowQuery: ['127.0.0.0/8', '192.0.2.0/24', '2001:db8::/32', '::1'],
        },
      ],
    }
    const server = await RunningServer.start(folder, configuration, {
      env: { SIGNET_NO_KOFFI: koffi },
      within: namespace.within,
    })

    const ask = (zone: string, addresses: readonly string[]): unknown =>
      JSON.parse(namespace.run([process.execPath, ASKER, `a.${zone}`, String(PORT), ...addresses]))
    const each = (addresses: readonly string[]) => Object.fromEntries(addresses.map((address) => [address, address]))

    await t.test('answers come from the address that was asked', () => {
      assert.deepEqual(ask('wild.test', ASKED), each(ASKED))
    })

    await t.test('answers of the control thread too', () => {
      assert.deepEqual(ask('few.test', ASKED), each(ASKED))
    })

    await t.test(
      'any address of 127.0.0.0/8, which no interface lists',
      {
        skip: way === 'plain' && 'only where sockets tell where packets came to',
      },
      () => {
        assert.deepEqual(ask('wild.test', ['127.0.0.2', '127.9.8.7']), each(['127.0.0.2', '127.9.8.7']))
      },
    )

    await t.test('an address that comes later', { skip: way === 'plain' && 'looked for once a minute' }, () => {
      namespace.addAddress('192.0.2.77/32')
      namespace.addAddress('2001:db8::77/128')
      assert.deepEqual(ask('wild.test', ['192.0.2.77', '2001:db8::77']), each(['192.0.2.77', '2001:db8::77']))
      assert.equal(server.log.includes('"level":"error"'), false)
    })
  })
}
