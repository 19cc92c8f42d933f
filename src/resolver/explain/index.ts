/** Why an answer is what it is: evidence, judged again from it, and explained as a value, as text and as a graph. */
export {
  decodeBundle,
  type EvidenceBundle,
  type EvidencePlan,
  type EvidenceSource,
  encodeBundle,
} from './evidence-bundle.ts'
export * from './evidence-file.ts'
export { MAX_BUNDLE } from './evidence-format.ts'
export { explainFailure } from './explain-failure.ts'
export type { ExplainedLink, ExplainedPart } from './explained-part.ts'
export * from './explanation.ts'
export { explanationDot } from './explanation-dot.ts'
export { explanationText } from './explanation-text.ts'
export { extendedErrorText } from './extended-error-text.ts'
export { causeOf } from './failure-cause.ts'
export * from './investigation.ts'
export {
  decodeFailure,
  encodeFailure,
  type FailureFacts,
  failureText,
  type RecordedFailure,
  type Repeats,
  recordFailure,
} from './recorded-failure.ts'
export * from './recording.ts'
export { type CauseCode, isCauseCode } from './remedies.ts'
export type { ServerReply } from './server-replies.ts'
export { shellWord } from './shell-word.ts'
export { explainVerdict } from './verdict-words.ts'
