/** The plan of the lab, and a small lab that is built. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { buildLab, zoneFile } from './build.ts'
import { FAULTS } from './faults.ts'
import { ALGORITHMS } from './key-pool.ts'
import { questionsOf } from './questions.ts'
import { planZones } from './zone-plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-lab-plan-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a thousand signed zones of every algorithm, with and without every fault, and ten thousand questions', () => {
  const zones = planZones(1000)
  const signed = zones.filter(({ signing }) => signing !== undefined)
  assert.equal(signed.length, 1000)
  assert.equal(new Set(zones.map(({ apex }) => apex)).size, zones.length)
  assert.deepEqual([...new Set(signed.map((zone) => zone.signing?.algorithm))].sort(), [...ALGORITHMS].sort())
  assert.deepEqual(new Set(zones.flatMap(({ fault }) => fault ?? [])), new Set(FAULTS))
  assert.equal(signed.filter(({ signing }) => signing?.algorithm === 5 && signing.denial !== 'nsec').length, 0)
  const asked = questionsOf({ folder, zones }, 10_000)
  assert.ok(asked.length >= 10_000)
  assert.ok(new Set(asked.map(({ question }) => JSON.stringify(question))).size > 0.99 * asked.length)
})

test('a small lab has its zones, hints and anchor', async () => {
  const { zones } = await buildLab(folder, 20)
  for (const { apex, level } of zones) {
    const text = readFileSync(zoneFile(folder, apex), 'utf8')
    assert.match(text, /\bSOA\b/)
    if (level === 'root') assert.match(text, /\bDNSKEY\b/)
  }
  assert.match(readFileSync(join(folder, 'anchor'), 'utf8'), /^\. IN DS \d+ 8 2 [0-9A-F]{64}\n$/)
  assert.match(readFileSync(join(folder, 'hints'), 'utf8'), /^\. 3600000 NS ns0\.\n/)
})
