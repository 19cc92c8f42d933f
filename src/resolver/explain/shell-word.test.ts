import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../../dns/name/index.ts'
import { shellWord } from './shell-word.ts'

test('names that are usual stay as they are', () => {
  for (const text of ['www.example.org.', '_25._tcp.mail.example.', '.', '[2001', '192.0.2.1:53']) {
    assert.equal(shellWord(text), text.startsWith('[') ? `'${text}'` : text)
  }
  assert.equal(shellWord("a'b"), "'a'\\''b'")
  assert.equal(shellWord('-x.example.'), "-- '-x.example.'")
})

test('whatever name a stranger chooses: a shell takes it for one word', { skip: process.platform === 'win32' }, () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 })
  const hostile = fc
    .constantFrom('$(id)', '`id`', "';id;'", '-rf', '*', '&& id', '|id', '>x', '~', '#')
    .map((text) => Buffer.from(text))
  fc.assert(
    fc.property(fc.array(fc.oneof(label, hostile), { minLength: 1, maxLength: 4 }), (labels) => {
      const text = labels.reduceRight((name, each) => name.child(each), Name.root).toString()
      const said = execFileSync('sh', ['-c', `printf '%s\\n' ${shellWord(text).replace(/^-- /, '')}`], {
        encoding: 'utf8',
      })
      assert.equal(said, `${text}\n`)
    }),
    { numRuns: 100 },
  )
})
