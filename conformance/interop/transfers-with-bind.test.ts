/** BIND and ours as each other's secondary: AXFR, IXFR, TSIG, TLS, catalogue zones. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { TestAuthority } from '../../src/transport/certificates.fixture.ts'
import { testBothWays, testCatalogConsumer, testSecondaryOverTls } from './transfer-scenarios.fixture.ts'
import { KEY, lacking, preambleOf, signetText, TransferServer, zoneText } from './transfer-servers.fixture.ts'

const skip = lacking('named')

testBothWays({
  kind: 'named',
  primary: (server, port) =>
    `${preambleOf(server)}zone "example." { type primary; file "zone"; allow-transfer { key k1; }; also-notify { 127.0.0.1 port ${port} key k1; }; };`,
  secondary: (server, port) =>
    `${preambleOf(server)}zone "example." { type secondary; file "zone"; masterfile-format text; allow-transfer { key k1; };
  primaries { 127.0.0.1 port ${port} key k1; }; };`,
  sentIxfr: /'example\/IN': IXFR started/,
  tookIxfr: /Transfer completed: 1 messages, \d{2} records/,
})

test('RFC9103: BIND as a primary of ours over TLS; a certificate of another authority is not taken', {
  skip,
}, async () => {
  const authority = await TestAuthority.make()
  const stranger = await TestAuthority.make('Stranger')
  const pair = await authority.sign(['primary.example'])
  const primary = await TransferServer.prepare('named')
  const plain = await TransferServer.prepare('named')
  const ours = await TransferServer.prepare('signet')
  const key = primary.file('key.pem', pair.key, 0o600)
  const certificate = primary.file('certificate.pem', pair.certificate)
  primary.file('zone', zoneText(1))
  const tls = `tls server { key-file "${key}"; cert-file "${certificate}"; protocols { TLSv1.3; }; };\n`
  const listen = `listen-on port ${plain.port} tls server { 127.0.0.1; };`
  const zone = `zone "example." { type primary; file "zone"; allow-transfer transport tls { any; }; also-notify { 127.0.0.1 port ${ours.port}; }; };`
  await primary.start(`${tls}${preambleOf(primary, listen)}${zone}`)
  const remote = (pem: string, name = 'primary.example') => [
    {
      address: `127.0.0.1:${plain.port}`,
      tls: { serverName: name, authorities: ours.file(`${pem.length}-${name}.pem`, pem) },
    },
  ]
  const secondary = (primaries: object) => [
    { name: 'example.', type: 'secondary', primaries, allowNotify: ['127.0.0.1'] },
  ]
  for (const primaries of [remote(stranger.pem), remote(authority.pem, 'other.example')]) {
    await ours.start(signetText(ours, secondary(primaries)))
    await ours.untilLogged(/certificate/i)
    assert.equal(await ours.serial('example.'), undefined)
    await ours.stop()
  }
  await ours.start(signetText(ours, secondary(remote(authority.pem))))
  await ours.untilSerial('example.', 1)
  primary.file('zone', zoneText(2))
  primary.reload()
  await ours.untilSerial('example.', 2)
  await ours.untilLogged(/"kind":"ixfr","peer":"127.0.0.1:\d+ \(TLS\)","serial":2/)
})

testSecondaryOverTls('named', (server, port, authorities) => {
  const strict = `tls ours { ca-file "${authorities}"; remote-hostname "primary.example"; protocols { TLSv1.3; }; };\n`
  return `${strict}${preambleOf(server)}zone "example." { type secondary; file "zone"; masterfile-format text;
  primaries { 127.0.0.1 port ${port} key k1 tls ours; }; };`
})

testCatalogConsumer('named', (server, port) => {
  const primaries = `{ 127.0.0.1 port ${port} key k1; }`
  const catalogs = `catalog-zones { zone "catalog." default-primaries ${primaries} in-memory yes; };`
  return `${preambleOf(server, catalogs)}zone "catalog." { type secondary; file "catalog"; primaries ${primaries}; };`
})

test('RFC9432: ours serves what a catalogue on BIND lists', { skip }, async () => {
  const producer = await TransferServer.prepare('named')
  const ours = await TransferServer.prepare('signet')
  const catalog = (serial: number, members: readonly string[]): string =>
    `$TTL 0\n@ SOA invalid. invalid. ${serial} 3600 600 2147483646 0\n@ NS invalid.\nversion TXT "2"\n` +
    members.map((name) => `id-${name[0]}.zones PTR ${name}\n`).join('')
  producer.file('catalog', catalog(1, ['a.example.', 'b.example.']))
  producer.file('zone', zoneText(1).replace('$ORIGIN example.\n', ''))
  const grants = `allow-transfer { key k1; }; also-notify { 127.0.0.1 port ${ours.port} key k1; };`
  const zones = ['a', 'b', 'c'].map((name) => `zone "${name}.example." { type primary; file "zone"; ${grants} };`)
  await producer.start(
    `${preambleOf(producer)}zone "catalog." { type primary; file "catalog"; ${grants} };\n${zones.join('\n')}`,
  )
  const primaries = [`127.0.0.1:${producer.port} key:${KEY.name}`]
  await ours.start(signetText(ours, [{ name: 'catalog.', type: 'secondary', catalog: 'consumer', primaries }]))
  await ours.untilSerial('a.example.', 1)
  await ours.untilSerial('b.example.', 1)
  producer.file('catalog', catalog(2, ['b.example.', 'c.example.']))
  producer.reload()
  await ours.untilSerial('c.example.', 1)
  await ours.until(async () => (await ours.serial('a.example.')) === undefined, 'a.example. is gone')
  assert.equal(await ours.serial('b.example.'), 1)
})
