/**
 * Zones that were changed many times, each change signed by itself, before dnssec-verify and ldns-verify-zone. The sequences are
 * those of the property tests; `SIGNET_SEQUENCES` says how many are tried for each kind of denial, `SIGNET_SEED` repeats a run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../../src/dns/errors.ts'
import { APEX, APEX_NAME, Model, type Sequence, sequences } from '../../src/signer/change-sequences.fixture.ts'
import { fixedPair } from '../../src/signer/fixed-keys.fixture.ts'
import type { SigningOptions } from '../../src/signer/index.ts'
import { changeOf, SignedVersions } from '../../src/signer/signed-versions.fixture.ts'
import { NSEC, NSEC3, OPT_OUT } from '../../src/signer/signing.fixture.ts'
import { printRecords } from '../../src/zone/index.ts'
import { inLanes, lacking, lastWord, run } from './signing/tools.ts'

const RUNS = Number(process.env.SIGNET_SEQUENCES ?? (process.env.CI === 'true' ? 15 : 60))
const SEED = Number(process.env.SIGNET_SEED ?? Date.now() % 1_000_000)
const LANES = 2
const DENIALS = { NSEC, NSEC3, 'opt-out': OPT_OUT }
const TOOLS: Readonly<Record<string, (file: string) => string[]>> = {
  'dnssec-verify': (file) => ['-q', '-o', APEX, file],
  'ldns-verify-zone': (file) => [file],
}

const folder = mkdtempSync(join(tmpdir(), 'signet-changes-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const now = Math.floor(Date.now() / 1000)

function optionsFor(denial: SigningOptions['denial']): SigningOptions {
  return {
    signWith: fixedPair(15, APEX_NAME),
    publish: [],
    ...(denial && { denial }),
    inception: now - 3600,
    expiration: now + 86400,
    jitterSeconds: 0,
    serial: 'keep',
    zonemd: [],
    now,
    random: { bytes: (length) => new Uint8Array(length) },
  }
}

/** Whether the tools read the zone: they want no delegation to be a wildcard or to own a DNAME. */
function isReadByTools({ records }: Model): boolean {
  return records.every(({ owner, type }) => {
    if (type !== 'NS' || owner === APEX) return true
    const name = owner.toLowerCase()
    return !name.startsWith('*') && !records.some((one) => one.type === 'DNAME' && one.owner.toLowerCase() === name)
  })
}

/** The zone after all steps that can be taken, and how many those were. */
function takeSteps({ first, steps }: Sequence, options: SigningOptions): { text: string; taken: number } {
  let model = Model.create(first.filter(({ owner, type }) => type !== 'NS' || owner === APEX))
  const versions = new SignedVersions(model, options)
  let taken = 0
  for (const step of steps) {
    const next = model.after(step)
    if (!isReadByTools(next)) continue
    const { removed, added } = model.changeTo(next)
    try {
      versions.apply(changeOf(removed, added, versions.serial))
    } catch (error) {
      if (error instanceof DnsError) continue
      throw error
    }
    model = next.settled()
    taken++
  }
  const { table, records } = versions.zone
  return { text: new TextDecoder('latin1').decode(printRecords(table, records, 0, records.length)), taken }
}

for (const [name, denial] of Object.entries(DENIALS)) {
  for (const [tool, args] of Object.entries(TOOLS)) {
    test(`changes signed with ${name} are accepted by ${tool}`, { skip: lacking(tool) }, async (t) => {
      const sample = fc.sample(sequences, { numRuns: RUNS, seed: SEED })
      let taken = 0
      const refusals = await inLanes([...sample.entries()], LANES, async ([i, sequence]) => {
        const signed = takeSteps(sequence, optionsFor(denial))
        taken += signed.taken
        const file = `${name}-${tool}-${i}`
        writeFileSync(join(folder, file), signed.text, 'latin1')
        const { ok, output } = await run(tool, args(file), folder)
        return ok ? undefined : `seed ${SEED}, sequence ${i}: ${lastWord(output)}\n${output}\n${signed.text}`
      })
      t.diagnostic(`seed ${SEED}: ${RUNS} sequences, ${taken} changes`)
      assert.deepEqual(
        refusals.filter((refusal) => refusal !== undefined),
        [],
      )
      assert.ok(taken > 0)
    })
  }
}
