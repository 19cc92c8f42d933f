/**
 * Who may tell a secondary of a new version (RFC 1996 §3.10): a primary, with its key where it has one, and whoever
 * `allowNotify` lets in. A NOTIFY causes a question, never a transfer by itself; others are still not heeded.
 */
import { equalOctets } from '../dns/octets.ts'
import type { Serial } from '../dns/serial.ts'
import type { Peer } from '../ports/index.ts'
import { formatAddress } from '../transport/index.ts'
import type { TsigKey } from '../tsig/index.ts'
import type { SecondaryZoneSettings } from './configuration/index.ts'
import type { World } from './hosted-zone.ts'

/** Undefined for one that may not; otherwise with the index of the primary that it is. Counts and logs both. */
export function judgeNotify(
  world: World,
  settings: SecondaryZoneSettings,
  peer: Peer,
  key: TsigKey | undefined,
  serial: Serial | undefined,
): { readonly primary?: number } | undefined {
  const { transfers, requestLog } = world
  const fields = { zone: settings.name.toString(), peer: formatAddress(peer.address), transport: peer.protocol }
  const primary = settings.primaries.findIndex(
    ({ address, tsigKey }) =>
      equalOctets(address, peer.address) && (tsigKey === undefined || key?.name.equals(tsigKey) === true),
  )
  if (primary < 0 && !settings.allowNotify.allows(peer.address, key?.name)) {
    transfers.notify('in', 'refused')
    requestLog.info(
      { ...fields, key: key?.name.toString() },
      'NOTIFY refused: not of a primary with its key, nor allowed',
    )
    return undefined
  }
  transfers.notify('in', 'done')
  requestLog.debug({ ...fields, serial }, 'NOTIFY')
  return primary < 0 ? {} : { primary }
}
