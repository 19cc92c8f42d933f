/** Each rule of the floors test fires on a tiny tree that breaks it, and stays silent on one that does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkTree, formatOffence, type Rules } from './floors/check.ts'
import * as rules from './floors/rules.ts'
import { tokenize } from './floors/tokens.ts'

/** The offences of a tree, as printed, given as path (inside src/) → text. */
function offences(tree: Record<string, string>, changed: Partial<Rules> = {}): string[] {
  const sources = new Map(Object.entries(tree).map(([path, text]) => [`src/${path}`, text]))
  return checkTree(sources, { ...rules, ...changed }).map(formatOffence)
}

function assertOne(found: string[], expected: RegExp): void {
  assert.equal(found.length, 1, found.join('\n'))
  assert.match(found[0] ?? '', expected)
}

test('a lower floor may be imported through its face', () => {
  const signer = "import { Name } from '../dns/name/index.ts'\nimport type { Zone } from '../zone/index.ts'\n"
  assert.deepEqual(offences({ 'signer/plan.ts': signer, 'zone/index.ts': '', 'dns/name/index.ts': '' }), [])
})

test('an import upward is an offence, type imports and dynamic imports too', () => {
  assertOne(
    offences({ 'dns/errors.ts': "\nimport type { Key } from '../dnssec/index.ts'\n" }),
    /^src\/dns\/errors\.ts:2: '\.\.\/dnssec\/index\.ts' breaks the floors: dns\/ is on floor 1, dnssec\/ on floor 2; /,
  )
  assertOne(
    offences({ 'zone/x.ts': "const f = () => import('../cli/index.ts')\n" }),
    /zone\/ is on floor 3, cli\/ on floor 7/,
  )
  assertOne(offences({ 'zone/x.ts': "export type A = import('../cli/index.ts').A\n" }), /cli\/ on floor 7/)
  assertOne(offences({ 'zone/x.ts': "export {\n  a,\n} from '../cli/index.ts'\n" }), /zone\/x\.ts:3: /)
})

test('inside a floor only the listed edges exist, one way', () => {
  assert.deepEqual(offences({ 'signer/x.ts': "import '../zone/index.ts'\n" }), [])
  assertOne(offences({ 'zone/x.ts': "import '../signer/index.ts'\n" }), /there is no edge zone → signer/)
})

