/** What is written to the state of a server, as plain data: it is applied by the thread that has the database. */
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { Zone, ZoneChange } from '../zone/index.ts'
import type { ChangeOrigin, JournalLimits } from './journal.ts'
import type { CopyKind } from './zone-copies.ts'
import type { PrimaryState, SecondaryState } from './zone-states.ts'

/** What a copy is made of: a zone block of the image, which the caller keeps from being reclaimed, or a zone. */
export type CopySource =
  | { readonly kind: 'image'; readonly buffer: SharedArrayBuffer; readonly unit: number }
  | { readonly kind: 'zone'; readonly zone: Zone }

/** A copy that was written before, and does not count yet. */
export type PreparedCopy = { readonly id: string }

export type StateWrite =
  /** A change, from the serial where the journal of the zone ends. `actor`: who made it, in a few words. */
  | {
      readonly kind: 'change'
      readonly zone: Name
      readonly change: ZoneChange
      readonly origin: ChangeOrigin
      readonly actor: string
      readonly at: UnixSeconds
    }
  | { readonly kind: 'clear-journal'; readonly zone: Name }
  | { readonly kind: 'trim-journal'; readonly zone: Name; readonly limits: JournalLimits }
  /** A prepared copy takes the place of the one before. */
  | { readonly kind: 'copy'; readonly zone: Name; readonly copyKind: CopyKind; readonly copy: PreparedCopy }
  | { readonly kind: 'remove-copy'; readonly zone: Name; readonly copyKind: CopyKind }
  | { readonly kind: 'secondary-state'; readonly zone: Name; readonly state: SecondaryState }
  | { readonly kind: 'primary-state'; readonly zone: Name; readonly state: PrimaryState }
  | { readonly kind: 'forget-zone'; readonly zone: Name }
