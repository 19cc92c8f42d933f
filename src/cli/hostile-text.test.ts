/**
 * Text of others on a terminal: file names, tokens, key files, options, configuration and messages of servers may hold anything.
 * Whatever they hold, a command prints its own lines and nothing that steers the terminal.
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { decodeMessage, encodeMessage } from '../dns/wire/index.ts'
import { type Outcome, Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
/** Colour, title, a line that is not ours, C1 and a bidi control. */
const EVIL = 'x\x1b[31m\x1b]0;title\x07\nsignet: ready\r\u009b2J\u202ey'
const SHOWN = 'x\\x1b[31m\\x1b]0;title\\x07\\x0asignet: ready\\x0d\\x9b2J\\u{202e}y'
const ZONE = '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n'

/** Nothing but lines of ours, each of which begins as one. */
function assertHarmless({ stdout, stderr }: Outcome, what: string): void {
  assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, what)
  for (const line of stderr.split('\n').slice(0, -1)) assert.match(line, /^(signet: (?!ready)| {2}|see: )/, what)
}

async function run(words: readonly string[], status: number): Promise<Outcome> {
  const outcome = await place.signet(words)
  assertHarmless(outcome, words.join(' '))
  assert.equal(outcome.status, status, outcome.stderr)
  return outcome
}

const posix = { skip: process.platform === 'win32' ? 'file names there hold no controls' : false }

test('names of files', posix, async () => {
  place.write(`${EVIL}.zone`, `${ZONE}www A 192.0.2.256\n`)
  const bad = await run(['zone', 'check', `${EVIL}.zone`, '--zone', 'example'], 2)
  assert.ok(bad.stderr.startsWith(`signet: ${SHOWN}.zone:5:7: `), bad.stderr)
  const none = await run(['zone', 'verify', `no${EVIL}`, '--zone', 'example'], 2)
  assert.equal(none.stderr, `signet: no${SHOWN}: no such file or folder\n`)
  await run(['key', 'list', '--keys', EVIL], 2)
  place.write('good.zone', ZONE)
  await place.run('key generate --zone example --keys keys')
  const signed = await run(['zone', 'sign', 'good.zone', '--zone', 'example', '--keys', 'keys', '--out', EVIL], 0)
  assert.match(signed.stdout, /^signed zone: x\\x1b\[31m/m)
  const json = await place.signet([
    'zone',
    'sign',
    'good.zone',
    '--zone',
    'example',
    '--keys',
    'keys',
    '--out',
    EVIL,
    '--json',
  ])
  assert.equal(JSON.parse(json.stdout).out, EVIL, 'JSON says it as it is')
})

test('words of a zone file: types, classes, numbers, directives, names of included files', async () => {
  const evil = EVIL.replaceAll(/[\n\r]/g, '')
  for (const line of [
    `www ${evil} 192.0.2.1`,
    `www 60 ${evil} A 192.0.2.1`,
    `www A ${evil}`,
    `www MX ${evil} mail`,
    `$${evil} 1`,
    `$INCLUDE ${evil}`,
    `$INCLUDE "a ${evil}"`,
    `$GENERATE 1-${evil} a A 192.0.2.1`,
    `www TYPE65280 \\# 1 ${evil}`,
    `www CAA 0 ${evil} "${evil}`,
    `www DNSKEY 256 3 8 ${evil}`,
  ]) {
    place.write('bad.zone', `${ZONE}${line}\n`)
    await run(['zone', 'check', 'bad.zone', '--zone', 'example'], 2)
  }
  place.write('odd.zone', `${ZONE}a\\027b.c\\010 TXT "\\027[31m" "${evil}"\nb\\027 MX 1 c\\155\\155\n`)
  for (const zone of ['example', 'other']) {
    assertHarmless(await place.signet(['zone', 'check', 'odd.zone', '--zone', zone]), zone)
  }
  const printed = await place.signet(['zone', 'print', 'odd.zone', '--zone', 'example'], { env: {} })
  assertHarmless(printed, 'zone print')
})

test('what a key file says of its key', async () => {
  const name = (await place.run('key generate --zone example --keys friendly --friendly-name FRIEND')).trim()
  const text = place.read(`friendly/${name}.key`)
  place.write(`friendly/${name}.key`, text.replace('FRIEND', EVIL.replaceAll(/[\n\r]/g, '')))
  const { stdout } = await run(['key', 'list', '--keys', 'friendly'], 0)
  assert.match(stdout, /x\\x1b\[31m\\x1b\]0;title\\x07signet: ready\\x9b2J\\u\{202e\}y {2}signing/)
  await run(['key', 'ds', 'nobody', '--keys', 'friendly'], 2)
})

test('words of the command line', async () => {
  for (const words of [
    [EVIL],
    ['zone', EVIL],
    [`--${EVIL}`],
    ['zone', 'check', `--${EVIL}`],
    ['zone', 'check', 'odd.zone', '--zone', `${EVIL}..`],
    ['zone', 'verify', 'odd.zone', '--zone', 'example', '--at', EVIL],
    ['key', 'generate', '--zone', 'example', '--keys', 'k', '--algorithm', EVIL],
    ['resolve', 'example', EVIL],
    ['resolve', 'example', '--server', EVIL],
  ]) {
    const outcome = await place.signet(words)
    assert.equal(outcome.status, 2)
    assert.doesNotMatch(outcome.stderr, /[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, JSON.stringify(words))
    assert.doesNotMatch(outcome.stderr, /^signet: ready/m)
  }
})

test('an option that is nearly right: the hint has a line of its own', async () => {
  const { stderr } = await place.signet('zone check odd.zone --zone example --jsn')
  assert.equal(stderr, "signet: unknown option '--jsn'\n(Did you mean --json?)\nsee: signet zone check --help\n")
})

test('words of a configuration', async () => {
  const evil = JSON.stringify(EVIL)
  for (const text of [
    `${evil}: 1\n`,
    `data: ${evil}\nzones: [{ name: ${evil}, type: primary }]\n`,
    `zones: [{ name: example., type: ${evil} }]\n`,
    `server: { listen: [${evil}] }\n`,
    `logging: { level: ${evil} }\n`,
  ]) {
    place.write('signet.yaml', text)
    await run(['serve', '--config', 'signet.yaml'], 2)
  }
})

test('what a server says of an error (RFC 8914)', async (t) => {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.on('message', (octets, from) => {
    const query = decodeMessage(octets)
    const option = { kind: 'ede', infoCode: 0, text: EVIL } as const
    const edns = { ...query.edns, udpSize: 1232, version: 0, flags: 0, dnssecOk: false, options: [option] }
    const header = { ...query.header, qr: true, rcode: 2 }
    socket.send(encodeMessage({ ...query, header, edns }), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const words = ['resolve', 'example', '--server', `127.0.0.1:${socket.address().port}`]
  const { stdout } = await run(words, 1)
  assert.match(stdout, /^error +Other Error \(0\): x\\x1b\[31m/m)
  const json = JSON.parse((await place.signet([...words, '--json'])).stdout)
  assert.equal(json.errors[0].text, EVIL)
})

test('no file of the project writes to the terminal but the one that makes lines printable', () => {
  const root = join(import.meta.dirname, '..')
  const writers = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file))
    .filter((file) => /\bconsole\.|\bstd(out|err)\.write/.test(readFileSync(join(root, file), 'utf8')))
  assert.deepEqual(writers, [join('cli', 'output.ts')])
})
