/**
 * Golden signed zones: the same input, keys and times give the same octets, forever. Only algorithms without a random part are
 * used. A change of what is printed or signed shows here; when it is meant, GOLDEN=write writes the files anew.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { Name } from '../src/dns/name/index.ts'
import { printBindKey, type SigningKey } from '../src/dnssec/index.ts'
import { fixedPair } from '../src/signer/fixed-keys.fixture.ts'
import {
  EXPIRATION,
  INCEPTION,
  NSEC,
  NSEC3,
  OPT_OUT,
  type SignTextOptions,
  signText,
} from '../src/signer/signing.fixture.ts'

const folder = join(import.meta.dirname, 'golden')
const zone = Name.parse('corners.example.')
const scratch = mkdtempSync(join(tmpdir(), 'signet-golden-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

type Golden = {
  readonly file: string
  readonly keys: readonly SigningKey[]
  readonly options: SignTextOptions
  /** The same choices for the command. */
  readonly flags: readonly string[]
}

const salted = { kind: 'nsec3', iterations: 2, salt: Uint8Array.of(0xab, 0xcd), optOut: false } as const
const NO_SALT = ['--nsec3-iterations', '0', '--nsec3-salt', '-']

const GOLDEN: readonly Golden[] = [
  { file: 'corners-ed25519-nsec', keys: fixedPair(15, zone), options: { denial: NSEC }, flags: ['--denial', 'nsec'] },
  {
    file: 'corners-rsasha256-nsec3',
    keys: fixedPair(8, zone),
    options: { denial: NSEC3, serial: 'increment' },
    flags: ['--denial', 'nsec3', ...NO_SALT, '--serial', 'increment'],
  },
  {
    file: 'corners-ed448-nsec3-salt',
    keys: fixedPair(16, zone),
    options: { denial: salted },
    flags: ['--denial', 'nsec3', '--nsec3-iterations', '2', '--nsec3-salt', 'abcd'],
  },
  {
    file: 'corners-two-algorithms-opt-out-zonemd',
    keys: [...fixedPair(8, zone), ...fixedPair(15, zone)],
    options: { denial: OPT_OUT, zonemd: [1, 2] },
    flags: ['--denial', 'nsec3', ...NO_SALT, '--opt-out', '--zonemd', 'both'],
  },
]

const input = readFileSync(join(folder, 'corners.zone'))
const golden = (file: string): string => readFileSync(join(folder, `${file}.signed`), 'latin1')

for (const { file, keys, options, flags } of GOLDEN) {
  test(`golden: ${file}`, () => {
    const { text } = signText(input, { zone, signWith: keys, ...options })
    if (process.env.GOLDEN === 'write') writeFileSync(join(folder, `${file}.signed`), text, 'latin1')
    assert.equal(text, golden(file))
  })

  test(`golden by the command: ${file}`, () => {
    const keyFolder = mkdtempSync(join(scratch, 'keys-'))
    for (const { name, record, secret = '' } of keys.map(printBindKey)) {
      writeFileSync(join(keyFolder, `${name}.key`), record)
      writeFileSync(join(keyFolder, `${name}.private`), secret, { mode: 0o600 })
    }
    const out = join(scratch, file)
    const times = ['--inception', String(INCEPTION), '--expiration', String(EXPIRATION)]
    const args = [
      'zone',
      'sign',
      join(folder, 'corners.zone'),
      '--zone',
      zone.toString(),
      '--keys',
      keyFolder,
      '--out',
      out,
    ]
    const signet = join(import.meta.dirname, '..', 'bin', 'signet')
    const { status, stderr } = spawnSync(signet, [...args, ...times, ...flags, '--jobs', '2'], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.equal(readFileSync(out, 'latin1'), golden(file))
  })
}
