/** Knot and ours as each other's secondary: AXFR, IXFR, TSIG, catalogue zones. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { testBothWays, testCatalogConsumer } from './transfer-scenarios.fixture.ts'
import { lacking, preambleOf, signetText, TransferServer, zoneText } from './transfer-servers.fixture.ts'

const skip = lacking('knotd')

/** What Knot may do with ours at this port, and ours with it. */
function relations(port: number): string {
  return `remote:\n  - id: ours\n    address: 127.0.0.1@${port}\n    key: k1
acl:\n  - id: transfers\n    key: k1\n    action: transfer\n  - id: notifies\n    key: k1\n    action: notify\n`
}

testBothWays({
  kind: 'knotd',
  primary: (server, port) =>
    `${preambleOf(server, relations(port))}zone:\n  - domain: example.\n    file: ${server.folder}/zone
    zonefile-load: difference\n    notify: ours\n    acl: transfers\n`,
  secondary: (server, port) =>
    `${preambleOf(server, relations(port))}zone:\n  - domain: example.\n    file: ${server.folder}/zone
    master: ours\n    acl: [transfers, notifies]\n`,
  sentIxfr: /IXFR, outgoing.*finished/,
  tookIxfr: /IXFR, incoming.*finished/,
})

const member = zoneText(1).replace('$ORIGIN example.\n', '')

testCatalogConsumer(
  'knotd',
  (server, port) =>
    `${preambleOf(server, relations(port))}template:\n  - id: member\n    master: ours\n    acl: notifies
zone:\n  - domain: catalog.\n    master: ours\n    acl: notifies\n    catalog-role: interpret\n    catalog-template: member\n`,
)

test('RFC9432: ours serves what a catalogue on Knot lists, with a template for a group', { skip }, async () => {
  const producer = await TransferServer.prepare('knotd')
  const ours = await TransferServer.prepare('signet')
  producer.file('zone', member)
  const text = (members: readonly string[]): string =>
    `${preambleOf(producer, relations(ours.port))}zone:\n  - domain: catalog.\n    catalog-role: generate\n    notify: ours
    acl: transfers\n${members
      .map(
        (name) =>
          `  - domain: ${name}\n    file: ${producer.folder}/zone\n    acl: transfers\n    notify: ours
    catalog-role: member\n    catalog-zone: catalog.\n    catalog-group: open\n`,
      )
      .join('')}`
  await producer.start(text(['a.example.', 'b.example.']))
  const primaries = [`127.0.0.1:${producer.port} key:k1.`]
  const groupTemplates = [{ group: 'open', template: 'open' }]
  const catalog = { name: 'catalog.', type: 'secondary', catalog: 'consumer', primaries, groupTemplates }
  await ours.start(signetText(ours, [catalog], { templates: [{ name: 'open', allowQuery: ['127.0.0.0/8'] }] }))
  await ours.untilSerial('a.example.', 1)
  await ours.untilSerial('b.example.', 1)
  producer.file('configuration', text(['b.example.', 'c.example.']))
  producer.reload()
  await ours.untilSerial('c.example.', 1)
  await ours.until(async () => (await ours.serial('a.example.')) === undefined, 'a.example. is gone')
  assert.equal(await ours.serial('b.example.'), 1)
})
