/** What no path from outside may do: block the thread that opens it. An open that blocks here hangs the test. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SystemClock } from '../clock/index.ts'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { loadRecords, walkZone } from '../zone/index.ts'
import { zoneOfLines } from '../zone/zone-versions.fixture.ts'
import {
  AppendFile,
  CertificateFiles,
  FileBeingWritten,
  isZoneFileUnchanged,
  openInputFile,
  openState,
  openZoneFile,
  readAnchorFile,
  readForeignKeys,
  readInputFile,
  readKeyFolder,
  readPassword,
  readTextFile,
  writeZoneFile,
} from './index.ts'
import { AT, newFolder, withState } from './state.fixture.ts'

const folder = newFolder()
const fifo = join(folder, 'fifo')
const socket = join(folder, 'socket')
const link = join(folder, 'link')
let server: Server

before(async () => {
  execFileSync('mkfifo', [fifo])
  symlinkSync('fifo', link)
  server = createServer()
  await new Promise<void>((resolve) => server.listen(socket, resolve))
})
after(() => server.close())

/** What is no regular file, and the words for it. */
const OTHERS: readonly (readonly [path: string, words: RegExp])[] = [
  [fifo, /fifo: is a named pipe \(FIFO\), not a regular file$/],
  [link, /link: is a named pipe \(FIFO\), not a regular file$/],
  [socket, /socket: is a socket, not a regular file$/],
  ['/dev/zero', /zero: is a device, not a regular file$/],
  [folder, /is a folder, not a regular file$/],
]

const READERS: Readonly<Record<string, (path: string) => unknown>> = {
  openInputFile,
  'readInputFile in a command': (path) => readInputFile(path, 100, { inherited: true }),
  readTextFile: (path) => readTextFile(path, 100),
  openZoneFile,
  'openZoneFile in a command': (path) => openZoneFile(path, { inherited: true }),
  isZoneFileUnchanged: (path) =>
    isZoneFileUnchanged(path, { hash: '', modifiedAt: 0, parts: [{ name: '', size: 0, hash: '' }] }),
  readAnchorFile: (path) => readAnchorFile(path),
  'a certificate': (certificate) =>
    new CertificateFiles({ certificate, key: plain('key', '') }, { clock: new SystemClock() }),
  'a key of a certificate': (key) =>
    new CertificateFiles({ certificate: plain('certificate', ''), key }, { clock: new SystemClock() }),
  readPassword: (path) => readPassword(`file:${path}`, {}),
  readForeignKeys: (path) => readForeignKeys(path),
}

function plain(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('only regular files are read', () => {
  for (const [name, read] of Object.entries(READERS)) {
    test(name, async () => {
      for (const [path, words] of OTHERS) {
        await assert.rejects(
          async () => read(path),
          (error) => error instanceof DnsError && error.code === 'input-unreadable' && words.test(error.message),
          path,
        )
      }
    })
  }

  test('$INCLUDE, with the place in the zone file', () => {
    for (const name of ['fifo', 'link', 'socket']) {
      const path = plain('zone', `$TTL 60\n@ SOA ns host 1 2 3 4 5\n$INCLUDE ${name}\n`)
      const input = openZoneFile(path)
      const load = () => loadRecords(input.source, Name.parse('example.'), { include: input.include })
      assert.throws(load, { code: 'zone-file-syntax', message: /zone:3:10: .* not a regular file$/ })
      input.close()
    }
  })

  test('a key folder', async () => {
    const keys = join(newFolder(), 'keys')
    mkdirSync(keys)
    execFileSync('mkfifo', [join(keys, 'Kexample.+013+00001.key')])
    const { problems } = await readKeyFolder(keys)
    assert.match(problems[0]?.message ?? '', /is a named pipe \(FIFO\), not a regular file$/)
  })
})

test('no other file of this folder reads a path by itself, but the scratch folder its own', () => {
  const reading = /\b(readFile|readFileSync|readSync|createReadStream|openAsBlob|copyFile|copyFileSync)\b/
  const files = readdirSync(import.meta.dirname).filter((name) => /^(?!.*\.(test|fixture)\.ts$).*\.ts$/.test(name))
  const found = files.filter((name) => reading.test(readFileSync(join(import.meta.dirname, name), 'utf8')))
  assert.deepEqual(found.sort(), ['input-file.ts', 'scratch-folder.ts'])
})

test('a command reads a pipe that it was given, by its number', () => {
  const script = `
    import { readInputFile } from ${JSON.stringify(join(import.meta.dirname, 'input-file.ts'))}
    for (const path of ['/dev/stdin', '/dev/fd/7', '/proc/self/fd/8'])
      process.stdout.write(readInputFile(path, 100, { inherited: true }).octets)
    try { readInputFile('/dev/fd/9', 100) } catch (error) { process.stdout.write(error.message) }`
  const command = 'printf one | "$0" --input-type=module -e "$1" 7< <(printf two) 8< <(printf three) 9< <(:)'
  const printed = execFileSync('bash', ['-c', command, process.execPath, script], { encoding: 'utf8' })
  assert.match(printed, /^onetwothree\/dev\/fd\/9: is a named pipe \(FIFO\), not a regular file$/)
})

test('a file that is too long, or no file', () => {
  const path = plain('long', 'x'.repeat(101))
  assert.throws(() => readInputFile(path, 100), { code: 'limit-exceeded', message: /long: has more than 100 octets$/ })
  assert.equal(readInputFile(path, 101).octets.length, 101)
  assert.throws(() => readInputFile(join(folder, 'none'), 1), {
    code: 'input-unreadable',
    message: /none: no such file/,
  })
})

describe('a state folder with something else in the place of a file', () => {
  const besides = ['', '-journal', '-wal', '-shm']
  for (const name of ['signet.db', 'signet.lock'].flatMap((file) => besides.map((suffix) => file + suffix))) {
    test(`${name}: the error names it`, async () => {
      const state = newFolder()
      await withState(state, () => {})
      rmSync(join(state, name), { force: true })
      execFileSync('mkfifo', [join(state, name)])
      await assert.rejects(openState(state, AT), {
        code: 'state-invalid',
        message: `${join(state, name)}: is a named pipe (FIFO), not a regular file`,
      })
    })
  }

  test('signet.pid, trust-points.json and what it is written to: a new file takes their place', async () => {
    const stateFolder = newFolder()
    for (const name of ['signet.pid', 'trust-points.json', 'trust-points.json.new'])
      execFileSync('mkfifo', [join(stateFolder, name)])
    const state = await openState(stateFolder, AT)
    assert.match(state.trust.load().remarks.join(), /trust-points\.json is of no use .*named pipe/)
    state.trust.forget(Name.parse('example.'))
    assert.ok(statSync(join(stateFolder, 'signet.pid')).isFile())
    assert.ok(statSync(join(stateFolder, 'trust-points.json')).isFile())
    assert.ok(!existsSync(join(stateFolder, 'trust-points.json.new')))
    state.close()
  })
})

describe('what is written takes no place of a FIFO or a device', () => {
  test('a zone file, and any other file that is replaced', () => {
    const fault = { code: 'output-failed', message: /fifo: is a named pipe \(FIFO\), not a regular file$/ }
    assert.throws(() => new FileBeingWritten(fifo), fault)
    assert.throws(() => writeZoneFile(fifo, walkZone(zoneOfLines([], 1))), fault)
    assert.ok(statSync(fifo).isFIFO())
  })

  test('a file that only grows: a FIFO that nothing reads does not block the server', async () => {
    await assert.rejects(AppendFile.begin(fifo, '.old'), { code: 'output-failed', message: /is a named pipe/ })
  })
})
