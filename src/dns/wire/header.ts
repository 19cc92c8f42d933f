/**
 * The header of a DNS message (RFC 1035 §4.1.1, RFC 2535 §6.1 for AD and CD): the second 16 bits with their flags, OPCODEs and
 * RCODEs, and the mnemonics of both. The object form is for people and tests; the packet path masks the 16 bits.
 */

/** Octets of a header. */
export const HEADER_SIZE = 12
/** Most octets of a message: its length must fit the 16 bits that TCP puts before it (RFC 1035 §4.2.2). */
export const MAX_MESSAGE = 65535

export const FLAG_QR = 0x8000
export const FLAG_AA = 0x0400
export const FLAG_TC = 0x0200
export const FLAG_RD = 0x0100
export const FLAG_RA = 0x0080
/** The reserved bit: zero when sent, ignored when received. */
export const FLAG_Z = 0x0040
export const FLAG_AD = 0x0020
export const FLAG_CD = 0x0010
export const OPCODE_SHIFT = 11
export const OPCODE_MASK = 0x7800
export const RCODE_MASK = 0x000f

export const OPCODE_QUERY = 0
export const OPCODE_IQUERY = 1
export const OPCODE_STATUS = 2
export const OPCODE_NOTIFY = 4
export const OPCODE_UPDATE = 5
export const OPCODE_DSO = 6

export const RCODE_NOERROR = 0
export const RCODE_FORMERR = 1
export const RCODE_SERVFAIL = 2
export const RCODE_NXDOMAIN = 3
export const RCODE_NOTIMP = 4
export const RCODE_REFUSED = 5
export const RCODE_YXDOMAIN = 6
export const RCODE_YXRRSET = 7
export const RCODE_NXRRSET = 8
export const RCODE_NOTAUTH = 9
export const RCODE_NOTZONE = 10
export const RCODE_DSOTYPENI = 11
/** From here on an RCODE needs EDNS, whose OPT carries the upper 8 of its 12 bits (RFC 6891 §6.1.3). */
export const RCODE_BADVERS = 16
export const RCODE_BADSIG = 16
export const RCODE_BADKEY = 17
export const RCODE_BADTIME = 18
export const RCODE_BADMODE = 19
export const RCODE_BADNAME = 20
export const RCODE_BADALG = 21
export const RCODE_BADTRUNC = 22
export const RCODE_BADCOOKIE = 23

const OPCODES: ReadonlyMap<number, string> = new Map([
  [OPCODE_QUERY, 'QUERY'],
  [OPCODE_IQUERY, 'IQUERY'],
  [OPCODE_STATUS, 'STATUS'],
  [OPCODE_NOTIFY, 'NOTIFY'],
  [OPCODE_UPDATE, 'UPDATE'],
  [OPCODE_DSO, 'DSO'],
])

const RCODES: ReadonlyMap<number, string> = new Map([
  [RCODE_NOERROR, 'NOERROR'],
  [RCODE_FORMERR, 'FORMERR'],
  [RCODE_SERVFAIL, 'SERVFAIL'],
  [RCODE_NXDOMAIN, 'NXDOMAIN'],
  [RCODE_NOTIMP, 'NOTIMP'],
  [RCODE_REFUSED, 'REFUSED'],
  [RCODE_YXDOMAIN, 'YXDOMAIN'],
  [RCODE_YXRRSET, 'YXRRSET'],
  [RCODE_NXRRSET, 'NXRRSET'],
  [RCODE_NOTAUTH, 'NOTAUTH'],
  [RCODE_NOTZONE, 'NOTZONE'],
  [RCODE_DSOTYPENI, 'DSOTYPENI'],
  [RCODE_BADVERS, 'BADVERS'],
  [RCODE_BADKEY, 'BADKEY'],
  [RCODE_BADTIME, 'BADTIME'],
  [RCODE_BADMODE, 'BADMODE'],
  [RCODE_BADNAME, 'BADNAME'],
  [RCODE_BADALG, 'BADALG'],
  [RCODE_BADTRUNC, 'BADTRUNC'],
  [RCODE_BADCOOKIE, 'BADCOOKIE'],
])

/** `NOTIFY`, or `OPCODE3` for one without a mnemonic. */
export function opcodeMnemonic(opcode: number): string {
  return OPCODES.get(opcode) ?? `OPCODE${opcode}`
}

/** The OPCODE of a mnemonic in any case or of OPCODEnn, or -1. */
export function opcodeNumber(word: string): number {
  return numberOf(OPCODES, 'OPCODE', word, 15)
}

/** `NXDOMAIN`, or `RCODE3841` for one without a mnemonic. 16 is BADVERS; in a TSIG record `tsigErrorMnemonic` has it. */
export function rcodeMnemonic(rcode: number): string {
  return RCODES.get(rcode) ?? `RCODE${rcode}`
}

/** The name of a TSIG record's error: 16 is BADSIG there (RFC 8945 §3). */
export function tsigErrorMnemonic(error: number): string {
  return error === RCODE_BADSIG ? 'BADSIG' : rcodeMnemonic(error)
}

/** The RCODE of a mnemonic in any case or of RCODEnn, or -1. */
export function rcodeNumber(word: string): number {
  return word.toUpperCase() === 'BADSIG' ? RCODE_BADSIG : numberOf(RCODES, 'RCODE', word, 65535)
}

function numberOf(words: ReadonlyMap<number, string>, prefix: string, word: string, max: number): number {
  const upper = word.toUpperCase()
  for (const [number, mnemonic] of words) if (mnemonic === upper) return number
  const digits = upper.startsWith(prefix) ? upper.slice(prefix.length) : ''
  return /^[0-9]{1,5}$/.test(digits) && Number(digits) <= max ? Number(digits) : -1
}

/** A header without its counts, which follow from the sections. */
export type Header = {
  id: number
  qr: boolean
  opcode: number
  aa: boolean
  tc: boolean
  rd: boolean
  ra: boolean
  /** The reserved bit. */
  z: boolean
  ad: boolean
  cd: boolean
  /** All 12 bits when the message has EDNS, otherwise the header's 4. */
  rcode: number
}

/** Flag of each letter pair, in the order in which they are printed. */
export const HEADER_FLAGS = [
  ['qr', FLAG_QR],
  ['aa', FLAG_AA],
  ['tc', FLAG_TC],
  ['rd', FLAG_RD],
  ['ra', FLAG_RA],
  ['z', FLAG_Z],
  ['ad', FLAG_AD],
  ['cd', FLAG_CD],
] as const

/** The header of ID and second 16 bits; `extendedRcode` are the upper 8 bits of the RCODE. */
export function headerOf(id: number, bits: number, extendedRcode = 0): Header {
  return {
    id,
    qr: (bits & FLAG_QR) !== 0,
    opcode: (bits & OPCODE_MASK) >>> OPCODE_SHIFT,
    aa: (bits & FLAG_AA) !== 0,
    tc: (bits & FLAG_TC) !== 0,
    rd: (bits & FLAG_RD) !== 0,
    ra: (bits & FLAG_RA) !== 0,
    z: (bits & FLAG_Z) !== 0,
    ad: (bits & FLAG_AD) !== 0,
    cd: (bits & FLAG_CD) !== 0,
    rcode: (extendedRcode << 4) | (bits & RCODE_MASK),
  }
}

/** The second 16 bits of a header; of the RCODE the lower 4. */
export function headerBits(header: Header): number {
  let bits = ((header.opcode & 15) << OPCODE_SHIFT) | (header.rcode & RCODE_MASK)
  for (const [name, flag] of HEADER_FLAGS) if (header[name]) bits |= flag
  return bits
}
