/** Mail as RFC 1035 first had it, and the mailboxes behind names (RFC 1183, RFC 2163, RFC 7929, RFC 8162). */
import { declare } from '../declare.ts'
import { base64Rest, hexRest } from '../fields/binary.ts'
import { compressibleName, legacyName } from '../fields/names.ts'
import { u8, u16 } from '../fields/numbers.ts'
import { characterStrings } from '../fields/strings.ts'

export const MD = declare({
  number: 3,
  mnemonic: 'MD',
  meaning: 'a host that takes mail for the name (obsolete: MX)',
  reference: 'RFC 1035 §3.3.4',
  fields: { host: compressibleName('the name of a host') },
  additional: ['host'],
})

export const MF = declare({
  number: 4,
  mnemonic: 'MF',
  meaning: 'a host that forwards mail for the name (obsolete: MX)',
  reference: 'RFC 1035 §3.3.5',
  fields: { host: compressibleName('the name of a host') },
  additional: ['host'],
})

export const MB = declare({
  number: 7,
  mnemonic: 'MB',
  meaning: 'the host of the mailbox that the name is (experimental)',
  reference: 'RFC 1035 §3.3.3',
  fields: { host: compressibleName('the name of a host') },
  additional: ['host'],
})

export const MG = declare({
  number: 8,
  mnemonic: 'MG',
  meaning: 'a mailbox that belongs to the mail group (experimental)',
  reference: 'RFC 1035 §3.3.6',
  fields: { member: compressibleName('a mailbox as a name') },
})

export const MR = declare({
  number: 9,
  mnemonic: 'MR',
  meaning: 'the new name of the mailbox (experimental)',
  reference: 'RFC 1035 §3.3.8',
  fields: { newName: compressibleName('a mailbox as a name') },
})

export const MINFO = declare({
  number: 14,
  mnemonic: 'MINFO',
  meaning: 'who is responsible for a mailing list, and who hears of its errors (experimental)',
  reference: 'RFC 1035 §3.3.7',
  fields: {
    responsible: compressibleName('the responsible mailbox as a name'),
    errors: compressibleName('the mailbox for errors as a name'),
  },
})

export const RP = declare({
  number: 17,
  mnemonic: 'RP',
  meaning: 'a responsible person: mailbox, and where TXT says more',
  reference: 'RFC 1183 §2.2',
  fields: { mailbox: legacyName('a mailbox as a name'), text: legacyName('the name of TXT records') },
})

export const PX = declare({
  number: 26,
  mnemonic: 'PX',
  meaning: 'how names of RFC 822 and X.400 mail map',
  reference: 'RFC 2163 §4',
  fields: {
    preference: u16('a preference'),
    map822: legacyName('a domain of RFC 822'),
    mapX400: legacyName('a domain of X.400'),
  },
})

export const SMIMEA = declare({
  number: 53,
  mnemonic: 'SMIMEA',
  meaning: "the certificate of a mailbox's S/MIME",
  reference: 'RFC 8162 §2',
  fields: {
    usage: u8('a certificate usage'),
    selector: u8('a selector'),
    matchingType: u8('a matching type'),
    data: hexRest('certificate association data', 1),
  },
})

export const OPENPGPKEY = declare({
  number: 61,
  mnemonic: 'OPENPGPKEY',
  meaning: 'the OpenPGP key of a mailbox',
  reference: 'RFC 7929 §2',
  fields: { key: base64Rest('a transferable public key', 1) },
})

export const SPF = declare({
  number: 99,
  mnemonic: 'SPF',
  meaning: 'who may send mail for the name (obsolete: TXT)',
  reference: 'RFC 7208 §3.1',
  fields: { text: characterStrings('text') },
})
