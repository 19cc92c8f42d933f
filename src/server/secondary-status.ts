/** A secondary zone in the words of others: its settings as the state machine takes them, its state as people see it. */
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { DEFAULT_SECONDARY_SETTINGS, type SecondarySettings, type SecondaryState } from '../transfer/index.ts'
import type { SignatureExpiry } from '../zone/index.ts'
import { describeServer } from './ask-server.ts'
import type { SecondaryZoneSettings } from './configuration/index.ts'
import type { TransferNote, ZoneStatus } from './control.ts'
import type { World } from './hosted-zone.ts'

export function timingOf(settings: SecondaryZoneSettings): SecondarySettings {
  const { minRefreshSeconds, maxRefreshSeconds, minRetrySeconds, maxRetrySeconds } = settings
  return {
    ...DEFAULT_SECONDARY_SETTINGS,
    refreshBounds: [minRefreshSeconds, maxRefreshSeconds],
    retryBounds: [minRetrySeconds, maxRetrySeconds],
    expireBounds: [settings.minExpireSeconds, settings.maxExpireSeconds],
    ixfr: settings.ixfr,
  }
}

export type SecondaryFacts = {
  readonly settings: SecondaryZoneSettings
  readonly state: SecondaryState
  readonly reason: string | undefined
  /** Why nothing is saved. */
  readonly unsaved: string | undefined
  readonly catalog: Name | undefined
  readonly catalogFault: string | undefined
  readonly loadedAt: UnixSeconds | undefined
  readonly signatures: SignatureExpiry
  readonly lastTransfer: TransferNote | undefined
}

export function describeSecondary({ clock, image, state }: World, facts: SecondaryFacts): ZoneStatus {
  const { settings, catalog, loadedAt, signatures, lastTransfer } = facts
  // The times of the state are steady ones.
  const ahead = Math.round(clock.ahead())
  const records = image.zone(settings.name)?.records
  const { held, primarySerial, nextAt } = facts.state
  const none = facts.reason === undefined ? 'loading' : 'failed'
  const fault = settings.catalog === undefined ? undefined : facts.catalogFault
  const reasons = [facts.reason, fault, facts.unsaved].filter((each) => each !== undefined)
  return {
    name: settings.name.toString(),
    type: 'secondary',
    state: held === undefined ? none : held.expired ? 'expired' : 'serving',
    ...(reasons.length > 0 && { reason: reasons.join('; ') }),
    ...(catalog !== undefined && { catalog: catalog.toString() }),
    ...(held !== undefined && {
      serial: held.timers.serial,
      lastRefresh: held.goodAt + ahead,
      expiresAt: held.expireAt + ahead,
    }),
    ...(held !== undefined && records !== undefined && { records }),
    ...(loadedAt !== undefined && { loadedAt }),
    frozen: false,
    signed: signatures.isSigned,
    ...(signatures.expiry !== undefined && { firstSignatureExpiry: signatures.expiry }),
    journalOctets: state.journal.state(settings.name)?.octets ?? 0,
    ...(primarySerial !== undefined && { primarySerial }),
    primaries: settings.primaries.map(describeServer),
    ...(Number.isFinite(nextAt) && { nextRefresh: nextAt + ahead }),
    ...(lastTransfer !== undefined && { lastTransfer }),
  }
}
