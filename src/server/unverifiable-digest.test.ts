/** RFC 8976 §4 on the wire and from files: zones whose ZONEMD records are all of unsupported schemes or hash algorithms. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { PLAIN, ZoneLines } from '../zone/verify/zone-lines.fixture.ts'
import { TestServer, until } from './servers.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-digest-'))
const DAY = 86_400
const NOW = Math.floor(Date.now() / 1000)
const TIMES = { inception: NOW - DAY, expiration: NOW + 30 * DAY }
const ROOT = '. 3600 SOA ns. host. 1 7200 3600 1209600 3600\n. 3600 NS ns.\nns. 3600 A 127.0.0.1\n'

/** The zone as a file, with a ZONEMD record of a hash algorithm for private use, signed as all else. */
function fileOf(apex: string, change: (zone: ZoneLines) => ZoneLines = (zone) => zone): string {
  const zone = Name.parse(apex)
  const lines = ZoneLines.signed({ zonemd: [1], zone, ...TIMES }, zone.isRoot ? ROOT : PLAIN)
    .edit(apex, 'ZONEMD', (line) => line.replace('ZONEMD 1 1 1 ', 'ZONEMD 1 1 241 '))
    .sign(apex, 'ZONEMD', TIMES)
  const file = join(folder, `${files++}.zone`)
  writeFileSync(file, change(lines).text)
  return file
}

let files = 0

async function transferred(verify: string, file: string): Promise<TestServer> {
  const zones = [{ name: 'example.', type: 'primary', file, allowTransfer: ['127.0.0.1'] }]
  const primary = await TestServer.start({ zones })
  const secondary = await TestServer.start({
    zones: [{ name: 'example.', type: 'secondary', primaries: [`127.0.0.1:${primary.port}`], verify }],
  })
  await until(() => secondary.status('example.')?.lastTransfer !== undefined, 'a transfer')
  return secondary
}

const tamper = (zone: ZoneLines): ZoneLines => zone.edit('a.example.', 'TXT', (line) => line.replace('"a"', '"forged"'))
/** Somebody on the way writes that the digest is of another kind. */
const relabel = (zone: ZoneLines): ZoneLines =>
  zone.edit('example.', 'ZONEMD', (line) => line.replace('ZONEMD 1 1 241 ', 'ZONEMD 1 1 242 '))

describe('RFC8976 §4: a secondary', () => {
  for (const [verify, change] of [
    ['signatures', tamper],
    ['zonemd', relabel],
  ] as const) {
    test(`verify: ${verify} takes a zone whose digest is not supported, when its signatures verify`, async () => {
      const secondary = await transferred(verify, fileOf('example.'))
      await until(async () => (await secondary.serial('example.')) === 1, 'the zone')
      assert.equal(secondary.status('example.')?.reason, undefined)
      assert.ok(!secondary.lines.some((line) => /does not verify|version not taken/.test(line)))
    })

    test(`verify: ${verify} refuses it when one signature does not, which may be that of the ZONEMD record`, async () => {
      const secondary = await transferred(verify, fileOf('example.', change))
      await until(() => secondary.status('example.')?.lastTransfer?.outcome === 'failed', 'the refusal')
      assert.match(secondary.status('example.')?.reason ?? '', /serial 1 is not taken/)
    })
  }
})

describe('RFC8976 §4: the copy of the root zone', () => {
  const serve = (file: string): Promise<TestServer> =>
    TestServer.start({ zones: [], resolver: { enabled: true, localRoot: { enabled: true, file } } })

  test('is used when its digest is not supported and its signatures verify', async () => {
    const log = (await serve(fileOf('.'))).lines.join('\n')
    assert.match(log, /the root zone is read/)
    assert.match(log, /ZONEMD with scheme 1 and hash algorithm 241 is not supported/)
    assert.doesNotMatch(log, /cannot be used|does not verify/)
  })

  test('is not used when its signatures do not', async () => {
    const log = (
      await serve(fileOf('.', (zone) => zone.edit('ns.', 'A', (line) => `${line.slice(0, -1)}9`)))
    ).lines.join('\n')
    assert.match(log, /the copy of the root zone cannot be used/)
  })
})
