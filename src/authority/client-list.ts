/** A list of clients by prefix, in a form that can be posted to a worker and is asked for each packet without allocating. */

/** One entry: the first that matches decides. No `prefix`: every address. It has 4 or 16 octets. */
export type ClientRule = { readonly includes: boolean; readonly prefix: Uint8Array | undefined; readonly bits: number }

export class ClientList {
  readonly #rules: readonly ClientRule[]

  constructor(rules: readonly ClientRule[]) {
    this.#rules = rules
  }

  /** Whether the address `octets[at, at + length)` is on the list. */
  has(octets: Uint8Array, at: number, length: number): boolean {
    const rules = this.#rules
    for (let i = 0; i < rules.length; i++) {
      const { includes, prefix, bits } = rules[i]!
      if (prefix === undefined || isWithin(octets, at, length, prefix, bits)) return includes
    }
    return false
  }
}

function isWithin(octets: Uint8Array, at: number, length: number, prefix: Uint8Array, bits: number): boolean {
  if (length !== prefix.length) return false
  const whole = bits >>> 3
  for (let i = 0; i < whole; i++) if (octets[at + i] !== prefix[i]) return false
  const rest = bits & 7
  return rest === 0 || ((octets[at + whole]! ^ prefix[whole]!) & (0xff00 >>> rest) & 0xff) === 0
}
