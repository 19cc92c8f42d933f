/** Verdicts in words that stand in a line. */
import { REASONS, type Verdict } from '../../validator/index.ts'

/** What is to be said of a verdict: its sentence, and the case where it says more. Empty for a secure one. */
export function explainVerdict(verdict: Verdict | undefined): string[] {
  if (verdict === undefined || verdict.status === 'secure') return []
  const { reason, detail } = verdict
  const sentences: string[] = reason === undefined ? [] : [REASONS[reason].sentence]
  if (detail !== undefined && detail !== '' && !sentences.includes(detail)) sentences.push(detail)
  return sentences
}
