/**
 * The same keys, times and options give the same signed zone as ldns-signzone (NSEC, NSEC3) and dnssec-signzone (NSEC,
 * NSEC3, and with opt-out `-A`): the same owners, types and RDATA, the same signatures where the algorithm is not randomised,
 * and the same TTLs, but for the differences that docs/differences.md lists.
 *
 * Both outputs are read with our own reader and compared in canonical form. With CI=true the root and six zones of the
 * third-party material are taken, and our own special zones with two sets of keys.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { TextError } from '../../src/dns/errors.ts'
import type { SigningKey } from '../../src/dnssec/index.ts'
import type { Denial } from '../../src/signer/index.ts'
import { signText } from '../../src/signer/signing.fixture.ts'
import { keysFor } from './signing/keys.ts'
import { KNOWN_DIFFERENCES, type Tool, withoutKnown } from './signing/known-differences.ts'
import { type Difference, differences, type NormalForm, normalForm } from './signing/normal-form.ts'
import { prepareFolder } from './signing/sign.ts'
import { specialZones } from './signing/special-zones.ts'
import { inLanes, lacking, lastWord, type Outcome, run } from './signing/tools.ts'
import { materialZones, type ZoneFile } from './signing/zones.ts'

const few = process.env.CI === 'true'
const LANES = 2
const now = Math.floor(Date.now() / 1000)
const inception = now - 3600
const expiration = now + 60 * 86400

const root = mkdtempSync(join(tmpdir(), 'signet-same-'))
after(() => rmSync(root, { recursive: true, force: true }))

type Way = { readonly tool: Tool; readonly denial: Denial }

const NO_SALT = new Uint8Array(0)
const SALT = Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd)
const nsec3 = (iterations: number, salt: Uint8Array, optOut = false): Denial =>
  ({ kind: 'nsec3', iterations, salt, optOut }) as const

const WAYS: readonly Way[] = [
  { tool: 'ldns-signzone', denial: { kind: 'nsec' } },
  { tool: 'ldns-signzone', denial: nsec3(0, NO_SALT) },
  { tool: 'ldns-signzone', denial: nsec3(5, SALT) },
  { tool: 'dnssec-signzone', denial: { kind: 'nsec' } },
  { tool: 'dnssec-signzone', denial: nsec3(5, SALT) },
  { tool: 'dnssec-signzone', denial: nsec3(0, NO_SALT, true) },
  { tool: 'dnssec-signzone', denial: nsec3(5, SALT, true) },
]

type Job = Way & { readonly zone: ZoneFile; readonly keys: readonly SigningKey[]; readonly folder: string }

function signByTool({ tool, denial, zone, keys, folder }: Job): Promise<Outcome> {
  const z = zone.apex.toString()
  const salt = denial.kind === 'nsec3' ? denial.salt.toHex() : ''
  if (tool === 'ldns-signzone') {
    const args = ['-o', z, '-f', 'theirs', '-i', stamp(inception), '-e', stamp(expiration)]
    if (denial.kind === 'nsec3') args.push('-n', '-t', String(denial.iterations), ...(salt === '' ? [] : ['-s', salt]))
    return run(tool, [...args, 'zone', ...keys.map((key) => key.name)], folder)
  }
  const args = [
    '-q',
    '-P',
    '-S',
    '-x',
    '-u',
    '-K',
    '.',
    '-o',
    z,
    '-f',
    'theirs',
    '-s',
    stamp(inception),
    '-e',
    stamp(expiration),
  ]
  if (denial.kind === 'nsec3') args.push('-3', salt === '' ? '-' : salt, '-H', String(denial.iterations))
  if (denial.kind === 'nsec3' && denial.optOut) args.push('-A')
  return run(tool, [...args, 'zone'], folder)
}

function stamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14)
}

function ours({ zone, keys, denial }: Job): NormalForm {
  const { text } = signText(zone.text, { zone: zone.apex, signWith: keys, denial, inception, expiration, now })
  return normalForm(Buffer.from(text, 'latin1'), zone.apex)
}

/** The tool's signed zone, or why there is none. */
async function theirs(job: Job): Promise<NormalForm | string> {
  prepareFolder(job)
  const outcome = await signByTool(job)
  if (!outcome.ok) return lastWord(outcome.output)
  try {
    return normalForm(readFileSync(join(job.folder, 'theirs')), job.zone.apex)
  } catch (error) {
    if (!(error instanceof TextError)) throw error
    return `unreadable: ${error.reason}`
  }
}

