/** Places and identifiers: LOC, the locators of ILNP (RFC 6742), IEEE addresses (RFC 7043), nodes of interplanetary networks. */
import { declare } from '../declare.ts'
import { ipv4 } from '../fields/addresses.ts'
import { location } from '../fields/location.ts'
import { plainName } from '../fields/names.ts'
import { u16 } from '../fields/numbers.ts'
import { characterStrings } from '../fields/strings.ts'
import { eui, ilnp64, u64 } from '../fields/wide-numbers.ts'

export const LOC = declare({
  number: 29,
  mnemonic: 'LOC',
  meaning: 'a place on the earth',
  reference: 'RFC 1876 §2',
  fields: { location },
  beyondText: (octets, at) => octets[at] !== 0,
})

export const NID = declare({
  number: 104,
  mnemonic: 'NID',
  meaning: 'a node identifier of ILNP',
  reference: 'RFC 6742 §2.1',
  fields: { preference: u16('a preference'), identifier: ilnp64('a node identifier') },
})

export const L32 = declare({
  number: 105,
  mnemonic: 'L32',
  meaning: 'a locator of 32 bits of ILNP',
  reference: 'RFC 6742 §2.2',
  fields: { preference: u16('a preference'), locator: ipv4 },
})

export const L64 = declare({
  number: 106,
  mnemonic: 'L64',
  meaning: 'a locator of 64 bits of ILNP',
  reference: 'RFC 6742 §2.3',
  fields: { preference: u16('a preference'), locator: ilnp64('a locator') },
})

export const LP = declare({
  number: 107,
  mnemonic: 'LP',
  meaning: 'the name of a subnetwork that has locators of ILNP',
  reference: 'RFC 6742 §2.4',
  fields: { preference: u16('a preference'), target: plainName('the name of a subnetwork') },
  additional: ['target'],
})

export const EUI48 = declare({
  number: 108,
  mnemonic: 'EUI48',
  meaning: 'an IEEE address of 48 bits',
  reference: 'RFC 7043 §3',
  fields: { address: eui(6) },
})

export const EUI64 = declare({
  number: 109,
  mnemonic: 'EUI64',
  meaning: 'an IEEE address of 64 bits',
  reference: 'RFC 7043 §4',
  fields: { address: eui(8) },
})

export const CLA = declare({
  number: 263,
  mnemonic: 'CLA',
  meaning: 'the convergence layers of a node of the bundle protocol',
  reference: 'draft-johnson-dns-ipn-cla §4, IANA template CLA',
  fields: { text: characterStrings('convergence layers') },
})

export const IPN = declare({
  number: 264,
  mnemonic: 'IPN',
  meaning: 'the number of a node of the bundle protocol',
  reference: 'draft-johnson-dns-ipn-cla §3, IANA template IPN',
  fields: { node: u64('a node number') },
})
