/** Reads a replay file: configuration, scenario, ranges and steps. Throws ScenarioError where it is none. */
import { DnsError } from '../../src/dns/errors.ts'
import { formatAddress, parseAddress } from '../../src/transport/index.ts'
import { Lines } from './lines.ts'
import { hasClauses, readConfiguration } from './read-configuration.ts'
import { readEntry } from './read-entry.ts'
import type { Configuration, Dialect, Entry, Range, Scenario, Step } from './scenario.ts'
import { ScenarioError } from './scenario.ts'

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
  let title = ''
  for (;;) {
    const line = lines.need('SCENARIO_END')
    if (line.startsWith('SCENARIO_END')) break
    if (line.startsWith('SCENARIO_BEGIN')) title = line.slice('SCENARIO_BEGIN'.length).trim()
    else if (line.startsWith('RANGE_BEGIN')) ranges.push(readRange(line, lines))
    else if (line.startsWith('STEP')) steps.push(readStep(line, steps.at(-1)?.number ?? -1, lines))
    else if (/^\$(ORIGIN|TTL)/.test(line)) readDirective(line, lines)
    else lines.fail(`neither a RANGE nor a STEP: ${line.slice(0, 60)}`)
  }
  return { title, dialect: dialectOf(configuration, steps), configuration, ranges, steps }
}

/** Deckard's files have flat options and none of the steps that came later. */
function dialectOf(configuration: Configuration, steps: readonly Step[]): Dialect {
  const isUnbound = hasClauses(configuration) || steps.some(({ kind }) => UNBOUND_ONLY.test(kind))
  return isUnbound || configuration.options.length === 0 ? 'unbound' : 'deckard'
}

function readDirective(line: string, lines: Lines): void {
  const [word, value = ''] = line.split(/\s+/)
  if (word === '$TTL') lines.ttl = Number(value)
  else lines.origin = value
}

function readRange(line: string, lines: Lines): Range {
  const [, from, to, ...inline] = line
    .replace(/[;#].*$/, '')
    .trim()
    .split(/\s+/)
  const range = { line: lines.number, from: Number(from), to: Number(to) }
  if (!(range.from <= range.to)) lines.fail('a range has a first and a last step')
  const addresses = inline.map((text) => addressOf(text, lines))
  const entries: Entry[] = []
  for (;;) {
    const next = lines.need('RANGE_END')
    if (next.startsWith('RANGE_END')) break
    if (next.startsWith('ENTRY_BEGIN')) entries.push(readEntry(lines))
    else if (next.startsWith('ADDRESS')) addresses.push(addressOf(next.split(/[\s;#]+/)[1] ?? '', lines))
    else if (/^\$(ORIGIN|TTL)/.test(next)) readDirective(next, lines)
    else lines.fail(`neither an ADDRESS nor an ENTRY: ${next.slice(0, 60)}`)
  }
  return { ...range, addresses, entries }
}

function addressOf(text: string, lines: Lines): string {
  const octets = parseAddress(text.replace(/@.*$/, ''))
  return octets === undefined ? lines.fail(`'${text}' is no address`) : formatAddress(octets)
}

function readStep(line: string, before: number, lines: Lines): Step {
  const [, digits = '', kind = '', rest = ''] = /^STEP\s+(\S+)\s+(\S+)\s*(.*)$/.exec(line) ?? []
  const step: Step = { number: Number(digits), line: lines.number, kind, words: rest.replace(/;.*$/, '').trim() }
  if (!KINDS.test(kind)) lines.fail(`unknown kind of step '${kind}'`)
  if (!(step.number > before)) lines.fail('steps come in the order of their numbers')
  if (WITH_ENTRY.has(kind)) {
    // A REPLY or QUERY may be all defaults.
    if (!lines.need('ENTRY_BEGIN').startsWith('ENTRY_BEGIN')) lines.fail('ENTRY_BEGIN expected')
    return { ...step, entry: readEntry(lines) }
  }
  if (WITH_FILE.has(kind)) {
    if (!lines.need('FILE_BEGIN').startsWith('FILE_BEGIN')) lines.fail('FILE_BEGIN expected')
    return { ...step, file: lines.block('FILE_END') }
  }
  return step
}
