/**
 * The matrix of signing: the root of 2026, every zone of the third-party material and special zones of ours that
 * dnssec-signzone signs, each with six algorithms and three ways of denial, held against four tools that verify signed zones.
 *
 * A tool that does not know an algorithm is not asked. A tool that refuses a zone of ours is asked about the same zone
 * signed by dnssec-signzone with the same keys: when it complains of the same there, the complaint is not of our signing, and
 * the check counts as skipped, with its words; when it does not know a record type, it is asked about the zone without
 * records of that type. With CI=true the root, six zones and the
 * special ones are taken, the latter with one algorithm.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { typeNumber } from '../../src/dns/rr/index.ts'
import { complaints, JUDGES, type Judge, judge, KnownToTools, missingTools } from './signing/judges.ts'
import { keysFor } from './signing/keys.ts'
import { DENIALS, prepareFolder, type SigningJob, signByBind, signByCommand, signHere } from './signing/sign.ts'
import { specialZones } from './signing/special-zones.ts'
import { inLanes, lastWord } from './signing/tools.ts'
import { materialZones, without, type ZoneFile } from './signing/zones.ts'

const ALGORITHMS = [8, 10, 13, 14, 15, 16]
/** With this one the signing is done by the command, not in this process. */
const BY_COMMAND = 13
const LANES = 2

const few = process.env.CI === 'true'
const lacking = missingTools()
const zones = [...materialZones(few), ...specialZones()]
const skip = lacking

const root = mkdtempSync(join(tmpdir(), 'signet-matrix-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** What was not done, and how often: reason → count. */
class Skips {
  readonly #counts = new Map<string, number>()
  total = 0

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    this.total++
  }

  toString(): string {
    return Array.from(this.#counts, ([reason, count]) => `${count} × ${reason}`).join('; ') || 'none'
  }
}

test('every zone, algorithm and way of denial is accepted by the tools that verify', { skip }, async (t) => {
  const known = new KnownToTools()
  await known.find(ALGORITHMS, root)
  const combinations = new Skips()
  const checks = new Skips()
  const failures: string[] = []
  let run = 0
  let checked = 0
  const signable = await signableZones(combinations)
  if (!signable.some((zone) => zone.apex.isRoot && !isSpecial(zone)))
    t.diagnostic('without third-party material: special zones only')
  const jobs = signable.flatMap((zone, i) => algorithmsFor(zone).map((algorithm) => ({ zone, algorithm, i })))
  await inLanes(jobs, LANES, async ({ zone, algorithm, i }) => {
    const folder = join(root, `${i}-${algorithm}`)
    const keys = await keysFor(zone.apex, algorithm)
    prepareFolder({ zone, keys, folder })
    for (const denial of DENIALS) {
      const job = { zone, keys, denial, folder }
      const what = `${zone.label}, algorithm ${algorithm}, ${denial}`
      const signed = await signed_(job, algorithm)
      run++
      if (signed !== undefined) {
        failures.push(`${what}: not signed: ${signed}`)
        continue
      }
      for (const one of JUDGES) {
        if (!one.denials.includes(denial)) continue
        const unasked = known.reasonAgainst(one, algorithm, zone.apex)
        if (unasked !== undefined) checks.add(unasked)
        else {
          const refusal = await refusalOf(one, job)
          checked++
          if (refusal === undefined) continue
          if (refusal.ours) failures.push(`${what}: ${one.tool}: ${refusal.words}`)
          else checks.add(`${one.tool} of ${zone.label} ${denial} by dnssec-signzone too: ${refusal.words}`)
        }
      }
    }
    rmSync(folder, { recursive: true })
  })
  t.diagnostic(`${run} combinations run, ${combinations.total} skipped (${combinations})`)
  t.diagnostic(`${checked} checks by tools, ${checks.total} skipped (${checks})`)
  assert.deepEqual(failures, [])
  assert.ok(run > 0)
})

function isSpecial({ label }: ZoneFile): boolean {
  return label.startsWith('special')
}

function algorithmsFor(zone: ZoneFile): readonly number[] {
  return few && isSpecial(zone) ? [BY_COMMAND] : ALGORITHMS
}

/** Zones that dnssec-signzone signs; the others are named. */
async function signableZones(skips: Skips): Promise<ZoneFile[]> {
  const verdicts = await inLanes([...zones.entries()], LANES, async ([i, zone]) => {
    const job = { zone, keys: await keysFor(zone.apex, 13), denial: 'nsec', folder: join(root, `try-${i}`) } as const
    prepareFolder(job)
    const outcome = await signByBind(job)
    rmSync(job.folder, { recursive: true })
    return outcome
  })
  return zones.filter((zone, i) => {
    const outcome = verdicts[i]
    if (outcome?.ok === true) return true
    const words = lastWord(outcome?.output ?? '').replace(/'[^']*'/, '')
    for (let n = algorithmsFor(zone).length * DENIALS.length; n > 0; n--)
      skips.add(`${zone.label}: refused by ${words}`)
    return false
  })
}

/** Signs; what went wrong, or nothing. */
async function signed_(job: SigningJob, algorithm: number): Promise<string | undefined> {
  if (algorithm === BY_COMMAND) {
    const { ok, output } = await signByCommand(job)
    return ok ? undefined : output
  }
  try {
    signHere(job)
    return undefined
  } catch (error) {
    return String(error)
  }
}

type Refusal = { readonly ours: boolean; readonly words: string }

/** Why a tool refuses the signed zone: whether the fault is ours, or dnssec-signzone's output meets the same complaint. */
async function refusalOf(one: Judge, job: SigningJob, retried = false): Promise<Refusal | undefined> {
  const { apex } = job.zone
  const verdict = await judge(one, apex, 'ours', job.folder)
  if (verdict.ok) return undefined
  await signByBind(job)
  const theirs = await judge(one, apex, 'theirs', job.folder)
  if (theirs.ok) return { ours: true, words: verdict.output.slice(0, 400) }
  const also = complaints(theirs.output)
  const unknown = unknownTypes(also)
  if (unknown.length > 0 && !retried) return refusalWithout(one, job, unknown)
  const own = [...complaints(verdict.output)].filter((complaint) => !also.has(complaint))
  if (own.length > 0) return { ours: true, words: own.join('\n').slice(0, 400) }
  return { ours: false, words: lastWord([...also].join('\n')) }
}

/** Record types that a tool says it does not know, and that are types. */
function unknownTypes(found: ReadonlySet<string>): string[] {
  const words = [...found].map((complaint) => /unsupported rdtype (\S+)/.exec(complaint)?.[1]?.toUpperCase() ?? '')
  return [...new Set(words)].filter((word) => word !== '' && typeNumber(word) >= 0)
}

/** Asks again about the same zone without records of the types that the tool does not know. */
async function refusalWithout(one: Judge, job: SigningJob, types: readonly string[]): Promise<Refusal | undefined> {
  const { zone } = without(job.zone, ({ type }) => types.includes(type))
  const again = { ...job, zone, folder: join(job.folder, 'again') }
  prepareFolder(again)
  signHere(again)
  return refusalOf(one, again, true)
}
