/**
 * All that commands print leaves here, line by line. What comes from outside (file names, records, messages of servers) may
 * hold anything: each line is made printable as it leaves, so that nothing of it steers the terminal or looks like a line of
 * ours. JSON is printed as it is: its strings are escaped in its own way.
 */
import { once } from 'node:events'
import { type Line, printable, type Shade } from '../dns/presentation/index.ts'

const CODES: Readonly<Record<Shade, string>> = {
  secure: '32',
  insecure: '33',
  bogus: '31',
  indeterminate: '35',
  unchecked: '0',
  quiet: '2',
  strong: '1',
}

/** Prints to standard output. */
export function printLines(lines: readonly Line[]): void {
  writeLines(process.stdout, lines)
}

export function printLine(line: Line): void {
  printLines([line])
}

/** Prints to standard error. */
export function printErrorLines(lines: readonly Line[]): void {
  writeLines(process.stderr, lines)
}

export function printErrorLine(line: Line): void {
  printErrorLines([line])
}

/** Prints many lines, and waits for a slow reader. */
export async function printBlock(lines: readonly Line[]): Promise<void> {
  if (!writeLines(process.stdout, lines)) await once(process.stdout, 'drain')
}

/** Prints a value as JSON on one line. */
export function printObject(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Prints values as JSON, one a line, and waits for a slow reader. */
export async function printObjects(values: readonly unknown[]): Promise<void> {
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join('')
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

/** Shows a line that the next one replaces, on a terminal. */
export function showProgress(line: string): void {
  process.stderr.write(`\r\x1b[K${printable(line)}`)
}

/** Whether standard output is coloured: a terminal, and nobody minds (no-color.org). */
function isColoured(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb'
}

function writeLines(stream: NodeJS.WriteStream, lines: readonly Line[]): boolean {
  const colours = isColoured(stream)
  return stream.write(lines.map((line) => `${lineText(line, colours)}\n`).join(''))
}

function lineText(line: Line, colours: boolean): string {
  if (typeof line === 'string') return printable(line)
  const pieces = line.map((piece) => {
    if (typeof piece === 'string') return printable(piece)
    const text = printable(piece.text)
    return colours && text !== '' ? `\x1b[${CODES[piece.shade]}m${text}\x1b[0m` : text
  })
  return pieces.join('').trimEnd()
}
