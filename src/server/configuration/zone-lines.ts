/**
 * Long lists of zones, one a line, as programs write them:
 *
 *   zones:
 *     - { name: "example.org.", type: primary, file: "zones/example.org.zone" }
 *
 * A YAML parser spends 40 µs on such a line, which for 10,000 zones is the better part of a start. Here is a reader for exactly this form, which gives
 * the same value (the fuzz target `configuration` holds both side by side) or nothing; then, and whenever something is wrong and a
 * place must be told, the text goes through the YAML parser as a whole.
 */

/** Below this a YAML parser is fast enough. */
const LEAST_LINES = 200

const QUOTED = '"[ !#-\\[\\]-~]*"'
const PLAIN = '[A-Za-z_/][A-Za-z0-9_./-]*'
const SCALAR = `(?:${QUOTED}|${PLAIN})`
const LINE = /^( +)- \{ ?(.*?) ?\}$/
const PAIR = new RegExp(`([A-Za-z]+): (${SCALAR}|\\[(?:${SCALAR}(?:, ${SCALAR})*)?\\])(?:, |$)`, 'y')
const SCALARS = new RegExp(SCALAR, 'g')
/** Plain words that YAML does not read as text. */
const NOT_TEXT = /^(?:null|true|false)$/i

/** The text with `zones: []` in place of the list, and the list; undefined when the form is another one, or the list short. */
export function readZoneLines(text: string, least = LEAST_LINES): { rest: string; zones: unknown[] } | undefined {
  const head = text.startsWith('zones:\n') ? 0 : text.indexOf('\nzones:\n') + 1
  if (head === 0 && !text.startsWith('zones:\n')) return undefined
  const zones: unknown[] = []
  let indent: string | undefined
  let at = head + 'zones:\n'.length
  while (at < text.length) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(at, end)
    // A line that begins at its very start is the next setting's.
    if (line !== '' && !line.startsWith(' ') && !line.startsWith('#')) break
    if (!/^ *(?:#[ -~]*)?$/.test(line)) {
      const [, spaces, inside = ''] = LINE.exec(line) ?? []
      indent ??= spaces
      const zone = spaces === undefined || spaces !== indent ? undefined : readPairs(inside)
      if (zone === undefined) return undefined
      zones.push(zone)
    }
    at = end + 1
  }
  if (zones.length < least) return undefined
  return { rest: `${text.slice(0, head)}zones: []\n${text.slice(at)}`, zones }
}

function readPairs(text: string): Record<string, unknown> | undefined {
  const zone: Record<string, unknown> = {}
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < text.length) {
    const [, key = '', word = ''] = PAIR.exec(text) ?? []
    if (key === '' || Object.hasOwn(zone, key)) return undefined
    const value = word.startsWith('[') ? (word.match(SCALARS) ?? []).map(readScalar) : readScalar(word)
    if (value === undefined || (Array.isArray(value) && value.includes(undefined))) return undefined
    zone[key] = value
  }
  return text === '' || text.endsWith(', ') ? undefined : zone
}

function readScalar(word: string): string | undefined {
  if (word.startsWith('"')) return word.slice(1, -1)
  return NOT_TEXT.test(word) ? undefined : word
}
