/** The runner itself: what passes, fails, is skipped, crashes, hangs or is empty is told as such. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type FileResult, runFile } from './run-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-runner-'))
after(() => rmSync(folder, { recursive: true }))

async function outcome(source: string, namePattern?: string): Promise<FileResult> {
  const file = join(folder, `case-${Math.random()}.test.mjs`)
  writeFileSync(file, `import { describe, it, test } from 'node:test'\n${source}\n`)
  return runFile(file, { timeoutSeconds: 3, namePattern, scratch: folder })
}

test('passed, failed and skipped tests are counted, parents of failed subtests are not counted twice', async () => {
  const result = await outcome(`
    test('good', (t) => t.diagnostic('7 combinations'))
    describe('suite', () => { it('bad', () => { console.log('seen'); throw new Error('broken') }) })
    test('parent', async (t) => { await t.test('bad child', () => { throw new Error('broken too') }) })
    test('absent', { skip: 'no material' }, () => {})`)
  assert.equal(result.passed, 1)
  assert.deepEqual(result.failures.map((f) => f.name).sort(), ['bad', 'bad child'])
  assert.match(result.failures[0]?.error ?? '', /^Error: broken/)
  assert.deepEqual(result.skipped, [{ kind: 'skipped', name: 'absent', reason: 'no material' }])
  assert.deepEqual(result.notes, ['7 combinations'])
  assert.match(result.output, /seen/)
})

test('a crash, a hang and an empty file are failures', async () => {
  const [crash, hang, empty] = await Promise.all([
    outcome(`throw new Error('crash')`),
    outcome(`test('endless', () => { for (;;); })`),
    outcome(''),
  ])
  assert.match(crash.failures[0]?.error ?? '', /ended with exit status 1/)
  assert.match(hang.failures[0]?.error ?? '', /did not end within 3 s/)
  assert.match(empty.failures[0]?.error ?? '', /holds no test/)
})

test('with a pattern for names a file may hold no match', async () => {
  const result = await outcome(`test('one', () => {}); test('two', () => {})`, 'one')
  assert.deepEqual([result.passed, result.failures.length], [1, 0])
  assert.equal((await outcome(`test('one', () => {})`, 'nothing')).failures.length, 0)
})
