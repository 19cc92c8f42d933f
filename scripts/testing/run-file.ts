/** Runs one test file in a process of its own and tells what became of each test in it. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TestLine } from './reporter.ts'

export interface FileOptions {
  readonly timeoutSeconds: number
  /** Only tests whose name matches; a file may then hold none. */
  readonly namePattern: string | undefined
  /** A folder for the report of the reporter and for compiled code. */
  readonly scratch: string
}

export interface FileResult {
  readonly file: string
  readonly seconds: number
  readonly passed: number
  readonly failures: readonly { readonly name: string; readonly error: string }[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  readonly notes: readonly string[]
  /** What the file printed, both streams. */
  readonly output: string
}

const REPORTER = pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href
const MAX_OUTPUT = 1 << 20

let sequence = 0

/** The promise does not reject: whatever goes wrong is a failure in the result. */
export async function runFile(file: string, options: FileOptions): Promise<FileResult> {
  const reportPath = join(options.scratch, `report-${sequence++}`)
  const args = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${reportPath}`]
  if (options.namePattern !== undefined) args.push(`--test-name-pattern=${options.namePattern}`)
  const started = performance.now()
  const ending = await runToEnd([...args, file], options)
  const seconds = (performance.now() - started) / 1000

  const lines = readReport(reportPath)
  const failures = lines.filter((line) => line.kind === 'failed')
  const skipped = lines.filter((line) => line.kind === 'skipped')
  const passed = lines.filter((line) => line.kind === 'passed').length
  if (ending.fault !== undefined && (failures.length === 0 || ending.timedOut)) {
    const running = unfinished(lines)
    const where = running.length > 0 ? ` (unfinished: ${running.join('; ')})` : ''
    failures.push({ kind: 'failed', name: file, error: ending.fault + where })
  } else if (lines.every((line) => line.kind === 'note') && options.namePattern === undefined) {
    failures.push({ kind: 'failed', name: file, error: 'the file holds no test' })
  }
  const notes = lines.flatMap((line) => (line.kind === 'note' ? [line.text] : []))
  return { file, seconds, passed, failures, skipped, notes, output: ending.output }
}

interface Ending {
  readonly output: string
  readonly timedOut: boolean
  readonly fault: string | undefined
}

function runToEnd(args: readonly string[], options: FileOptions): Promise<Ending> {
  return new Promise((resolve) => {
    const env = { NODE_COMPILE_CACHE: join(options.scratch, 'compiled'), ...process.env }
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    let output = ''
    let timedOut = false
    const keep = (chunk: Buffer): void => {
      if (output.length < MAX_OUTPUT) output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
      // A grandchild that holds the pipes must not hold the run.
      child.stdout.destroy()
      child.stderr.destroy()
    }, options.timeoutSeconds * 1000)
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ output, timedOut, fault: `could not be started: ${error.message}` })
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const fault = timedOut
        ? `did not end within ${options.timeoutSeconds} s`
        : code === 0
          ? undefined
          : `ended with ${signal ?? `exit status ${code}`}`
      resolve({ output, timedOut, fault })
    })
  })
}

function readReport(path: string): TestLine[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line): TestLine[] => (line.endsWith('}') ? [JSON.parse(line)] : []))
  } catch {
    return [] // the process ended before the reporter began
  }
}

function unfinished(lines: readonly TestLine[]): string[] {
  const open = new Set<string>()
  for (const line of lines) {
    if (line.kind === 'started') open.add(line.name)
    else if (line.kind !== 'note') open.delete(line.name)
  }
  return [...open]
}
