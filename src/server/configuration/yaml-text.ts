/**
 * A YAML text as a plain value, and the place in the text of each part of that value.
 *
 * The text is data, never a program: no tags beyond YAML 1.2's core, a depth and a size that no configuration needs more of, and aliases only
 * as far as they do not blow up. Errors are worded here and never cite the text, in which secrets may stand.
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
} from 'yaml'
import type { TextPlace } from '../../dns/errors.ts'
import { ConfigurationError, type ConfigurationFault } from './configuration-error.ts'
import { showWord } from './settings.ts'

/** Ten times what 10,000 zones need. */
const MAX_OCTETS = 32 * 2 ** 20
const MAX_DEPTH = 24
const MAX_ALIASES = 1000
const MAX_FAULTS = 100

export type ValuePath = readonly (string | number)[]

const SECOND_DOCUMENT = 'there is one document in the file, without a second ---'

/** yaml's codes in our words. */
const REASONS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) has no anchor or tag of its own',
  BAD_ALIAS: 'an alias (*name) without its anchor (&name) before it; text that begins with * stands in quotes',
  BAD_COLLECTION_TYPE: 'a tag that does not fit',
  BAD_DIRECTIVE: 'a line that begins with % and is no YAML directive',
  BAD_DQ_ESCAPE: 'an escape that double quotes do not know: use single quotes, or \\\\ for a backslash',
  BAD_INDENT: 'the indentation does not fit the lines before, or a closing bracket is missing',
  BAD_PROP_ORDER: 'anchors and tags stand before the value',
  BAD_SCALAR_START: 'text that begins with this character stands in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a list or mapping where a key is expected: is a line indented too far?',
  BLOCK_IN_FLOW: 'inside [ ] and { } there are no block lists or mappings',
  KEY_OVER_1024_CHARS: 'a key that is too long',
  MISSING_CHAR: 'a character is missing: a closing quote or bracket, a comma, or the space after a colon',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines: is a colon missing?',
  MULTIPLE_ANCHORS: 'a value has one anchor',
  MULTIPLE_DOCS: SECOND_DOCUMENT,
  MULTIPLE_TAGS: 'a value has one tag',
  NON_STRING_KEY: 'keys are words',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab in the indentation: use spaces',
  TAG_RESOLVE_FAILED: 'a tag (!…) that is not known here; text that begins with ! stands in quotes',
  UNEXPECTED_TOKEN: 'this does not belong here',
}

/** A fault at an offset of the text. */
type TextFault = { readonly offset: number; readonly reason: string }

export class YamlText {
  readonly value: unknown
  readonly #file: string
  readonly #text: string
  readonly #lines: LineCounter
  readonly #document: Document.Parsed

