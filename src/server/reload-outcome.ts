/** What a reload came to, in the words of the log and of the outcome. */
import { DnsError } from '../dns/errors.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import { ConfigurationError } from './configuration/index.ts'
import type { ReloadOutcome, ZoneOutcome } from './control.ts'

/** Zones that were not taken, as a log line names them. */
const SHOWN_FAILURES = 10

/** The configuration, or a file that it names, cannot be used. Throws errors of another kind. */
export function refuseReload(error: unknown, configuredAt: UnixSeconds, log: Log): ReloadOutcome {
  if (!(error instanceof DnsError)) throw error
  const since = new Date(configuredAt * 1000).toISOString().replace(/\.\d+/, '')
  const message = `${error.message}; nothing was changed, and the configuration of ${since} stays in force`
  log.error({}, `configuration not taken: ${message}`)
  const details = error instanceof ConfigurationError ? error.lines.slice(1) : []
  return { configuration: { outcome: 'failed', message, ...(details.length > 0 && { details }) }, zones: [] }
}

/** `waiting`: settings whose change takes effect at the next start. */
export function tellReload(zones: readonly ZoneOutcome[], waiting: readonly string[], log: Log): ReloadOutcome {
  const message = 'configuration read'
  const failed = zones.filter(({ outcome }) => outcome === 'failed' || outcome === 'refused')
  const count = { zones: zones.length, failed: failed.length }
  const reasons = failed.slice(0, SHOWN_FAILURES).map((each) => `${each.zone} ${each.message}`)
  if (failed.length === 0) log.info(count, message)
  else log.error({ ...count, reasons }, `${message}; some zones were not taken`)
  const details = waiting.map((setting) => `${setting}: the change takes effect at the next start`)
  return { configuration: { outcome: 'done', message, ...(details.length > 0 && { details }) }, zones }
}
