/** Reads a replay file: configuration, scenario, ranges and steps. Throws ScenarioError where it is none. */
import { DnsError } from '../../src/dns/errors.ts'
import { formatAddress, parseAddress } from '../../src/transport/index.ts'
import { Lines } from './lines.ts'
import { hasClauses, readConfiguration } from './read-configuration.ts'
import { readEntry } from './read-entry.ts'
import type { Configuration, Dialect, Entry, Range, Scenario, Step } from './scenario.ts'
import { ScenarioError } from './scenario.ts'

/** Words that never stand within a range or between a step and its entry. */
const OUTSIDE = /^(RANGE_BEGIN|STEP|SCENARIO_END)\b/
const WITH_ENTRY = new Set(['QUERY', 'CHECK_ANSWER', 'CHECK_OUT_QUERY', 'REPLY'])
const WITH_FILE = new Set(['CHECK_AUTOTRUST', 'CHECK_TEMPFILE'])
/** Kinds of steps that only Unbound's tool has. */
const UNBOUND_ONLY =
  /^(TRAFFIC|NOTHING|ASSIGN|CHECK_|TIMEOUT|ERROR|INFRA_RTT|FLUSH_MESSAGE|EXPIRE_MESSAGE)(?!ANSWER|OUT_QUERY)/
const KINDS =
  /^(QUERY|CHECK_ANSWER|CHECK_OUT_QUERY|REPLY|TIMEOUT|ERROR|TIME_PASSES|TRAFFIC|NOTHING|ASSIGN|CHECK_AUTOTRUST|CHECK_TEMPFILE|INFRA_RTT|FLUSH_MESSAGE|EXPIRE_MESSAGE)$/

export function readScenario(text: string): Scenario {
  const lines = new Lines(text)
  try {
    return readParts(lines)
  } catch (error) {
    if (error instanceof DnsError) throw new ScenarioError(error.message, lines.number)
    throw error
  }
}

function readParts(lines: Lines): Scenario {
  const configuration = readConfiguration(lines)
  const ranges: Range[] = []
  const steps: Step[] = []
  const stray: { line: number; text: string }[] = []
  let title = ''
  for (;;) {
    const line = lines.need('SCENARIO_END')
    if (line.startsWith('SCENARIO_END')) break
    if (line.startsWith('SCENARIO_BEGIN')) title = line.slice('SCENARIO_BEGIN'.length).trim()
    else if (line.startsWith('RANGE_BEGIN')) ranges.push(readRange(line, lines))
    else if (line.startsWith('STEP')) steps.push(readStep(line, steps.at(-1)?.number ?? -1, lines))
    else if (/^\$(ORIGIN|TTL)/.test(line)) readDirective(line, lines)
    else stray.push({ line: lines.number, text: line.slice(0, 60) })
  }
  const dialect = dialectOf(configuration, steps)
  // Deckard passes over steps that look at queries.
  if (dialect === 'deckard') {
    for (const [i, step] of steps.entries())
      if (step.kind === 'CHECK_OUT_QUERY') steps[i] = { ...step, kind: 'NOTHING' }
  }
  return { title, dialect, configuration, ranges, steps, stray }
}

/** Deckard's files have flat options and none of the steps that came later. */
function dialectOf(configuration: Configuration, steps: readonly Step[]): Dialect {
  const isUnbound = hasClauses(configuration) || steps.some(({ kind }) => UNBOUND_ONLY.test(kind))
  return isUnbound || configuration.options.length === 0 ? 'unbound' : 'deckard'
}

function readDirective(line: string, lines: Lines): void {
  const [word, value = ''] = line.split(/\s+/)
  if (word === '$TTL') lines.ttl = /^[0-9]+$/.test(value) ? Number(value) : lines.fail(`'${value}' is no TTL`)
  else lines.origin = value
}

function readRange(line: string, lines: Lines): Range {
  const [, from = '', to = '', ...inline] = line
    .replace(/[;#].*$/, '')
    .trim()
    .split(/\s+/)
  const range = { line: lines.number, from: Number(from), to: Number(to) }
  if (from === '' || !(range.from <= range.to)) lines.fail('a range has a first and a last step')
  const addresses = inline.map((text) => addressOf(text, lines))
  const entries: Entry[] = []
  for (;;) {
    const next = lines.need('RANGE_END')
    if (next.startsWith('RANGE_END')) break
    if (next.startsWith('ENTRY_BEGIN')) entries.push(readEntry(lines))
    else if (OUTSIDE.test(next)) lines.fail(`no RANGE_END for the range at line ${range.line}`)
    else if (next.startsWith('ADDRESS')) addresses.push(addressOf(next.split(/[\s;#]+/)[1] ?? '', lines))
    else if (/^\$(ORIGIN|TTL)/.test(next)) readDirective(next, lines)
  }
  return { ...range, addresses, entries }
}

function addressOf(text: string, lines: Lines): string {
  const octets = parseAddress(text.replace(/@.*$/, ''))
  return octets === undefined ? lines.fail(`'${text}' is no address`) : formatAddress(octets)
}

function readStep(line: string, before: number, lines: Lines): Step {
  const [, digits = '', kind = '', rest = ''] = /^STEP\s+(\S+)\s+(\S+)\s*(.*)$/.exec(line.replace(/;.*$/, '')) ?? []
  const step: Step = { number: Number(digits), line: lines.number, kind, words: rest.trim() }
  if (!KINDS.test(kind)) lines.fail(`unknown kind of step '${kind}'`)
  if (!(step.number > before)) lines.fail('steps come in the order of their numbers')
  if (WITH_ENTRY.has(kind)) {
    passTo('ENTRY_BEGIN', lines)
    return { ...step, entry: readEntry(lines) }
  }
  if (WITH_FILE.has(kind)) {
    passTo('FILE_BEGIN', lines)
    return { ...step, file: lines.block('FILE_END') }
  }
  return step
}

/** Reads up to and with the line that begins with `word`. */
function passTo(word: string, lines: Lines): void {
  for (let line = lines.need(word); !line.startsWith(word); line = lines.need(word)) {
    if (OUTSIDE.test(line)) lines.fail(`${word} expected`)
  }
}
