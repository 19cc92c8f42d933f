/** How much data may be believed by where it came from (RFC 2181 §5.4.1), the least first. */
export const Rank = {
  /** From an additional section: glue. */
  additional: 1,
  /** The NS RRset of a referral. */
  referral: 2,
  /** The answer section of an answer without AA. */
  answer: 3,
  /** The authority section of an answer with AA. */
  authorityOfAuthoritative: 4,
  /** The answer section of an answer with AA. */
  authoritativeAnswer: 5,
  /** Validated. An RRset that a validator has marked secure has this rank by itself. */
  secure: 6,
} as const

export type Rank = (typeof Rank)[keyof typeof Rank]