test('another folder is imported through its face, with listed exceptions', () => {
  assertOne(
    offences({ 'signer/x.ts': "import { a } from '../dnssec/keys.ts'\n" }),
    /the face of dnssec\/; import from src\/dnssec\/index\.ts/,
  )
  assertOne(offences({ 'signer/x.ts': "import { a } from '../dns/rr/types.ts'\n" }), /the face of dns\//)
  assert.deepEqual(
    offences({ 'signer/x.ts': "import '../dns/errors.ts'\nimport type { C } from '../ports/clock.ts'\n" }),
    [],
  )
  assert.deepEqual(
    offences({ 'dns/wire/x.ts': "import '../name/walk.ts'\n", 'dnssec/denial/x.ts': "import '../algorithms.ts'\n" }),
    [],
  )
  const deep = { from: 'signer/', to: 'dnssec/keys.ts', reason: 'test' }
  assert.deepEqual(offences({ 'signer/a/x.ts': "import '../../dnssec/keys.ts'\n" }, { DEEP_IMPORTS: [deep] }), [])
})

test('circles between files are found, with their path, once each', () => {
  const tree = {
    'dns/name/a.ts': "import { b } from './b.ts'\n",
    'dns/name/b.ts': "import '../rr/lonely.ts'\nimport type { C } from './c.ts'\n",
    'dns/name/c.ts': "import './b.ts'\nimport './a.ts'\n",
    'dns/rr/lonely.ts': '',
  }
  assertOne(
    offences(tree),
    /src\/dns\/name\/b\.ts:2: '\.\/c\.ts' breaks the ban on circles: dns\/name\/b\.ts → dns\/name\/c\.ts → dns\/name\/b\.ts/,
  )
  assertOne(offences({ 'dns/self.ts': "import './self.ts'\n" }), /circles: dns\/self\.ts → dns\/self\.ts/)
})

test('floors 1 to 4 reach no module of Node.js, but node:crypto where it belongs', () => {
  assertOne(offences({ 'zone/x.ts': "import { readFileSync } from 'node:fs'\n" }), /purity of floors 1 to 4/)
  assertOne(offences({ 'dns/x.ts': "import type { KeyObject } from 'node:crypto'\n" }), /purity/)
  assert.deepEqual(
    offences({ 'dnssec/x.ts': "import { sign } from 'node:crypto'\n", 'tsig/x.ts': "import 'node:crypto'\n" }),
    [],
  )
})

test('sockets, threads, files and SQLite each have one importer', () => {
  const reserved = {
    dgram: 'transport',
    net: 'transport',
    tls: 'transport',
    http2: 'transport',
    worker_threads: 'threads',
    fs: 'store',
    sqlite: 'store',
  }
  for (const [module, folder] of Object.entries(reserved)) {
    assert.deepEqual(offences({ [`${folder}/x.ts`]: `import 'node:${module}'\n` }), [], module)
    assertOne(
      offences({ 'server/x.ts': `import 'node:${module}'\n` }),
      new RegExp(`reserved modules of Node\\.js; only ${folder} may import it`),
    )
  }
  assertOne(offences({ 'cli/x.ts': "import { readFile } from 'node:fs/promises'\n" }), /only store may/)
  assertOne(offences({ 'server/x.ts': "import 'node:dns'\n" }), /nobody may import it/)
  assertOne(offences({ 'server/x.ts': "import 'os'\n" }), /write 'node:os'/)
  assert.deepEqual(offences({ 'server/x.ts': "import 'node:os'\n" }), [])
})

test('floors 1 to 4 take time, randomness and the rest as arguments', () => {
  const impure = [
    'Date.now()',
    'new Date()',
    'new Date',
    'Temporal.Now.instant()',
    'performance.now()',
    'Math.random()',
    'process.env',
    'setTimeout(f, 1)',
    'console.log(1)',
    'await fetch(url)',
    'crypto.randomUUID()',
    'globalThis.x',
  ]
  for (const use of impure) {
    assertOne(
      offences({ 'zone/x.ts': `const a = 1\nconst b = ${use};\n` }),
      /^src\/zone\/x\.ts:2: '.+' breaks the purity/,
    )
    const isClock = /Date|Temporal|performance/.test(use)
    if (!isClock) assert.deepEqual(offences({ 'store/x.ts': `const b = ${use};\n` }), [], 'floor 5 may')
    assert.deepEqual(offences({ 'zone/x.test.ts': `const b = ${use};\n` }), [], 'a test may')
  }
  const pure = [
    'new Date(ms)',
    'clock.fetch(1)',
    'needs.process.x',
    "'Date.now()'",
    '`Math.random()`',
    '/Date.now()/',
    '1 // Date.now()',
    '1 /* process.env */',
    '{ fetch(a: A): B { return a } }',
  ]
  for (const use of pure) assert.deepEqual(offences({ 'zone/x.ts': `const b = ${use}\n` }), [], use)
  assertOne(offences({ 'zone/x.ts': 'const b = `a $' + '{`$' + '{Date.now()}`} }`\n' }), /Date\.now/)
})

test('only the files of the table read a clock of the system', () => {
  const readings = [
    'Date.now()',
    'options.wall ?? Date.now',
    'new Date().toISOString()',
    'new Date',
    'Temporal.Now.instant()',
    'performance.now()',
    'performance.timeOrigin',
    'process.hrtime.bigint()',
    'process.uptime()',
    'os.uptime()',
    'uptime()',
  ]
  for (const reading of readings) {
    for (const folder of ['store', 'threads', 'server', 'cli']) {
      assertOne(
        offences({ [`${folder}/x.ts`]: `const a = 1\nconst b = ${reading};\n` }),
        /x\.ts:2: '.+' breaks the rule of one clock for all threads; use the clock that is handed in/,
      )
    }
    for (const path of ['clock/sources.ts', 'cli/times.ts', 'store/x.test.ts', 'store/x.fixture.ts'])
      assert.deepEqual(offences({ [path]: `const b = ${reading};\n` }), [], path)
  }
  for (const use of ['new Date(ms)', 'clock.now()', 'Date.parse(text)', 'performance.mark(name)', "'Date.now()'"])
    assert.deepEqual(offences({ 'store/x.ts': `const b = ${use};\n` }), [], use)
})

test('packages are listed, and each has its folders', () => {
  assert.deepEqual(offences({ 'cli/x.ts': "import { Command } from 'commander'\n" }), [])
  assertOne(offences({ 'zone/x.ts': "import { Command } from 'commander'\n" }), /only cli may/)
  assertOne(offences({ 'cli/x.ts': "import x from 'left-pad/sub'\n" }), /list of packages \(it is not in the table\)/)
  assert.deepEqual(offences({ 'zone/x.test.ts': "import fc from 'fast-check'\n" }), [])
})

test('nothing leaves src/, not even a test; imports are literal and whole', () => {
  for (const path of ['../../node_modules/commander/index.js', '../../scripts/test.ts', '/etc/x.ts']) {
    assertOne(offences({ 'cli/x.ts': `import '${path}'\n` }), /the boundary of src\//)
    assertOne(offences({ 'cli/x.test.ts': `import '${path}'\n` }), /the boundary of src\//)
  }
  assertOne(offences({ 'cli/x.ts': "import './y.js'\n" }), /write the whole path, with \.ts/)
  assertOne(offences({ 'cli/x.ts': 'const y = await import(path)\n' }), /imports are literal/)
  assertOne(offences({ 'server/x.ts': "new Worker(new URL('./w.ts', import.meta.url))\n" }), /use workerEntry\(\)/)
})

test('tests may look everywhere in src/, and nothing else may look at tests', () => {
  assert.deepEqual(offences({ 'dns/x.test.ts': "import '../zone/secret.ts'\nimport 'node:fs'\n" }), [])
  assertOne(offences({ 'dns/x.ts': "import './zones.fixture.ts'\n" }), /separation of tests/)
})

test('a page has its limit, a folder its floor', () => {
  const long = '\n'.repeat(351)
  assertOne(offences({ 'dns/x.ts': long }), /'351 lines' breaks the limit of 350/)
  assert.deepEqual(offences({ 'dns/x.ts': '\n'.repeat(350), 'dns/x.test.ts': long }), [])
  assert.deepEqual(offences({ 'dns/x.ts': long }, { DATA_TABLES: ['src/dns/x.ts'] }), [])
  assertOne(offences({ 'attic/x.ts': "import '../cli/index.ts'\n" }), /'attic' breaks the plan of the house/)
})

test('the scanner keeps division, regular expressions and templates apart', () => {
  // Biome takes a placeholder in quotes for a mistake, so the dollar stands apart.
  const words = (source: string): string[] =>
    tokenize(source)
      .filter((t) => t.kind === 'word')
      .map((t) => t.text)
  assert.deepEqual(words('a / b / c'), ['a', 'b', 'c'])
  assert.deepEqual(words('(a) / b; x = /[/]"\\/ y/g.test(z)'), ['a', 'b', 'x', 'test', 'z'])
  assert.deepEqual(words('`x $' + '{a + `$' + '{b}` + {c: "}"}} y` + d'), ['a', 'b', 'c', 'd'])
  assert.equal(tokenize('/* one\ntwo */ `a\nb` "c"').at(-1)?.line, 3)
})
