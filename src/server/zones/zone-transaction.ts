/**
 * One change of one zone, whatever makes it: a master file, a transfer, the configuration behind a catalog. The one order of a
 * change is
 *
 *     begin     waits until no other change of the zone is under way
 *     replace   a whole version, or
 *     change    what is removed and added: staged in the image, where no reader sees it
 *     write     rows of the state that change with it: the journal, copies, what is known of the zone
 *     commit    durable in one transaction of the state → published in the image → the caller goes on
 *     abandon   nothing of it remains
 *
 * Changes of several zones are committed together with `commitTogether`.
 */
import type { Name } from '../../dns/name/index.ts'
import { StateUnwritable, type StateWrite } from '../../store/index.ts'
import type { PreparedVersion, StoreThread } from '../../threads/index.ts'
import { changeFromShared, type InspectName, type StagedZone, type Zone, type ZoneChange } from '../../zone/index.ts'
import type { ImageState, Publication, ServedImage, ServingOptions } from '../served-image.ts'
import type { TurnWatch } from '../turn-watch.ts'
import { inSteps } from './in-steps.ts'

export type CommitOptions = {
  /** What answers depend on, asked at the moment of publication. */
  serving(): ServingOptions
  /** How the version is answered; `serving` unless told. */
  readonly state?: ImageState
  /** The change is rejected while the disk of the state takes nothing. Without it the change is published, and in memory only. */
  readonly mustBeSaved?: boolean
  /** Asked once the change is durable: when the zone is no longer served, it is not published. */
  wanted?(): boolean
}

/** saved: durable and published. unsaved: published, in memory only. unwanted: not published. */
export type CommitOutcome = 'saved' | 'unsaved' | 'unwanted'

export class ZoneTransaction {
  readonly zone: Name
  readonly #image: ServedImage
  readonly #state: StoreThread
  readonly #turns: TurnWatch
  readonly #end: () => void
  #staged: StagedZone | undefined
  #writes: StateWrite[] = []
  #isOver = false

  /** `end` lets the next change of the zone begin. */
  constructor(zone: Name, { image, state, turns }: Places, end: () => void) {
    this.zone = zone
    this.#image = image
    this.#state = state
    this.#turns = turns
    this.#end = end
  }

  /** The unit of the staged zone block in the image, for a view, a walk or a copy of it; 0 while nothing is staged. */
  get unit(): number {
    return this.#staged?.unit ?? 0
  }

  /** Stages a whole version. Throws DnsError `zone-invalid` when it has no SOA. */
  async replace(zone: Zone): Promise<void> {
    this.#staged?.abandon()
    this.#staged = this.#image.stageAfresh(this.zone)
    await inSteps(this.#staged.fillSteps(zone), this.#turns, 'a version of a zone, put into the image')
  }

  /** Stages a version that was prepared in this image: written whole by another thread, or told as a change. */
  async take({ built, change }: Pick<PreparedVersion, 'built' | 'change'>): Promise<void> {
    if (built !== undefined) {
      this.#staged?.abandon()
      this.#staged = this.#image.adopt(this.zone, built)
    } else if (change !== undefined) await this.change(changeFromShared(change))
  }

  /**
   * Stages a change of the version that is staged, or else published. Throws DnsError `transfer-failed` when it does not fit, or
   * what `inspect` throws of a changed name: then the transaction is to be abandoned.
   */
  async change(change: ZoneChange, inspect?: InspectName): Promise<void> {
    this.#staged ??= this.#image.stage(this.zone)
    await inSteps(this.#staged.applySteps(change, inspect), this.#turns, 'a change of a zone, made in the image')
  }

  /** Has rows of the state change with the zone. */
  write(...writes: readonly StateWrite[]): void {
    this.#writes.push(...writes)
  }

  /** Forgets what was to be written. */
  dropWrites(): void {
    this.#writes = []
  }

  /** Makes the change durable, then publishes it. Rejects with DnsError, and nothing has changed. */
  commit(options: CommitOptions): Promise<CommitOutcome> {
    const { serving, state } = options
    return commitTogether([{ transaction: this, serving, ...(state !== undefined && { state }) }], options)
  }

  abandon(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#staged?.abandon()
    this.#end()
  }

  /** What the commit takes. */
  get parts(): TransactionParts {
    return { image: this.#image, state: this.#state, turns: this.#turns, staged: this.#staged, writes: this.#writes }
  }

  /** What was staged is published: the next change of the zone may begin. */
  finish(): void {
    this.#isOver = true
    this.#end()
  }
}

/** Where zones change. */
type Places = { readonly image: ServedImage; readonly state: StoreThread; readonly turns: TurnWatch }

type TransactionParts = Places & {
  readonly staged: StagedZone | undefined
  readonly writes: readonly StateWrite[]
}

/** Commits changes of several zones of one server: all are durable together, and published at once. */
export async function commitTogether(
  commits: readonly { readonly transaction: ZoneTransaction; serving(): ServingOptions; readonly state?: ImageState }[],
  { mustBeSaved, wanted }: Pick<CommitOptions, 'mustBeSaved' | 'wanted'>,
): Promise<CommitOutcome> {
  const parts = commits.map(({ transaction }) => transaction.parts)
  const [first] = parts
  if (first === undefined) return 'saved'
  const abandon = (): void => {
    for (const { transaction } of commits) transaction.abandon()
  }
  let outcome: CommitOutcome = 'saved'
  try {
    const writes = parts.flatMap((each) => each.writes)
    if (writes.length > 0) await first.state.commit(writes)
  } catch (error) {
    if (!(error instanceof StateUnwritable) || mustBeSaved === true) {
      abandon()
      throw error
    }
    outcome = 'unsaved'
  }
  if (wanted?.() === false) {
    abandon()
    return 'unwanted'
  }
  const versions: Publication[] = []
  for (const [i, { serving, state }] of commits.entries()) {
    const staged = parts[i]?.staged
    if (staged !== undefined) versions.push({ staged, options: serving(), ...(state !== undefined && { state }) })
  }
  first.turns.measure('the publication of zones', () => first.image.publish(versions))
  for (const { transaction } of commits) transaction.finish()
  return outcome
}
