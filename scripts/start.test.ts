/** `npm start` in a folder of its own: what it makes, what it leaves alone the second time, and what delv says to it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { askTcp, askUdp, question } from '../src/cli/running-server.fixture.ts'

const START = join(import.meta.dirname, 'start.ts')
const data = mkdtempSync(join(tmpdir(), 'signet-start-'))
let running: ChildProcess | undefined
after(() => {
  running?.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

/** Starts it; resolves with what it printed until it was ready. */
async function start(): Promise<string> {
  const child = spawn(process.execPath, [START, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] })
  running = child
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      printed += text
    })
  }
  while (!/^signet: ready/m.test(printed)) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${printed}`)
    await sleep(20)
  }
  return printed
}

async function stop(): Promise<void> {
  const ended = new Promise((resolve) => running?.once('exit', resolve))
  running?.kill('SIGINT')
  assert.equal(await ended, 0)
}

const portOf = (printed: string): number => Number(/ udp 127\.0\.0\.1:(\d+)/.exec(printed)?.[1])
const timesOf = (...names: string[]): number[] => names.map((name) => statSync(join(data, name)).mtimeMs)

test('keys, a signed zone, a certificate and the configuration are made once; signatures again when they are old', async () => {
  // Other ports than those that a person may use just now.
  const given =
    'data: .\nserver:\n  listen: ["127.0.0.1:0"]\n  tls: { listen: ["127.0.0.1:0"], certificate: tls.pem, key: tls.key }\nmanagement: { listen: [] }\nzones:\n  - { name: example., type: primary, file: example.signed }\n'
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'serve.yaml'), given)
  let printed = await start()
  assert.match(printed, /made a key: Kexample\.\+013\+\d+\n.*made a key: /s)
  assert.match(printed, /^ {2}dig @127\.0\.0\.1 -p 0 mail\.example A \+dnssec$/m)
  const { message } = await askUdp(question('mail.example'), portOf(printed))
  assert.equal(message.answer.length, 1)
  assert.equal((await askTcp(question('example', 'DNSKEY'), portOf(printed))).answer.length, 2)
  checkWithDelv(portOf(printed))
  await stop()
  assert.equal(readFileSync(join(data, 'serve.yaml'), 'utf8'), given)
  const before = timesOf('example.signed', 'tls.pem', 'tls.key', 'keys')
  printed = await start()
  await stop()
  assert.deepEqual(timesOf('example.signed', 'tls.pem', 'tls.key', 'keys'), before)
  const old = Date.now() / 1000 - 21 * 86_400
  utimesSync(join(data, 'example.signed'), old, old)
  printed = await start()
  assert.match(printed, /is signed/)
  await stop()
  assert.equal(readdirSync(join(data, 'keys')).length, 4)
  assert.equal(statSync(join(data, 'tls.key')).mode & 0o077, 0)
})

/** Where BIND's tools are there: the answers validate from the anchor that was written. */
function checkWithDelv(port: number): void {
  if (spawnSync('delv', ['-v']).status !== 0) return
  for (const [name, verdict] of [
    ['mail.example', /fully validated/],
    ['nothing.example', /negative response, fully validated/],
  ] as const) {
    const words = ['@127.0.0.1', '-p', String(port), '-a', join(data, 'delv.conf'), '+root=example.', name, 'A']
    const { stdout, stderr } = spawnSync('delv', words, { encoding: 'utf8', timeout: 20_000 })
    assert.match(stdout + stderr, verdict)
  }
}
