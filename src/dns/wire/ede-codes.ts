/**
 * The codes of extended DNS errors (RFC 8914 §4, and IANA's registry of them since): number, registered name, and a sentence
 * for a person who did not read the RFC.
 */
export type ExtendedError = { readonly code: number; readonly name: string; readonly sentence: string }

const TABLE: readonly (readonly [number, string, string])[] = [
  [0, 'Other Error', 'Something went wrong that no other code describes.'],
  [1, 'Unsupported DNSKEY Algorithm', 'The zone is signed with algorithms that the resolver does not know only.'],
  [2, 'Unsupported DS Digest Type', 'The DS records use digest types that the resolver does not know only.'],
  [3, 'Stale Answer', 'The answer is older than its TTL: the servers of the zone could not be asked in time.'],
  [4, 'Forged Answer', 'The answer was made up by policy; it is not what the zone says.'],
  [5, 'DNSSEC Indeterminate', 'Whether the answer should be signed could not be found out.'],
  [6, 'DNSSEC Bogus', 'The answer should be signed, but its proof does not hold.'],
  [7, 'Signature Expired', 'All signatures that could prove the answer have expired.'],
  [8, 'Signature Not Yet Valid', 'All signatures that could prove the answer become valid only in the future.'],
  [9, 'DNSKEY Missing', 'The parent vouches for a key that the zone does not have.'],
  [10, 'RRSIGs Missing', 'The answer should be signed, but carries no signature.'],
  [11, 'No Zone Key Bit Set', 'No key of the zone is marked as a zone key.'],
  [12, 'NSEC Missing', 'The proof that the name or type does not exist is missing or incomplete.'],
  [13, 'Cached Error', 'The answer failed before, and the failure is remembered for a while.'],
  [14, 'Not Ready', 'The server is starting and cannot answer yet.'],
  [15, 'Blocked', 'The operator of the server blocks this name.'],
  [16, 'Censored', 'Someone other than the operator demands that this name is blocked.'],
  [17, 'Filtered', 'The name is filtered because the client asked for filtering.'],
  [18, 'Prohibited', 'The server does not serve this client.'],
  [19, 'Stale NXDomain Answer', 'That the name does not exist is known from an answer older than its TTL.'],
  [20, 'Not Authoritative', 'The server was asked without recursion for a zone that it does not serve.'],
  [21, 'Not Supported', 'The server does not support what was asked for.'],
  [22, 'No Reachable Authority', 'None of the servers of the zone could be reached.'],
  [23, 'Network Error', 'An error of the network came between the resolver and the servers of the zone.'],
  [24, 'Invalid Data', 'The data of the zone is expired, damaged or not loaded.'],
  [25, 'Signature Expired before Valid', 'A signature expires before it becomes valid.'],
  [26, 'Too Early', 'The query came as early data, before the handshake was complete.'],
  [27, 'Unsupported NSEC3 Iterations Value', 'The zone asks for more NSEC3 iterations than the resolver accepts.'],
  [28, 'Unable to conform to policy', 'The answer cannot be given in a way that fits the policy.'],
  [29, 'Synthesized', 'The answer was made up by the server, not found in the zone.'],
  [30, 'Invalid Query Type', 'The query type is one that cannot be asked for.'],
]

/** All registered codes, in ascending order. */
export const EXTENDED_ERRORS: readonly ExtendedError[] = TABLE.map(([code, name, sentence]) => ({
  code,
  name,
  sentence,
}))

const byCode: ReadonlyMap<number, ExtendedError> = new Map(EXTENDED_ERRORS.map((error) => [error.code, error]))

/** The entry of an INFO-CODE; one that is not registered gets its number as its name. */
export function extendedError(code: number): ExtendedError {
  return byCode.get(code) ?? { code, name: `EDE${code}`, sentence: 'A code that is not registered.' }
}
