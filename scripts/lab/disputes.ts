/**
 * The kinds of questions on which resolvers differ. docs/verdicts-disputed.md tells of each who says what, and which paragraph
 * decides. A row belongs to the first kind that fits.
 */
import type { Row } from './compare.ts'
import type { ZonePlan } from './zone-plan.ts'

type Kind = { readonly name: string; readonly fits: (row: Row) => boolean }

const KINDS: readonly Kind[] = [
  { name: 'AD beside CD', fits: (row) => row.question.form.endsWith('cd') && sameRcode(row) },
  { name: 'loop of aliases', fits: ({ question }) => /^(loop|pool)\./.test(question.name) },
  { name: 'revoked key', fits: hasFault('dnskey-revoked') },
  { name: 'SHA-1 beside SHA-256', fits: hasFault('ds-sha1-beside-damaged-sha256') },
  { name: 'signature just expired', fits: hasFault('signature-just-expired') },
  { name: 'damaged signature beside a good one', fits: hasFault('damaged-signature-beside') },
  { name: 'damaged signature of the SOA', fits: hasFault('soa-signature-damaged') },
  { name: 'cut without NS in its NSEC', fits: hasFault('nsec-of-cut-without-ns') },
  { name: 'servers that do not know the zone', fits: hasFault('lame') },
  { name: 'many NSEC3 iterations', fits: ({ zones }) => zones.some((zone) => iterationsAbove(zone) > 50) },
  { name: 'opt-out', fits: ({ zones }) => zones.some(isOptOut) },
]

/** Undefined: no known kind. */
export function disputeOf(row: Row): string | undefined {
  return KINDS.find(({ fits }) => fits(row))?.name
}

function hasFault(name: string): (row: Row) => boolean {
  return ({ zones }) => zones.some(({ fault }) => fault?.name === name)
}

function sameRcode({ outcomes }: Row): boolean {
  return new Set(Object.values(outcomes).map(({ rcode }) => rcode)).size === 1
}

const TOP_ITERATIONS: Readonly<Record<string, number>> = { 'ff.': 150, 'jj.': 500 }
const TOP_OPT_OUT: readonly string[] = ['cc.', 'ff.', 'jj.']

function iterationsAbove({ apex, parent, signing }: ZonePlan): number {
  const own = signing === undefined || signing.denial === 'nsec' ? 0 : signing.denial.iterations
  return Math.max(own, TOP_ITERATIONS[parent] ?? 0, TOP_ITERATIONS[apex] ?? 0)
}

function isOptOut({ parent, signing }: ZonePlan): boolean {
  const own = signing !== undefined && signing.denial !== 'nsec' && signing.denial.optOut
  return own || TOP_OPT_OUT.includes(parent)
}
