/** What every peer is put through, as a primary of ours and as a secondary of ours. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import test from 'node:test'
import { TestAuthority } from '../../src/transport/certificates.fixture.ts'
import { lacking, signetText, signZone, TransferServer, zoneText } from './transfer-servers.fixture.ts'

export type PeerSide = {
  readonly kind: 'named' | 'knotd' | 'nsd'
  /** A primary of `example.` from the file `zone` in its folder, which may be transferred, and is told, with the key k1. */
  primary(server: TransferServer, secondaryPort: number): string
  secondary(server: TransferServer, primaryPort: number): string
  /** Zones that it answers IXFR for with the whole zone. */
  readonly sendsWhole?: readonly Denial[]
  /** What its log says when it sent, and when it took, a difference; absent where it says nothing. */
  readonly sentIxfr?: RegExp
  readonly tookIxfr?: RegExp
}

type Denial = 'unsigned' | 'nsec' | 'nsec3'

/** The zone in a version, signed or not. Some records go and some come with each. */
function versionOf(folder: string, serial: number, denial: Denial): string {
  const text = zoneText(serial, `new${serial} TXT "of ${serial}"\n*.wild${serial % 2} MX 10 www\n`)
  return denial === 'unsigned' ? text : signZone(folder, text, denial)
}

/** All records of the zone as the server gives them out, sorted, in lower case. */
function recordsOf(port: number): string[] {
  const key = `hmac-sha256:k1:${Buffer.alloc(32, 7).toString('base64')}`
  const args = [
    '@127.0.0.1',
    '-p',
    String(port),
    '-y',
    key,
    'example.',
    'AXFR',
    '+noall',
    '+answer',
    '+onesoa',
    '+nocmd',
  ]
  const { stdout } = spawnSync('dig', args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'))
  return lines.map((line) => line.toLowerCase().replaceAll(/\s+/g, ' ')).sort()
}

function ourLog(server: TransferServer, message: string): Record<string, unknown>[] {
  return server.log.split('\n').flatMap((line) => {
    if (!line.startsWith('{') || !line.includes(`"message":"${message}"`)) return []
    const parsed: unknown = JSON.parse(line)
    return typeof parsed === 'object' && parsed !== null ? [{ ...parsed }] : []
  })
}

export function testBothWays(peer: PeerSide): void {
  const skip = lacking(peer.kind)
  for (const denial of ['unsigned', 'nsec', 'nsec3'] as const) {
    const verify = denial === 'unsigned' ? 'no' : 'signatures'
    test(`RFC5936, RFC1995, RFC8945: ${peer.kind} as a primary of ours, ${denial}, verify: ${verify}`, {
      skip,
    }, async () => {
      const primary = await TransferServer.prepare(peer.kind)
      const ours = await TransferServer.prepare('signet')
      primary.file('zone', versionOf(primary.folder, 1, denial))
      await primary.start(peer.primary(primary, ours.port))
      await primary.untilSerial('example.', 1)
      const primaries = [`127.0.0.1:${primary.port} key:k1.`]
      const zone = { name: 'example.', type: 'secondary', primaries, verify, allowTransfer: ['key:k1.'] }
      await ours.start(signetText(ours, [zone]))
      await ours.untilSerial('example.', 1)
      assert.deepEqual(recordsOf(ours.port), recordsOf(primary.port))
      for (const serial of [2, 3]) {
        primary.file('zone', versionOf(primary.folder, serial, denial))
        primary.reload()
        await primary.untilSerial('example.', serial)
        await ours.untilSerial('example.', serial)
        assert.deepEqual(recordsOf(ours.port), recordsOf(primary.port))
      }
      const kinds = ourLog(ours, 'zone transferred').map(({ kind, serial }) => `${kind} ${serial}`)
      const form = peer.sendsWhole?.includes(denial) ? 'axfr' : 'ixfr'
      assert.deepEqual(kinds, ['axfr 1', `${form} 2`, `${form} 3`], ours.log.slice(-3000))
      assert.doesNotMatch(ours.log, /"reason":"broken"/)
      assert.ok(ourLog(ours, 'NOTIFY').length >= 2, 'NOTIFY came')
      if (peer.sentIxfr !== undefined) await primary.untilLogged(peer.sentIxfr)
      await ours.stop()
      await primary.stop()
    })

    test(`RFC5936, RFC1995, RFC8945: ${peer.kind} as a secondary of ours, ${denial}`, { skip }, async () => {
      const secondary = await TransferServer.prepare(peer.kind)
      const ours = await TransferServer.prepare('signet')
      const file = ours.file('zone', versionOf(ours.folder, 1, denial))
      const notify = [`127.0.0.1:${secondary.port} key:k1.`]
      const zone = { name: 'example.', type: 'primary', file, allowTransfer: ['key:k1.'], notify }
      await ours.start(signetText(ours, [zone]))
      await ours.untilSerial('example.', 1)
      await secondary.start(peer.secondary(secondary, ours.port))
      await secondary.untilSerial('example.', 1)
      assert.deepEqual(recordsOf(secondary.port), recordsOf(ours.port))
      for (const serial of [2, 3]) {
        ours.file('zone', versionOf(ours.folder, serial, denial))
        ours.reload()
        await ours.untilSerial('example.', serial)
        await secondary.untilSerial('example.', serial)
        assert.deepEqual(recordsOf(secondary.port), recordsOf(ours.port))
      }
      const kinds = ourLog(ours, 'transfer sent')
        .filter(({ messages, octets }) => Number(messages) > 0 && Number(octets) > 300)
        .map(({ kind }) => kind)
      assert.ok(kinds.filter((kind) => kind === 'ixfr').length >= 2, `two differences were sent: ${kinds}`)
      if (peer.tookIxfr !== undefined) await secondary.untilLogged(peer.tookIxfr)
      await ours.stop()
      await secondary.stop()
    })
  }
}

const MEMBER = zoneText(1).replace('$ORIGIN example.\n', '')

/** A peer follows a catalogue of ours: members come and go. `text`: its configuration, with ours at a port as primary. */
export function testCatalogConsumer(
  kind: PeerSide['kind'],
  text: (server: TransferServer, primaryPort: number) => string,
): void {
  test(`RFC9432: ${kind} serves what our catalogue lists`, { skip: lacking(kind) }, async () => {
    const ours = await TransferServer.prepare('signet')
    const consumer = await TransferServer.prepare(kind)
    const file = ours.file('zone', MEMBER)
    const zones = (members: readonly string[]): object[] => [
      {
        name: 'catalog.',
        type: 'primary',
        catalog: 'producer',
        allowTransfer: ['key:k1.'],
        notify: [`127.0.0.1:${consumer.port} key:k1.`],
      },
      ...members.map((name) => ({ name, type: 'primary', file, allowTransfer: ['key:k1.'], memberOf: 'catalog.' })),
    ]
    await ours.start(signetText(ours, zones(['a.example.', 'b.example.'])))
    await consumer.start(text(consumer, ours.port))
    await consumer.untilSerial('a.example.', 1)
    await consumer.untilSerial('b.example.', 1)
    ours.file('configuration', signetText(ours, zones(['b.example.', 'c.example.'])))
    ours.reload()
    await consumer.untilSerial('c.example.', 1)
    await consumer.until(async () => (await consumer.serial('a.example.')) === undefined, 'a.example. is gone')
    assert.equal(await consumer.serial('b.example.'), 1)
  })
}

/**
 * A peer takes the zone from ours over TLS, and checks the certificate. `text`: its configuration, with the port of ours and the
 * file of the authority; the certificate shows primary.example.
 */
export function testSecondaryOverTls(
  kind: PeerSide['kind'],
  text: (server: TransferServer, tlsPort: number, authorities: string) => string,
): void {
  test(`RFC9103: ${kind} as a secondary of ours over TLS`, { skip: lacking(kind) }, async () => {
    const authority = await TestAuthority.make()
    const pair = await authority.sign(['primary.example', '127.0.0.1'])
    const ours = await TransferServer.prepare('signet')
    const place = await TransferServer.prepare('signet')
    const secondary = await TransferServer.prepare(kind)
    const file = ours.file('zone', zoneText(1))
    const certificate = ours.file('certificate.pem', pair.certificate)
    const key = ours.file('key.pem', pair.key, 0o600)
    const notify = [`127.0.0.1:${secondary.port} key:k1.`]
    const zone = { name: 'example.', type: 'primary', file, allowTransfer: ['key:k1.'], notify }
    const tls = { listen: [`127.0.0.1:${place.port}`], certificate, key }
    await ours.start(signetText(ours, [zone], { tls }))
    await secondary.start(text(secondary, place.port, secondary.file('authority.pem', authority.pem)))
    await secondary.untilSerial('example.', 1)
    ours.file('zone', zoneText(2))
    ours.reload()
    await secondary.untilSerial('example.', 2)
    assert.match(ours.log, /"kind":"ixfr","peer":"127.0.0.1","transport":"tls".*"transfer sent"/)
  })
}
