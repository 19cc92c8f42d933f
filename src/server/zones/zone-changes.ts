/** Gives each zone one writer at a time: a change begins when the one before has ended. */
import type { Name } from '../../dns/name/index.ts'
import type { StoreThread } from '../../threads/index.ts'
import type { ServedImage } from '../served-image.ts'
import type { TurnWatch } from '../turn-watch.ts'
import { ZoneTransaction } from './zone-transaction.ts'

export class ZoneChanges {
  readonly #image: ServedImage
  readonly #state: StoreThread
  readonly #turns: TurnWatch
  /** Settles when the last change that was asked for has ended. */
  readonly #last = new Map<string, Promise<void>>()

  constructor(image: ServedImage, state: StoreThread, turns: TurnWatch) {
    this.#image = image
    this.#state = state
    this.#turns = turns
  }

  /** Resolves when no other change of the zone is under way. The transaction ends with `commit` or `abandon`. */
  async begin(zone: Name): Promise<ZoneTransaction> {
    const { key } = zone
    const before = this.#last.get(key)
    let end: () => void = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#last.set(key, ended)
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key)
    })
    await before
    return new ZoneTransaction(zone, { image: this.#image, state: this.#state, turns: this.#turns }, end)
  }
}
