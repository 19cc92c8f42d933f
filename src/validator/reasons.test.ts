/** Reasons, and the page that tells an administrator what to do about each. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { extendedError } from '../dns/wire/index.ts'
import { REASONS } from './reasons.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/verdicts.md'), 'utf8')

test('docs/verdicts.md has a row for each reason, in their order, and says what to do', () => {
  const begin = page.indexOf('## Why an answer is not secure')
  const end = page.indexOf('### Other codes', begin)
  const rows = page
    .slice(begin, end)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  assert.deepEqual(
    rows.map(([, reason, ede, sentence]) => [reason, ede, sentence]),
    Object.entries(REASONS).map(([reason, { ede, sentence }]) => [`\`${reason}\``, String(ede ?? ''), sentence]),
  )
  for (const [, reason = '', , , advice = ''] of rows) assert.match(advice, /^\w.*[.…)]$/, reason)
})

test('RFC8914 §4: codes of reasons are registered', () => {
  for (const [reason, { ede }] of Object.entries(REASONS)) {
    if (ede !== undefined) assert.doesNotMatch(extendedError(ede).name, /^EDE/, reason)
  }
})
