/** What fetching one link from the network comes to. */
import type { Name } from '../dns/name/index.ts'
import type { Response } from '../dnssec/index.ts'
import type { CachedMessage } from './cache/index.ts'
import type { ServerFailure } from './server-failure.ts'

export type FetchedLink = {
  readonly kind: 'link'
  /** The first link of the name asked for. */
  readonly link: Response
  /** Links that follow it in the same message: of other names. */
  readonly rest: readonly Response[]
  /** The zone whose server said so. */
  readonly zone: Name
  readonly server: string
}

export type FetchFailure = {
  readonly kind: 'unreachable'
  /** The zone whose servers were of no use. */
  readonly zone: Name
  /** Which servers failed and how, as a sentence that names the zone, and without the zone. */
  readonly text: string
  readonly clause: string
  readonly failures: readonly ServerFailure[]
  /** No server replied. */
  readonly isSilence: boolean
  /** Communication with each server failed. */
  readonly isNetwork: boolean
  /** The zones on the way need each other's addresses. */
  readonly isCircle: boolean
}

export type FetchOutcome = FetchedLink | FetchFailure

/** A name above the one that was asked for is proved not to exist, and so neither does that one (RFC 8020). */
export type DeniedAbove = { readonly kind: 'denied'; readonly message: CachedMessage }

export type JudgedOutcome = FetchOutcome | DeniedAbove
