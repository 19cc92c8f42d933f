/**
 * The kinds of questions on which resolvers differ. docs/verdicts-disputed.md tells of each who says what, and which paragraph
 * decides. A row belongs to the first kind that fits.
 */
import { type Row, verdictOf } from './compare.ts'
import { UNSIGNED_TOP, type ZonePlan } from './zone-plan.ts'

type Kind = {
  readonly name: string
  readonly fits: (row: Row) => boolean
  /** What ours may say although neither of two peers does; absent: ours has to be as one of them. */
  readonly ours?: (verdict: string, row: Row) => boolean
}

const fails = (verdict: string): boolean => verdict === '2'
const holds = (verdict: string): boolean => verdict !== '2'

const KINDS: readonly Kind[] = [
  {
    name: 'AD beside CD',
    fits: ({ question }) => question.form.endsWith('cd'),
    ours: (verdict, row) => !verdict.endsWith('AD') && sameRcode(row),
  },
  { name: 'loop of aliases', fits: ({ question }) => /^(loop|pool)\./.test(question.name), ours: fails },
  { name: 'revoked key', fits: hasFault('dnskey-revoked'), ours: fails },
  { name: 'SHA-1 beside SHA-256', fits: hasFault('ds-sha1-beside-damaged-sha256'), ours: fails },
  { name: 'signature just expired', fits: hasFault('signature-just-expired'), ours: holds },
  { name: 'damaged signature beside a good one', fits: hasFault('damaged-signature-beside'), ours: holds },
  { name: 'damaged signature of the SOA', fits: hasFault('soa-signature-damaged'), ours: asUnbound },
  { name: 'cut without NS in its NSEC', fits: hasFault('nsec-of-cut-without-ns'), ours: fails },
  {
    name: 'damaged denial elsewhere in the zone',
    fits: hasFault('denial-absent', 'denial-unsigned', 'nsec-of-apex-absent', 'nsec-of-cut-absent'),
    ours: asUnbound,
  },
  { name: 'key that is not there', fits: hasFault('dnskey-absent') },
  { name: 'servers that do not know the zone', fits: hasFault('lame') },
  {
    name: 'many NSEC3 iterations',
    fits: ({ zones }) => zones.some((zone) => iterationsOf(zone) > 50),
    ours: asUnbound,
  },
  { name: 'opt-out', fits: ({ zones }) => zones.some(isOptOut) },
  { name: 'zone that nobody vouches for', fits: ({ zones }) => zones.some(isInsecure) },
]

/** Undefined: no known kind. */
export function kindOf(row: Row): string | undefined {
  return KINDS.find(({ fits }) => fits(row))?.name
}

/** The kind that allows what ours says of the row, although neither of two peers does. */
export function excuseOf(row: Row): string | undefined {
  const verdict = verdictOf(row.outcomes.signet)
  return KINDS.find(({ fits, ours }) => fits(row) && ours?.(verdict, row) === true)?.name
}

function asUnbound(verdict: string, { outcomes }: Row): boolean {
  return verdict === verdictOf(outcomes.unbound)
}

function hasFault(...names: readonly string[]): (row: Row) => boolean {
  return ({ zones }) => zones.some(({ fault }) => fault !== undefined && names.includes(fault.name))
}

function sameRcode({ outcomes }: Row): boolean {
  return new Set(Object.values(outcomes).map(({ rcode }) => rcode)).size === 1
}

const TOP_ITERATIONS: Readonly<Record<string, number>> = { 'ff.': 150, 'jj.': 500 }
const TOP_OPT_OUT: readonly string[] = ['cc.', 'ff.', 'jj.']

function iterationsOf({ apex, parent, signing }: ZonePlan): number {
  const own = signing === undefined || signing.denial === 'nsec' ? 0 : signing.denial.iterations
  return Math.max(own, TOP_ITERATIONS[parent] ?? 0, TOP_ITERATIONS[apex] ?? 0)
}

function isOptOut({ parent, signing }: ZonePlan): boolean {
  const own = signing !== undefined && signing.denial !== 'nsec' && signing.denial.optOut
  return own || TOP_OPT_OUT.includes(parent)
}

function isInsecure({ parent, fault }: ZonePlan): boolean {
  return parent === UNSIGNED_TOP || fault?.expect === 'insecure'
}
