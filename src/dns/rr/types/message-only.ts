/** Types that no zone holds: what messages carry about themselves, what only a question names, and what only a bitmap says. */
import { declare } from '../declare.ts'
import { legacyName } from '../fields/names.ts'
import { named, u16, u32 } from '../fields/numbers.ts'
import { ednsOptions, sizedBase64 } from '../fields/sized.ts'
import { u48 } from '../fields/wide-numbers.ts'

export const OPT = declare({
  number: 41,
  mnemonic: 'OPT',
  meaning: 'EDNS: what the sender can do, and options',
  reference: 'RFC 6891 §6.1',
  fields: { options: ednsOptions },
  only: 'message',
})

export const NXNAME = declare({
  number: 128,
  mnemonic: 'NXNAME',
  meaning: 'in the bitmap of a compact denial of existence: the name does not exist',
  reference: 'RFC 9824 §2',
  fields: {},
  only: 'bitmap',
})

/** Errors that TSIG and TKEY carry (RFC 8945 §4.2, RFC 2930 §2.6). */
const error = named(
  2,
  'an error',
  new Map([
    [0, 'NOERROR'],
    [16, 'BADSIG'],
    [17, 'BADKEY'],
    [18, 'BADTIME'],
    [19, 'BADMODE'],
    [20, 'BADNAME'],
    [21, 'BADALG'],
    [22, 'BADTRUNC'],
  ]),
)

export const TKEY = declare({
  number: 249,
  mnemonic: 'TKEY',
  meaning: 'how two parties agree on a secret key',
  reference: 'RFC 2930 §2',
  fields: {
    algorithm: legacyName('the name of an algorithm'),
    inception: u32('the inception'),
    expiration: u32('the expiration'),
    mode: u16('a mode'),
    error,
    key: sizedBase64('key data'),
    other: sizedBase64('other data'),
  },
  only: 'message',
})

export const TSIG = declare({
  number: 250,
  mnemonic: 'TSIG',
  meaning: 'a message authentication code over the message',
  reference: 'RFC 8945 §4.2',
  fields: {
    algorithm: legacyName('the name of an algorithm'),
    timeSigned: u48('the time of signing'),
    fudge: u16('a fudge'),
    mac: sizedBase64('a MAC'),
    originalId: u16('the original ID'),
    error,
    other: sizedBase64('other data'),
  },
  only: 'message',
})

export const IXFR = declare({
  number: 251,
  mnemonic: 'IXFR',
  meaning: 'what changed in a zone since a serial',
  reference: 'RFC 1995',
  fields: {},
  only: 'question',
})

export const AXFR = declare({
  number: 252,
  mnemonic: 'AXFR',
  meaning: 'a whole zone',
  reference: 'RFC 1035 §3.2.3, RFC 5936',
  fields: {},
  only: 'question',
})

export const MAILB = declare({
  number: 253,
  mnemonic: 'MAILB',
  meaning: 'MB, MG and MR records',
  reference: 'RFC 1035 §3.2.3',
  fields: {},
  only: 'question',
})

export const MAILA = declare({
  number: 254,
  mnemonic: 'MAILA',
  meaning: 'MD and MF records (obsolete: MX)',
  reference: 'RFC 1035 §3.2.3',
  fields: {},
  only: 'question',
})

export const ANY = declare({
  number: 255,
  mnemonic: 'ANY',
  aliases: ['*'],
  meaning: 'some or all records of the name',
  reference: 'RFC 1035 §3.2.3, RFC 8482',
  fields: {},
  only: 'question',
})
