/** One replay file from its octets to its outcome. Nothing that it holds makes this throw. */
import { readFileSync } from 'node:fs'
import { configure } from './configure.ts'
import { type Outcome, outcomeOf } from './findings.ts'
import { play } from './play.ts'
import { readScenario } from './read-scenario.ts'
import { ResolverSubject } from './resolver-subject.ts'

export async function replayFile(path: string): Promise<Outcome> {
  try {
    const scenario = readScenario(readFileSync(path, 'utf8'))
    const settings = configure(scenario)
    const make = (...[network, time]: Parameters<Parameters<typeof play>[1]>): ResolverSubject =>
      new ResolverSubject(settings, network, time)
    return await play(scenario, make, settings.validationTime)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const log = error instanceof Error ? [error.stack ?? ''] : []
    return outcomeOf([{ step: undefined, level: 0, text: `cannot be replayed: ${text}`, isWrongAd: false }], log)
  }
}
