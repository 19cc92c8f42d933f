/** What is asked of those who prepare a version of a zone, and what they say. */
import type { MasterFileFormat } from '../dns/text/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { IncludeOptions, ZoneFileMark } from '../store/index.ts'
import type {
  BuiltZone,
  Excess,
  Extent,
  RrsetLimits,
  SharedChange,
  SharedTable,
  SignatureExpiry,
} from '../zone/index.ts'

/** What a version is made of. */
export type VersionSource =
  /** `merges`: with what other ways made of the file that was last taken, which the state has at this path. */
  | {
      readonly kind: 'file'
      readonly file: string
      readonly format: MasterFileFormat
      readonly includes: IncludeOptions
      readonly merges?: string
    }
  /** What the state at this path has of a zone, in so many octets: the version that was last committed. */
  | { readonly kind: 'saved'; readonly state: string; readonly octets: number }
  | { readonly kind: 'table'; readonly table: SharedTable }
  /** What the published version becomes by a change. */
  | { readonly kind: 'change'; readonly change: SharedChange }

/** Places where a file and changes by other ways contradict each other; some of them in words. */
export type Conflicts = { readonly count: number; readonly details: readonly string[] }

/** What a version must stand. */
export type VersionRules = {
  readonly checks: 'off' | 'warn' | 'refuse'
  readonly verify: 'signatures' | 'zonemd' | 'no'
}

export type VersionTask = {
  /** In wire form. */
  readonly apex: Uint8Array
  readonly source: VersionSource
  readonly rules: VersionRules
  /** For signatures. */
  readonly at: UnixSeconds
  readonly limits?: RrsetLimits
  /** The image that the version is compared with and written into. Without it, it is judged only. */
  readonly image?: VersionImage
}

export type VersionImage = {
  readonly buffer: SharedArrayBuffer
  /** The zone block of the published version, which the caller holds; 0 when there is none. */
  readonly published: number
  /** Whether a change from the published version is wanted where it is smaller than the version. */
  readonly compares: boolean
  /** Of a change: whether the version that it leads to is written into the image; else it is judged only. */
  readonly builds?: boolean
  /** Memory that may be used. */
  readonly free: readonly Extent[]
}

/** A line for the log. */
export type VersionNote = {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

export type JudgedVersion = {
  readonly serial: number
  readonly soa: Uint8Array
  readonly records: number
  readonly signatures: SignatureExpiry
  readonly notes: readonly VersionNote[]
  /** Why it is not to be served: an RRset or name beyond the limits, or a sentence. */
  readonly refusal?: Excess | string
  /** Of a file. */
  readonly mark?: ZoneFileMark
  /** Of a saved version: what is damaged. The version is the newest that could be read. */
  readonly damage?: string
}

/** How it is published. */
export type PreparedVersion = JudgedVersion & {
  /** From the published version; undefined when it was not compared, or has the same records. */
  readonly change?: SharedChange
  readonly isSame: boolean
  /** The file contradicts changes by other ways: the version is the live one, without it. */
  readonly conflicts?: Conflicts
  /** Of a file that was merged: its own records, to be kept as the file that was last taken. */
  readonly file?: SharedTable
  /** Stands in the image. Absent where the change is small, or nothing is to be published. */
  readonly built?: BuiltZone
}

/** Whether a file, with what it includes, still is as it was read. */
export type FileComparison = { readonly file: string; readonly mark: ZoneFileMark; readonly includes: IncludeOptions }

/** The changes of a zone from a serial on, in the journal of the state at this path: so many octets at most. */
export type JournalQuestion = {
  readonly state: string
  /** In wire form. */
  readonly zone: Uint8Array
  readonly from: number
  readonly mostOctets: number
}

/** None: the journal does not reach, or they are more. `damage`: why they cannot be read. */
export type JournalReading = { readonly changes: readonly SharedChange[]; readonly damage?: string }

/** A version to be written to a file: a zone block of the image, which the asker holds. */
export type FileWriting = { readonly file: string; readonly buffer: SharedArrayBuffer; readonly unit: number }
