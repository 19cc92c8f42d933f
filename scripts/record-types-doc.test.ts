/** The page of record types follows the declarations. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordTypesPageIsCurrent } from './record-types-doc.ts'

test('docs/record-types.md is what scripts/record-types-doc.ts writes', () => {
  assert.ok(recordTypesPageIsCurrent(), 'run node scripts/record-types-doc.ts')
})
