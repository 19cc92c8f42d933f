/** Verdicts in words that stand in a line, with colours on a terminal. */
import { REASONS, type Status, type Verdict } from '../../validator/index.ts'

export type Shade = Status | 'unchecked' | 'quiet' | 'strong'

const CODES: Readonly<Record<Shade, string>> = {
  secure: '32',
  insecure: '33',
  bogus: '31',
  indeterminate: '35',
  unchecked: '0',
  quiet: '2',
  strong: '1',
}

export type Paint = (text: string, shade: Shade) => string

/** Colours on a terminal whose user does not mind them (no-color.org), plain text elsewhere. */
export function painter(stream: NodeJS.WriteStream = process.stdout): Paint {
  const isColoured = stream.isTTY === true && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb'
  return (text, shade) => (isColoured && text !== '' ? `\u001b[${CODES[shade]}m${text}\u001b[0m` : text)
}

/** What is to be said of a verdict: its sentence, and the case where it says more. Empty for a secure one. */
export function explainVerdict(verdict: Verdict | undefined): string[] {
  if (verdict === undefined || verdict.status === 'secure') return []
  const { reason, detail } = verdict
  const sentences: string[] = reason === undefined ? [] : [REASONS[reason].sentence]
  if (detail !== undefined && detail !== '' && !sentences.includes(detail)) sentences.push(detail)
  return sentences
}
