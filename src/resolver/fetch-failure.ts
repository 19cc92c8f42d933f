/** Why a fetch failed, as clients and logs report it. */
import type { AskParts } from './ask-server.ts'
import type { Budget } from './budget.ts'
import type { Delegation } from './delegation.ts'
import type { FetchFailure } from './fetch-outcome.ts'
import type { ServerFailures } from './server-failure.ts'

const SILENT = { kind: 'silent' } as const

/** Why no server of the delegation was of use; those that were not asked are added to `failures`. */
export function failureOf(
  { infrastructure, clock }: Pick<AskParts, 'infrastructure' | 'clock'>,
  { zone, kind, servers }: Delegation,
  failures: ServerFailures,
  avoid: ReadonlySet<string>,
  budget: Budget,
): FetchFailure {
  const now = clock.now()
  for (const { key, endpoint, protocol } of servers) {
    if (failures.has(key)) continue
    if (avoid.has(key)) failures.add(key, { endpoint, protocol, kind: 'bogus' })
    else if (infrastructure.isLame(endpoint, zone, now)) failures.add(key, { endpoint, protocol, kind: 'lame' })
    else if (infrastructure.isSilent(endpoint, now)) {
      const reason = infrastructure.noReplyReason(endpoint, now) ?? SILENT
      failures.add(key, { endpoint, protocol, ...reason })
    }
  }
  const { sentence = 'none of its servers has a known address', list, isSilence, isNetwork, isCircle } = failures
  const whose = kind === 'forward' ? `no forwarder for ${zone}` : `no server of ${zone}`
  const limit = budget.sentence === undefined || isCircle ? '' : `${budget.sentence}: `
  const clause = `${limit}${sentence}`
  const text = `${whose} gives a usable answer: ${clause}`
  return { kind: 'unreachable', zone, text, clause, failures: list, isSilence, isNetwork, isCircle }
}
