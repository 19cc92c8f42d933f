/** The queries of Bundy's lettuce scenarios: what is asked, and what of the answer a scenario tells. */
import { readFileSync } from 'node:fs'
import { SECTIONS } from './answer-text.fixture.ts'

export type ScenarioQuery = {
  /** The configuration that the server was to have. */
  readonly configuration: string
  readonly title: string
  readonly name: string
  readonly type: string
  readonly class: string
  readonly dnssec: boolean
  readonly rcode: string
  flags?: string
  /** Records as text, of the sections that the scenario shows; one whose count is 0 has none. */
  readonly sections: Map<string, string[]>
}

const COUNTS: ReadonlyMap<string, string> = new Map([
  ['ancount', 'answer'],
  ['nscount', 'authority'],
])

/** Every query of a feature file, in its order. */
export function readScenarios(file: string): ScenarioQuery[] {
  const queries: ScenarioQuery[] = []
  let title = ''
  let configuration = ''
  const lines = readFileSync(file, 'utf8').split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = (lines[i] ?? '').trim()
    title = /^Scenario: (.*)$/.exec(line)?.[1] ?? title
    configuration = /with configuration (\S+)/.exec(line)?.[1] ?? configuration
    const asked =
      /^A (dnssec )?(?:recursive )?query for (\S+?)(?: type (\S+))?(?: class (\S+))?(?: to (\S+))? should have rcode (\S+)$/.exec(
        line,
      )
    if (asked !== null && asked[5] === undefined) {
      const [, dnssec, name = '', type = 'A', rrClass = 'IN', , rcode = ''] = asked
      const text = { title, configuration, name, type, class: rrClass, rcode, dnssec: dnssec !== undefined }
      queries.push({ ...text, sections: new Map() })
    }
    const last = queries.at(-1)
    if (last === undefined) continue
    const flags = /response should have flags (.*)$/.exec(line)?.[1]
    if (flags !== undefined)
      last.flags = flags
        .split(' ')
        .filter((flag) => flag === 'aa' || flag === 'tc')
        .join(' ')
    const [, count = '', number] = /response should have (\w+count) (\d+)$/.exec(line) ?? []
    const counted = COUNTS.get(count)
    if (counted !== undefined && number === '0') last.sections.set(counted, [])
    const shown = /^The (\w+) section of the last query response should be$/.exec(line)?.[1]
    if (shown === undefined || !SECTIONS.some((section) => section === shown)) continue
    const records: string[] = []
    for (i += 2; (lines[i] ?? '').trim() !== '"""'; i++) records.push((lines[i] ?? '').trim())
    last.sections.set(shown, records)
  }
  return queries
}
