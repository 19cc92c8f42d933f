/**
 * Whether a secondary zone takes a NOTIFY (RFC 1996 §3.10): one of a primary, with its key where it has one, or of a client in
 * `allowNotify`. A NOTIFY causes a query, never a transfer by itself.
 */
import type { Serial } from '../../dns/serial.ts'
import { formatAddress } from '../../transport/index.ts'
import type { SecondaryZoneSettings } from '../configuration/index.ts'
import type { World } from '../hosted-zone.ts'
import { authorize, primaryOf } from './authorize.ts'
import { type Client, keyOf } from './principal.ts'

/** Undefined for a client that may not notify; otherwise with the index of the primary that it is. Counts and logs both. */
export function acceptNotify(
  world: World,
  settings: SecondaryZoneSettings,
  client: Client,
  serial: Serial | undefined,
): { readonly primary?: number } | undefined {
  const { transfers, requestLog } = world
  const { address, protocol } = client.peer
  const fields = { zone: settings.name.toString(), peer: formatAddress(address), transport: protocol }
  const decision = authorize(client, 'notify', settings)
  if (!decision.isAllowed) {
    transfers.notify('in', 'refused')
    requestLog.info({ ...fields, key: keyOf(client)?.toString() }, `NOTIFY refused: ${decision.reason}`)
    return undefined
  }
  transfers.notify('in', 'done')
  requestLog.debug({ ...fields, serial }, 'NOTIFY')
  const primary = primaryOf(client, settings.primaries)
  return primary < 0 ? {} : { primary }
}
