/**
 * Every fault that verifying a zone can report. The codes are stable: scripts may rely on them. Errors make the zone bad;
 * where a code is a warning in certain places, the code that reports it says why.
 */
import type { Severity } from '../faults.ts'

export const VERIFY_SEVERITIES = {
  // The zone as such.
  'soa-missing': 'error',
  'zone-unsigned': 'error',
  'no-supported-algorithm': 'error',
  // DNSKEY records (RFC 4034 §2, RFC 5011 §2).
  'dnskey-protocol': 'error',
  'dnskey-malformed': 'error',
  'dnskey-not-zone-key': 'warning',
  'dnskey-algorithm-unsupported': 'warning',
  'dnskey-algorithm-nsec3': 'error',
  'dnskey-revoked-unsigned': 'error',
  'dnskey-sep-unsigned': 'error',
  // Signatures (RFC 4034 §3, RFC 4035 §2.2 and §5.3).
  'rrset-unsigned': 'error',
  'algorithm-missing': 'error',
  'signature-bogus': 'error',
  'signature-expired': 'error',
  'signature-not-yet-valid': 'error',
  'signature-times': 'error',
  'signature-signer': 'error',
  'signature-labels': 'error',
  'signature-unknown-key': 'error',
  'signature-revoked-key': 'error',
  'signature-unusable-key': 'error',
  'signature-ttl': 'warning',
  'original-ttl': 'error',
  'signature-covers-nothing': 'warning',
  'signature-beyond-authority': 'warning',
  // Trust anchors (RFC 4035 §5).
  'anchor-mismatch': 'error',
  'anchor-not-signing': 'error',
  'anchor-unsupported': 'warning',
  // Denial with NSEC (RFC 4034 §4, RFC 4035 §2.3).
  'denial-missing': 'error',
  'nsec-and-nsec3': 'error',
  'nsec-missing': 'error',
  'nsec-several': 'error',
  'nsec-extra': 'error',
  'nsec-next': 'error',
  'nsec-bitmap': 'error',
  'denial-ttl': 'note',
  // Denial with NSEC3 (RFC 5155 §7.1, RFC 9276).
  'nsec3param-missing': 'error',
  'nsec3param-flags': 'warning',
  'nsec3param-unsupported': 'error',
  'nsec3-chain-missing': 'error',
  'nsec3-parameters': 'error',
  'nsec3-owner': 'error',
  'nsec3-flags': 'error',
  'nsec3-missing': 'error',
  'nsec3-several': 'error',
  'nsec3-extra': 'error',
  'nsec3-next': 'error',
  'nsec3-bitmap': 'error',
  'nsec3-iterations': 'warning',
  'nsec3-salt': 'note',
  // ZONEMD (RFC 8976 §4).
  'zonemd-digest': 'error',
  'zonemd-serial': 'error',
  'zonemd-unsupported': 'note',
  'zonemd-repeated': 'error',
  'zonemd-length': 'error',
  // What the zone says of its children (RFC 4034 §5, RFC 4509).
  'ds-digest-length': 'error',
  'ds-unsupported': 'warning',
  'ds-sha1-only': 'note',
} as const satisfies Record<string, Severity>

export type VerifyCode = keyof typeof VERIFY_SEVERITIES
