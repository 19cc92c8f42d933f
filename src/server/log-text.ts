/** Bounds what a line of the log holds: names, and error messages of peers, can be as long as those make them. */

/** The longest text in a line: its message, or a text among its fields (characters). Names of any length fit. */
const MOST_CHARACTERS = 4000
/** The longest list among the fields. */
const MOST_ITEMS = 50

/** The text, or its beginning and how long it was. */
export function boundText(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text
  return `${text.slice(0, MOST_CHARACTERS).toWellFormed()}… (${text.length} characters)`
}

/** The same fields with their texts and lists bounded. Objects of classes stay: how they are written is their own business. */
export function boundFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bound(value)]))
}

function bound(value: unknown): unknown {
  if (typeof value === 'string') return boundText(value)
  if (Array.isArray(value)) {
    const items = value.slice(0, MOST_ITEMS).map(bound)
    return value.length > MOST_ITEMS ? [...items, `… (${value.length} items)`] : items
  }
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return isPlain ? boundFields({ ...value }) : value
}
