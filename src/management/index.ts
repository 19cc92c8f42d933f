/**
 * Seeing and steering a running server: metrics, API, control socket and its client, dnstap. It stands on `ServerControl`
 * alone. What listens is loaded when it is started: a command that only asks is not to wait for a web server to load.
 */
import type { Clock } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import type { ServerControl } from '../server/index.ts'
import type { ManagementOptions, RunningManagement } from './management.ts'

export * from './control-client.ts'
export * from './control-path.ts'
export * from './dnstap/index.ts'
export * from './dnstap-output.ts'
export * from './dnstap-tap.ts'
export type { ManagementOptions, RunningManagement } from './management.ts'

/** Listens on all of them, or rejects with DnsError `configuration-invalid` or `output-failed`. */
export async function startManagement(
  control: ServerControl,
  options: ManagementOptions,
  world: { readonly clock: Clock; readonly log: Log },
): Promise<RunningManagement> {
  const { openManagement } = await import('./management.ts')
  return openManagement(control, options, world)
}
