import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import test from 'node:test'
import { Workplace } from './signet.fixture.ts'

test('the demo signs, verifies, finds a forgery, and leaves nothing', async () => {
  const place = new Workplace()
  const [text, json] = await Promise.all([place.run('demo'), place.run('demo --json')])
  assert.match(text, /\$ signet zone verify example\.signed .*\n {3}example\. serial 2026010101 is good: 0 errors/)
  assert.match(text, /\$ signet zone verify example\.forged .*\n {3}error: mail\.example\. A: /)
  assert.match(text, /is bad: 1 error/)
  const folder = /happens in (\S+)\.\n/.exec(text)?.[1] ?? ''
  assert.ok(folder.includes('signet-demo-') && !existsSync(folder))
  const { steps } = JSON.parse(json)
  assert.deepEqual(
    steps.map((step: { status: number }) => step.status),
    [0, 0, 0, 0, 1],
  )
})
