/**
 * A small scanner of TypeScript source: just enough to find imports and uses of globals without being
 * misled by comments, strings, template literals and regular expressions. (TypeScript 7 has no stable API.)
 *
 * It does not parse: it knows no scopes and no types, and takes a `/` for division or for the start of a
 * regular expression by looking at the token before it.
 */

export interface Token {
  readonly kind: 'word' | 'string' | 'template' | 'regex' | 'number' | 'punctuation'
  /** The text as written; for a string, its content without the quotes. */
  readonly text: string
  readonly line: number
}

const BEFORE_REGEX = new Set('( , = : [ ! & | ? { } ; + - * % ~ ^ < > =>'.split(' '))
const WORDS_BEFORE_REGEX = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'await',
  'yield',
])
const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy
const NUMBER = /\d[\w.]*/y
const REGEX = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y

/** All tokens of a source text, comments left out. The expressions inside a template literal are tokens too. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  const templateDepths: number[] = [] // depth of braces at each open `${`
  let depth = 0
  let line = 1
  let at = 0

  const push = (kind: Token['kind'], text: string): void => {
    tokens.push({ kind, text, line })
  }
  const regexMayStart = (): boolean => {
    const last = tokens.at(-1)
    if (last === undefined) return true
    if (last.kind === 'word') return WORDS_BEFORE_REGEX.has(last.text)
    return last.kind === 'punctuation' && BEFORE_REGEX.has(last.text)
  }
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0]
  }
  /** Reads template text from `at` up to the closing backtick or the next `${`. */
  const templateText = (): void => {
    const start = at
    const startLine = line
    while (at < source.length) {
      const c = source[at]
      if (c === '\\') at++
      else if (c === '\n') line++
      else if (c === '`') break
      else if (c === '$' && source[at + 1] === '{') {
        tokens.push({ kind: 'template', text: source.slice(start, at), line: startLine })
        at += 2
        templateDepths.push(depth++)
        return
      }
      at++
    }
    tokens.push({ kind: 'template', text: source.slice(start, at), line: startLine })
    at++
  }

  while (at < source.length) {
    const c = source.charAt(at)
    if (c === '\n') {
      line++
      at++
    } else if (c === ' ' || c === '\t' || c === '\r') {
      at++
    } else if (c === '/' && source[at + 1] === '/') {
      while (at < source.length && source[at] !== '\n') at++
    } else if (c === '/' && source[at + 1] === '*') {
      const end = source.indexOf('*/', at + 2)
      const next = end < 0 ? source.length : end + 2
      for (; at < next; at++) if (source[at] === '\n') line++
    } else if (c === "'" || c === '"') {
      let end = at + 1
      while (end < source.length && source[end] !== c && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1
      push('string', source.slice(at + 1, end))
      at = end + 1
    } else if (c === '`') {
      at++
      templateText()
    } else {
      const text = match(WORD) ?? match(NUMBER)
      const regex = text === undefined && c === '/' && regexMayStart() ? match(REGEX) : undefined
      if (text !== undefined) {
        push(c >= '0' && c <= '9' ? 'number' : 'word', text)
        at += text.length
      } else if (regex !== undefined) {
        push('regex', regex)
        at += regex.length
      } else {
        if (c === '{') depth++
        if (c === '}') depth--
        at++
        if (c === '}' && templateDepths.at(-1) === depth) {
          templateDepths.pop()
          templateText()
        } else {
          push('punctuation', c)
        }
      }
    }
  }
  return tokens
}
