/** What one source file takes from elsewhere: its imports, and the globals that reach outside. */
import { type Token, tokenize } from './tokens.ts'

export interface Import {
  readonly line: number
  /** As written; undefined where it is computed at run time. */
  readonly specifier: string | undefined
}

export interface GlobalUse {
  readonly line: number
  readonly name: string
}

export interface SourceFacts {
  readonly lines: number
  readonly imports: readonly Import[]
  readonly globals: readonly GlobalUse[]
  /** Readings of a clock of the system. */
  readonly clocks: readonly GlobalUse[]
  /** Paths of `new URL('./x.ts', …)`: tsc does not rewrite those for the published package. */
  readonly moduleUrls: readonly Import[]
}

/** Globals that reach the world, as token sequences. `new Date(ms)` is pure, `new Date()` is not. */
const REACHING_GLOBALS: readonly string[][] = [
  ['Date', '.', 'now'],
  ['new', 'Date', '(', ')'],
  ['new', 'Date', ';'],
  ['Temporal', '.', 'Now'],
  ['performance', '.'],
  ['Math', '.', 'random'],
  ['process', '.'],
  ['process', '['],
  ['globalThis'],
  ['console', '.'],
  ['crypto', '.', 'getRandomValues'],
  ['crypto', '.', 'randomUUID'],
  ['crypto', '.', 'subtle'],
  ['setTimeout', '('],
  ['setInterval', '('],
  ['setImmediate', '('],
  ['fetch', '('],
  ['require', '('],
]

/** Readings of a clock of the system, likewise. */
const CLOCKS: readonly string[][] = [
  ['Date', '.', 'now'],
  ['new', 'Date', '(', ')'],
  ['new', 'Date', ';'],
  ['Temporal', '.', 'Now'],
  ['performance', '.', 'now'],
  ['performance', '.', 'timeOrigin'],
  ['process', '.', 'hrtime'],
  ['process', '.', 'uptime'],
  ['os', '.', 'uptime'],
  ['uptime', '('],
]

export function scan(source: string): SourceFacts {
  const tokens = tokenize(source)
  const imports: Import[] = []
  const globals: GlobalUse[] = []
  const clocks: GlobalUse[] = []
  const moduleUrls: Import[] = []
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word' || isMember(tokens, i)) continue
    const next = tokens[i + 1]
    if ((token.text === 'from' || token.text === 'import') && next?.kind === 'string') {
      imports.push({ line: next.line, specifier: next.text })
    } else if (token.text === 'import' && next?.text === '(' && next.kind === 'punctuation') {
      const argument = tokens[i + 2]
      imports.push({ line: token.line, specifier: argument?.kind === 'string' ? argument.text : undefined })
    } else if (follows(tokens, i, ['new', 'URL', '('])) {
      const path = tokens[i + 3]
      if (path?.kind === 'string' && /\.[cm]?[jt]s$/.test(path.text)) {
        moduleUrls.push({ line: path.line, specifier: path.text })
      }
    }
    for (const [sequences, found] of [
      [REACHING_GLOBALS, globals],
      [CLOCKS, clocks],
    ] as const) {
      const sequence = sequences.find((each) => follows(tokens, i, each))
      if (sequence !== undefined && !isDeclared(tokens, i)) found.push({ line: token.line, name: nameOf(sequence) })
    }
  }
  const newlines = source.split('\n').length
  return { lines: source.endsWith('\n') ? newlines - 1 : newlines, imports, globals, clocks, moduleUrls }
}

const nameOf = (sequence: readonly string[]): string =>
  sequence
    .join('')
    .replace(/^new/, 'new ')
    .replace(/[.[(;]$/, '')

function follows(tokens: readonly Token[], at: number, sequence: readonly string[]): boolean {
  return sequence.every((text, i) => {
    const token = tokens[at + i]
    return token?.text === text && (token.kind === 'word' || token.kind === 'punctuation')
  })
}

/** Whether the word is a member of something else: `exchange.fetch(`, `state?.process.`. */
function isMember(tokens: readonly Token[], at: number): boolean {
  return tokens[at - 1]?.text === '.' && tokens[at - 2]?.text !== '.'
}

/** Whether the word is the name of a method or function being declared: `fetch(question: Question): …`. */
function isDeclared(tokens: readonly Token[], at: number): boolean {
  if (tokens[at - 1]?.text === 'function') return true
  if (tokens[at + 1]?.text !== '(') return false
  let depth = 0
  for (let i = at + 1; i < tokens.length; i++) {
    const text = tokens[i]?.text
    if (tokens[i]?.kind !== 'punctuation') continue
    if (text === '(') depth++
    else if (text === ')' && --depth === 0) {
      const after = tokens[i + 1]?.text
      // A call inside `a ? fetch() : b` would look like a declaration with a result type: no statement begins so.
      return after === '{' || (after === ':' && [';', '{', '}', ',', 'async', '*'].includes(tokens[at - 1]?.text ?? ''))
    }
  }
  return false
}
