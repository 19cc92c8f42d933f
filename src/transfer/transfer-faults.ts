/** Why a transfer failed: the named reasons, and what each asks a secondary to do next. */
import { RCODE_FORMERR, RCODE_NOTIMP } from '../dns/wire/index.ts'
import type { SecondaryFailure } from './secondary-state.ts'

export type TransferFault =
  /** The octets are no DNS message. */
  | 'malformed'
  /** A message is a query, or of another OPCODE. */
  | 'no-response'
  | 'wrong-id'
  | 'wrong-question'
  /** The server answers with an error; the RCODE tells which. */
  | 'rcode'
  /** A message without a record, and without padding that would explain it. */
  | 'empty'
  /** The first record is no SOA of the zone. */
  | 'no-soa'
  | 'wrong-class'
  /** A type that cannot stand in a zone, or a SOA that is not at the apex. */
  | 'bad-record'
  | 'bad-rdata'
  /** The server's version is older than ours. */
  | 'serial-backward'
  /** The sequences of an incremental answer do not lead from our serial to the new one. */
  | 'broken-chain'
  /** The answer does not end with the SOA that it began with. */
  | 'soa-mismatch'
  | 'after-end'
  | 'too-large'
  /** The messages ended before the closing SOA. */
  | 'incomplete'

/**
 * What a secondary makes of a failed reading: whether the whole zone is worth a try after differences that were of no use, or
 * another primary is. FORMERR and NOTIMP are what a server says that does not know IXFR (RFC 1995 §2).
 */
export function failureOf(reason: TransferFault, rcode?: number): SecondaryFailure {
  switch (reason) {
    case 'rcode':
      return rcode === RCODE_FORMERR || rcode === RCODE_NOTIMP ? 'broken' : 'refused'
    case 'serial-backward':
      return 'refused'
    case 'incomplete':
      return 'unreachable'
    default:
      return 'broken'
  }
}

/** What stopped a reading. Never leaves the folder: readers give it out as a value. */
export class TransferFailure extends Error {
  readonly reason: TransferFault
  readonly rcode: number | undefined

  constructor(reason: TransferFault, text: string, rcode?: number) {
    super(text)
    this.reason = reason
    this.rcode = rcode
  }
}
