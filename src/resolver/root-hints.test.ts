import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRootHints, ROOT_HINTS } from './root-hints.ts'

test('thirteen servers, each with an address of both kinds', () => {
  assert.equal(ROOT_HINTS.length, 13)
  for (const { addresses } of ROOT_HINTS)
    assert.deepEqual(
      addresses.map(({ length }) => length),
      [4, 16],
    )
  assert.equal(ROOT_HINTS[12]?.name.toString(), 'm.root-servers.net.')
})

test('RFC8109 §2: a file of hints; servers without an address are none', () => {
  const text = `; hints
.            3600000 NS a.lab.
.            3600000 NS b.lab.
A.LAB.       3600000 A 127.0.0.9
a.lab.       3600000 AAAA ::9
other.lab.   3600000 A 127.0.0.10
`
  const [hint, ...rest] = parseRootHints(text, 'hints')
  assert.equal(rest.length, 0)
  assert.deepEqual(
    hint?.addresses.map(({ length }) => length),
    [4, 16],
  )
  assert.throws(() => parseRootHints('. 1 NS a.lab.\n', 'hints'), /^TextError: hints:1:1: there is no NS record/)
  assert.throws(() => parseRootHints('. 1 NS\n', 'hints'), /hints:1:/)
})
