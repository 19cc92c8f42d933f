/** What the control thread asks of the store thread, and what that says. */
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { type CopyKind, type CopySource, type PreparedCopy, StateUnwritable, type StateWrite } from '../store/index.ts'
import { encodeTrustPoint, type NegativeAnchor, type StoredTrustPoint } from '../validator/index.ts'
import { type SharedChange, type SharedTable, shareChange } from '../zone/index.ts'

/** Names are in wire form, tables are shared. */
export type SharedWrite = Shared<StateWrite>
type Shared<W extends StateWrite> = W extends { kind: 'change' }
  ? Omit<W, 'zone' | 'change'> & { readonly zone: Uint8Array; readonly change: SharedChange }
  : W extends StateWrite
    ? Omit<W, 'zone'> & { readonly zone: Uint8Array }
    : never

export type SharedCopySource =
  | Extract<CopySource, { kind: 'image' }>
  | { readonly kind: 'table'; readonly table: SharedTable }

export type TrustWrite =
  | { readonly kind: 'save'; readonly point: string; readonly now: UnixSeconds }
  | { readonly kind: 'forget'; readonly zone: Uint8Array }
  | {
      readonly kind: 'save-negative'
      readonly name: Uint8Array
      readonly until: UnixSeconds | undefined
      readonly reason: string | undefined
    }
  | { readonly kind: 'forget-negative'; readonly name: Uint8Array }
  | { readonly kind: 'note-time' | 'correct-time'; readonly now: UnixSeconds; readonly boot: string | undefined }

export type StoreOrder =
  | { readonly kind: 'commit'; readonly writes: readonly SharedWrite[] }
  | {
      readonly kind: 'prepare-copy'
      readonly zone: Uint8Array
      readonly copyKind: CopyKind
      readonly source: SharedCopySource
    }
  | { readonly kind: 'abandon-copy'; readonly copy: PreparedCopy }
  | { readonly kind: 'recover'; readonly now: UnixSeconds }
  | { readonly kind: 'trust'; readonly write: TrustWrite }
  | { readonly kind: 'close' }

/** What comes of an order, by its kind. */
export type StoreResults = {
  readonly commit: undefined
  readonly 'prepare-copy': PreparedCopy
  readonly 'abandon-copy': undefined
  /** `remarks`: it can be written again. `unwritable`: why it cannot. */
  readonly recover: { readonly remarks: readonly string[] } | { readonly unwritable: string }
  readonly trust: undefined
  readonly close: undefined
}

export type StoreReport =
  /** The state is open. `unwritable`: only for reading. */
  | {
      readonly kind: 'opened'
      readonly path: string
      readonly remarks: readonly string[]
      readonly unwritable: string | undefined
    }
  | { readonly kind: 'not-opened'; readonly failure: StoreFailure }
  /** Of the order of this number. */
  | { readonly kind: 'done'; readonly id: number; readonly result: StoreResults[keyof StoreResults] }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: StoreFailure }
  | { readonly kind: 'unwritable'; readonly reason: string }
  /** Of trust: a sentence for the log. */
  | { readonly kind: 'remark'; readonly text: string }

/** `unwritable`: the disk takes nothing, for this reason. */
export type StoreFailure = {
  readonly message: string
  readonly code: DnsErrorCode | undefined
  readonly unwritable: string | undefined
}

export function shareWrite(write: StateWrite): SharedWrite {
  const { octets } = write.zone
  return write.kind === 'change'
    ? { ...write, zone: octets, change: shareChange(write.change) }
    : { ...write, zone: octets }
}

export function shareCopySource(source: CopySource): SharedCopySource {
  return source.kind === 'image' ? source : { kind: 'table', table: source.zone.table.share() }
}

/** `path`: of the database. */
export function errorOf({ message, code, unwritable }: StoreFailure, path: string): Error {
  if (unwritable !== undefined) return new StateUnwritable(path, unwritable)
  return code === undefined ? new Error(message) : new DnsError(code, message)
}

export const trustWrites = {
  save: (point: StoredTrustPoint, now: UnixSeconds): TrustWrite => ({
    kind: 'save',
    point: encodeTrustPoint(point),
    now,
  }),
  forget: (zone: Name): TrustWrite => ({ kind: 'forget', zone: zone.octets }),
  saveNegative: ({ name, until, reason }: NegativeAnchor): TrustWrite => ({
    kind: 'save-negative',
    name: name.octets,
    until,
    reason,
  }),
  forgetNegative: (name: Name): TrustWrite => ({ kind: 'forget-negative', name: name.octets }),
  noteTime: (now: UnixSeconds, boot?: string): TrustWrite => ({ kind: 'note-time', now, boot }),
  correctTime: (now: UnixSeconds, boot?: string): TrustWrite => ({ kind: 'correct-time', now, boot }),
}
