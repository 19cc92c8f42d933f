/** A question resolved and validated by this process, over the network. */

import { randomBytes } from 'node:crypto'
import { monotonicMilliseconds } from '../../clock/index.ts'
import {
  type EvidencePlan,
  type Investigation,
  type InvestigationOutcome,
  investigateIn,
  RecordingUpstream,
} from '../../resolver/index.ts'
import { loadNative, NetworkUpstream } from '../../transport/index.ts'
import { nowMilliseconds } from '../times.ts'
import { endpointTls, type ServerTls } from './server-flags.ts'

/** Ports for one question and what it takes. */
const POOL_SIZE = 16

/** Resolves over the network. `tls`: of a server that is asked over TLS or HTTPS. */
export async function investigate(plan: EvidencePlan, tls?: ServerTls): Promise<Investigation> {
  const network = new NetworkUpstream({ poolSize: POOL_SIZE }, await loadNative())
  const began = monotonicMilliseconds()
  const milliseconds = (): number => monotonicMilliseconds() - began
  const upstream = new RecordingUpstream(network, milliseconds)
  const { exchanges } = upstream
  try {
    const { promise, resolve, reject } = Promise.withResolvers<InvestigationOutcome>()
    const start = nowMilliseconds()
    const world = {
      upstream,
      timers: network.timers,
      milliseconds,
      now: () => Math.floor((start + milliseconds()) / 1000),
      exchanges,
      ...(isPrivate(plan) && { tls: endpointTls(tls) }),
    }
    investigateIn(plan, world, resolve, reject)
    const outcome = await promise
    return { ...outcome, bundle: { ...plan, exchanges }, milliseconds: Math.round(milliseconds()), missing: 0 }
  } finally {
    network.close()
  }
}

function isPrivate({ source }: EvidencePlan): boolean {
  return source.kind !== 'hints' && (source.protocol === 'tls' || source.protocol === 'https')
}

/** A seed that nobody can foretell. */
export function newSeed(): number {
  return randomBytes(4).readUInt32BE(0)
}
