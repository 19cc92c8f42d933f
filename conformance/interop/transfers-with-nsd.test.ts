/** NSD and ours as each other's secondary: AXFR, IXFR, TSIG, TLS; a primary that sends a bad signature. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { testBothWays, testSecondaryOverTls } from './transfer-scenarios.fixture.ts'
import { lacking, preambleOf, signetText, signZone, TransferServer, zoneText } from './transfer-servers.fixture.ts'

const skip = lacking('nsd')

function primaryText(server: TransferServer, port: number): string {
  return `${preambleOf(server)}zone:\n  name: example.\n  zonefile: zone\n  provide-xfr: 127.0.0.1 k1
  notify: 127.0.0.1@${port} k1\n  store-ixfr: yes\n  create-ixfr: yes\n`
}

testBothWays({
  kind: 'nsd',
  primary: primaryText,
  // As of 4.6: of an NSEC3-signed file that was read again it keeps no difference that it would send.
  sendsWhole: ['nsec3'],
  secondary: (server, port) =>
    `${preambleOf(server)}zone:\n  name: example.\n  zonefile: zone\n  request-xfr: 127.0.0.1@${port} k1
  allow-notify: 127.0.0.1 k1\n  provide-xfr: 127.0.0.1 k1\n`,
})

testSecondaryOverTls(
  'nsd',
  (server, port, authorities) =>
    `${preambleOf(server, `  tls-cert-bundle: ${authorities}\n`)}tls-auth:\n  name: ours\n  auth-domain-name: primary.example
zone:\n  name: example.\n  zonefile: zone\n  request-xfr: 127.0.0.1@${port} k1 ours\n  allow-notify: 127.0.0.1 k1\n`,
)

for (const create of ['yes', 'no']) {
  const form = create === 'yes' ? 'IXFR' : 'AXFR'
  test(`a primary that sends one bad RRSIG by ${form}: the old serial stays, the log names the owner`, {
    skip,
  }, async () => {
    const primary = await TransferServer.prepare('nsd')
    const ours = await TransferServer.prepare('signet')
    primary.file('zone', signZone(primary.folder, zoneText(1), 'nsec3'))
    await primary.start(primaryText(primary, ours.port).replaceAll(/-ixfr: yes/g, `-ixfr: ${create}`))
    const zone = {
      name: 'example.',
      type: 'secondary',
      primaries: [`127.0.0.1:${primary.port} key:k1.`],
      verify: 'signatures',
    }
    await ours.start(signetText(ours, [zone]))
    await ours.untilSerial('example.', 1)
    const good = signZone(primary.folder, zoneText(2), 'nsec3')
    const bad = good.replace(/^(host7\.example\..*RRSIG\s+A .* )([A-Za-z0-9+/]{4})([A-Za-z0-9+/=]+)$/m, '$1AAAA$3')
    assert.notEqual(bad, good)
    primary.file('zone', bad)
    primary.reload()
    await primary.untilSerial('example.', 2)
    await ours.untilLogged(/does not verify: host7\.example\./)
    await ours.untilLogged(/"message":"version not taken; serial 1 stays"/)
    assert.match(ours.log, /"reason":"host7\.example\. A/)
    assert.equal(await ours.serial('example.'), 1)
    assert.deepEqual(await ours.lookUp('www.example.', 'A'), ['10.0.0.1'])
    primary.file('zone', signZone(primary.folder, zoneText(3), 'nsec3'))
    primary.reload()
    await ours.untilSerial('example.', 3)
  })
}
