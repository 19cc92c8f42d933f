/** The tools that say whether a signed zone is good. */
import { join } from 'node:path'
import { Name } from '../../../src/dns/name/index.ts'
import { keysFor } from './keys.ts'
import { type DenialName, prepareFolder, signByBind } from './sign.ts'
import { lacking, type Outcome, run } from './tools.ts'

export type Judge = {
  readonly tool: string
  readonly denials: readonly DenialName[]
  readonly args: (zone: Name, file: string) => string[]
}

const ALL: readonly DenialName[] = ['nsec', 'nsec3', 'opt-out']

export const JUDGES: readonly Judge[] = [
  { tool: 'ldns-verify-zone', denials: ALL, args: (_zone, file) => [file] },
  { tool: 'dnssec-verify', denials: ALL, args: (zone, file) => ['-q', '-o', zone.toString(), file] },
  { tool: 'kzonecheck', denials: ALL, args: (zone, file) => ['-d', 'on', '-o', zone.toString(), file] },
  { tool: 'validns', denials: ['nsec', 'nsec3'], args: (zone, file) => ['-z', zone.toString(), file] },
]

export function missingTools(): string | false {
  return lacking('dnssec-signzone', ...JUDGES.map(({ tool }) => tool))
}

export function judge({ tool, args }: Judge, zone: Name, file: string, folder: string): Promise<Outcome> {
  return run(tool, args(zone, file), folder, 300)
}

/** What a tool complains of, as a set of sentences that do not depend on file, line and the place in the zone. */
export function complaints(output: string): Set<string> {
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(Zone is|There were|[0-9]+ errors)/.test(line))
  return new Set(lines.map((line) => line.replace(/^\S*(ours|theirs)(:[0-9]+)?:?\s*/, '').trim()))
}

const PLAIN = '@ 3600 IN SOA ns host 1 7200 3600 1209600 3600\n@ 3600 IN NS ns\nns 3600 IN A 192.0.2.1\n'
const PLAIN_ZONES = [Name.root, Name.parse('example.')]

/**
 * Which tools know which algorithm: those that accept a plain zone signed with it by dnssec-signzone. One is the root, which
 * not every tool can read.
 */
export class KnownToTools {
  readonly #accepted = new Set<string>()

  async find(algorithms: readonly number[], folder: string): Promise<void> {
    for (const algorithm of algorithms) {
      for (const apex of PLAIN_ZONES) await this.#probe(apex, algorithm, join(folder, `plain-${algorithm}-${apex}`))
    }
  }

  async #probe(apex: Name, algorithm: number, folder: string): Promise<void> {
    const zone = { label: 'plain', apex, text: Buffer.from(`$ORIGIN ${apex}\n${PLAIN}`) }
    const job = { zone, keys: await keysFor(apex, algorithm), denial: 'nsec', folder } as const
    prepareFolder(job)
    const signed = await signByBind(job)
    if (!signed.ok) throw new Error(`dnssec-signzone does not sign with algorithm ${algorithm}: ${signed.output}`)
    for (const one of JUDGES) {
      if ((await judge(one, apex, 'theirs', folder)).ok) this.#accepted.add(`${one.tool} ${algorithm} ${apex.isRoot}`)
    }
  }

  /** Why the tool is not asked about a zone, or nothing. */
  reasonAgainst({ tool }: Judge, algorithm: number, apex: Name): string | undefined {
    if (this.#accepted.has(`${tool} ${algorithm} ${apex.isRoot}`)) return undefined
    if (!this.#accepted.has(`${tool} ${algorithm} false`)) return `${tool} does not know algorithm ${algorithm}`
    return `${tool} does not read the root zone`
  }
}
