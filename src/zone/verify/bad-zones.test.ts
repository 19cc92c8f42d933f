import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { textSource } from '../../dns/text/index.ts'
import { parseAnchorRecords } from '../../store/index.ts'
import { CHECK_SEVERITIES, loadRecords, type VerifyReport, verifyZone, Zone } from '../index.ts'
import { BAD_ZONES, badZoneText } from './bad-zones.fixture.ts'
import { VERIFY_SEVERITIES } from './codes.ts'
import { APEX, AT, ZoneLines } from './zone-lines.fixture.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'conformance', 'bad-zones', 'verify')

function verifyFile(code: string): VerifyReport {
  const text = readFileSync(join(folder, `${code}.zone`), 'utf8')
  const zone = Zone.arrange(APEX, loadRecords(textSource(text), APEX).table)
  const hasAnchor = readdirSync(folder).includes(`${code}.anchor`)
  if (!hasAnchor) return verifyZone(zone, { at: AT })
  const anchors = parseAnchorRecords(readFileSync(join(folder, `${code}.anchor`), 'utf8'), `${code}.anchor`)
  return verifyZone(zone, { at: AT, anchors })
}

for (const bad of BAD_ZONES) {
  test(`a zone with the fault ${bad.code}: ${bad.what}`, () => {
    const report = verifyFile(bad.code)
    const found = [...new Set(report.counts.map(({ code }) => code))].sort()
    assert.deepEqual(found, [bad.code, ...(bad.also ?? [])].sort())
    const first = report.faults.find(({ code }) => code === bad.code)
    assert.ok(first !== undefined && first.message.length > 20 && first.owner.endsWith('.'))
    assert.equal(report.verdict, first.severity === 'error' ? 'bad' : 'good')
  })
}

test('the files of broken zones are what scripts/make-bad-zones.ts writes', () => {
  for (const bad of BAD_ZONES) {
    assert.equal(readFileSync(join(folder, `${bad.code}.zone`), 'utf8'), badZoneText(bad), `${bad.code}.zone`)
  }
  const expected = BAD_ZONES.flatMap(({ code, anchor }) =>
    anchor === undefined ? [`${code}.zone`] : [`${code}.anchor`, `${code}.zone`],
  )
  assert.deepEqual(readdirSync(folder).sort(), expected.sort())
})

test('every code has a zone of its own', () => {
  const codes = new Set<string>(BAD_ZONES.map(({ code }) => code))
  // A master file with such a DS is refused before any check; a table may get one from elsewhere.
  codes.add('ds-digest-length')
  assert.deepEqual([...codes].sort(), Object.keys(VERIFY_SEVERITIES).sort())
})

test('docs/verdicts.md tells of every code, with its severity', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'verdicts.md'), 'utf8')
  for (const [code, severity] of [...Object.entries(VERIFY_SEVERITIES), ...Object.entries(CHECK_SEVERITIES)]) {
    assert.ok(page.includes(`| \`${code}\` | ${severity} |`), code)
  }
})

test('a DS digest of the wrong length, which no master file can hold', () => {
  const zone = ZoneLines.signed().zone()
  const { table } = zone
  for (let i = 0; i < table.count; i++) if (table.type[i] === 43) table.rdataLength[i] = 20
  const report = verifyZone(zone, { at: AT })
  assert.deepEqual(report.counts.map(({ code }) => code).sort(), ['ds-digest-length', 'signature-bogus'])
})

test('a zone that nothing is wrong with', () => {
  const report = verifyZone(ZoneLines.signed({ zonemd: [1, 2] }).zone(), { at: AT })
  assert.deepEqual(
    { ...report, signatures: 0 },
    { verdict: 'good', serial: 1, signatures: 0, faults: [], counts: [], omitted: 0 },
  )
})
