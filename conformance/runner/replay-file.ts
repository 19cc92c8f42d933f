/** One replay file from its octets to its outcome. Nothing that it holds makes this throw. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { configure } from './configure.ts'
import { type Outcome, outcomeOf } from './findings.ts'
import { play } from './play.ts'
import { readScenario } from './read-scenario.ts'
import { ResolverSubject } from './resolver-subject.ts'
import { ScenarioError } from './scenario.ts'

export async function replayFile(path: string): Promise<Outcome> {
  const file = basename(path)
  try {
    return await replayText(readFileSync(path, 'utf8'), file)
  } catch (error) {
    return unreadable(file, error)
  }
}

/** The same for a text; `file` is its name in reasons. */
export async function replayText(text: string, file: string): Promise<Outcome> {
  try {
    const scenario = readScenario(text)
    const settings = configure(scenario)
    const make = (...[network, time]: Parameters<Parameters<typeof play>[1]>): ResolverSubject =>
      new ResolverSubject(settings, network, time)
    return await play(scenario, make, settings.validationTime)
  } catch (error) {
    return unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error)
  const text = error instanceof ScenarioError ? `${file}, ${reason}` : `${file}: ${reason}`
  const log = error instanceof Error ? [error.stack ?? ''] : []
  return outcomeOf([{ step: undefined, level: 0, text: `cannot be replayed: ${text}`, isWrongAd: false }], log)
}
