/** `bin/signet` finds its own folder however it is called, becomes Node.js without a process between, and refuses an old one. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const skip = process.platform === 'win32' ? 'a shell script; Windows has bin/signet.js' : false

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signet-bin-')))
after(() => rmSync(folder, { recursive: true }))

/** A checkout with a main that tells how it was started; without `node` it has no packaged Node.js. */
function checkout(name: string, node: string | undefined): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'src/cli'), { recursive: true })
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
  cpSync(join(import.meta.dirname, '../bin/signet'), join(root, 'bin/signet'))
  const told =
    '{ pid: process.pid, cwd: process.cwd(), args: process.argv.slice(2), cache: process.env.NODE_COMPILE_CACHE }'
  writeFileSync(join(root, 'src/cli/main.ts'), `const told: object = ${told}\nconsole.log(JSON.stringify(told))\n`)
  if (node !== undefined) symlinkSync(node, join(root, 'node_modules/.bin/node'))
  return root
}

test('it is called from any folder, through links, with any arguments, as one process', { skip }, async () => {
  const root = checkout('with space', process.execPath)
  symlinkSync('with space/bin/signet', join(folder, 'relative'))
  mkdirSync(join(folder, 'links'))
  symlinkSync(join(folder, 'relative'), join(folder, 'links/signet'))
  const env = { PATH: `${join(folder, 'links')}:${process.env.PATH}`, XDG_CACHE_HOME: join(folder, 'cache') }
  for (const command of [join(root, 'bin/signet'), '../relative', './signet', 'signet']) {
    const child = run(command, ['a b', '', '*'], { cwd: join(folder, 'links'), env })
    const told = JSON.parse((await child).stdout)
    assert.deepEqual(told.args, ['a b', '', '*'])
    assert.equal(told.cwd, join(folder, 'links'))
    assert.equal(told.pid, child.child.pid, 'one PID')
    assert.equal(told.cache, join(folder, 'cache/signet'))
  }
})

test('without the packaged Node.js, that of PATH serves if it is new enough', { skip }, async () => {
  const root = checkout('bare', undefined)
  const bin = join(folder, 'path')
  mkdirSync(bin)
  const call = (): Promise<{ stdout: string; stderr: string }> =>
    run(join(root, 'bin/signet'), [], { env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder } })
  writeFileSync(join(bin, 'node'), '#!/bin/sh\necho v20.20.2\n')
  chmodSync(join(bin, 'node'), 0o755)
  await assert.rejects(call(), {
    code: 3,
    stderr: /^signet: Node\.js 26 or newer is needed, and .+ is v20\.20\.2: .+\n$/,
  })
  rmSync(join(bin, 'node'))
  symlinkSync(process.execPath, join(bin, 'node'))
  assert.equal(JSON.parse((await call()).stdout).cache, join(folder, '.cache/signet'))
})
