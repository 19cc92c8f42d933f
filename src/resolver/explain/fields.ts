/** JSON that may come from a stranger, read member by member: each is held to what it should be, and named when it is not. */
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import type { UnixSeconds } from '../../dns/presentation/index.ts'
import { addressOctets } from '../../dns/rr/index.ts'

/** Letters of a text. */
const MAX_TEXT = 4000

/** The members of a JSON object. What is wrong throws DnsError `input-unreadable`. */
export class Fields {
  readonly #value: object
  readonly #path: string
  readonly #file: string

  constructor(value: unknown, path: string, file: string) {
    this.#path = path
    this.#file = file
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DnsError('input-unreadable', `${file}: ${path === '' ? 'the file' : path} is no JSON object`)
    }
    this.#value = value
  }

  fail(key: string, reason: string): never {
    throw new DnsError('input-unreadable', `${this.#file}: ${this.#at(key)} ${reason}`)
  }

  #at(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`
  }

  #member(key: string): unknown {
    return Object.getOwnPropertyDescriptor(this.#value, key)?.value
  }

  text(key: string): string {
    const value = this.#member(key)
    if (typeof value !== 'string' || value.length > MAX_TEXT) return this.fail(key, 'is no text')
    return value
  }

  count(key: string, most: number): number {
    const value = this.#member(key)
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
    return this.fail(key, `is no number from 0 to ${most}`)
  }

  has(key: string): boolean {
    return this.#member(key) !== undefined
  }

  time(key: string): UnixSeconds | undefined {
    return this.has(key) ? this.count(key, 0xffffffff) : undefined
  }

  flag(key: string): boolean {
    const value = this.#member(key)
    return typeof value === 'boolean' ? value : this.fail(key, 'is neither true nor false')
  }

  oneOf<T extends string>(key: string, words: readonly T[]): T {
    const value = this.text(key)
    return words.find((word) => word === value) ?? this.fail(key, `is none of ${words.join(', ')}`)
  }

  name(key: string): Name {
    try {
      return Name.parse(this.text(key))
    } catch (error) {
      return this.fail(key, error instanceof Error ? `is no domain name: ${error.message}` : 'is no domain name')
    }
  }

  address(key: string): Uint8Array {
    return this.addressOf(key, this.text(key))
  }

  addressOf(key: string, text: string): Uint8Array {
    return addressOctets(text) ?? this.fail(key, 'is no address')
  }

  /** Base64 of at most a message. */
  octets(key: string): Uint8Array {
    const value = this.#member(key)
    if (typeof value !== 'string' || value.length > 90_000) return this.fail(key, 'is no base64 of a message')
    try {
      const octets = Uint8Array.fromBase64(value)
      return octets.length <= 0xffff ? octets : this.fail(key, 'is longer than a message')
    } catch (error) {
      if (error instanceof DnsError) throw error
      return this.fail(key, 'is no base64')
    }
  }

  object(key: string): Fields {
    return new Fields(this.#member(key), this.#at(key), this.#file)
  }

  #items(key: string, most: number): readonly unknown[] {
    const value = this.#member(key)
    if (!Array.isArray(value)) return this.fail(key, 'is no list')
    return value.length <= most ? value : this.fail(key, `has more than ${most} entries`)
  }

  list(key: string, most: number): Fields[] {
    return this.#items(key, most).map((item, i) => new Fields(item, `${this.#at(key)}[${i}]`, this.#file))
  }

  texts(key: string, most: number): string[] {
    const isText = (item: unknown): item is string => typeof item === 'string' && item.length <= MAX_TEXT
    return this.#items(key, most).map((item) => (isText(item) ? item : this.fail(key, 'holds no texts')))
  }
}
