/** docs/cli.md says what the commands say. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { CLI_DOC, renderCliDoc } from './cli-doc.ts'

test('docs/cli.md is what `node scripts/cli-doc.ts` makes', async () => {
  assert.equal(readFileSync(CLI_DOC, 'utf8'), await renderCliDoc())
})
