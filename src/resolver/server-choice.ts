/**
 * Which server is asked next: one of the fast ones, by chance, so that others are tried too. Servers that are silent come last: a
 * query that finds no other asks one of them and waits briefly, so that dead zones cost little and come back at once when a server
 * does; now and then one query probes them thoroughly.
 */
import type { AskParts } from './ask-server.ts'
import type { Delegation, Server } from './delegation.ts'

/** Servers that are slower than the fastest by no more than this are as good as it. */
const BAND_MILLISECONDS = 400
/** One that failed in this resolution already waits its turn behind those that did not. */
const FAILURE_MILLISECONDS = 10_000

/**
 * The server to ask; undefined when none is left whose address is known. Before one is asked again that did not answer, names of
 * others are looked up: `undefined` comes first for that, while there are such names.
 */
export function chooseServer(delegation: Delegation, parts: AskParts, avoid: ReadonlySet<string>): Server | undefined {
  const { servers, targets } = delegation
  const { infrastructure, clock } = parts
  const now = clock.now()
  const [only, another] = servers
  if (only !== undefined && another === undefined && targets.length === 0) {
    if (!isUsable(only, delegation, parts, avoid)) return undefined
    return infrastructure.isSilent(only.endpoint, now) && !mayProbe(delegation, parts) ? undefined : only
  }
  const hasTargets = targets.some(({ wasTried }) => !wasTried)
  for (const isLastResort of [false, true]) {
    const isCandidate = (server: Server): boolean =>
      server.isLastResort === isLastResort &&
      !(server.failures > 0 && hasTargets) &&
      isUsable(server, delegation, parts, avoid)
    const replying = fastest(
      servers,
      isCandidate,
      (server) => infrastructure.replyEstimate(server.endpoint, now),
      parts,
    )
    if (replying !== undefined) return replying
    if (hasTargets) return undefined
    if (!servers.some(isCandidate) || !mayProbe(delegation, parts)) continue
    return fastest(servers, isCandidate, (server) => infrastructure.rttEstimate(server.endpoint, now), parts)
  }
  return undefined
}

/** One of the fastest candidates, by chance; none whose estimate is infinite. */
function fastest(
  servers: readonly Server[],
  isCandidate: (server: Server) => boolean,
  estimateOf: (server: Server) => number,
  { random }: AskParts,
): Server | undefined {
  let least = Number.POSITIVE_INFINITY
  for (const server of servers) {
    if (isCandidate(server)) least = Math.min(least, estimateOf(server) + server.failures * FAILURE_MILLISECONDS)
  }
  if (!Number.isFinite(least)) return undefined
  const best: Server[] = []
  for (const server of servers) {
    if (!isCandidate(server)) continue
    if (estimateOf(server) + server.failures * FAILURE_MILLISECONDS <= least + BAND_MILLISECONDS) best.push(server)
  }
  return best.length === 1 ? best[0] : best[(random.bytes(1)[0] ?? 0) % best.length]
}

function isUsable(
  server: Server,
  { zone, kind }: Delegation,
  { infrastructure, clock }: AskParts,
  avoid: ReadonlySet<string>,
): boolean {
  if (server.isOut || avoid.has(server.key)) return false
  return kind === 'forward' || !infrastructure.isLame(server.endpoint, zone, clock.now())
}

/** Whether this resolution may ask servers that are silent. */
function mayProbe(delegation: Delegation, { infrastructure, clock }: AskParts): boolean {
  if (delegation.probe === 'none') {
    const now = clock.now()
    const due = delegation.servers.filter(({ endpoint }) => infrastructure.takeProbe(endpoint, now))
    delegation.probe = due.length > 0 ? 'full' : 'brief'
  }
  return delegation.probe !== 'over'
}

/** Whether all servers of the delegation are known, and silent. */
export function allSilent(
  { servers, targets }: Delegation,
  { infrastructure, clock }: Pick<AskParts, 'infrastructure' | 'clock'>,
): boolean {
  const now = clock.now()
  return (
    servers.length > 0 &&
    targets.length === 0 &&
    servers.every(({ endpoint }) => infrastructure.isSilent(endpoint, now))
  )
}
