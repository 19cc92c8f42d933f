/** Keys and signatures apart from those of today's DNSSEC: its first design (RFC 2535), other protocols', and trust anchors'. */
import { declare } from '../declare.ts'
import { base64Rest, hexRest } from '../fields/binary.ts'
import { gateway } from '../fields/gateway.ts'
import { hostIdentity } from '../fields/host-identity.ts'
import { legacyName, plainNames } from '../fields/names.ts'
import { named, u8, u16 } from '../fields/numbers.ts'
import { oldTypeBitmap } from '../fields/old-bitmap.ts'
import { ALGORITHM_MNEMONICS, digestRule, dsFields, signatureFields } from './dnssec.ts'

const algorithm = named(1, 'an algorithm', ALGORITHM_MNEMONICS)

export const SIG = declare({
  number: 24,
  mnemonic: 'SIG',
  meaning: 'a signature over a message (SIG(0)); of RRsets before RRSIG',
  reference: 'RFC 2535 §4, RFC 2931',
  fields: signatureFields,
})

export const KEY = declare({
  number: 25,
  mnemonic: 'KEY',
  meaning: 'a public key for SIG(0) and TKEY; of zones before DNSKEY',
  reference: 'RFC 2535 §3, RFC 3445',
  fields: {
    flags: u16('flags'),
    protocol: named(
      1,
      'a protocol',
      new Map([
        [0, 'NONE'],
        [1, 'TLS'],
        [2, 'EMAIL'],
        [3, 'DNSSEC'],
        [4, 'IPSEC'],
        [255, 'ALL'],
      ]),
    ),
    algorithm,
    publicKey: base64Rest('a public key'),
  },
})

export const NXT = declare({
  number: 30,
  mnemonic: 'NXT',
  meaning: 'the next name of the zone and the types at this one (obsolete: NSEC)',
  reference: 'RFC 2535 §5',
  fields: { next: legacyName('the next name'), types: oldTypeBitmap },
})

export const CERT = declare({
  number: 37,
  mnemonic: 'CERT',
  meaning: 'a certificate or a list of revoked ones',
  reference: 'RFC 4398 §2',
  fields: {
    type: named(
      2,
      'a certificate type',
      new Map([
        [1, 'PKIX'],
        [2, 'SPKI'],
        [3, 'PGP'],
        [4, 'IPKIX'],
        [5, 'ISPKI'],
        [6, 'IPGP'],
        [7, 'ACPKIX'],
        [8, 'IACPKIX'],
        [253, 'URI'],
        [254, 'OID'],
      ]),
    ),
    keyTag: u16('a key tag'),
    algorithm,
    certificate: base64Rest('a certificate', 1),
  },
})

/** Octets of SSHFP fingerprints of known types (RFC 4255 §3.1.2, RFC 6594 §4). */
const FINGERPRINT_OCTETS = new Map([
  [1, 20],
  [2, 32],
])

export const SSHFP = declare({
  number: 44,
  mnemonic: 'SSHFP',
  meaning: "the fingerprint of the host's SSH key",
  reference: 'RFC 4255 §3, RFC 6594',
  fields: { algorithm: u8('an algorithm'), type: u8('a fingerprint type'), fingerprint: hexRest('a fingerprint', 1) },
  rule: (octets, at, end) => {
    const expected = FINGERPRINT_OCTETS.get(octets[at + 1]!)
    if (expected === undefined || end - at - 2 === expected) return undefined
    return `a fingerprint of type ${octets[at + 1]} has ${expected} octets, not ${end - at - 2}`
  },
})

export const IPSECKEY = declare({
  number: 45,
  mnemonic: 'IPSECKEY',
  meaning: 'a key for IPsec, and the gateway to use',
  reference: 'RFC 4025 §2',
  fields: {
    precedence: u8('a precedence'),
    gatewayType: u8('a gateway type'),
    algorithm: u8('an algorithm'),
    gateway: gateway('a gateway', 1),
    publicKey: base64Rest('a public key'),
  },
  beyondText: (octets, at) => octets[at + 1]! > 3,
})

export const DHCID = declare({
  number: 49,
  mnemonic: 'DHCID',
  meaning: 'which DHCP client owns the name',
  reference: 'RFC 4701 §3',
  fields: { data: base64Rest('a DHCID', 3) },
})

export const TLSA = declare({
  number: 52,
  mnemonic: 'TLSA',
  meaning: 'the certificate of a TLS server (DANE)',
  reference: 'RFC 6698 §2',
  fields: {
    usage: u8('a certificate usage'),
    selector: u8('a selector'),
    matchingType: u8('a matching type'),
    data: hexRest('certificate association data', 1),
  },
})

export const HIP = declare({
  number: 55,
  mnemonic: 'HIP',
  meaning: 'the identity of a host and its rendezvous servers',
  reference: 'RFC 8005 §5',
  fields: { identity: hostIdentity, servers: plainNames('the name of a rendezvous server') },
})

export const RKEY = declare({
  number: 57,
  mnemonic: 'RKEY',
  meaning: 'a key to encrypt NAPTR records with',
  reference: 'draft-reid-dnsext-rkey, IANA template RKEY',
  fields: { flags: u16('flags'), protocol: u8('a protocol'), algorithm, publicKey: base64Rest('a public key') },
})

export const TA = declare({
  number: 32768,
  mnemonic: 'TA',
  meaning: 'a trust anchor for a zone',
  reference: 'IANA (Weiler, 2005)',
  fields: dsFields,
  rule: digestRule,
})

export const DLV = declare({
  number: 32769,
  mnemonic: 'DLV',
  meaning: 'a trust anchor outside the chain of delegations (obsolete)',
  reference: 'RFC 4431 §2, RFC 8749',
  fields: dsFields,
  rule: digestRule,
})
