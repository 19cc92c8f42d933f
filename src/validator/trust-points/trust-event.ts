/** What happened to a trust point, for the log and the audit. */
import type { Name } from '../../dns/name/index.ts'

export type TrustEventKind =
  | 'key-pending'
  | 'key-valid'
  | 'key-missing'
  | 'key-revoked'
  | 'key-removed'
  | 'point-revoked'
  | 'point-added'
  | 'point-removed'
  | 'anchor-added'
  | 'anchor-removed'
  | 'probe-failed'
  | 'probe-recovered'

export type TrustEvent = {
  readonly kind: TrustEventKind
  readonly zone: Name
  /** Key tag, with the REVOKE bit cleared. */
  readonly tag: number | undefined
  /** A sentence without the zone. */
  readonly text: string
}