/** What all comparisons came to. */
class Report {
  compared = 0
  readonly shown = new Set<string>()
  readonly refused = new Map<string, number>()
  readonly failures: string[] = []

  async compare(job: Job): Promise<void> {
    const what = `${job.zone.label}, ${job.keys.map((key) => key.algorithm)}, ${job.tool} ${describe(job.denial)}`
    const left = await this.#unexplained(job)
    if (typeof left === 'string') {
      const row = KNOWN_DIFFERENCES.find(
        ({ tools, refusal }) => tools.includes(job.tool) && refusal?.test(left) === true,
      )
      if (row !== undefined) this.shown.add(row.id)
      else if (job.zone.label.startsWith('special')) this.failures.push(`${what}: ${left}`)
      else this.refused.set(`${job.zone.label}: ${job.tool}: ${left}`, 1)
      return
    }
    this.compared++
    if (left.length === 0) return
    const known = withoutKnown(job.zone, job.tool)
    const stillLeft = known === undefined ? left : await this.#unexplained({ ...job, zone: known.zone })
    if (known !== undefined && stillLeft.length === 0) for (const id of known.ids) this.shown.add(id)
    else if (typeof stillLeft === 'string') this.failures.push(`${what}: without what is known: ${stillLeft}`)
    else this.failures.push(`${what}:\n${stillLeft.slice(0, 5).map(describeDifference).join('\n')}`)
  }

  /** Differences that no row explains; a text when the tool gave no signed zone. */
  async #unexplained(job: Job): Promise<Difference[] | string> {
    const other = await theirs(job)
    if (typeof other === 'string') return other
    return differences(ours(job), other).filter((difference) => {
      const row = KNOWN_DIFFERENCES.find(
        ({ tools, explains }) =>
          tools.includes(job.tool) && explains?.(difference, job.zone.apex.toCanonical().toString()) === true,
      )
      if (row !== undefined) this.shown.add(row.id)
      return row === undefined
    })
  }
}

function describe(denial: Denial): string {
  if (denial.kind === 'nsec') return 'nsec'
  return `nsec3 ${denial.iterations} ${denial.salt.toHex() || '-'}${denial.optOut ? ' opt-out' : ''}`
}

function describeDifference({ kind, key, values }: Difference): string {
  return `  ${kind} ${key.slice(0, 200)}: ${values.map((value) => value.slice(0, 200)).join(' | ')}`
}

const skip = lacking('ldns-signzone', 'dnssec-signzone')
const SETS = few ? [[15], [8, 13, 15]] : [[8], [13], [15], [16], [8, 13, 15]]

test('zones are signed as by ldns-signzone and dnssec-signzone', { skip }, async (t) => {
  const report = new Report()
  const material = materialZones(few)
  if (material.length === 0) t.diagnostic('without third-party material: special zones only')
  const pairs = [
    ...material.map((zone) => ({ zone, set: [15] })),
    ...SETS.flatMap((set) => specialZones().map((zone) => ({ zone, set }))),
  ]
  await inLanes([...pairs.entries()], LANES, async ([i, { zone, set }]) => {
    const folder = join(root, String(i))
    const keys = (await Promise.all(set.map((algorithm) => keysFor(zone.apex, algorithm)))).flat()
    for (const way of WAYS) await report.compare({ ...way, zone, keys, folder })
    rmSync(folder, { recursive: true })
  })
  for (const words of report.refused.keys()) t.diagnostic(`not compared: ${words}`)
  t.diagnostic(`${report.compared} signed zones compared, ${report.refused.size} zones refused by a tool`)
  assert.deepEqual(report.failures, [])
  assert.deepEqual([...report.shown].sort(), KNOWN_DIFFERENCES.map(({ id }) => id).sort(), 'differences that show')
})

test('docs/differences.md lists exactly the known differences', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'differences.md'), 'utf8')
  const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading)
  assert.deepEqual(headings.sort(), KNOWN_DIFFERENCES.map(({ id }) => id).sort())
})
