/**
 * Files of evidence: JSON with a format and a version. Version 1 is a question with all that was exchanged for it, which is judged
 * again (`evidence-bundle.ts`). Version 2 is a failure as a server found it (`recorded-failure.ts`).
 */
import { DnsError } from '../../dns/errors.ts'
import { Fields } from './fields.ts'

export const EVIDENCE_FORMAT = 'signet-evidence'
export const BUNDLE_VERSION = 1
export const FAILURE_VERSION = 2
/** Octets of a file; a resolution that asks 120 servers stays far below it. */
export const MAX_BUNDLE: number = 16 << 20

/** The members of a file of one of these versions. Throws DnsError that names `file` and the place in it that is wrong. */
export function openEvidence(text: string, file: string, versions: readonly number[]): Fields {
  if (text.length > MAX_BUNDLE) throw new DnsError('limit-exceeded', `${file}: has more than ${MAX_BUNDLE} octets`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DnsError('input-unreadable', `${file}: this is no JSON, and so no file of evidence`)
  }
  const fields = new Fields(value, '', file)
  if (fields.text('format') !== EVIDENCE_FORMAT) fields.fail('format', `is not ${EVIDENCE_FORMAT}`)
  const isKnown = versions.includes(fields.count('version', 0xffff))
  if (!isKnown) fields.fail('version', `is not ${versions.join(' or ')}, which this program knows`)
  return fields
}
