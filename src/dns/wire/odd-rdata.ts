/**
 * How a reader treats a record whose RDATA does not have the form of its type. A server that passes records on need not understand
 * most types (RFC 3597 §3; RFC 9460 §3.1 for SVCB and HTTPS), so one malformed record does not make the message unreadable. It
 * cannot pass on names that may be compressed, nor records that it follows itself.
 */
import { A, AAAA, CNAME, DNAME, NS, NSEC, NSEC3, RRSIG, recordType, SOA } from '../rr/index.ts'
import { TYPE_OPT } from './edns.ts'
import { SECTION_ANSWER, SECTION_AUTHORITY, type Section } from './record-cursor.ts'

/**
 * `refuse`: the message is malformed. `ignore`: the record is left out. `carry`: the RDATA is kept octet for octet; a reader of its
 * fields checks the length first.
 */
export type OddRdata = 'refuse' | 'ignore' | 'carry'

/** The treatment of a record with malformed RDATA. */
export type OddRdataRule = (type: number, section: Section) => OddRdata

/** For zone transfers, updates, and all else that the reader has to understand in full. */
export const REFUSE_ODD: OddRdataRule = () => 'refuse'

type TypeSet = ReadonlySet<number>

/** A signature or proof that cannot be parsed proves nothing. */
const PROOFS: TypeSet = new Set([RRSIG.number, NSEC.number, NSEC3.number])
const ADDRESSES: TypeSet = new Set([A.number, AAAA.number])
/** Types that a resolver follows from the authority section. */
const FOLLOWED: TypeSet = new Set([NS.number, SOA.number, CNAME.number, DNAME.number])

/**
 * For replies whose records are passed on. RDATA without addresses and without names that older software compresses or lowers is
 * carried, DS and DNSKEY too: an RRset that lacks one of its records does not validate. The rest is refused in the answer section,
 * refused in the authority section where it is followed, and ignored elsewhere.
 */
export const TOLERATE_ODD: OddRdataRule = (type, section) => {
  // For OPT, the options are ignored.
  if (PROOFS.has(type) || type === TYPE_OPT) return 'ignore'
  const declared = recordType(type)
  const isRead = ADDRESSES.has(type) || declared === undefined || declared.compressesNames || declared.lowersNames
  if (!isRead) return 'carry'
  const isNeeded = section === SECTION_ANSWER || (section === SECTION_AUTHORITY && FOLLOWED.has(type))
  return isNeeded ? 'refuse' : 'ignore'
}
