/**
 * The package as others get it: packed, unpacked elsewhere beside its dependencies only, and made to sign a zone
 * with two jobs through the installed command. Needs npm, and no network.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { published } from './manifest.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'signet-pack-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('the published manifest leaves out Node.js itself and what only a checkout needs', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const result = published({ ...manifest, optionalDependencies: { ...manifest.optionalDependencies, koffi: '3.0.0' } })
  assert.deepEqual(result.optionalDependencies, { koffi: '3.0.0' })
  assert.equal('optionalDependencies' in published(manifest), false)
  assert.deepEqual(result.bin, { signet: 'bin/signet.js' })
  assert.deepEqual(result.engines, { node: '>=26' })
  assert.deepEqual(result.dependencies, manifest.dependencies)
  for (const field of ['devDependencies', 'allowScripts']) assert.equal(field in result, false, field)
})

test('the packed package signs a zone with two jobs where it is installed', async () => {
  const checkout = copyOfCheckout()
  const before = readFileSync(join(checkout, 'package.json'), 'utf8')
  await run('npm', ['pack', '--pack-destination', folder], { cwd: checkout, shell: process.platform === 'win32' })
  assert.equal(readFileSync(join(checkout, 'package.json'), 'utf8'), before, 'postpack puts package.json back')

  const home = await install()
  const signet = (...args: string[]): Promise<{ stdout: string }> => runInstalled(home, args)
  const zone = ['--zone', 'example.', '--keys', 'keys']
  mkdirSync(join(home, 'keys'))
  await signet('key', 'generate', ...zone, '--algorithm', 'ECDSAP256SHA256', '--role', 'ksk')
  await signet('key', 'generate', ...zone, '--algorithm', 'ECDSAP256SHA256', '--role', 'zsk')
  const example = join(home, 'node_modules/signet-dns/examples/example.zone')
  await signet('zone', 'sign', example, ...zone, '--out', 'example.signed', '--jobs', '2')
  const { stdout } = await signet('zone', 'verify', 'example.signed', '--zone', 'example.', '--jobs', '2', '--json')
  assert.equal(JSON.parse(stdout).verdict, 'good')
  await embed(home)
  await lookUp(home)
  const demo = await signet('demo')
  assert.match(demo.stdout, /is good: 0 errors.*is bad: 1 error/s, 'the demo has its example zone')
})

/** The program of the guide, which says what may be imported; every face of it is there. */
async function embed(home: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(home, 'node_modules/signet-dns/package.json'), 'utf8'))
  const faces = Object.keys(manifest.exports).filter((face) => face !== './package.json')
  const guide = readFileSync(join(root, 'docs/guide/embed.md'), 'utf8')
  const [program = ''] = programsOf(guide)
  const imports = faces.map((face) => `await import('signet-dns/${face.slice(2)}')\n`)
  writeFileSync(join(home, 'program.mjs'), program + imports.join(''))
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: home })
  assert.equal(stdout, 'good 2 0\n')
  assert.deepEqual(
    faces.map((face) => `signet-dns/${face.slice(2)}`),
    [...guide.matchAll(/^\| `(signet-dns\/[^`]*)`/gm)].map(([, face]) => face),
    'the guide lists what can be imported',
  )
}

/** The other program of the guide, and the command, ask the packed server for a name of the zone that was signed. */
async function lookUp(home: string): Promise<void> {
  const [, program = ''] = programsOf(readFileSync(join(root, 'docs/guide/embed.md'), 'utf8'))
  writeFileSync(join(home, 'lookup.mjs'), program)
  const zones = [{ name: 'example.', type: 'primary', file: 'example.signed' }]
  const configuration = { data: 'state', server: { listen: ['127.0.0.1:0'] }, management: { listen: [] }, zones }
  writeFileSync(join(home, 'serve.yaml'), JSON.stringify(configuration))
  const script = join(home, 'node_modules/signet-dns/bin/signet.js')
  const server = spawn(process.execPath, [script, 'serve', '--config', 'serve.yaml'], { cwd: home })
  try {
    const port = await portOf(server)
    const asked = ['mail.example', `127.0.0.1:${port}`, 'dsset-example.']
    const { stdout } = await run(process.execPath, ['lookup.mjs', ...asked], { cwd: home })
    assert.match(stdout, /^secure 0\nmail\.example\. [\d.]+\n {2}example\. anchor secure: .*\n.* answer secure: .*\n$/s)
    const explained = await runInstalled(home, [
      'explain',
      'mail.example',
      '--server',
      asked[1] ?? '',
      '--anchor',
      'dsset-example.',
    ])
    assert.match(explained.stdout, /^mail\.example\. A: secure$/m)
  } finally {
    server.kill()
  }
}

/** The port that a server says it listens at. */
function portOf(server: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let printed = ''
  const read = (text: Buffer): void => {
    printed += text
    const port = /^signet: ready.* udp \S+:(\d+)/m.exec(printed)?.[1]
    if (port !== undefined) resolve(port)
  }
  server.stdout?.on('data', read)
  server.stderr?.on('data', read)
  server.once('exit', () => reject(new Error(`the server ended: ${printed}`)))
  return promise
}

function programsOf(guide: string): string[] {
  return [...guide.matchAll(/```js\n([\s\S]*?)```/g)].map(([, program = '']) => program)
}

/** Calls the command as npm lays it out: through node_modules/.bin, on the `node` that PATH finds (Windows: by name). */
function runInstalled(home: string, args: readonly string[]): Promise<{ stdout: string }> {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH: path, NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const script = join(home, 'node_modules/signet-dns/bin/signet.js')
  if (process.platform === 'win32') return run(process.execPath, [script, ...args], { cwd: home, env })
  const command = join(home, 'node_modules/.bin/signet')
  if (!existsSync(command)) {
    mkdirSync(dirname(command), { recursive: true })
    symlinkSync('../signet-dns/bin/signet.js', command)
  }
  return run(command, args, { cwd: home, env })
}

/** What git would hand out, with the installed packages lent: packing must not touch the checkout that others work in. */
function copyOfCheckout(): string {
  const copy = join(folder, 'checkout')
  mkdirSync(copy)
  const parts = [
    'bin',
    'docs',
    'src',
    'scripts',
    'examples',
    'packaging',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ]
  for (const part of [...parts, 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
  return copy
}

/** Unpacks the tarball into a project that has its declared dependencies and nothing else. */
async function install(): Promise<string> {
  const home = join(folder, 'home')
  const target = join(home, 'node_modules', 'signet-dns')
  mkdirSync(target, { recursive: true })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  assert.ok(tarball, 'npm pack left a tarball')
  await run('tar', ['-xzf', join(folder, tarball), '-C', target, '--strip-components=1'])
  assert.deepEqual(
    readdirSync(target).sort(),
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'docs', 'examples', 'package.json', 'packaging'],
    'the package holds what it should',
  )
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'))
  for (const dependency of Object.keys(manifest.dependencies)) {
    const link = join(home, 'node_modules', dependency)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', dependency), link, 'junction')
  }
  assert.equal(existsSync(join(target, 'node_modules')), false)
  return home
}
