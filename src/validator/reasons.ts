/**
 * Why data is not secure: about as many names as there are things that an administrator can do something about. Each has the
 * code that clients hear (RFC 8914) and a sentence; `Verdict.detail` tells the case.
 */
export const REASONS = {
  // Bogus.
  'signature-missing': { ede: 10, sentence: 'The zone is signed, but this data carries no signature.' },
  'signature-expired': { ede: 7, sentence: 'All signatures over the data have expired.' },
  'signature-not-yet-valid': { ede: 8, sentence: 'All signatures over the data become valid only in the future.' },
  'signature-times': { ede: 25, sentence: 'A signature expires before it becomes valid.' },
  'signature-invalid': { ede: 6, sentence: 'The signature does not fit the data: one of the two was changed.' },
  'signature-unknown-key': { ede: 9, sentence: 'The data is signed with a key that the zone does not show.' },
  'signature-malformed': {
    ede: 6,
    sentence: 'The signature says of itself what cannot be: its owner, labels or signer.',
  },
  'dnskey-missing': { ede: 9, sentence: 'The zone does not show the key that is vouched for.' },
  'dnskey-unsigned': {
    ede: 10,
    sentence: 'The keys of the zone are signed, but not by the key that is vouched for.',
  },
  'dnskey-unreachable': { ede: 9, sentence: 'The keys of the zone could not be fetched.' },
  'dnskey-no-zone-key': { ede: 11, sentence: 'The key that the parent vouches for is not marked as a zone key.' },
  'ds-unreachable': { ede: 23, sentence: 'Whether the parent vouches for the zone could not be fetched.' },
  'algorithm-missing': {
    ede: 6,
    sentence: 'An algorithm that the parent announces signs nothing (algorithm downgrade).',
  },
  'denial-missing': { ede: 12, sentence: 'That the name or type does not exist is not proved.' },
  'denial-invalid': { ede: 6, sentence: 'What should prove that the name or type does not exist proves otherwise.' },
  'name-denied': { ede: 6, sentence: 'The zone above proves that the name does not exist.' },
  'wildcard-unproved': {
    ede: 12,
    sentence: 'The answer comes from a wildcard, but that no closer name exists is not proved.',
  },
  'anchor-mismatch': { ede: 6, sentence: 'No key of the zone agrees with the trust anchor.' },
  'work-exceeded': { ede: 6, sentence: 'Validating would take more work than one query may cause.' },
  'zonemd-mismatch': { ede: 6, sentence: 'The digest of the zone does not agree with its content.' },
  // Insecure.
  'no-anchor': { ede: undefined, sentence: 'No trust anchor stands at or above the name.' },
  'delegation-unsigned': { ede: undefined, sentence: 'The parent proves that the zone is not signed.' },
  'negative-anchor': { ede: undefined, sentence: 'Validation is turned off here by a negative trust anchor.' },
  'algorithm-unsupported': { ede: 1, sentence: 'The zone is signed only with algorithms that are not supported.' },
  'digest-unsupported': { ede: 2, sentence: 'The DS records use only digest types that are not supported.' },
  'nsec3-iterations': { ede: 27, sentence: 'The zone asks for more NSEC3 iterations than are accepted (RFC 9276).' },
  'opt-out': {
    ede: undefined,
    sentence: 'The name lies in an opt-out span: nothing is proved of unsigned delegations.',
  },
} as const satisfies Readonly<Record<string, { ede: number | undefined; sentence: string }>>

export type Reason = keyof typeof REASONS
