/**
 * A domain name as a value: immutable, absolute, in wire octets with the case it was written in. Everything outside hot
 * paths uses it; hot paths walk octets with `labels.ts`.
 *
 * What it does not do: relative names (a text without a final dot is read as absolute unless an origin is given), IDNA (`idna.ts`).
 */
import { DnsError, WireError } from '../errors.ts'
import { copyOctets } from '../octets.ts'
import { countLabels, equalNames, isAtOrBelow, isWildcard, LOWER, MAX_NAME, nameEnd } from './labels.ts'
import { compareNames } from './order.ts'
import {
  explainNameFault,
  MAX_NAME_TEXT,
  NAME_LABEL_TOO_LONG,
  NAME_TOO_LONG,
  readNameText,
  writeNameText,
} from './text.ts'

const encoder = new TextEncoder()
const ROOT_OCTETS = new Uint8Array(1)

export class Name {
  readonly #octets: Uint8Array
  #key: string | undefined

  static readonly root: Name = new Name(ROOT_OCTETS)

  private constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  /**
   * Reads presentation format. Without a final dot the name continues with `origin`, the root by default.
   * Throws DnsError `name-syntax`, `label-too-long` or `name-too-long`.
   */
  static parse(text: string, origin: Name = Name.root): Name {
    const input = encoder.encode(text)
    const out = new Uint8Array(MAX_NAME + 1)
    const end = readNameText(input, 0, input.length, origin.#octets, 0, out, 0)
    if (end < 0) {
      const code =
        end === NAME_TOO_LONG ? 'name-too-long' : end === NAME_LABEL_TOO_LONG ? 'label-too-long' : 'name-syntax'
      throw new DnsError(code, `'${text.slice(0, 80)}' is no domain name: ${explainNameFault(end)}`)
    }
    return new Name(out.slice(0, end))
  }

  /** Copies the uncompressed name at `at`. Throws WireError when there is none. */
  static fromOctets(octets: Uint8Array, at = 0): Name {
    const end = nameEnd(octets, at, octets.length)
    if (end < 0) throw new WireError('no well-formed name here', at, 'name-syntax')
    return new Name(copyOctets(octets, at, end))
  }

  /** The well-formed name `octets[at, end)`, without a copy: the octets are the name's from now on. */
  static take(octets: Uint8Array, at: number, end: number): Name {
    return new Name(octets.subarray(at, end))
  }

  /** The wire octets. They are the name's own: not to be written to. */
  get octets(): Uint8Array {
    return this.#octets
  }

  /** Labels, the root label not counted. */
  get labelCount(): number {
    return countLabels(this.#octets, 0)
  }

  get isRoot(): boolean {
    return this.#octets.length === 1
  }

  get isWildcard(): boolean {
    return isWildcard(this.#octets, 0)
  }

  /** Labels from the left, as octets. */
  *labels(): Generator<Uint8Array> {
    let at = 0
    for (let length = this.#octets[at]; length !== undefined && length !== 0; length = this.#octets[at]) {
      yield this.#octets.subarray(at + 1, at + 1 + length)
      at += length + 1
    }
  }

  /** The name one label shorter; the root is its own parent. Names below one parent mostly share the object. */
  get parent(): Name {
    const octets = this.#octets
    const length = octets[0]!
    if (length === 0) return this
    const at = length + 1
    const slot = (octets.length - at + octets[at]! + (octets[at + 1] ?? 0) * 5) & (PARENTS - 1)
    const last = parents[slot]
    const isSame = last === undefined ? false : last.#isRestOf(octets, at)
    if (last !== undefined && isSame) return last
    const parent = new Name(octets.slice(at))
    parents[slot] = parent
    return parent
  }

  /** Whether the name stands in `octets` from `at` on, letter by letter. */
  #isRestOf(octets: Uint8Array, at: number): boolean {
    const own = this.#octets
    if (own.length !== octets.length - at) return false
    for (let i = 0; i < own.length; i++) if (own[i] !== octets[at + i]) return false
    return true
  }

  /** The name with one more label at the left, given as octets or text without escapes. */
  child(label: string | Uint8Array): Name {
    const octets = typeof label === 'string' ? encoder.encode(label) : label
    if (octets.length === 0 || octets.length > 63) throw new DnsError('label-too-long', 'a label has 1 to 63 octets')
    if (octets.length + 1 + this.#octets.length > MAX_NAME) {
      throw new DnsError('name-too-long', 'the name would be longer than 255 octets')
    }
    const out = new Uint8Array(octets.length + 1 + this.#octets.length)
    out[0] = octets.length
    out.set(octets, 1)
    out.set(this.#octets, octets.length + 1)
    return new Name(out)
  }

  /** Case-insensitive (RFC 4343). */
  equals(other: Name): boolean {
    return equalNames(this.#octets, 0, other.#octets, 0)
  }

  /** Canonical order (RFC 4034 §6.1). */
  compareTo(other: Name): number {
    return compareNames(this.#octets, 0, other.#octets, 0)
  }

  isAtOrBelow(ancestor: Name): boolean {
    return isAtOrBelow(this.#octets, 0, ancestor.#octets, 0)
  }

  /** The same name in lower case (RFC 4034 §6.2). */
  toCanonical(): Name {
    return new Name(this.#octets.map((octet) => LOWER[octet] ?? octet))
  }

  /** A string that equal names share, whatever their case: a key for maps, not for people. */
  get key(): string {
    this.#key ??= keyOf(this.#octets)
    return this.#key
  }

  /** Presentation format with the final dot. */
  toString(): string {
    return nameText(this.#octets, 0)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Parents that were asked for last, by a sum of their first octets: a power of two. */
const PARENTS = 256
const parents: (Name | undefined)[] = new Array(PARENTS).fill(undefined)

const keyScratch = Buffer.alloc(MAX_NAME)

function keyOf(octets: Uint8Array): string {
  for (let i = 0; i < octets.length; i++) keyScratch[i] = LOWER[octets[i]!]!
  return keyScratch.toString('latin1', 0, octets.length)
}

const scratch = new Uint8Array(MAX_NAME_TEXT)
const decoder = new TextDecoder('latin1')

/** The text of the well-formed name at `at`, with its final dot. */
export function nameText(octets: Uint8Array, at: number): string {
  return decoder.decode(scratch.subarray(0, writeNameText(octets, at, scratch, 0)))
}
