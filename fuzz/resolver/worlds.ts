/** The internets that a fuzzed server lies in. What is signed there is never changed, so that all work is done once. */

import { Internet } from '../../conformance/internet/internet.ts'
import { Truth } from '../../conformance/internet/truth.ts'
import type { ZoneOptions } from '../../conformance/internet/zones.ts'
import { Name } from '../../src/dns/name/index.ts'
import { fixedPair } from '../../src/signer/fixed-keys.fixture.ts'
import { NSEC3, OPT_OUT } from '../../src/signer/signing.fixture.ts'

const DATA = [
  'www A 192.0.2.80',
  'www TXT "true"',
  'mail MX 10 www',
  '*.wild A 192.0.2.81',
  'alias CNAME www',
  'out CNAME www.victim.',
  'tree DNAME victim.',
  'deep.ent.name A 192.0.2.82',
].join('\n')

/** The attacker's keys are of another algorithm: those of the fixture are the same for all zones. */
function own(zone: string, denial?: typeof NSEC3): NonNullable<ZoneOptions['signing']> {
  return { signWith: fixedPair(8, Name.parse(zone)), ...(denial !== undefined && { denial }) }
}

export const ATTACKER_ADDRESS = '192.0.2.66'
/** A host that has all zones, and so can stand in for a resolver. */
export const FORWARDER_ADDRESS = '192.0.2.67'

const HERE = { at: [ATTACKER_ADDRESS] }

/** Zones whose servers are honest, and those of the attacker: signed with NSEC, with NSEC3, not signed. */
export const VICTIMS = ['victim.', 'hashed.', 'plain.'] as const
export const ATTACKERS = ['attacker.', 'attacker3.', 'free.'] as const

export const internet = new Internet({
  '.': { signing: { denial: OPT_OUT } },
  'victim.': { text: DATA.replace('victim.', 'plain.') },
  'hashed.': { text: DATA, signing: { denial: NSEC3 } },
  'plain.': { text: DATA, signing: 'unsigned' },
  'attacker.': { text: DATA, signing: own('attacker.'), ...HERE },
  'attacker3.': { text: DATA, signing: own('attacker3.', NSEC3), ...HERE },
  'free.': { text: DATA, signing: 'unsigned', ...HERE },
  'sub.attacker.': { text: DATA, signing: own('sub.attacker.'), ...HERE },
})

for (const zone of internet.zones.values()) internet.at(FORWARDER_ADDRESS).serve(zone)

internet.isTimed = false

export const truth = new Truth(internet.zones.values())
