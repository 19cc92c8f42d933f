/**
 * The copies that the state keeps of a primary zone from the first change by another way than its file on, until the zone is
 * written to its file: `base`, the file as it was last read, and `zone`, a version that the journal goes on from; without `zone`,
 * the journal goes on from `base`. Rows are to be written with the change; copies reject with StateUnwritable.
 */
import type { Name } from '../../dns/name/index.ts'
import type { CopyKind, CopySource, StateWrite } from '../../store/index.ts'
import { type ImageWalk, RecordTable, type SharedTable, Zone } from '../../zone/index.ts'
import type { World } from '../hosted-zone.ts'

export class PrimaryCopies {
  readonly #zone: Name
  readonly #state: World['state']
  readonly #image: World['image']

  constructor(zone: Name, { state, image }: Pick<World, 'state' | 'image'>) {
    this.#zone = zone
    this.#state = state
    this.#image = image
  }

  /** Whether other ways have changed the zone since it was last written to its file. */
  get areKept(): boolean {
    return this.#state.copies.serialOf(this.#zone, 'base') !== undefined
  }

  /** Before the first change by another way: what keeps the file as it was last read, which is the version that is served. */
  async keepFile({ unit }: ImageWalk): Promise<StateWrite[]> {
    return this.areKept ? [] : [await this.#copy('base', this.#fromImage(unit))]
  }

  /** What keeps a merged version, staged at `unit`, and its file as the one that was last read. */
  async keepMerged(unit: number, file: SharedTable): Promise<StateWrite[]> {
    const base = Zone.arrange(this.#zone, RecordTable.fromShared(file))
    return [await this.#copy('zone', this.#fromImage(unit)), await this.#copy('base', { kind: 'zone', zone: base })]
  }

  /** What removes them: the file has all of the zone. */
  drop(): StateWrite[] {
    return (['base', 'zone'] as const).map((copyKind) => ({ kind: 'remove-copy', zone: this.#zone, copyKind }))
  }

  #fromImage(unit: number): CopySource {
    return { kind: 'image', buffer: this.#image.buffer, unit }
  }

  async #copy(copyKind: CopyKind, source: CopySource): Promise<StateWrite> {
    const copy = await this.#state.prepareCopy(this.#zone, copyKind, source)
    return { kind: 'copy', zone: this.#zone, copyKind, copy }
  }
}