  /** Throws ConfigurationError for text that is no YAML, or too much of it. */
  constructor(text: string, file: string) {
    this.#file = file
    this.#text = text
    this.#lines = new LineCounter()
    if (text.length > MAX_OCTETS) throw this.#error({ offset: 0, reason: `longer than ${MAX_OCTETS} octets` })
    const document = this.#compose()
    const [first, ...rest] = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS).map(({ code, pos }) => {
      const duplicate = code === 'DUPLICATE_KEY' ? `${showWord(this.#wordAt(pos[0]))} is there twice` : undefined
      return this.#fault({ offset: pos[0], reason: duplicate ?? REASONS[code] ?? 'is no YAML' })
    })
    if (first !== undefined) throw new ConfigurationError([first, ...rest])
    this.#document = document
    const multiply = { offset: 0, reason: 'aliases (*name) that multiply beyond measure, or within their own anchor' }
    try {
      this.value = document.toJS({ maxAliasCount: MAX_ALIASES })
    } catch (error) {
      // yaml throws ReferenceError for aliases that multiply, and other errors for << of what is no mapping.
      if (error instanceof ReferenceError) throw this.#error(multiply)
      if (error instanceof Error)
        throw this.#error({ offset: 0, reason: 'aliases or merged mappings (<<) that do not fit' })
      throw error
    }
    if (isTooDeep(this.value)) throw this.#error(multiply)
  }

  /** Where the value is; for one that is absent, the mapping or list it would be in. With `ofKey`, the last key and not its value. */
  placeOf(path: ValuePath, ofKey = false): TextPlace {
    let node: unknown = this.#document.contents
    let offset = offsetOf(node) ?? 0
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.#document)
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
        if (pair === undefined) break
        const keyOffset = offsetOf(pair.key) ?? offset
        node = pair.value
        offset = ofKey && depth === path.length - 1 ? keyOffset : (offsetOf(node) ?? keyOffset)
      } else if (isSeq(node) && typeof step === 'number') {
        node = node.items[step]
        offset = offsetOf(node) ?? offset
      } else break
    }
    return this.#place(offset)
  }

  #compose(): Document.Parsed {
    const tokens: CST.Token[] = []
    const parser = new Parser(this.#lines.addNewLine)
    for (const token of parser.parse(this.#text)) tokens.push(token)
    const tooDeep = findTooDeep(tokens)
    if (tooDeep !== undefined)
      throw this.#error({ offset: tooDeep, reason: `more than ${MAX_DEPTH} lists and mappings within each other` })
    const composer = new Composer({ prettyErrors: false, stringKeys: true, merge: true, lineCounter: this.#lines })
    const documents: Document.Parsed[] = []
    for (const document of composer.compose(tokens, true, this.#text.length)) documents.push(document)
    const [first, second] = documents
    if (first === undefined) throw this.#error({ offset: 0, reason: 'is empty' })
    if (second !== undefined) throw this.#error({ offset: second.range[0], reason: SECOND_DOCUMENT })
    return first
  }

  #wordAt(offset: number): string {
    return /^[^\s:,}\]]{0,64}/.exec(this.#text.slice(offset, offset + 64))?.[0] ?? ''
  }

  #place(offset: number): TextPlace {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.#text.length))
    if (line === 0) return { file: this.#file, line: 1, column: 1 }
    const start = this.#lines.lineStarts[line - 1] ?? 0
    const column = Buffer.byteLength(this.#text.slice(start, start + col - 1)) + 1
    return { file: this.#file, line, column }
  }

  #fault({ offset, reason }: TextFault): ConfigurationFault {
    return { setting: '', reason, place: this.#place(offset) }
  }

  #error(fault: TextFault): ConfigurationError {
    return new ConfigurationError([this.#fault(fault)])
  }
}

function offsetOf(node: unknown): number | undefined {
  const range = isNodeWithRange(node) ? node.range : undefined
  return range?.[0]
}

function isNodeWithRange(node: unknown): node is Node {
  return isObject(node) && 'range' in node
}

/** Offset of the first collection that is nested too deeply. Composing recurses, and this does not. */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const waiting: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next
    if (depth > MAX_DEPTH) return token.offset
    if (token.type === 'document' && token.value !== undefined) waiting.push({ token: token.value, depth })
    if (!('items' in token)) continue
    for (const { key, value } of token.items) {
      for (const part of [key, value])
        if (part !== undefined && part !== null) waiting.push({ token: part, depth: depth + 1 })
    }
  }
  return undefined
}

/** Whether a value holds itself, or lists and mappings beyond the depth: aliases can do both. Each is looked at once. */
function isTooDeep(root: unknown): boolean {
  const OPEN = -1
  const heights = new Map<object, number>()
  const stack: object[] = isObject(root) ? [root] : []
  for (let value = stack.at(-1); value !== undefined; value = stack.at(-1)) {
    const height = heights.get(value)
    const parts = height === undefined || height === OPEN ? Object.values(value).filter(isObject) : []
    if (height === undefined) {
      heights.set(value, OPEN)
      if (parts.some((part) => heights.get(part) === OPEN)) return true
      stack.push(...parts.filter((part) => !heights.has(part)))
      continue
    }
    if (height === OPEN) {
      const own = 1 + parts.reduce((most, part) => Math.max(most, heights.get(part) ?? 0), 0)
      if (own > MAX_DEPTH) return true
      heights.set(value, own)
    }
    stack.pop()
  }
  return false
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
