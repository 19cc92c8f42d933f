/** A file of evidence of whichever version. */
import { bundleOf, type EvidenceBundle } from './evidence-bundle.ts'
import { BUNDLE_VERSION, FAILURE_VERSION, openEvidence } from './evidence-format.ts'
import { failureOf, type RecordedFailure, type Repeats } from './recorded-failure.ts'

export type Evidence =
  | { readonly kind: 'bundle'; readonly bundle: EvidenceBundle }
  | { readonly kind: 'failure'; readonly failure: RecordedFailure & Repeats }

/** Throws DnsError `input-unreadable` that names `file` and the place in it that is wrong. */
export function decodeEvidence(text: string, file: string): Evidence {
  const fields = openEvidence(text, file, [BUNDLE_VERSION, FAILURE_VERSION])
  if (fields.count('version', 0xffff) === FAILURE_VERSION) return { kind: 'failure', failure: failureOf(fields) }
  return { kind: 'bundle', bundle: bundleOf(fields) }
}
