/**
 * Runs test files, each in a process of its own, and prints what failed, what was skipped and what was slow.
 *
 *   node scripts/test.ts [--dir FOLDER]… [--exclude FOLDER]… [--timeout SECONDS] [--concurrency N] [--name PATTERN]
 *                        [--verbose] [PART-OF-A-PATH…]
 *
 * Without --dir: the tests of src/ and scripts/. The last line is `N passed, N failed, N skipped`;
 * the exit status is 1 if a test failed or none ran.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type FileOptions, type FileResult, runFile } from './testing/run-file.ts'

const SLOW_SECONDS = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: 'string', multiple: true, default: ['src', 'scripts'] },
    exclude: { type: 'string', multiple: true, default: [] },
    timeout: { type: 'string', default: '180' },
    concurrency: { type: 'string', default: String(availableParallelism()) },
    name: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

process.chdir(join(import.meta.dirname, '..'))
const files = values.dir
  .flatMap(testFiles)
  .filter((file) => !values.exclude.some((folder) => file.startsWith(`${folder}/`)))
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
const scratch = mkdtempSync(join(tmpdir(), 'signet-test-'))
const results = await runAll(files, Math.max(1, Number(values.concurrency)), {
  timeoutSeconds: Number(values.timeout),
  namePattern: values.name,
  scratch,
})
rmSync(scratch, { recursive: true, force: true })

const slow = results.filter((r) => r.seconds >= SLOW_SECONDS).sort((a, b) => b.seconds - a.seconds)
for (const { file, seconds } of slow) console.log(`slow: ${file} ${seconds.toFixed(1)} s`)
for (const { file, skipped } of results) {
  for (const { name, reason } of skipped) console.log(`skipped: ${file}: ${name} (${reason})`)
}
const passed = results.reduce((sum, r) => sum + r.passed, 0)
const failed = results.reduce((sum, r) => sum + r.failures.length, 0)
const skipped = results.reduce((sum, r) => sum + r.skipped.length, 0)
if (passed + failed + skipped === 0) console.log(`no test ran: nothing in ${values.dir.join(', ')} matched`)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function testFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .sort()
}

async function runAll(queue: readonly string[], concurrency: number, options: FileOptions): Promise<FileResult[]> {
  const results: FileResult[] = []
  const waiting = queue.values()
  const lane = async (): Promise<void> => {
    for (const file of waiting) {
      const result = await runFile(file, options)
      results.push(result)
      print(result)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return results.sort((a, b) => (a.file < b.file ? -1 : 1))
}

function print(result: FileResult): void {
  for (const note of result.notes) console.log(`${result.file}: ${note}`)
  if (values.verbose) {
    const { file, passed, failures, skipped, seconds } = result
    console.log(
      `${file}: ${passed} passed, ${failures.length} failed, ${skipped.length} skipped, ${seconds.toFixed(2)} s`,
    )
  }
  for (const { name, error } of result.failures) {
    console.log(`\nFAILED ${result.file}: ${name}\n${error.replace(/^/gm, '  ')}`)
  }
  const output = result.output.trimEnd()
  if (output !== '' && (values.verbose || result.failures.length > 0)) {
    console.log(`\nprinted by ${result.file}:\n${output.slice(-8000).replace(/^/gm, '  | ')}`)
  }
}
