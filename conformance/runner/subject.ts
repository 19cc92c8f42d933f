/** What a scenario is played with: a resolver that answers clients and asks servers. */
import type { Protocol } from '../../src/ports/index.ts'
import type { AnchorState } from './anchor-state.ts'

export type Client = { readonly address: Uint8Array; readonly protocol: Protocol }

export type Subject = {
  /** Answers a message; `done` is called once, at once or later, without octets for silence. */
  answer(message: Uint8Array, client: Client, done: (response: Uint8Array | undefined) => void): void
  /** What is known of the trust point whose file has this name (RFC 5011). */
  anchorState(file: string): AnchorState | undefined
  /** Lines of a zone that is held here, as it would stand in the file of this name. */
  zoneLines(file: string): readonly string[] | undefined
  /** Errors of the program under test, which no scenario may bring about. */
  readonly faults: readonly unknown[]
}
