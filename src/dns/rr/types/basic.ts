/** The record types of everyday zones: RFC 1035 §3.3, and those that joined them. */
import { declare } from '../declare.ts'
import { ipv4, ipv6 } from '../fields/addresses.ts'
import { compressibleName, legacyName } from '../fields/names.ts'
import { ttl, u16, u32 } from '../fields/numbers.ts'
import { characterString, characterStrings } from '../fields/strings.ts'

export const A = declare({
  number: 1,
  mnemonic: 'A',
  meaning: 'an IPv4 address of the host',
  reference: 'RFC 1035 §3.4.1',
  fields: { address: ipv4 },
})

export const NS = declare({
  number: 2,
  mnemonic: 'NS',
  meaning: 'a name server of the zone that begins here',
  reference: 'RFC 1035 §3.3.11',
  fields: { nameServer: compressibleName('the name of a name server') },
  additional: ['nameServer'],
})

export const CNAME = declare({
  number: 5,
  mnemonic: 'CNAME',
  meaning: 'the name is an alias of another',
  reference: 'RFC 1035 §3.3.1',
  fields: { target: compressibleName('the canonical name') },
})

export const SOA = declare({
  number: 6,
  mnemonic: 'SOA',
  meaning: 'the start of a zone of authority: primary, contact, serial and timers',
  reference: 'RFC 1035 §3.3.13',
  fields: {
    primary: compressibleName('the name of the primary server'),
    mailbox: compressibleName("the responsible person's mailbox as a name"),
    serial: u32('the serial'),
    refresh: ttl('the refresh interval'),
    retry: ttl('the retry interval'),
    expire: ttl('the expire interval'),
    minimum: ttl('the TTL of negative answers'),
  },
})

export const PTR = declare({
  number: 12,
  mnemonic: 'PTR',
  meaning: 'a pointer to another name, from an address to its host',
  reference: 'RFC 1035 §3.3.12',
  fields: { target: compressibleName() },
})

export const HINFO = declare({
  number: 13,
  mnemonic: 'HINFO',
  meaning: 'machine and operating system; also the short answer to ANY (RFC 8482)',
  reference: 'RFC 1035 §3.3.2',
  fields: { cpu: characterString('a CPU'), os: characterString('an operating system') },
})

export const MX = declare({
  number: 15,
  mnemonic: 'MX',
  meaning: 'a host that takes mail for the name',
  reference: 'RFC 1035 §3.3.9',
  fields: { preference: u16('a preference'), exchange: compressibleName('the name of a mail exchange') },
  additional: ['exchange'],
})

export const TXT = declare({
  number: 16,
  mnemonic: 'TXT',
  meaning: 'text',
  reference: 'RFC 1035 §3.3.14',
  fields: { text: characterStrings('text') },
})

export const AAAA = declare({
  number: 28,
  mnemonic: 'AAAA',
  meaning: 'an IPv6 address of the host',
  reference: 'RFC 3596 §2.1',
  fields: { address: ipv6 },
})

export const SRV = declare({
  number: 33,
  mnemonic: 'SRV',
  meaning: 'where a service is',
  reference: 'RFC 2782',
  fields: { priority: u16('a priority'), weight: u16('a weight'), port: u16('a port'), target: legacyName() },
  additional: ['target'],
})

export const DNAME = declare({
  number: 39,
  mnemonic: 'DNAME',
  meaning: 'all names below are aliases of those below another name',
  reference: 'RFC 6672 §2.1',
  fields: { target: legacyName() },
})
