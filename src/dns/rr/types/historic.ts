/** Types of other networks and times: RFC 1035 §3.4.2, RFC 1183, RFC 1706, RFC 1712, RFC 2874, ATM, Nimrod, and early drafts. */
import { declare } from '../declare.ts'
import { addressSuffix, prefixName } from '../fields/a6.ts'
import { ipv4 } from '../fields/addresses.ts'
import { atmAddress } from '../fields/atm-address.ts'
import { base64Rest, hexRest } from '../fields/binary.ts'
import { legacyName, plainName } from '../fields/names.ts'
import { u8, u8UpTo, u16 } from '../fields/numbers.ts'
import { opaque, optionalString, prefixedHex } from '../fields/optional.ts'
import { characterString, characterStrings, latin1, stringOfForm } from '../fields/strings.ts'
import { ports, protocol } from '../fields/well-known-services.ts'

export const NULL = declare({
  number: 10,
  mnemonic: 'NULL',
  meaning: 'anything (experimental)',
  reference: 'RFC 1035 §3.3.10',
  fields: { data: opaque },
})

export const WKS = declare({
  number: 11,
  mnemonic: 'WKS',
  meaning: 'the well known services of an address and protocol',
  reference: 'RFC 1035 §3.4.2',
  fields: { address: ipv4, protocol, ports },
  // A last octet without a bit is legal, but its text would be read back without it.
  beyondText: (octets, at, end) => end - at > 5 && octets[end - 1] === 0,
})

export const AFSDB = declare({
  number: 18,
  mnemonic: 'AFSDB',
  meaning: 'a database server of an AFS cell, or a DCE name server',
  reference: 'RFC 1183 §1, RFC 5864',
  fields: { subtype: u16('a subtype'), host: legacyName('the name of a host') },
  additional: ['host'],
})

export const X25 = declare({
  number: 19,
  mnemonic: 'X25',
  meaning: 'an address of an X.25 network',
  reference: 'RFC 1183 §3.1',
  fields: {
    address: stringOfForm(
      'a PSDN address (digits, at least four)',
      (octets, from, to) => /^[0-9]{4,}$/.test(latin1(octets, from, to)),
      (draw) => String(1000 + draw(1_000_000_000)),
    ),
  },
})

export const ISDN = declare({
  number: 20,
  mnemonic: 'ISDN',
  meaning: 'a telephone number of an ISDN, perhaps a subaddress',
  reference: 'RFC 1183 §3.2',
  fields: { address: characterString('an ISDN address'), subaddress: optionalString('a subaddress') },
})

export const RT = declare({
  number: 21,
  mnemonic: 'RT',
  meaning: 'a host that passes packets on to the name',
  reference: 'RFC 1183 §3.3',
  fields: { preference: u16('a preference'), host: legacyName('the name of a host') },
  additional: ['host'],
})

export const NSAP = declare({
  number: 22,
  mnemonic: 'NSAP',
  meaning: 'an address of OSI (deprecated)',
  reference: 'RFC 1706 §5',
  fields: { address: prefixedHex('an NSAP address') },
})

export const NSAP_PTR = declare({
  number: 23,
  mnemonic: 'NSAP-PTR',
  meaning: 'the name of an OSI address (deprecated)',
  reference: 'RFC 1348',
  fields: { target: plainName() },
})

const DEGREES = /^[+-]?[0-9]{1,3}(\.[0-9]*)?$/

/**
 * A decimal number within 180. RFC 1712 §3 puts the longitude first, its own example the latitude: as both orders are in use,
 * neither of the two is held to 90.
 */
function coordinate(what: string) {
  const bound = 180
  return stringOfForm(
    what,
    (octets, from, to) => {
      const text = latin1(octets, from, to)
      return DEGREES.test(text) && Math.abs(Number(text)) <= bound
    },
    (draw) => String((draw(2 * bound * 100 + 1) - bound * 100) / 100),
  )
}

export const GPOS = declare({
  number: 27,
  mnemonic: 'GPOS',
  meaning: 'a place on the earth (LOC superseded it)',
  reference: 'RFC 1712 §3',
  fields: {
    longitude: coordinate('a longitude (-180 to 180)'),
    latitude: coordinate('a latitude (-90 to 90)'),
    altitude: stringOfForm(
      'an altitude in metres',
      (octets, from, to) => /^[+-]?[0-9]+(\.[0-9]*)?$/.test(latin1(octets, from, to)),
      (draw) => `${draw(9000) - 400}.5`,
    ),
  },
})

export const EID = declare({
  number: 31,
  mnemonic: 'EID',
  meaning: 'an endpoint identifier of Nimrod',
  reference: 'draft-ietf-nimrod-dns §2',
  fields: { identifier: hexRest('an endpoint identifier', 1) },
})

export const NIMLOC = declare({
  number: 32,
  mnemonic: 'NIMLOC',
  meaning: 'a locator of Nimrod',
  reference: 'draft-ietf-nimrod-dns §3',
  fields: { locator: hexRest('a locator', 1) },
})

export const ATMA = declare({
  number: 34,
  mnemonic: 'ATMA',
  meaning: 'an ATM address',
  reference: 'af-dans-0152.000',
  fields: { address: atmAddress },
  beyondText: (octets, at) => octets[at]! > 1,
})

export const A6 = declare({
  number: 38,
  mnemonic: 'A6',
  meaning: 'part of an IPv6 address, the rest at another name (historic: AAAA)',
  reference: 'RFC 2874 §3.1, RFC 6563',
  fields: { prefixLength: u8UpTo(128, 'a prefix length'), suffix: addressSuffix, prefix: prefixName },
})

export const SINK = declare({
  number: 40,
  mnemonic: 'SINK',
  meaning: 'structured data of any kind',
  reference: 'draft-eastlake-kitchen-sink §2',
  fields: {
    meaning: u8('a meaning'),
    coding: u8('a coding'),
    subcoding: u8('a subcoding'),
    data: base64Rest('data'),
  },
})

export const NINFO = declare({
  number: 56,
  mnemonic: 'NINFO',
  meaning: 'the state of a zone, as text',
  reference: 'draft-lewis-dns-undocumented-types, IANA template NINFO',
  fields: { text: characterStrings('text') },
})

export const TALINK = declare({
  number: 58,
  mnemonic: 'TALINK',
  meaning: 'the previous and the next of a list of trust anchors',
  reference: 'draft-ietf-dnsop-dnssec-trust-history, IANA template TALINK',
  fields: { previous: plainName('the previous name'), next: plainName('the next name') },
})

export const UINFO = declare({
  number: 100,
  mnemonic: 'UINFO',
  meaning: 'information about a user (reserved, no format)',
  reference: 'IANA',
  fields: { data: opaque },
})

export const UID = declare({
  number: 101,
  mnemonic: 'UID',
  meaning: 'the number of a user (reserved, no format)',
  reference: 'IANA',
  fields: { data: opaque },
})

export const GID = declare({
  number: 102,
  mnemonic: 'GID',
  meaning: 'the number of a group (reserved, no format)',
  reference: 'IANA',
  fields: { data: opaque },
})

export const UNSPEC = declare({
  number: 103,
  mnemonic: 'UNSPEC',
  meaning: 'anything (reserved, no format)',
  reference: 'IANA',
  fields: { data: opaque },
})
