/** What comes of an action that somebody asks the running server for. */

/**
 * done: what was asked for is so now. started: it goes on in the background; the log and `zone` tell of its end.
 * unchanged: there was nothing to do. refused: it makes no sense for this zone, or its state forbids it. failed: it was tried.
 */
export type OutcomeKind = 'done' | 'started' | 'unchanged' | 'refused' | 'failed'

export type Outcome = {
  readonly outcome: OutcomeKind
  /** A sentence without a final stop: what happened or why it did not. */
  readonly message: string
  /** Conflicts, faults: one line each. */
  readonly details?: readonly string[]
}
