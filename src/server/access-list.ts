/**
 * Who may: lists of addresses, prefixes and TSIG keys, read once and asked for every message.
 *
 * An entry is one or several words that must all hold: an address or prefix (`192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`), a key that
 * signed the message (`key:k1.`), `any`, or `none`. A `!` before the entry turns it into a refusal. The first entry that matches
 * decides; when none does, the answer is no. `10.0.0.0/8 key:k1.` asks for both; `!192.0.2.1` then `192.0.2.0/24` is all but one.
 *
 * What it does not do: verify signatures. The key handed in is one whose signature was good.
 */
import { DnsError } from '../dns/errors.ts'
import { equalNames, type Name, readUnicodeName } from '../dns/name/index.ts'
import { parseAddress } from '../transport/index.ts'

type Rule = {
  readonly allow: boolean
  /** Undefined: every address of both families. */
  readonly prefix: Uint8Array | undefined
  readonly bits: number
  readonly key: Name | undefined
}

export class AccessList {
  /** As they were written. */
  readonly entries: readonly string[]
  readonly #rules: readonly Rule[]

  static readonly any: AccessList = AccessList.parse(['any'])
  static readonly none: AccessList = AccessList.parse([])

  private constructor(entries: readonly string[], rules: readonly Rule[]) {
    this.entries = entries
    this.#rules = rules
  }

  /** Throws DnsError `configuration-invalid` that cites the entry. */
  static parse(entries: readonly string[]): AccessList {
    return new AccessList([...entries], entries.map(parseRule))
  }

  /** The keys that entries name. */
  get keys(): Name[] {
    return this.#rules.flatMap(({ key }) => key ?? [])
  }

  /** The entries that look at addresses alone, for those who have no key. */
  get addressRules(): { includes: boolean; prefix: Uint8Array | undefined; bits: number }[] {
    const plain = this.#rules.filter(({ key }) => key === undefined)
    return plain.map(({ allow, prefix, bits }) => ({ includes: allow, prefix, bits }))
  }

  /** Whether an entry lets in everybody of a family of addresses, without a key. */
  get isOpen(): boolean {
    return this.#rules.some(({ allow, key, bits }) => allow && key === undefined && bits === 0)
  }

  /**
   * Whether a message from `address` (4 or 16 octets; an IPv4 client has 4) with a good signature of `key` is let in.
   * Allocates nothing.
   */
  allows(address: Uint8Array, key: Name | undefined): boolean {
    const rules = this.#rules
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]
      if (rule === undefined) break
      if (rule.key !== undefined && (key === undefined || !equalNames(rule.key.octets, 0, key.octets, 0))) continue
      if (rule.prefix !== undefined && !isWithin(address, rule.prefix, rule.bits)) continue
      return rule.allow
    }
    return false
  }

  toJSON(): readonly string[] {
    return this.entries
  }
}

/** Whether the first `bits` of both are the same; an address of the other family never is. */
export function isWithin(address: Uint8Array, prefix: Uint8Array, bits: number): boolean {
  if (address.length !== prefix.length) return false
  const whole = bits >>> 3
  for (let i = 0; i < whole; i++) if (address[i] !== prefix[i]) return false
  const rest = bits & 7
  return rest === 0 || ((address[whole]! ^ prefix[whole]!) & (0xff00 >>> rest) & 0xff) === 0
}

function parseRule(entry: string): Rule {
  const text = entry.trim()
  const refuses = text.startsWith('!')
  const words = (refuses ? text.slice(1) : text).split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) throw new DnsError('configuration-invalid', 'an empty entry: leave it out, or write none')
  let prefix: { octets: Uint8Array; bits: number } | undefined
  let key: Name | undefined
  let none = false
  for (const word of words) {
    if (word === 'any') continue
    if (word === 'none') none = true
    else if (word.startsWith('key:')) {
      if (key !== undefined) throw fault(entry, 'has two keys, and a message has one')
      key = parseKey(entry, word.slice(4))
    } else {
      if (prefix !== undefined) throw fault(entry, 'has two addresses: make it two entries')
      prefix = parsePrefix(entry, word)
    }
  }
  if (none && words.length > 1) throw fault(entry, "'none' stands alone")
  return { allow: refuses === none, prefix: prefix?.octets, bits: prefix?.bits ?? 0, key }
}

function parseKey(entry: string, text: string): Name {
  if (text === '') throw fault(entry, 'the name of the key is missing after key:')
  try {
    return readUnicodeName(text)
  } catch (error) {
    if (error instanceof DnsError) throw fault(entry, error.message)
    throw error
  }
}

/** A network: `10.0.0.0/8`, or one address. Throws DnsError `configuration-invalid` that cites the text. */
export function parseNetwork(text: string): { text: string; prefix: Uint8Array; bits: number } {
  const { octets: prefix, bits } = parsePrefix(text, text, 'is no network such as 10.0.0.0/8 or fd00::/8')
  if (prefix.length === 4 && text.includes(':'))
    throw fault(text, 'is IPv4-mapped; mapped addresses count as IPv4: give the IPv4 network')
  return { text, prefix, bits }
}

const NO_ENTRY = 'is no address, prefix, key:NAME, any or none; a ! before it refuses'

function parsePrefix(entry: string, word: string, otherwise = NO_ENTRY): { octets: Uint8Array; bits: number } {
  const [address = '', length, ...more] = word.split('/')
  const octets = address.includes('%') ? undefined : parseAddress(address)
  if (octets === undefined || more.length > 0) {
    throw fault(entry, otherwise)
  }
  const all = octets.length * 8
  if (length === undefined) return { octets, bits: all }
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
  const bits = /^\d{1,3}$/.test(length) ? Number(length) - (all === 32 && address.includes(':') ? 96 : 0) : -1
  if (bits < 0 || bits > all) throw fault(entry, `the length of the prefix is 0 to ${all}`)
  for (let bit = bits; bit < all; bit++) {
    if (((octets[bit >>> 3] ?? 0) & (0x80 >>> (bit & 7))) !== 0) {
      throw fault(entry, `has bits beyond the first ${bits}: is it /${all}?`)
    }
  }
  return { octets, bits }
}

function fault(entry: string, reason: string): DnsError {
  return new DnsError('configuration-invalid', `'${entry.slice(0, 80)}' ${reason}`)
}
