/**
 * Looks after a state that cannot be written, since its disk is full, read-only or broken: says so, tries again, and has saved what
 * was not saved meanwhile.
 */
import type { Clock } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import { StateUnwritable } from '../store/index.ts'
import type { StoreThread } from '../threads/index.ts'

const TRY_MILLISECONDS = 5000
const EFFECT =
  'zones are served on, and nothing is saved: primary zones have no journal, new versions of secondary zones are in memory only'

export class StateWatch {
  readonly #state: StoreThread
  readonly #clock: Clock
  readonly #log: Log
  readonly #saveAgain: () => Promise<void>
  #timer: NodeJS.Timeout | undefined

  /** `saveAgain` saves what was not saved. It rejects with StateUnwritable when the disk fails once more. */
  constructor(
    parts: { readonly state: StoreThread; readonly clock: Clock; readonly log: Log },
    saveAgain: () => Promise<void>,
  ) {
    this.#state = parts.state
    this.#clock = parts.clock
    this.#log = parts.log
    this.#saveAgain = saveAgain
    parts.state.onUnwritable((reason) => this.#tell(reason))
    if (parts.state.unwritable !== undefined) this.#tell(parts.state.unwritable)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#state.onUnwritable(() => {})
  }

  #tell(reason: string): void {
    this.#log.error({ path: this.#state.path, reason }, `the state cannot be written: ${EFFECT}`)
    this.#tryLater()
  }

  #tryLater(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#try(), TRY_MILLISECONDS).unref()
  }

  async #try(): Promise<void> {
    const remarks = await this.#state.recover(this.#clock.wall())
    if (remarks === undefined) return this.#tryLater()
    for (const remark of remarks) this.#log.warn({}, remark)
    try {
      await this.#saveAgain()
      this.#log.info({ path: this.#state.path }, 'the state can be written again: all is saved')
    } catch (error) {
      // When the disk failed once more, that was told.
      if (!(error instanceof StateUnwritable)) this.#log.error({ error }, 'what was not saved could not be saved again')
    }
  }
}
