/**
 * What becomes of records in somebody else's message whose RDATA is not of the form that its type has. Most RDATA need not be
 * understood by whoever passes it on (RFC 3597 §3; RFC 9460 §3.1 for SVCB and HTTPS): one odd record must not make the whole
 * message unreadable. What cannot be passed on as it stands are names that may be compressed, and what the reader itself works with.
 */
import { A, AAAA, DNSKEY, DS, NSEC, NSEC3, NSEC3PARAM, RRSIG, recordType } from '../rr/index.ts'
import { TYPE_OPT } from './edns.ts'
import { SECTION_ADDITIONAL, type Section } from './record-cursor.ts'

/**
 * `refuse`: the message is malformed. `ignore`: as if the record were not there. `carry`: the RDATA stays as it is, octet by octet;
 * no field of it may be read.
 */
export type OddRdata = 'refuse' | 'ignore' | 'carry'

/** Decides for a record with malformed RDATA of `length` octets. */
export type OddRdataRule = (type: number, section: Section, length: number) => OddRdata

/** Of a message that is to be understood in full: zone transfers, updates. */
export const REFUSE_ODD: OddRdataRule = () => 'refuse'

/** RRSIG and proofs that do not parse prove nothing, and a key that does not parse verifies nothing. */
const PROVING: ReadonlySet<number> = new Set([RRSIG, NSEC, NSEC3, NSEC3PARAM, DNSKEY].map(({ number }) => number))
const ADDRESSES: ReadonlySet<number> = new Set([A.number, AAAA.number])
/** Key tag, algorithm, digest type; the digest follows. */
const DS_HEAD = 4

/**
 * Of a reply that is read to be passed on. In the answer and authority sections addresses and names have to be right; in the
 * additional section, which nobody asked for, such records are ignored.
 */
export const TOLERATE_ODD: OddRdataRule = (type, section, length) => {
  // Of an OPT record it is the options that are ignored.
  if (PROVING.has(type) || type === TYPE_OPT) return 'ignore'
  // A digest of another length is the digest of no key.
  if (type === DS.number) return length > DS_HEAD ? 'carry' : 'ignore'
  const declared = recordType(type)
  const isNeeded = ADDRESSES.has(type) || declared === undefined || declared.compressesNames || declared.lowersNames
  if (!isNeeded) return 'carry'
  return section === SECTION_ADDITIONAL ? 'ignore' : 'refuse'
}
