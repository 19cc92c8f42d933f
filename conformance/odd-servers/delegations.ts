/** Delegations that are hard to follow: circles, names without addresses, addresses of one family that are dead; and circles of aliases. */

import type { ZoneOptions } from '../internet/zones.ts'
import type { OddQuestion } from './world.ts'

type Delegated = {
  readonly zones: Readonly<Record<string, ZoneOptions>>
  readonly questions: readonly OddQuestion[]
  /** Nothing answers there. */
  readonly dead: readonly string[]
}

const SERVFAIL = 2
const NXDOMAIN = 3
/** Addresses that the loopback device gets; `v6(1)` is the first one. */
export const IPV6_ADDRESSES: readonly string[] = [1, 2, 3, 4, 5].map(v6)
const DEAD_AT = '198.18.201.1'
const DEAD_AT_V6 = v6(5)
const MANY_DEAD = Array.from({ length: 5 }, (_, i) => `198.18.202.${i + 1}`)
const WWW = 'www A 192.0.2.7'

function v6(last: number): string {
  return `fd53::5${last}`
}

function at(last: number): string {
  return `198.18.200.${last}`
}

/** A zone that is not signed; `delegation` is what its parent has. */
function zone(addresses: readonly string[], delegation?: string, text = WWW): ZoneOptions {
  return { at: addresses, signing: 'unsigned', text, ...(delegation !== undefined && { delegation }) }
}

function many(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n')
}

