/** The signed zone that the judges measure with; made by their own script where it is not there yet. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type JudgeZone = {
  readonly name: string
  readonly file: string
  /** Queries for dnsperf: for names that are there, and for names that are not. */
  readonly queries: string
  readonly absentQueries: string
}

/** The zone with so many names, or why it cannot be had. */
export function findJudgeZone(names: number): JudgeZone | string {
  const folder = join(process.env.JUDGE_DIR ?? join(tmpdir(), 'signet-judges'), `z${names}`)
  const zone = {
    name: 'example.',
    file: join(folder, 'signed'),
    queries: join(folder, 'queries'),
    absentQueries: join(folder, 'queries.nx'),
  }
  const isThere = (): boolean => [zone.file, zone.queries, zone.absentQueries].every((path) => existsSync(path))
  if (isThere()) return zone
  const shared = process.env.SIGNET_SHARED ?? join(import.meta.dirname, '../../../shared')
  const library = join(shared, 'judges/lib.sh')
  if (!existsSync(library)) return `no zone of ${names} names at ${folder}, and no judges at ${shared} to make it`
  const env = { ...process.env, NAMES: String(names) }
  const made = spawnSync('bash', ['-c', '. "$0" && make_zone', library], { env, encoding: 'utf8' })
  return isThere() ? zone : `the judges made no zone of ${names} names: ${made.stderr.slice(-500)}`
}
