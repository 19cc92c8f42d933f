import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coveragePage, coveragePageIsCurrent, findSections } from './rfc-coverage.ts'

test('docs/rfc-coverage.md is what scripts/rfc-coverage.ts writes', () => {
  assert.ok(coveragePageIsCurrent(), 'run node scripts/rfc-coverage.ts')
})

test('sections come in their order, appendices last, files once', () => {
  const text = "it('RFC1035 §5.10: a') it('RFC1035 §5.2: b') test(`RFC1035 §A.1: c`) it('RFC 1034 §4: d') // RFC1035 §9"
  const page = coveragePage(findSections([{ file: 'x.test.ts', text: `${text}\n${text}` }]))
  const rows = page.split('\n').filter((line) => /^(## |\| §)/.test(line))
  assert.deepEqual(rows, [
    '## RFC 1034',
    '| §4 | `x.test.ts` |',
    '## RFC 1035',
    '| §5.2 | `x.test.ts` |',
    '| §5.10 | `x.test.ts` |',
    '| §A.1 | `x.test.ts` |',
  ])
  assert.match(page, /^4 sections of 2 RFCs\.$/m)
})
