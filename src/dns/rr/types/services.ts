/** Where services are and who may offer them: NAPTR, KX, URI, SVCB, CAA, DSYNC and their kind. */
import { declare } from '../declare.ts'
import { base64Rest } from '../fields/binary.ts'
import { gateway, relayType } from '../fields/gateway.ts'
import { legacyName, plainName } from '../fields/names.ts'
import { named, u8, u16, u32 } from '../fields/numbers.ts'
import { tag } from '../fields/optional.ts'
import { hasUnknownFamily, prefixes } from '../fields/prefixes.ts'
import { base64OrDash } from '../fields/sized.ts'
import { characterString, characterStrings, textRest } from '../fields/strings.ts'
import { contradictsItself, svcParams } from '../fields/svc-params.ts'
import { typeCovered } from '../fields/type-fields.ts'

export const NAPTR = declare({
  number: 35,
  mnemonic: 'NAPTR',
  meaning: 'a rule that rewrites a name into a URI or another name',
  reference: 'RFC 3403 §4.1',
  fields: {
    order: u16('an order'),
    preference: u16('a preference'),
    flags: characterString('flags'),
    services: characterString('services'),
    regexp: characterString('a substitution'),
    replacement: legacyName('a replacement'),
  },
  additional: ['replacement'],
})

export const KX = declare({
  number: 36,
  mnemonic: 'KX',
  meaning: 'a host that exchanges keys for the name',
  reference: 'RFC 2230 §3',
  fields: { preference: u16('a preference'), exchanger: legacyName('the name of a host') },
  additional: ['exchanger'],
})

export const APL = declare({
  number: 42,
  mnemonic: 'APL',
  meaning: 'a list of address prefixes (experimental)',
  reference: 'RFC 3123 §4',
  fields: { prefixes },
  beyondText: hasUnknownFamily,
})

const svcbFields = { priority: u16('a priority'), target: plainName('a target'), params: svcParams }

/** Offset of the parameters: behind the priority and the target, a well-formed name. */
function paramsContradict(octets: Uint8Array, at: number, end: number): boolean {
  let params = at + 2
  while (octets[params] !== 0) params += 1 + octets[params]!
  return contradictsItself(octets, params + 1, end)
}

export const SVCB = declare({
  number: 64,
  mnemonic: 'SVCB',
  meaning: 'where a service is and how to speak to it',
  reference: 'RFC 9460 §2',
  fields: svcbFields,
  additional: ['target'],
  beyondText: paramsContradict,
})

export const HTTPS = declare({
  number: 65,
  mnemonic: 'HTTPS',
  meaning: 'where an HTTPS origin is and how to speak to it',
  reference: 'RFC 9460 §9',
  fields: svcbFields,
  additional: ['target'],
  beyondText: paramsContradict,
})

export const DSYNC = declare({
  number: 66,
  mnemonic: 'DSYNC',
  meaning: 'whom a child tells that its CDS, CDNSKEY or CSYNC changed',
  reference: 'RFC 9859 §2',
  fields: {
    type: typeCovered,
    scheme: named(1, 'a scheme', new Map([[1, 'NOTIFY']]), { print: true }),
    port: u16('a port'),
    target: plainName('a target'),
  },
})

export const HHIT = declare({
  number: 67,
  mnemonic: 'HHIT',
  meaning: 'the hierarchical host identity tag of an aircraft or its registry, in CBOR',
  reference: 'RFC 9886 §5.1',
  fields: { data: base64Rest('CBOR', 1) },
})

export const BRID = declare({
  number: 68,
  mnemonic: 'BRID',
  meaning: 'what an unmanned aircraft broadcasts of its identity, in CBOR',
  reference: 'RFC 9886 §5.2',
  fields: { data: base64Rest('CBOR', 1) },
})

export const URI = declare({
  number: 256,
  mnemonic: 'URI',
  meaning: 'the URI of a service',
  reference: 'RFC 7553 §4',
  fields: { priority: u16('a priority'), weight: u16('a weight'), target: textRest('a URI', 1) },
})

export const CAA = declare({
  number: 257,
  mnemonic: 'CAA',
  meaning: 'which authorities may issue certificates for the name',
  reference: 'RFC 8659 §4',
  fields: { flags: u8('flags'), tag: tag('a property tag'), value: textRest('a property value') },
})

export const AVC = declare({
  number: 258,
  mnemonic: 'AVC',
  meaning: 'what an application is, for networks that watch and steer it',
  reference: 'IANA template AVC',
  fields: { text: characterStrings('text') },
})

export const DOA = declare({
  number: 259,
  mnemonic: 'DOA',
  meaning: 'a digital object, or where it is',
  reference: 'draft-durand-doa-over-dns §3, IANA template DOA',
  fields: {
    enterprise: u32('an enterprise number'),
    type: u32('a type'),
    location: u8('a location'),
    mediaType: characterString('a media type'),
    data: base64OrDash('data'),
  },
})

export const AMTRELAY = declare({
  number: 260,
  mnemonic: 'AMTRELAY',
  meaning: 'a relay for multicast through tunnels',
  reference: 'RFC 8777 §4',
  fields: { precedence: u8('a precedence'), relayType, relay: gateway('a relay', 1, 0x7f) },
  beyondText: (octets, at) => (octets[at + 1]! & 0x7f) > 3,
})

export const RESINFO = declare({
  number: 261,
  mnemonic: 'RESINFO',
  meaning: 'what a resolver can do',
  reference: 'RFC 9606 §4',
  fields: { text: characterStrings('keys and values') },
})

export const WALLET = declare({
  number: 262,
  mnemonic: 'WALLET',
  meaning: 'a public address of a wallet',
  reference: 'IANA template WALLET',
  fields: { text: characterStrings('text') },
})
