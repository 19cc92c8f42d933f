/** Runs the world of odd servers with some resolvers, and reads what they said. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ResolverName } from '../../scripts/lab/resolvers.ts'
import type { OddReport, Said } from './run.ts'
import type { OddQuestion } from './world.ts'

const RUN = join(import.meta.dirname, 'run.ts')
/** Milliseconds in which a name is answered. */
const USUAL_WITHIN = 3000

/** `explained`: what `signet explain` prints of the names that fail; `recorded`: the same of what our resolver recorded of them. */
export type WorldRun = {
  readonly report: OddReport
  readonly explained: Readonly<Record<string, string>>
  readonly recorded: Readonly<Record<string, string>>
}

export function runWorld(...resolvers: readonly (ResolverName | 'explain' | 'mixed-case')[]): WorldRun {
  const folder = mkdtempSync(join(tmpdir(), 'signet-odd-'))
  try {
    const { status, stderr } = spawnSync(process.execPath, [RUN, folder, ...resolvers], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const report: OddReport = read('report.json')
    if (!resolvers.includes('explain')) return { report, explained: {}, recorded: {} }
    return { report, explained: read('explained.json'), recorded: read('recorded.json') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether this is what stands beside the name in `servers.ts`, in its time. */
export function assertExpected({ name, type, expected }: OddQuestion, said: Said | undefined): void {
  const { rcode, address, text, within = USUAL_WITHIN } = expected
  assert.ok(said?.outcome, 'no answer')
  const { outcome, milliseconds } = said
  assert.equal(outcome.rcode, rcode, outcome.error)
  if (address !== undefined) {
    const hex = `c00002${address.toString(16).padStart(2, '0')}`
    assert.ok(
      outcome.answer.some((line) => line.endsWith(` A ${hex}`)),
      `${name} ${type}: ${outcome.answer}`,
    )
  }
  if (text !== undefined) assert.match(outcome.error, text)
  assert.ok(milliseconds <= within, `${milliseconds} ms`)
}
