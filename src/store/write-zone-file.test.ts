import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import { walkZone } from '../zone/index.ts'
import { zoneOf } from '../zone/zone.fixture.ts'
import { recordLines } from '../zone/zone-changes.fixture.ts'
import { dump, zoneOfLines } from '../zone/zone-versions.fixture.ts'
import { isZoneFileUnchanged, writeZoneFile } from './index.ts'
import { newFolder } from './state.fixture.ts'

const RRSIG = 46

describe('a zone written back to its file', () => {
  it('reads back as the same zone', () => {
    const file = join(newFolder(), 'example.zone')
    fc.assert(
      fc.property(recordLines, (lines) => {
        const zone = zoneOfLines(lines, 7)
        const mark = writeZoneFile(file, walkZone(zone))
        assert.ok(isZoneFileUnchanged(file, mark))
        assert.equal(mark.modifiedAt, statSync(file).mtimeMs / 1000)
        assert.deepEqual(dump(zoneOf(readFileSync(file, 'utf8'))), dump(zone))
      }),
      { numRuns: 40 },
    )
  })

  it('is grouped, begins with what it is, and leaves out what the server makes', () => {
    const file = join(newFolder(), 'example.zone')
    const sig = 'a.example. 60 RRSIG A 13 2 60 20300101000000 20290101000000 1 example. AAAA'
    const zone = zoneOfLines(
      ['a.example. 60 A 192.0.2.1', sig, 'a.example. 3600 TXT "t"', 'b.a.example. 60 A 192.0.2.1'],
      7,
    )
    writeZoneFile(file, walkZone(zone), new Set([RRSIG]))
    assert.deepEqual(
      readFileSync(file, 'utf8')
        .trimEnd()
        .replaceAll(/[\t ]+/g, ' ')
        .split('\n'),
      [
        '; example. at serial 7, written by signet; comments of an earlier file are not kept',
        '$ORIGIN example.',
        '$TTL 3600',
        '@ IN SOA ns.example. host.example. 7 7200 3600 1209600 600',
        'a 60 IN A 192.0.2.1',
        ' IN TXT "t"',
        'b.a 60 IN A 192.0.2.1',
      ],
    )
  })

  it('goes through a link and keeps the mode', () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'real'))
    const real = join(folder, 'real', 'file')
    writeFileSync(real, 'old')
    chmodSync(real, 0o640)
    symlinkSync(real, join(folder, 'link'))
    writeZoneFile(join(folder, 'link'), walkZone(zoneOfLines([], 1)))
    assert.match(readFileSync(real, 'utf8'), /SOA/)
    assert.equal(statSync(real).mode & 0o777, 0o640)
    assert.deepEqual(readdirSync(folder).sort(), ['link', 'real'])
  })

  it('that cannot be written leaves the earlier file', () => {
    const file = join(newFolder(), 'no-such-folder', 'file')
    const fails = (action: () => unknown, code: string): void =>
      assert.throws(action, (error) => error instanceof DnsError && error.code === code)
    fails(() => writeZoneFile(file, walkZone(zoneOfLines([], 1))), 'output-failed')
    fails(() => writeZoneFile(join(newFolder(), 'x'), walkZone(zoneOf(''))), 'zone-invalid')
    const mark = { hash: '', modifiedAt: 0, parts: [{ name: '', size: 0, hash: '' }] }
    fails(() => isZoneFileUnchanged(file, mark), 'input-unreadable')
    assert.equal(existsSync(file), false)
  })
})
