/** The comparison: the same questions to ours and to its peers, and what differs. */
import { USUAL_SOURCE } from './addresses.ts'
import { askAll, type Outcome, type Question } from './ask.ts'
import type { Lab } from './build.ts'
import { startNameServers } from './name-servers.ts'
import { PortsSeen, portsCanBeSeen } from './ports-seen.ts'
import { Processes } from './processes.ts'
import { questionsOf } from './questions.ts'
import { addressOf, type ResolverName, startResolver } from './resolvers.ts'
import type { ZonePlan } from './zone-plan.ts'

export type Row = {
  readonly question: Question
  readonly zone: ZonePlan
  /** The zones that the answer leads through, that of the question first, as far as answers tell. */
  readonly zones: readonly ZonePlan[]
  readonly outcomes: Readonly<Partial<Record<ResolverName, Outcome>>>
}

export type Comparison = {
  readonly rows: readonly Row[]
  readonly seconds: Readonly<Partial<Record<ResolverName, number>>>
  /** Of ours; undefined when nothing can listen. */
  readonly ports: { readonly distinct: number; readonly queries: number } | undefined
}

const AT_ONCE = 50

/** Runs the whole lab for as long as it takes. */
export async function compareResolvers(
  lab: Lab,
  count: number,
  resolvers: readonly ResolverName[],
): Promise<Comparison> {
  const processes = new Processes()
  try {
    await startNameServers(lab, processes)
    const asked = questionsOf(lab, count)
    const questions = asked.map(({ question }) => question)
    const seconds: Partial<Record<ResolverName, number>> = {}
    const outcomes: Partial<Record<ResolverName, (Outcome | undefined)[]>> = {}
    let ports: Comparison['ports']
    for (const name of resolvers) {
      await startResolver(lab, name, processes)
      const address = addressOf(name)
      const seen = name === 'signet' && portsCanBeSeen() ? await PortsSeen.from(USUAL_SOURCE) : undefined
      const begun = performance.now()
      outcomes[name] = await askAll(address, questions, AT_ONCE)
      seconds[name] = (performance.now() - begun) / 1000
      await seen?.stop()
      if (seen !== undefined) ports = { distinct: seen.ports.size, queries: seen.queries }
    }
    const byApex = new Map(lab.zones.map((plan) => [plan.apex, plan]))
    const rows = asked.map(({ question, zone }, index) => {
      const each: Partial<Record<ResolverName, Outcome>> = {}
      for (const name of resolvers) {
        const outcome = outcomes[name]?.[index]
        if (outcome !== undefined) each[name] = outcome
      }
      return { question, zone, zones: zonesOf(zone, question, each, byApex), outcomes: each }
    })
    return { rows, seconds, ports }
  } finally {
    await processes.stop()
  }
}

function zonesOf(
  zone: ZonePlan,
  { name }: Question,
  outcomes: Row['outcomes'],
  byApex: ReadonlyMap<string, ZonePlan>,
): ZonePlan[] {
  const answers = Object.values(outcomes).flatMap(({ answer, error }) => [...answer, error])
  const names = [name, ...answers].flatMap((text) => text.match(/\bz\d+\.[a-z]{2}\./g) ?? [])
  return [...new Set([zone, ...names.map((apex) => byApex.get(apex))])].filter((plan) => plan !== undefined)
}

/** What is compared, as a word: the RCODE, and AD. */
export function verdictOf(outcome: Outcome | undefined): string {
  return outcome === undefined ? 'silence' : `${outcome.rcode}${outcome.ad ? '+AD' : ''}`
}
