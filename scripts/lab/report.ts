/** The comparison in figures and words. */
import { type Comparison, type Row, verdictOf } from './compare.ts'
import { excuseOf, kindOf } from './disputes.ts'
import type { ResolverName } from './resolvers.ts'
import { UNSIGNED_TOP } from './zone-plan.ts'

const SERVFAIL = 2

export type Figures = {
  readonly questions: number
  readonly seconds: Comparison['seconds']
  readonly ports: Comparison['ports']
  /** By the two peers that are compared with. */
  readonly pairs: readonly PairFigures[]
  /** What ours says of `www` in a zone, where it is not what was made of the zone. */
  readonly unexpected: readonly string[]
}

export type PairFigures = {
  readonly peers: readonly [ResolverName, ResolverName]
  /** Both agree, and ours with them. */
  readonly same: number
  /** They differ, and ours is as one of them. */
  readonly asOne: number
  /** Ours is as neither, and docs/verdicts-disputed.md says why: by its kinds. */
  readonly disputed: Readonly<Record<string, number>>
  /** Ours is as neither, for no known reason. */
  readonly open: readonly string[]
  /** Both give the same answer section, signatures aside, and ours another one with the same verdict. */
  readonly otherAnswers: readonly string[]
}

export function reportOf(
  { rows, seconds, ports }: Comparison,
  resolvers: readonly ResolverName[],
): { figures: Figures; summary: string; all: string } {
  const peers = resolvers.filter((name) => name !== 'signet')
  const pairs = peers.flatMap((one, i) => peers.slice(i + 1).map((other) => compareWith(rows, [one, other])))
  const unexpected = unexpectedOf(rows)
  const figures = { questions: rows.length, seconds, ports, pairs, unexpected }
  const taken = Object.entries(seconds).map(([name, value]) => `${name} ${value.toFixed(1)} s`)
  const lines = [
    `${rows.length} questions: ${taken.join(', ')}`,
    ports === undefined
      ? 'ports were not counted'
      : `${ports.distinct} source ports in ${ports.queries} queries of ours`,
    ...pairs.map(({ peers, same, asOne, disputed, open, otherAnswers }) => {
      const known = Object.entries(disputed).map(([kind, count]) => `${kind} ${count}`)
      return `${peers.join(' and ')}: ${same} as both, ${asOne} as one of them, ${open.length} open, ${otherAnswers.length} with another answer; disputed: ${known.join(', ') || 'none'}`
    }),
  ]
  if (unexpected.length > 0) lines.push(`not as it was made: ${unexpected.join('; ')}`)
  return { figures, summary: lines.join('\n'), all: differences(rows, resolvers) }
}

/** The first question of each zone with DO, against what the zone was made to be. */
function unexpectedOf(rows: readonly Row[]): string[] {
  const wanted = { secure: '0+AD', insecure: '0', bogus: '2', fails: '2', part: undefined }
  return rows.flatMap((row) => {
    const { question, zone, outcomes } = row
    if (question.name !== `www.${zone.apex}` || question.type !== 'A' || question.form !== 'do') return []
    if (zone.level !== 'zone' || outcomes.signet === undefined) return []
    const expected = wanted[zone.fault?.expect ?? (zone.parent === UNSIGNED_TOP ? 'insecure' : 'secure')]
    const said = verdictOf(outcomes.signet)
    return expected === undefined || said === expected ? [] : [`${describe(row)}: ${said}`]
  })
}

function compareWith(rows: readonly Row[], peers: readonly [ResolverName, ResolverName]): PairFigures {
  let same = 0
  let asOne = 0
  const disputed: Record<string, number> = {}
  const open: string[] = []
  const otherAnswers: string[] = []
  for (const row of rows) {
    const ours = verdictOf(row.outcomes.signet)
    const [one, other] = peers.map((name) => verdictOf(row.outcomes[name]))
    if (ours === one && ours === other) {
      same++
      if (isAnswerOther(row, peers)) otherAnswers.push(describe(row))
    } else if (ours === one || ours === other) asOne++
    else {
      const dispute = excuseOf(row)
      if (dispute === undefined) open.push(`${describe(row)}: ${ours}, ${peers[0]} ${one}, ${peers[1]} ${other}`)
      else disputed[dispute] = (disputed[dispute] ?? 0) + 1
    }
  }
  return { peers, same, asOne, disputed, open, otherAnswers }
}

/** Of failures nobody compares what stands beside them: some show the aliases as far as they came. */
function isAnswerOther({ outcomes }: Row, peers: readonly ResolverName[]): boolean {
  const [ours, one, other] = [outcomes.signet, ...peers.map((name) => outcomes[name])].map((o) => o?.answer.join('\n'))
  return outcomes.signet?.rcode !== SERVFAIL && ours !== one && one === other
}

function differences(rows: readonly Row[], resolvers: readonly ResolverName[]): string {
  const kinds = new Map<string, string[]>()
  for (const row of rows) {
    const verdicts = resolvers.map((name) => verdictOf(row.outcomes[name]))
    if (new Set(verdicts).size === 1) continue
    const key = verdicts.join(' ')
    const line = `${describe(row)}: ${key} | ${kindOf(row) ?? ''} | ${row.outcomes.signet?.error ?? ''}`
    kinds.set(key, [...(kinds.get(key) ?? []), line])
  }
  const parts = [...kinds].sort(([, a], [, b]) => b.length - a.length)
  return [resolvers.join(' '), ...parts.map(([key, lines]) => `## ${key} (${lines.length})\n${lines.join('\n')}`)].join(
    '\n\n',
  )
}

function describe({ question: { name, type, form }, zone: { fault, signing } }: Row): string {
  const denial = signing?.denial ?? 'unsigned'
  const way =
    denial === 'nsec' || denial === 'unsigned' ? denial : `nsec3/${denial.iterations}${denial.optOut ? '/opt-out' : ''}`
  return `${name} ${type} ${form} (${fault?.name ?? 'sound'}, algorithm ${signing?.algorithm ?? 0}, ${way})`
}
