/** What a fuzzed server begins with: the truth, and the lies that have been tried on resolvers. */

import { recordOf, signRecord } from '../../conformance/internet/records.ts'
import { question } from '../../src/authority/served.fixture.ts'
import { Name } from '../../src/dns/name/index.ts'
import { decodeMessage, type Message } from '../../src/dns/wire/index.ts'
import { fixedKey } from '../../src/signer/fixed-keys.fixture.ts'
import { OPTION, replyOf, type Sections, scriptOf } from './scripts.ts'
import { ATTACKERS, FORWARDER_ADDRESS, internet } from './worlds.ts'

const EVIL = '203.0.113.66'
/** Priority 1, target ".", ipv4hint before alpn. */
const UNORDERED = Uint8Array.of(0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1, 0, 1, 0, 3, 2, 104, 50)

/** What the attacker's zone, or a forwarder, says when it is honest. */
function honest(name: string, type: string): Uint8Array {
  const octets = internet.at(FORWARDER_ADDRESS).answer(question(name, type, { dnssec: true }), 'tcp', 0)
  const message: Message = decodeMessage(octets ?? new Uint8Array())
  const { answer, authority, additional, header } = message
  return replyOf({ flags: 0x8400 | header.rcode, answer, authority, additional })
}

/** Lies in a reply to `www.ZONE. A`. */
function lies(zone: string): Sections[] {
  const www = `www.${zone}`
  const key = fixedKey(8, 'zsk', Name.parse('victim.'))
  const evil = recordOf('www.victim.', 'A', EVIL)
  const soa = (owner: string): ReturnType<typeof recordOf> =>
    recordOf(owner, 'SOA', `ns.${zone} host.${zone} 1 7200 3600 1209600 600`)
  const referral = 0x8000
  return [
    { answer: [recordOf(www, 'A', EVIL), evil] },
    { answer: [recordOf(www, 'CNAME', 'www.victim.'), evil] },
    { answer: [recordOf(www, 'CNAME', 'www.plain.'), recordOf('www.plain.', 'A', EVIL)] },
    { answer: [recordOf(www, 'A', EVIL)], authority: [recordOf('victim.', 'NS', `ns.${zone}`)] },
    { answer: [recordOf(www, 'A', EVIL)], additional: [recordOf('ns.victim.', 'A', EVIL)] },
    {
      flags: referral,
      authority: [recordOf(www, 'NS', 'ns.victim.')],
      additional: [recordOf('ns.victim.', 'A', EVIL)],
    },
    { flags: referral, authority: [recordOf('victim.', 'NS', `ns.${zone}`), recordOf('plain.', 'NS', `ns.${zone}`)] },
    {
      flags: referral,
      authority: [recordOf('.', 'NS', `ns.${zone}`)],
      additional: [recordOf(`ns.${zone}`, 'A', EVIL)],
    },
    { flags: 0x8403, authority: [soa('.')] },
    { flags: 0x8403, authority: [soa('victim.'), recordOf('.', 'NSEC', 'zzz. NS')] },
    { flags: 0x8403, authority: [soa(zone), recordOf(zone, 'NSEC', 'zzz. NS SOA')] },
    { answer: [recordOf('.', 'DNAME', zone)] },
    { answer: [recordOf(zone, 'DNAME', 'victim.'), recordOf(www, 'CNAME', 'www.victim.'), evil] },
    { answer: [recordOf(www, 'CNAME', 'www.victim.'), ...signRecord(evil, key)] },
    { authority: [recordOf('victim.', 'DS', `${key.tag} 8 2 ${'00'.repeat(32)}`)] },
    { answer: [recordOf(www, 'A', EVIL)], additional: [recordOf(www, 'HTTPS', UNORDERED)] },
    { answer: [recordOf(www, 'HTTPS', UNORDERED), recordOf(www, 'TLSA', Uint8Array.of(3, 1))] },
    { answer: [recordOf(www, 'A', EVIL)], authority: [recordOf(www, 'DS', Uint8Array.of(0, 1, 13))] },
    {
      answer: [recordOf(www, 'A', EVIL), recordOf(www, 'RRSIG', new Uint8Array(10))],
      additional: [recordOf(www, 'A', Uint8Array.of(192, 0, 2))],
    },
    { answer: [recordOf('*.victim.', 'A', EVIL), recordOf('*.', 'A', EVIL)] },
  ]
}

const OTHERS = [
  ['nothing.', 'A'],
  ['mail.', 'A'],
  ['x.wild.', 'A'],
  ['x.wild.', 'TXT'],
  ['ent.name.', 'A'],
  ['www.tree.', 'A'],
  ['', 'DS'],
] as const

export function seeds(): Uint8Array[] {
  const all: Uint8Array[] = []
  ATTACKERS.forEach((zone, options) => {
    const www = `www.${zone}`
    const keys = honest(zone, 'DNSKEY')
    for (const lie of lies(zone))
      all.push(scriptOf(options, replyOf(lie)), scriptOf(options | OPTION.warm, replyOf(lie)))
    all.push(scriptOf(options, honest(www, 'A'), keys, honest(`nothing.${zone}`, 'A'), honest(`x.wild.${zone}`, 'A')))
    // What is true of one name, told of another.
    for (const [name, type] of OTHERS) all.push(scriptOf(options, honest(`${name}${zone}`, type), keys))
    all.push(scriptOf(options, honest(`out.${zone}`, 'A'), keys, honest(`www.tree.${zone}`, 'A')))
  })
  const other = { HTTPS: UNORDERED, MX: Uint8Array.of(0), DS: Uint8Array.of(0, 1, 13) }
  const odd = Object.entries(other).map(([type, rdata]) => replyOf({ answer: [recordOf('www.free.', type, rdata)] }))
  all.push(scriptOf(OPTION.typesFirst | OPTION.noMinimisation, ...odd))
  const forward = OPTION.forward | OPTION.noMinimisation
  for (const name of [
    'www.victim.',
    'nothing.hashed.',
    'x.wild.hashed.',
    'www.plain.',
    'www.tree.victim.',
    'out.attacker.',
  ]) {
    all.push(scriptOf(forward, honest(name, 'A')))
  }
  const chain = [honest('.', 'DNSKEY'), honest('victim.', 'DS'), honest('victim.', 'DNSKEY')]
  all.push(scriptOf(forward, honest('www.attacker.', 'A'), ...chain))
  all.push(scriptOf(OPTION.forward, honest('.', 'NS'), honest('plain.', 'DS'), honest('www.plain.', 'A')))
  return all
}
