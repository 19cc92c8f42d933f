/** Which server is asked next: one of the fast ones, by chance, so that others are tried too. */
import type { AskParts } from './ask-server.ts'
import type { Delegation, Server } from './delegation.ts'

/** Servers that are slower than the fastest by no more than this are as good as it. */
const BAND_MILLISECONDS = 400

/**
 * The server to ask; undefined when none is left whose address is known. Before one is asked again that did not answer, names of
 * others are looked up: `undefined` comes first for that, while there are such names.
 */
export function chooseServer(
  { servers, targets, zone, kind }: Delegation,
  { infrastructure, clock, random }: AskParts,
  avoid: ReadonlySet<string>,
): Server | undefined {
  const now = clock.now()
  const [only, another] = servers
  if (only !== undefined && another === undefined && targets.length === 0) {
    const isOut = only.isOut || avoid.has(only.key)
    return isOut || (kind !== 'forward' && infrastructure.isLame(only.endpoint, zone, now)) ? undefined : only
  }
  const hasTargets = targets.some(({ wasTried }) => !wasTried)
  let best: Server[] = []
  let fastest = Number.POSITIVE_INFINITY
  for (const isLastResort of [false, true]) {
    for (const server of servers) {
      if (server.isOut || avoid.has(server.key) || server.isLastResort !== isLastResort) continue
      if (server.failures > 0 && hasTargets) continue
      if (kind !== 'forward' && infrastructure.isLame(server.endpoint, zone, now)) continue
      // One that failed here already waits its turn behind those that did not.
      const estimate = infrastructure.rttEstimate(server.endpoint, now) + server.failures * 10_000
      if (estimate < fastest - BAND_MILLISECONDS) best = []
      if (estimate > fastest + BAND_MILLISECONDS) continue
      fastest = Math.min(fastest, estimate)
      best.push(server)
    }
    if (best.length > 0) break
    if (!isLastResort && hasTargets) return undefined
  }
  best = best.filter(
    ({ endpoint, failures }) =>
      infrastructure.rttEstimate(endpoint, now) + failures * 10_000 <= fastest + BAND_MILLISECONDS,
  )
  if (best.length <= 1) return best[0]
  return best[(random.bytes(1)[0] ?? 0) % best.length]
}
