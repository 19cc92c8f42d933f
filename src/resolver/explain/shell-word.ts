/** Names of others in commands that people copy: strangers choose them, and a shell takes them for words at most. */

const PLAIN = /^[A-Za-z0-9_.][A-Za-z0-9_.:-]*$/

/** The text as one word for a shell (POSIX), which is no option either. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text
  const quoted = `'${text.replaceAll("'", "'\\''")}'`
  return text.startsWith('-') ? `-- ${quoted}` : quoted
}
