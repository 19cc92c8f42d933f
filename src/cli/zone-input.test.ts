import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
for (const folder of ['zones', 'one', 'two']) mkdirSync(join(place.folder, folder))
place.write('one/a', 'a A 192.0.2.1\n')
place.write('two/b', 'b A 192.0.2.2\n')
place.write(
  'zones/zone',
  '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.3\n$INCLUDE ../one/a\n$INCLUDE ../two/b\n',
)

describe('--include-folder allows $INCLUDE of files elsewhere', () => {
  for (const command of ['check', 'print', 'verify', 'sign']) {
    test(`signet zone ${command}`, async () => {
      const more = command === 'sign' ? '--keys keys --out signed' : ''
      if (command === 'sign') await place.run('key generate --zone example. --algorithm ed25519 --keys keys')
      const words = `zone ${command} zones/zone --zone example. ${more}`
      const refused = await place.signet(words)
      assert.equal(refused.status, 2)
      const line =
        /^signet: zones\/zone:5:10: \S+\/one\/a lies outside the folder of the zone file, \S+\/zones: to allow it, /
      assert.match(refused.stderr, line)
      assert.match(refused.stderr, /name its folder in --include-folder\n$/)
      assert.match((await place.signet(`${words} --include-folder one`)).stderr, /^signet: zones\/zone:6:10: /)
      // What is printed must not reach the output of this test: a process of its own.
      const allowed = await place.signet(`${words} --include-folder one --include-folder two`, { env: {} })
      // A zone that is not signed does not verify.
      assert.equal(allowed.status, command === 'verify' ? 1 : 0, allowed.stderr)
    })
  }
})

test('a zone file that a shell hands over as a pipe is read; a FIFO of that name is not', async () => {
  const signet = join(import.meta.dirname, '../../bin/signet')
  const options = { cwd: join(place.folder, 'one'), encoding: 'utf8' } as const
  const script = '"$0" zone print <(printf "$1") --zone example.'
  const text = '$TTL 60\n@ SOA ns host 1 2 3 4 5\n'
  assert.match(execFileSync('bash', ['-c', script, signet, text], options), /^example\.\t60\tIN\tSOA\t/)
  execFileSync('mkfifo', [join(place.folder, 'fifo')])
  const { status, stderr } = await place.signet('zone print fifo --zone example.')
  assert.deepEqual([status, stderr], [2, 'signet: fifo: is a named pipe (FIFO), not a regular file\n'])
})
