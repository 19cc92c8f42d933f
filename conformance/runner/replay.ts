/**
 * `npm run replay`: replays every scenario (.rpl, .crpl) below a folder with the product's resolver.
 *
 *   node conformance/runner/replay.ts --dir FOLDER [--report FILE.json] [--only PART-OF-A-PATH]… [--verbose]
 *
 * The report is a list of { path, level, reason, skipped?, wrongAd }; the last line of the output `N passed, N failed`, where level 2
 * passes. What stands in conformance/replay-exceptions.json may fail; then it has `skipped` and is in neither number. The exit
 * status is 0 when 98 % of the others pass and no answer came where SERVFAIL was expected. `--verbose` shows of each scenario that
 * fails, or of all that `--only` names, the steps, the queries that were sent, what was expected and what came.
 */
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readExceptions } from './exceptions.ts'
import type { Outcome } from './findings.ts'
import { replayFile } from './replay-file.ts'

const PASS_LEVEL = 2
const PASS_SHARE = 0.98

type ReportLine = {
  readonly path: string
  readonly level: number
  readonly reason: string
  readonly skipped?: string
  readonly wrongAd: boolean
}

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    report: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
  },
})
if (values.dir === undefined) {
  console.error('usage: replay --dir FOLDER [--report FILE.json] [--only PART-OF-A-PATH]… [--verbose]')
  process.exit(2)
}
process.exitCode = await replayAll(values.dir)

async function replayAll(folder: string): Promise<number> {
  const exceptions = readExceptions(folder)
  const paths = globSync('**/*.{rpl,crpl}', { cwd: folder })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => values.only.length === 0 || values.only.some((part) => path.includes(part)))
    .sort()
  const report: ReportLine[] = []
  for (const path of paths) {
    const outcome = await replayFile(join(folder, path))
    const { level, reason, wrongAd } = outcome
    const exception = level < PASS_LEVEL ? exceptions.get(path) : undefined
    const skipped = exception === undefined ? {} : { skipped: exception }
    report.push({ path, level, reason, ...skipped, wrongAd })
    const isFailure = level < PASS_LEVEL || wrongAd
    if (values.verbose && (isFailure || values.only.length > 0)) show(path, outcome)
    else if (isFailure) {
      console.log(
        `${exception === undefined ? 'failed' : 'excepted'}: ${path}: level ${level}: ${reason}${wrongAd ? ' WRONG AD' : ''}`,
      )
    }
  }
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(report, undefined, 2)}\n`)
  return summarise(report)
}

function summarise(report: readonly ReportLine[]): number {
  const counted = report.filter(({ skipped }) => skipped === undefined)
  const passed = counted.filter(({ level }) => level >= PASS_LEVEL).length
  const wrong = report.filter(({ wrongAd }) => wrongAd).length
  const levels = [0, 1, 2, 3].map((level) => `level ${level}: ${report.filter((line) => line.level === level).length}`)
  console.log(
    `${levels.join(', ')}; excepted: ${report.length - counted.length}; data where SERVFAIL was expected: ${wrong}`,
  )
  console.log(`${passed} passed, ${counted.length - passed} failed`)
  return counted.length > 0 && passed >= counted.length * PASS_SHARE && wrong === 0 ? 0 : 1
}

function show(path: string, { level, reason, findings, log }: Outcome): void {
  console.log(`\n======== ${path}: level ${level}${reason === '' ? '' : `: ${reason}`}`)
  for (const line of log) console.log(line)
  for (const { step, level: own, text, expected, got } of findings.filter((finding) => finding.level < PASS_LEVEL)) {
    console.log(`\n-- step ${step?.number ?? 'at the end'}: level ${own}: ${text}`)
    if (expected !== undefined) console.log(`expected:\n${indent(expected)}`)
    if (got !== undefined) console.log(`came:\n${indent(got)}`)
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
