/** Writes the broken zones of `src/zone/verify/bad-zones.fixture.ts` to `conformance/bad-zones/verify`, for people and other tools to look at. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BAD_ZONES, badZoneText } from '../src/zone/verify/bad-zones.fixture.ts'

const folder = join(import.meta.dirname, '..', 'conformance', 'bad-zones', 'verify')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const bad of BAD_ZONES) {
  writeFileSync(join(folder, `${bad.code}.zone`), badZoneText(bad))
  if (bad.anchor !== undefined) writeFileSync(join(folder, `${bad.code}.anchor`), bad.anchor)
}
console.log(`${BAD_ZONES.length} zones in ${folder}`)
