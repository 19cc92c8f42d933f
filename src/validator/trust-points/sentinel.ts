/**
 * The sentinel of the root's keys (RFC 8509): two kinds of names, by whose answers anybody can tell whether the resolver he uses
 * trusts a certain key.
 */
import type { Name } from '../../dns/name/index.ts'
import type { Status } from '../verdict.ts'

const LABEL = /^root-key-sentinel-(is|not)-ta-([0-9]{5})$/i
const TYPE_A = 1
const TYPE_AAAA = 28

export type SentinelQuery = { readonly name: Name; readonly type: number; readonly checkingDisabled: boolean }

/**
 * What becomes of the answer to the query as the client put it (not as aliases led on): `servfail` means that RCODE with an
 * empty answer section. `tags`: key tags of the root's anchors that count (`TrustPoints.rootTags`).
 */
export function sentinelOutcome(
  query: SentinelQuery,
  status: Status,
  tags: readonly number[],
): 'as-it-is' | 'servfail' {
  if (status !== 'secure' || query.checkingDisabled) return 'as-it-is'
  if (query.type !== TYPE_A && query.type !== TYPE_AAAA) return 'as-it-is'
  const [length] = query.name.octets
  // Both labels are of fixed length: nothing else is looked at.
  if (length !== 29 && length !== 30) return 'as-it-is'
  const label = new TextDecoder('latin1').decode(query.name.octets.subarray(1, 1 + length))
  const match = LABEL.exec(label)
  if (match === null) return 'as-it-is'
  const isTrusted = tags.includes(Number(match[2]))
  return isTrusted === (match[1]?.toLowerCase() === 'is') ? 'as-it-is' : 'servfail'
}
