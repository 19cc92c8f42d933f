import assert from 'node:assert/strict'
import test from 'node:test'
import { COMMANDS } from './commands.ts'
import { Workplace } from './signet.fixture.ts'

const place = new Workplace()

test('--help of each command: a usage line, every option with a word about it, exit status 0', async () => {
  // Those that load most go first: the others find compiled what they share, and do not all write the same files at once.
  for (const words of ['serve --help', 'zone sign --help', 'explain --help']) await place.signet(words)
  const outcomes = await Promise.all(
    COMMANDS.map(async ({ path }) => ({ path, ...(await place.signet([...path, '--help'])) })),
  )
  for (const { path, status, stdout, stderr } of outcomes) {
    assert.equal(status, 0, path.join(' '))
    assert.equal(stderr, '')
    assert.ok(stdout.startsWith(`Usage: signet ${path.join(' ')} [options]`), stdout)
    assert.match(stdout, /--json/)
    assert.doesNotMatch(stdout, /default: \[\]|undefined/)
    for (const [line, , word = ''] of stdout.matchAll(/^ {2}(-[^ ]*(?: [<[-][^ ]+)*) *(.*)(?:\n {10,}(.+))?/gm)) {
      assert.ok(/\w/.test(line.slice(line.indexOf('  ', 3))) || /\w/.test(word), `${path.join(' ')}: ${line}`)
    }
  }
})

test('the list of commands, of all and of a group', async () => {
  const [all, group, turned, version] = await Promise.all([
    place.run('--help'),
    place.run('key --help'),
    place.run('help zone sign'),
    place.run('--version'),
  ])
  for (const { path } of COMMANDS) assert.ok(all.includes(`signet ${path.join(' ')} `), path.join(' '))
  assert.ok(group.includes('signet key ds') && !group.includes('signet zone'))
  assert.match(turned, /^Usage: signet zone sign /)
  assert.match(version, /^\d+\.\d+\.\d+\n$/)
})

test('wrong use: status 2, the error in the first line, nothing on standard output', async () => {
  const uses: readonly (readonly [string, RegExp])[] = [
    ['', /^Signs zones, serves them, resolves and validates names\.$/m],
    ['key', /^signet: key needs one more word\n/],
    ['zone sgin x', /^signet: there is no command 'zone sgin'\n/],
    ['frobnicate --help', /^signet: there is no command 'frobnicate'\n/],
    ['--bogus', /^signet: unknown option '--bogus'\n/],
    ['zone sign', /^signet: .*\nsee: signet zone sign --help\n$/],
    ['zone print a b --zone example', /^signet: too many arguments/],
    ['zone sign a --zone example --keys k --out o --bogus', /^signet: unknown option '--bogus'\n/],
    ['zone print a --zone exa..mple', /^signet: --zone: 'exa..mple' is no domain name: .*\n$/],
    ['zone print a --zone', /^signet: option '--zone <name>' argument missing\n/],
    ['key generate --zone example --keys k --role boss', /^signet: --role takes ksk, zsk, csk, not 'boss'\n$/],
    ['key generate --zone example --keys k --algorithm rot13', /^signet: --algorithm: 'rot13' .*13, 14, 15, 16\n$/],
    ['key generate --zone example --keys k --algorithm 8 --bits 100', /^signet: .*512 to 4096 bits, not 100\n$/],
    ['key generate --zone example --keys k --form pem --friendly-name x', /^signet: --form pem .*\n$/],
    ['key generate --zone example --keys k --form pkcs12 --key-password secret', /^signet: a password is given as /],
  ]
  await Promise.all(
    uses.map(async ([words, message]) => {
      const { status, stdout, stderr } = await place.signet(words)
      assert.equal(status, 2, `${words}: ${stderr}`)
      assert.match(stderr, message)
      assert.equal(stdout, '')
    }),
  )
})
