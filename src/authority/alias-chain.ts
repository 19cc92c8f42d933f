/**
 * The aliases that one answer follows: their targets, and what is due when the chain has ended. Allocates nothing after its own
 * making.
 *
 * A chain ends when it comes back to a name: all that could be added stands in the message already (RFC 2181 §5).
 */
import { equalNames, MAX_NAME, skipName } from '../dns/name/index.ts'
import type { Proofs } from './proofs.ts'

/** Most steps of a chain. */
export const MAX_STEPS = 16

export class AliasChain {
  /** Targets, MAX_NAME octets each. */
  readonly #targets = new Uint8Array(MAX_STEPS * MAX_NAME)
  #targetCount = 0
  /** DNAME RRsets that stand in the message already: their words. */
  readonly #dnames = new Int32Array(MAX_STEPS)
  #dnameCount = 0
  /** Aliases that came from wildcards: zone, encloser, place of the name in `#targets`, -1 for the question's. */
  readonly #expansions = new Int32Array(MAX_STEPS * 3)
  #expansionCount = 0
  #question: Uint8Array = new Uint8Array(0)
  #questionAt = 0
  /** The name that the chain has come to stands at `name[at…]`. */
  name: Uint8Array = this.#question
  at = 0

  /** Begins with the name of a question. */
  begin(name: Uint8Array, at: number): void {
    this.#targetCount = 0
    this.#dnameCount = 0
    this.#expansionCount = 0
    this.#question = name
    this.#questionAt = at
    this.name = name
    this.at = at
  }

  /** Goes on to a target: `octets[from, from + length)`. At most MAX_STEPS times. */
  follow(octets: Uint8Array, from: number, length: number): void {
    const at = this.#targetCount++ * MAX_NAME
    for (let i = 0; i < length; i++) this.#targets[at + i] = octets[from + i]!
    this.name = this.#targets
    this.at = at
  }

  /**
   * Goes on to what a DNAME makes of the name (RFC 6672 §2.2): its first `prefix` octets stay, the rest is the name at
   * `octets[from]`. False, and the name as it was, when that would be too long. At most MAX_STEPS times.
   */
  substitute(prefix: number, octets: Uint8Array, from: number): boolean {
    const length = prefix + skipName(octets, from) - from
    if (length > MAX_NAME) return false
    const at = this.#targetCount++ * MAX_NAME
    for (let i = 0; i < prefix; i++) this.#targets[at + i] = this.name[this.at + i]!
    for (let i = prefix; i < length; i++) this.#targets[at + i] = octets[from + i - prefix]!
    this.name = this.#targets
    this.at = at
    return true
  }

  /** Whether the name was asked for before. */
  get isClosed(): boolean {
    if (this.#targetCount === 0) return false
    if (equalNames(this.name, this.at, this.#question, this.#questionAt)) return true
    for (let at = 0; at < this.at; at += MAX_NAME) if (equalNames(this.name, this.at, this.#targets, at)) return true
    return false
  }

  /** Notes that the DNAME RRset at this word was added. */
  addDname(set: number): void {
    this.#dnames[this.#dnameCount++] = set
  }

  /** Whether the RRset at this word was added as a DNAME. */
  hasDname(set: number): boolean {
    for (let i = 0; i < this.#dnameCount; i++) if (this.#dnames[i] === set) return true
    return false
  }

  /** The alias at the name came from the wildcard below `encloser`. Its proof waits until the answer section is whole. */
  addExpansion(zone: number, encloser: number): void {
    const i = this.#expansionCount++ * 3
    this.#expansions[i] = zone
    this.#expansions[i + 1] = encloser
    this.#expansions[i + 2] = this.name === this.#targets ? this.at : -1
  }

  /** Adds the proofs that are due to the authority section. */
  prove(proofs: Proofs): void {
    for (let i = 0; i < this.#expansionCount; i++) {
      const zone = this.#expansions[i * 3]!
      const encloser = this.#expansions[i * 3 + 1]!
      const at = this.#expansions[i * 3 + 2]!
      if (at < 0) proofs.wildcard(zone, encloser, this.#question, this.#questionAt)
      else proofs.wildcard(zone, encloser, this.#targets, at)
    }
    this.#expansionCount = 0
  }
}
