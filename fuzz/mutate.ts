/** Random numbers by a seed, and changes to octets: bits, lengths, splices, pieces of a dictionary. Deterministic. */

/** 32-bit xorshift: the same seed gives the same run on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 0x9e3779b9
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return Math.floor((this.#state / 0x100000000) * bound)
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)]
  }
}

const ODD = [0, 1, 2, 3, 0x22, 0x28, 0x29, 0x2e, 0x3b, 0x3f, 0x40, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xfe, 0xff]
const EMPTY = new Uint8Array(0)

/** `octets` with `count` of them at `at` replaced by others. */
function splice(octets: Uint8Array, at: number, count: number, inserted: Uint8Array): Uint8Array {
  const out = new Uint8Array(octets.length - count + inserted.length)
  out.set(octets.subarray(0, at))
  out.set(inserted, at)
  out.set(octets.subarray(at + count), at + inserted.length)
  return out
}

type Change = (
  octets: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
  words: readonly Uint8Array[],
) => Uint8Array

/** A copy with one octet changed. */
function poke(octets: Uint8Array, at: number, value: number): Uint8Array {
  const out = octets.slice()
  if (at < out.length) out[at] = value
  return out
}

function range(octets: Uint8Array, random: Random, most: number): [number, number] {
  const at = random.below(octets.length + 1)
  return [at, Math.min(octets.length - at, random.below(most) + 1)]
}

const CHANGES: readonly Change[] = [
  (octets, random) => {
    const at = random.below(octets.length)
    return poke(octets, at, (octets[at] ?? 0) ^ (1 << random.below(8)))
  },
  (octets, random) => poke(octets, random.below(octets.length), random.below(256)),
  (octets, random) => poke(octets, random.below(octets.length), random.pick(ODD) ?? 0),
  (octets, random) => {
    // A length or count of 16 bits, a little more or less.
    const at = random.below(octets.length)
    const value = ((octets[at] ?? 0) << 8) + (octets[at + 1] ?? 0) + random.below(9) - 4
    return poke(poke(octets, at, (value >>> 8) & 255), at + 1, value & 255)
  },
  (octets, random) => {
    const at = random.below(octets.length)
    return poke(octets, at, ((octets[at] ?? 0) + random.below(9) - 4) & 255)
  },
  (octets, random) => splice(octets, ...range(octets, random, 16), EMPTY),
  (octets, random) => octets.slice(0, random.below(octets.length + 1)),
  (octets, random) => {
    const [at, count] = range(octets, random, 32)
    return splice(octets, random.below(octets.length + 1), 0, octets.slice(at, at + count))
  },
  (octets, random) =>
    splice(octets, random.below(octets.length + 1), 0, new Uint8Array(random.below(20)).fill(random.below(256))),
  (octets, random, others) => {
    const other = random.pick(others) ?? EMPTY
    const [at, count] = range(other, random, other.length)
    return splice(octets, ...range(octets, random, 32), other.slice(at, at + count))
  },
  (octets, random, others) => {
    const other = random.pick(others) ?? EMPTY
    return splice(octets, random.below(octets.length + 1), 0, other)
  },
  (octets, random, _others, words) => splice(octets, random.below(octets.length + 1), 0, random.pick(words) ?? EMPTY),
  (octets, random, _others, words) => splice(octets, ...range(octets, random, 8), random.pick(words) ?? EMPTY),
]

/** A changed copy of one of `inputs`: one to eight changes, at most `maxLength` octets. */
export function mutate(
  inputs: readonly Uint8Array[],
  words: readonly Uint8Array[],
  random: Random,
  maxLength: number,
): Uint8Array {
  let octets = random.pick(inputs) ?? EMPTY
  for (let n = 1 << random.below(4); n > 0; n--) {
    const change = CHANGES[random.below(words.length > 0 ? CHANGES.length : CHANGES.length - 2)]
    if (change !== undefined) octets = change(octets, random, inputs, words)
  }
  return octets.slice(0, maxLength)
}
