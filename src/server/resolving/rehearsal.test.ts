import assert from 'node:assert/strict'
import { test } from 'node:test'
import { USUAL_RESOLVER_SETTINGS } from '../../resolver/index.ts'
import { USUAL_VALIDATOR_SETTINGS } from '../../validator/index.ts'
import { rehearse } from './rehearsal.ts'

test('a rehearsal makes answers for as long as it may, and no longer', async () => {
  const begin = performance.now()
  const made = await rehearse(USUAL_RESOLVER_SETTINGS, USUAL_VALIDATOR_SETTINGS, 60)
  assert.ok(made >= 100, `${made} answers`)
  assert.equal(made % 100, 0)
  assert.ok(performance.now() - begin < 5000)
})
