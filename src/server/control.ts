/**
 * What may be seen and steered of a running server: the server implements it, management offers it to people and programs.
 *
 * Looking (`status`, `statistics`, `zones`, `zone`) is synchronous, cheap and never throws. Steering tells its outcome as a
 * value: an `Outcome` with a sentence; it rejects only when the server itself is broken. Who may do what is decided above.
 */
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { ZoneType } from './configuration/index.ts'
import type { Outcome } from './outcome.ts'
import type { ResolverControl } from './resolver-control.ts'
import type { StatisticsSnapshot } from './statistics-snapshot.ts'

export type { Outcome, OutcomeKind } from './outcome.ts'

export type ServerControl = {
  status(): ServerStatus
  statistics(): StatisticsSnapshot
  /** All configured zones and members of catalogs, in canonical order. */
  zones(): readonly ZoneStatus[]
  /** Undefined when there is no such zone, here and below: nothing is searched upward. */
  zone(name: Name): ZoneStatus | undefined

  /** Reads the configuration again, and all zones whose files changed: what came of each zone that was touched. */
  reload(): Promise<ReloadOutcome>
  /** The zones' actions. The zone is there: callers ask `zone` first; one that went meanwhile is `refused`. */
  reloadZone(name: Name): Promise<Outcome>
  /** A secondary asks its primaries for the serial now. */
  refresh(name: Name): Promise<Outcome>
  /** A secondary fetches the whole zone, whatever its serial. */
  retransfer(name: Name): Promise<Outcome>
  /** Sends NOTIFY to all secondaries again. */
  notify(name: Name): Promise<Outcome>
  /** Writes journalled changes to the master file and takes none until `thaw`: the file may be edited meanwhile. */
  freeze(name: Name): Promise<Outcome>
  /** Reads the file again and takes changes again. */
  thaw(name: Name): Promise<Outcome>
  /** Writes journalled changes to the master file. */
  flush(name: Name): Promise<Outcome>
  /** The version that is served, as a master file; undefined when none is served. Ends early when the reader stops. */
  dumpZone(name: Name): AsyncIterable<string> | undefined

  /** If there is a resolver. */
  readonly resolver: ResolverControl | undefined

  /** Logs each query, of one zone when it is named. `off` without a zone ends all of it. */
  setQueryLog(on: boolean, zone?: Name): Outcome
  /** Opens the files of logs and dnstap anew, after a rotation. */
  reopenLogs(): Promise<Outcome>
  /** Begins an orderly stop and returns at once. */
  stop(): void
}

export type ZoneOutcome = Outcome & { readonly zone: string }

/** `configuration` failed: nothing changed at all, and `zones` is empty. */
export type ReloadOutcome = { readonly configuration: Outcome; readonly zones: readonly ZoneOutcome[] }

export type ServerStatus = {
  readonly version: string
  readonly processId: number
  /** starting: it does not answer yet; stopping: it answers what it has begun. */
  readonly state: 'starting' | 'serving' | 'stopping'
  readonly startedAt: UnixSeconds
  readonly configuredAt: UnixSeconds
  readonly configurationFile: string
  /** Where it answers, `udp 127.0.0.1:53` and the like. */
  readonly listening: readonly string[]
  /** Workers of the data plane. */
  readonly threads: number
  readonly batchedUdp: boolean
  readonly zones: {
    readonly total: number
    readonly serving: number
    readonly failed: number
    readonly expired: number
  }
  /** Why nothing of the state can be saved, when its disk is full, read-only or broken. */
  readonly stateUnwritable?: string
  /** `all`, or the zones whose queries are logged. */
  readonly queryLog: 'all' | readonly string[]
}

/**
 * loading: no version is there yet. serving: a version answers. expired: a secondary whose data is too old to serve
 * (RFC 1035 §4.3.5). failed: no version answers, `reason` says why.
 */
export type ZoneState = 'loading' | 'serving' | 'expired' | 'failed'

export type ZoneStatus = {
  /** Canonical presentation format with the final dot. */
  readonly name: string
  readonly type: ZoneType
  readonly state: ZoneState
  /** Why it failed or expired; of a zone that is served, what else is wrong: a newer version not taken, a broken catalogue. */
  readonly reason?: string
  readonly file?: string
  /** The catalog zone that it is a member of (RFC 9432). */
  readonly catalog?: string
  readonly serial?: number
  readonly records?: number
  readonly loadedAt?: UnixSeconds
  readonly frozen: boolean
  /** There is a DNSKEY at the apex. */
  readonly signed: boolean
  /** When the first of its signatures expires. */
  readonly firstSignatureExpiry?: UnixSeconds
  readonly journalOctets: number
  /** Of secondaries: the primary's serial as last seen. */
  readonly primarySerial?: number
  readonly primaries?: readonly string[]
  readonly lastRefresh?: UnixSeconds
  readonly nextRefresh?: UnixSeconds
  /** When it expires unless a primary answers before. */
  readonly expiresAt?: UnixSeconds
  /** The last transfer in. */
  readonly lastTransfer?: TransferNote
}

export type TransferNote = {
  readonly at: UnixSeconds
  readonly kind: 'axfr' | 'ixfr'
  readonly peer: string
  readonly outcome: 'done' | 'failed'
  readonly serial?: number
  readonly octets?: number
  readonly message?: string
}
