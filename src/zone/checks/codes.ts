/**
 * Every fault that checking a zone without cryptography can report. Errors are what named-checkzone or kzonecheck refuse too;
 * warnings work, but not as whoever wrote them may believe. The codes are stable.
 */
import type { Severity } from '../faults.ts'
import { STRUCTURE_SEVERITIES } from './structure.ts'

export const CHECK_SEVERITIES = {
  // The apex (RFC 1034 §4.2.1, RFC 1035 §5.2).
  'soa-missing': 'error',
  'soa-several': 'error',
  'ns-missing': 'error',
  'not-at-apex': 'warning',
  // What may not stand together (RFC 1034 §3.6.2, RFC 2181 §10, RFC 6672 §2).
  ...STRUCTURE_SEVERITIES,
  'delegation-and-other': 'warning',
  'ds-without-ns': 'warning',
  'nsec-and-nsec3': 'error',
  'wildcard-dname': 'warning',
  // What cannot be seen (RFC 1034 §4.2.1, RFC 6672 §2.4).
  occluded: 'warning',
  'dname-names-below': 'warning',
  'out-of-zone': 'warning',
  // Names that records point to (RFC 2181 §10.3, RFC 2782, RFC 9471).
  'ns-alias': 'error',
  'ns-without-address': 'error',
  'glue-missing': 'error',
  'glue-sibling-missing': 'note',
  'target-alias': 'warning',
  'target-without-address': 'warning',
  'mx-address': 'warning',
  // RFC 7505 §3, RFC 2782.
  'null-and-other': 'warning',
  'alias-loop': 'warning',
  // RRsets (RFC 2181 §5).
  'rrset-too-large': 'error',
  'ttl-differs': 'warning',
  duplicate: 'note',
  'host-name': 'note',
  // What was written, and is read as something else (RFC 1035 §5.1, §8).
  'mailbox-at': 'warning',
  'text-cut': 'warning',
  'policy-several': 'warning',
  // CDS and CDNSKEY (RFC 7344 §4, RFC 8078 §4).
  'cds-unmatched': 'error',
  'cds-cdnskey-differ': 'error',
  'cds-delete': 'error',
} as const satisfies Record<string, Severity>

export type CheckCode = keyof typeof CHECK_SEVERITIES
