/** Each cause of a failure has a first step, in words that an operator can act on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { REASONS } from '../../validator/index.ts'
import { isCauseCode, remedyOf } from './remedies.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/verdicts.md'), 'utf8')

test('every reason of a bogus answer in docs/verdicts.md is a cause, and no other reason is', () => {
  const section = page.slice(page.indexOf('### Bogus'), page.indexOf('### Insecure'))
  for (const reason of Object.keys(REASONS)) {
    assert.equal(isCauseCode(reason), section.includes(`\n| \`${reason}\` |`), reason)
  }
  assert.ok(!isCauseCode('toString'))
})

test('advice is whole sentences, and mostly names the zone', () => {
  for (const cause of [...Object.keys(REASONS), 'no-reply', 'no-usable-answer', 'other']) {
    if (!isCauseCode(cause)) continue
    const { advice } = remedyOf(cause)
    assert.match(advice, /^[A-Z][^\n]+[.)]$/, cause)
    assert.match(advice, /\bZONE\b/, cause)
  }
})
