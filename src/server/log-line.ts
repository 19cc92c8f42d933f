/**
 * A line of the log for people, made from its JSON: `12:34:56.789 warn  message  field=value …`. Names and texts of strangers come into logs:
 * nothing of them steers a terminal or makes a line of its own.
 */
import { printable } from '../dns/presentation/index.ts'

const COLOURS: Readonly<Record<string, string>> = {
  fatal: '\x1b[35m',
  error: '\x1b[31m',
  warn: '\x1b[33m',
  info: '\x1b[32m',
  debug: '\x1b[34m',
}
const DIM = '\x1b[2m'
const PLAIN = '\x1b[0m'

/** Ends with a line break, as what it is given does; what is no JSON object comes back as it is. */
export function formatLogLine(json: string, colours: boolean): string {
  const entry = parse(json)
  if (entry === undefined) return json
  const { level, time, message, ...fields } = entry
  const word = String(level ?? '')
  const clock = typeof time === 'string' ? time.slice(11, 23) : ''
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`)
  const paint = (colour: string, text: string): string => (colours && colour !== '' ? `${colour}${text}${PLAIN}` : text)
  const head = `${paint(DIM, clock)} ${paint(COLOURS[word] ?? '', word.padEnd(5))} ${printable(String(message ?? ''))}`
  return `${rest.length === 0 ? head : `${head}  ${paint(DIM, printable(rest.join(' ')))}`}\n`
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value) ?? ''
}
