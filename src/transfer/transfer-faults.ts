/** Why a transfer failed: the named reasons, and what each asks a secondary to do next. */
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

/** What a failed reading says of the primary. */
export function failureOf(reason: TransferFault): SecondaryFailure {
  return reason === 'rcode' || reason === 'serial-backward' ? 'refused' : 'broken'
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
