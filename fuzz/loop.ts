/**
 * The fuzz loop, in a worker thread: makes inputs, runs the target, reports findings. The input at hand always stands in shared
 * memory, so that the main thread can save it when the target hangs or takes the whole worker with it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { DnsError } from '../src/dns/errors.ts'
import { mutate, Random } from './mutate.ts'
import { isTargetName, loadTarget } from './target.ts'

/** An input that takes more is a finding: milliseconds of this thread's CPU, since the machine may be busy with other things. */
export const SLOW_MS = 1000
/** Growth of memory beyond this is a finding, octets. */
const MEMORY_LIMIT = 1 << 30
const MEMORY_EVERY = 256
const MAX_INPUTS = 3000
const MAX_FINDINGS = 10

export type LoopOptions = {
  readonly target: string
  readonly seed: number
  readonly milliseconds: number
  readonly corpus: readonly Uint8Array[]
  /** Shared: count of inputs begun, length of the one at hand, its octets. */
  readonly shared: SharedArrayBuffer
  /** Only the corpus is run, nothing is made from it. */
  readonly replay: boolean
}

export type LoopMessage =
  | { kind: 'finding'; what: string; input: Uint8Array }
  | { kind: 'done'; runs: number; outcomes: number; fresh: Uint8Array[] }

/** What tells one outcome from another: the error up to what it quotes, without numbers. */
function outcomeOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error)
  return text
    .replace(/'.*/s, '')
    .replaceAll(/[0-9]+/g, '0')
    .slice(0, 200)
}

function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function loop(options: LoopOptions, send: (message: LoopMessage) => void): Promise<void> {
  if (!isTargetName(options.target)) throw new Error(`no target ${options.target}`)
  const target = await loadTarget(options.target)
  const numbers = new Int32Array(options.shared, 0, 2)
  const current = new Uint8Array(options.shared, 8)
  const maxLength = Math.min(target.maxLength ?? 4096, current.length)
  const random = new Random(options.seed)
  const given = options.replay ? options.corpus : [...target.seeds(), ...options.corpus]
  const inputs: Uint8Array[] = given.map((octets) => octets.slice(0, maxLength))
  const outcomes = new Set<string>()
  const found = new Set<string>()
  const fresh: Uint8Array[] = []
  const memory = process.memoryUsage.rss()
  let runs = 0

  const finding = (what: string, input: Uint8Array): void => {
    const key = what
      .replaceAll(/[0-9]+/g, '0')
      .split('\n')
      .slice(0, 3)
      .join('\n')
    if (found.has(key) || found.size >= MAX_FINDINGS) return
    found.add(key)
    send({ kind: 'finding', what, input })
  }

  const runOne = (input: Uint8Array): boolean => {
    current.set(input)
    Atomics.store(numbers, 1, input.length)
    Atomics.add(numbers, 0, 1)
    runs++
    let outcome: string
    const started = cpuMilliseconds()
    try {
      outcome = `ok ${target.run(input) ?? ''}`
    } catch (error) {
      outcome = outcomeOf(error)
      if (!(error instanceof DnsError))
        finding(error instanceof Error ? (error.stack ?? error.message) : String(error), input)
    }
    const elapsed = cpuMilliseconds() - started
    if (elapsed > SLOW_MS) finding(`took ${Math.round(elapsed)} ms of CPU`, input)
    if (runs % MEMORY_EVERY === 0 && process.memoryUsage.rss() - memory > MEMORY_LIMIT)
      finding('memory grew by more than 1 GiB', input)
    if (outcomes.has(outcome)) return false
    outcomes.add(outcome)
    return true
  }

  for (const input of inputs) runOne(input)
  const end = performance.now() + options.milliseconds
  while (!options.replay && performance.now() < end) {
    const input = mutate(inputs, target.dictionary ?? [], random, maxLength)
    if (runOne(input) && inputs.length < MAX_INPUTS) {
      inputs.push(input)
      fresh.push(input)
    }
  }
  send({ kind: 'done', runs, outcomes: outcomes.size, fresh })
}

const port = parentPort
if (port !== null) await loop(workerData, (message) => port.postMessage(message))
