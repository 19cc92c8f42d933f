/** What one transfer may take. */
export type ReaderLimits = {
  /** Octets of messages, and octets of names and RDATA without compression. */
  readonly octets: number
  readonly records: number
  /** Difference sequences of an incremental answer, and the records of all of them: the whole zone may be less (RFC 1995 §4). */
  readonly changes: number
  readonly changedRecords: number
}

export const DEFAULT_READER_LIMITS: ReaderLimits = {
  octets: 2 ** 31,
  records: 50_000_000,
  changes: 10_000,
  changedRecords: 1_000_000,
}
