/** What can be done to a zone that its primaries send. */
import type { SecondaryZoneSettings } from '../configuration/index.ts'
import type { Outcome } from '../control.ts'
import type { TransferSource, ZoneSource } from './zone-source.ts'

const CHANGED_BY_PRIMARIES = 'a secondary zone is changed by its primaries only'

type FetchedZone = TransferSource & {
  configure(settings: SecondaryZoneSettings): void
  /** Asks the primaries. */
  refresh(): Promise<Outcome>
  /** Fetches the whole zone. */
  retransfer(): Promise<Outcome>
}

export function transferSource(zone: FetchedZone): ZoneSource {
  const refresh = () => zone.refresh()
  return {
    kind: 'transfer',
    isReadAtReload: false,
    actions: {
      reload: refresh,
      refresh,
      retransfer: () => zone.retransfer(),
      freeze: CHANGED_BY_PRIMARIES,
      thaw: CHANGED_BY_PRIMARIES,
      flush: 'a secondary zone has no file',
    },
    configure(settings) {
      if (settings.type !== 'secondary') return false
      zone.configure(settings)
      return true
    },
    transfer: zone,
  }
}
