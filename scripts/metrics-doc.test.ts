/** docs/metrics.md says what `/metrics` says, and the guide speaks only of metrics that there are. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { describeMetrics } from '../src/management/metrics.ts'
import { METRICS_DOC, renderMetricsDoc } from './metrics-doc.ts'

test('docs/metrics.md is what `node scripts/metrics-doc.ts` makes', () => {
  assert.equal(readFileSync(METRICS_DOC, 'utf8'), renderMetricsDoc())
})

test('every metric in the guides is there', () => {
  const pages = ['watch-a-server.md', 'resolve-and-validate.md']
  const guide = pages.map((page) => readFileSync(join(import.meta.dirname, '../docs/guide', page), 'utf8')).join('')
  const known = new Set(describeMetrics().map(({ name }) => name))
  const named = new Set(guide.match(/signet_[a-z_]+/g))
  assert.ok(named.size > 5)
  for (const name of named) assert.ok(known.has(name) || known.has(name.replace(/_(bucket|count|sum)$/, '')), name)
})
