/**
 * `npm run fuzz -- TARGET|all SECONDS [--seed N] [--grow]`: mutated inputs for each target, that many seconds each.
 * `npm run fuzz -- TARGET FILE…`: the inputs of these files only, to reproduce a finding.
 *
 * The seed is printed; the same seed makes the same inputs in the same order. A finding — an error that is no DnsError, more
 * than a second of CPU for one input, memory without bound — is written to fuzz/crashes/ and makes the exit code 1. `--grow` keeps small
 * inputs with outcomes that were new in fuzz/corpus/TARGET/. The last line counts targets.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { LoopMessage, LoopOptions } from './loop.ts'
import { isTargetName, TARGETS, type TargetName } from './target.ts'

const HERE = import.meta.dirname
const CRASHES = join(HERE, 'crashes')
/** The worker is ended when one input takes longer by the clock: far more than what the loop itself calls slow. */
const HANG_MS = 20_000
const MAX_INPUT = 1 << 20
const HEAP_MIB = 1024
/** What `--grow` adds at the most. */
const GROW = { files: 16, octets: 300 }

type Outcome = { findings: number }

function corpusOf(target: string): Uint8Array[] {
  const folder = join(HERE, 'corpus', target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((file) => new Uint8Array(readFileSync(join(folder, file))))
}

function nameOf(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex').slice(0, 16)
}

function saveFinding(target: string, what: string, input: Uint8Array): void {
  mkdirSync(CRASHES, { recursive: true })
  const path = join(CRASHES, `${target}-${nameOf(input)}`)
  writeFileSync(path, input)
  const lines = what.split('\n').slice(0, 8).join('\n  ')
  console.log(`${target}: FINDING (${input.length} octets)\n  ${lines}`)
  console.log(`  reproduce: npm run fuzz -- ${target} ${relative(join(HERE, '..'), path)}`)
}

function grow(target: string, fresh: readonly Uint8Array[]): void {
  const folder = join(HERE, 'corpus', target)
  mkdirSync(folder, { recursive: true })
  const left = GROW.files - readdirSync(folder).length
  const small = fresh.filter((octets) => octets.length <= GROW.octets)
  for (const octets of small.slice(0, Math.max(0, left))) writeFileSync(join(folder, nameOf(octets)), octets)
}

function runTarget(options: Omit<LoopOptions, 'shared'>, keep: boolean): Promise<Outcome> {
  const { target } = options
  const shared = new SharedArrayBuffer(8 + MAX_INPUT)
  const numbers = new Int32Array(shared, 0, 2)
  const atHand = (): Uint8Array => new Uint8Array(shared, 8).slice(0, Atomics.load(numbers, 1))
  return new Promise((resolve) => {
    const workerData: LoopOptions = { ...options, shared }
    const worker = new Worker(new URL('./loop.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    })
    let findings = 0
    let done = false
    let seen = -1
    let since = performance.now()
    const report = (what: string, input: Uint8Array): void => {
      findings++
      saveFinding(target, what, input)
    }
    const watch = setInterval(() => {
      const begun = Atomics.load(numbers, 0)
      if (begun !== seen) {
        seen = begun
        since = performance.now()
      } else if (begun > 0 && performance.now() - since > HANG_MS) {
        clearInterval(watch)
        report(`hangs: no end after ${HANG_MS} ms`, atHand())
        void worker.terminate()
      }
    }, 250)
    worker.on('message', (message: LoopMessage) => {
      if (message.kind === 'finding') return report(message.what, message.input)
      done = true
      const { runs, outcomes, fresh } = message
      console.log(`${target}: ${runs} inputs, ${outcomes} outcomes, ${findings} findings`)
      if (keep) grow(target, fresh)
      // Nothing hangs any more; the worker is about to end.
      clearInterval(watch)
    })
    worker.on('error', (error) =>
      report(error instanceof Error ? (error.stack ?? error.message) : String(error), atHand()),
    )
    worker.on('exit', () => {
      clearInterval(watch)
      if (!done && findings === 0) report('the worker ended in the middle', atHand())
      resolve({ findings })
    })
  })
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, grow: { type: 'boolean', default: false } },
})
const [which = '', ...rest] = positionals
const targets: readonly TargetName[] = which === 'all' ? TARGETS : isTargetName(which) ? [which] : []
const seconds = Number(rest[0] ?? '20')
const files = Number.isNaN(seconds) ? rest : []
const seed = Number(values.seed ?? process.hrtime.bigint() % 1_000_000_007n)
if (targets.length === 0 || !Number.isSafeInteger(seed)) {
  console.error(`usage: npm run fuzz -- ${TARGETS.join('|')}|all SECONDS [--seed N] [--grow], or TARGET FILE…`)
  process.exitCode = 2
} else {
  console.log(files.length > 0 ? `fuzz: ${files.length} files` : `fuzz: ${seconds} s each, --seed ${seed}`)
  let failed = 0
  for (const target of targets) {
    const corpus = files.length > 0 ? files.map((file) => new Uint8Array(readFileSync(file))) : corpusOf(target)
    const options = { target, seed, milliseconds: seconds * 1000, corpus, replay: files.length > 0 }
    const { findings } = await runTarget(options, values.grow)
    if (findings > 0) failed++
  }
  console.log(`${targets.length - failed} passed, ${failed} failed, 0 skipped`)
  process.exitCode = failed > 0 ? 1 : 0
}
