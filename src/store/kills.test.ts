import assert from 'node:assert/strict'
import { it } from 'node:test'
import { survive } from './kills.fixture.ts'

it('a server that is killed at any instant leaves one whole version, with all that was acknowledged', async () => {
  assert.ok((await survive(10, 1)) > 20)
})
