/** What a server of ours says that it counted, by `signet stats`. */
import { spawn } from 'node:child_process'
import type { StatisticsSnapshot } from '../../src/server/index.ts'
import { type NameServer, SIGNET } from './name-server.ts'

export type Statistics = {
  readonly snapshot: StatisticsSnapshot
  /** Queries that came and got no answer, by the reasons that the server knows. */
  readonly unanswered: Readonly<Record<string, number>>
}

export async function readStatistics(server: NameServer): Promise<Statistics> {
  const text = await runSignet(['stats', '--config', server.configurationFile, '--json', '--zones', '0'])
  const snapshot: StatisticsSnapshot = JSON.parse(text)
  const { dropped, rateLimited } = snapshot.queries
  return { snapshot, unanswered: { ...dropped, rateLimited: rateLimited.dropped } }
}

function runSignet(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(SIGNET, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, complaints] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk.toString('utf8')
    })
    child.once('error', reject)
    child.once('close', (status) =>
      status === 0 ? resolve(out) : reject(new Error(`signet ${words[0]}: ${complaints}`)),
    )
  })
}
