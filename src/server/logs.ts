/** The logs of a server: one that is written to, and two on it that bound what strangers can cause. */
import { AggregatedLog } from './aggregated-log.ts'
import type { ServerLog } from './log.ts'

/** Lines of a minute about zones: many zones can be transferred, or fail, at once. */
const MOST_ZONE_LINES = 1000

export type Logs = {
  readonly log: ServerLog
  /** For lines that requests of strangers cause. */
  readonly requestLog: AggregatedLog
  /** For lines about a zone that its servers and clients cause again and again. */
  readonly zoneLog: AggregatedLog
}

export function makeLogs(log: ServerLog): Logs {
  return {
    log,
    requestLog: new AggregatedLog(log, { about: 'requests' }),
    zoneLog: new AggregatedLog(log, { about: 'zones', mostLines: MOST_ZONE_LINES }),
  }
}