export const DELEGATED: Delegated = {
  dead: [DEAD_AT, DEAD_AT_V6, ...MANY_DEAD],
  zones: {
    // Names and addresses of servers of other zones.
    'host.': zone(
      [at(1)],
      undefined,
      `both A ${DEAD_AT}
both AAAA ${v6(1)}
both-4 A ${at(3)}
both-4 AAAA ${DEAD_AT_V6}
alias CNAME real
real A ${at(9)}
good A ${at(10)}
sibling-child A ${DEAD_AT}
dead A ${DEAD_AT}`,
    ),
    // Circles
    'circle-a.odd.': zone([at(21)], 'circle-a.odd. NS ns.circle-b.odd.'),
    'circle-b.odd.': zone([at(22)], 'circle-b.odd. NS ns.circle-a.odd.'),
    'circle-c.odd.': zone([at(23)], 'circle-c.odd. NS ns.circle-d.odd.'),
    'circle-d.odd.': zone([at(24)], 'circle-d.odd. NS ns.circle-e.odd.'),
    'circle-e.odd.': zone([at(25)], 'circle-e.odd. NS ns.circle-c.odd.'),
    'circle-open.odd.': zone([at(10)], 'circle-open.odd. NS ns.circle-a.odd.\ncircle-open.odd. NS good.host.'),
    'no-glue.odd.': zone([at(26)], 'no-glue.odd. NS ns.no-glue.odd.'),
    // Address families
    'other-family.odd.': zone([v6(1)], 'other-family.odd. NS both.host.'),
    'other-family-4.odd.': zone([at(3)], 'other-family-4.odd. NS both-4.host.'),
    'glue-6.odd.': { ...zone([v6(2)]), glue: [DEAD_AT, v6(2)] },
    'glue-4.odd.': { ...zone([at(4)]), glue: [at(4), DEAD_AT_V6] },
    'only-6.odd.': zone([v6(3)]),
    // The parent of both knows the dead address; the zone of the name knows the other one too.
    'sibling.odd.': zone([v6(4)], `sibling.odd. NS ns.sibling-host.odd.\nns.sibling-host.odd. A ${DEAD_AT}`),
    'sibling-host.odd.': zone(
      [at(5)],
      `sibling-host.odd. NS good-ns.sibling-host.odd.\ngood-ns.sibling-host.odd. A ${at(5)}`,
      `ns A ${DEAD_AT}\nns AAAA ${v6(4)}`,
    ),
    // Names of servers
    'ns-nowhere.odd.': zone([at(10)], 'ns-nowhere.odd. NS nowhere.host.'),
    'ns-nowhere-one.odd.': zone([at(10)], 'ns-nowhere-one.odd. NS nowhere.host.\nns-nowhere-one.odd. NS good.host.'),
    'ns-nowhere-many.odd.': zone(
      [at(10)],
      `${many(9, (i) => `ns-nowhere-many.odd. NS nowhere${i}.host.`)}\nns-nowhere-many.odd. NS good.host.`,
    ),
    'ns-alias.odd.': zone([at(9)], 'ns-alias.odd. NS alias.host.'),
    'ns-dead-zone.odd.': zone([at(10)], 'ns-dead-zone.odd. NS ns.deaf.odd.'),
    'ns-dead-zone-one.odd.': zone(
      [at(10)],
      'ns-dead-zone-one.odd. NS ns.deaf.odd.\nns-dead-zone-one.odd. NS good.host.',
    ),
    'deaf.odd.': zone([DEAD_AT], `deaf.odd. NS a.deaf.odd.\na.deaf.odd. A ${DEAD_AT}`, 'ns A 192.0.2.9'),
    'child-says-other.odd.': zone([at(6)], undefined, `${WWW}\n@ NS nowhere.host.\n@ NS dead.host.`),
    'five-dead.odd.': {
      ...zone([at(7)]),
      glue: [...MANY_DEAD, at(7)],
    },
    // Aliases
    'alias-one.odd.': zone([at(8)], undefined, 'www CNAME www.alias-two.odd.'),
    'alias-two.odd.': zone([at(11)], undefined, 'www CNAME www.alias-one.odd.'),
    'alias-itself.odd.': zone([at(12)], undefined, 'www CNAME www'),
    'alias-long.odd.': zone(
      [at(13)],
      undefined,
      `${many(8, (i) => `${i === 0 ? 'www' : `n${i}`} CNAME n${i + 1}`)}\nn8 A 192.0.2.7`,
    ),
    'alias-endless.odd.': zone(
      [at(14)],
      undefined,
      `${many(60, (i) => `${i === 0 ? 'www' : `n${i}`} CNAME n${i + 1}`)}\nn60 A 192.0.2.7`,
    ),
    'alias-nothing.odd.': zone([at(15)], undefined, 'www CNAME nothing'),
    'alias-dead.odd.': zone([at(16)], undefined, 'www CNAME www.deaf.odd.'),
    'dname-circle.odd.': zone([at(17)], undefined, 'a DNAME b\nb DNAME a'),
    'dname-growing.odd.': zone([at(18)], undefined, 'a DNAME b.a'),
  },
  questions: [
    asked('www.circle-a.odd.', { rcode: SERVFAIL, text: /circle, without glue/ }),
    asked('www.circle-c.odd.', { rcode: SERVFAIL, text: /circle, without glue/ }),
    asked('www.no-glue.odd.', { rcode: SERVFAIL, text: /without glue/ }),
    ...[
      'circle-open',
      'other-family',
      'other-family-4',
      'glue-6',
      'glue-4',
      'only-6',
      'sibling',
      'ns-nowhere-one',
      'ns-nowhere-many',
      'child-says-other',
      'five-dead',
      'alias-long',
    ].map((label) => asked(`www.${label}.odd.`, { rcode: 0, address: 7 })),
    asked('www.ns-nowhere.odd.', { rcode: SERVFAIL, text: /nowhere\.host\. has no usable address/ }),
    asked('www.ns-dead-zone-one.odd.', { rcode: 0, address: 7, within: 5000 }),
    asked('www.ns-alias.odd.', { rcode: 0, address: 7 }),
    asked('www.ns-dead-zone.odd.', { rcode: SERVFAIL, text: /ns\.deaf\.odd\./i, within: 5000 }),
    asked('www.alias-one.odd.', { rcode: SERVFAIL, text: /alias of itself/ }),
    asked('www.alias-itself.odd.', { rcode: SERVFAIL, text: /alias of itself/ }),
    asked('www.alias-endless.odd.', { rcode: SERVFAIL, text: /alias/ }),
    asked('www.alias-nothing.odd.', { rcode: NXDOMAIN }),
    asked('www.alias-dead.odd.', { rcode: SERVFAIL, text: /did not reply/, within: 5000 }),
    asked('www.a.dname-circle.odd.', { rcode: SERVFAIL, text: /alias of itself/ }),
    asked('www.a.dname-growing.odd.', { rcode: SERVFAIL, text: /aliases in a row/ }),
  ],
}

function asked(name: string, expected: OddQuestion['expected']): OddQuestion {
  return { name, type: 'A', expected }
}
