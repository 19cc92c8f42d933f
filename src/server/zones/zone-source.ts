/**
 * Where the records of a zone come from, and what can be done to it for that reason. Whoever works with zones asks the source; nobody
 * asks which class a zone is of.
 */
import type { Name } from '../../dns/name/index.ts'
import type { Serial } from '../../dns/serial.ts'
import type { SecondaryZoneSettings, ZoneSettings } from '../configuration/index.ts'
import type { Outcome } from '../control.ts'
import type { Client } from '../queries/principal.ts'

/**
 * file: a master file. transfer: primaries. catalog: the configuration, of which a catalogue zone is made (RFC 9432). elsewhere:
 * nothing of it is here, its questions are taken to other servers.
 */
export type SourceKind = 'file' | 'transfer' | 'catalog' | 'elsewhere'

/**
 * reload: the file is read again; primaries are asked. refresh: primaries are asked. retransfer: the whole zone is fetched. freeze: no
 * changes are taken while a person edits the file; thaw: they are again. flush: changes are written to the file.
 */
export type ZoneAction = 'reload' | 'refresh' | 'retransfer' | 'freeze' | 'thaw' | 'flush'

/** What the action does, or why there is no such action, as a sentence. */
export type ActionOrReason = (() => Promise<Outcome>) | string

export type ZoneSource = {
  readonly kind: SourceKind
  readonly actions: Readonly<Record<ZoneAction, ActionOrReason>>
  /** Whether a reload of the server reads it again, since no one else says when it has changed. */
  readonly isReadAtReload: boolean
  /** Takes up settings that changed. False: they are of another source, and the zone has to be made anew. */
  configure(settings: ZoneSettings): boolean
  /** Of zones that primaries send. */
  readonly transfer?: TransferSource
}

export type TransferSource = {
  readonly settings: SecondaryZoneSettings
  /** A NOTIFY by somebody (RFC 1996): the RCODE of the answer. */
  notified(client: Client, serial: Serial | undefined): number
  /** The catalogue of others that the zone is a member of (RFC 9432). */
  catalog: Name | undefined
  /** Of a zone that is itself such a catalogue: why its members are not as it lists them. */
  catalogFault: string | undefined
}

/** Whether a zone is a catalogue of others, whose members are served here. */
export function listsMembers({ transfer }: ZoneSource): boolean {
  return transfer?.settings.catalog === 'consumer'
}

/** Does something to a zone, or refuses it with the reason of its source. */
export async function actOn({ source }: { readonly source: ZoneSource }, action: ZoneAction): Promise<Outcome> {
  const does = source.actions[action]
  return typeof does === 'string' ? { outcome: 'refused', message: does } : does()
}

/** Why zones that no primary sends cannot be fetched. */
export const NO_PRIMARIES = 'only a secondary zone asks primaries'
