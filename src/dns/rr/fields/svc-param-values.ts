/**
 * The values of service parameters (RFC 9460 §7, §8, and the registry it opened): between the wire form and the text that
 * stands behind `key=`, its escapes as a character string already resolved.
 *
 * `read` returns the wire octets or says what was expected; `check` accepts what the key's document defines; `text` is the
 * inverse of `read`. Keys without a row here are opaque octets.
 */
import { OctetWriter, readU16 } from '../../octets.ts'
import { addressOctets, addressText } from './addresses.ts'
import { latin1 } from './strings.ts'

export type SvcParamValue = {
  readonly read: (value: Uint8Array) => Uint8Array | string
  readonly check: (octets: Uint8Array, at: number, end: number) => boolean
  readonly text: (octets: Uint8Array, at: number, end: number) => string
  /** How the text is written: between quotes, as a word, or not at all. */
  readonly form: 'quoted' | 'word' | 'none'
}

export const KEY_MANDATORY = 0
export const KEY_ALPN = 1
export const KEY_NO_DEFAULT_ALPN = 2
/** RFC 9460 §14.3.2: never a key. */
export const KEY_INVALID = 65535

/** Keys by name. Those from 8 on are printed as `keyNNNNN`, which every implementation reads. */
const NAMES: readonly string[] = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
  'dohpath',
  'ohttp',
  'tls-supported-groups',
  'docpath',
  'pvd',
]

export function svcParamKeyName(key: number): string {
  return NAMES[key] ?? `key${key}`
}

/** The key of a word, or -1; `generic` when it is written as a number, whose value then stands for plain octets. */
export function svcParamKey(word: string): { key: number; generic: boolean } {
  const known = NAMES.indexOf(word)
  if (known >= 0) return { key: known, generic: false }
  const key = /^key(0|[1-9][0-9]{0,4})$/.test(word) ? Number(word.slice(3)) : -1
  return { key: key < KEY_INVALID ? key : -1, generic: true }
}

/** Splits a value list at its commas (RFC 9460 appendix A.1): `\,` is a comma within an item, `\\` a backslash. */
function listItems(value: Uint8Array): number[][] | undefined {
  const items: number[][] = [[]]
  for (let i = 0; i < value.length; i++) {
    let octet = value[i]!
    if (octet === 0x2c) {
      items.push([])
      continue
    }
    if (octet === 0x5c) {
      octet = value[++i] ?? -1
      if (octet !== 0x2c && octet !== 0x5c) return undefined
    }
    items.at(-1)?.push(octet)
  }
  return items
}

function stringList(least: number, what: string): SvcParamValue {
  return {
    form: 'quoted',
    read(value) {
      if (value.length === 0 && least === 0) return value
      const items = listItems(value)
      if (items === undefined) return `${what}, in which a backslash stands only before a comma or a backslash`
      if (items.some((item) => item.length === 0 || item.length > 255)) return `${what} of 1 to 255 octets each`
      return Uint8Array.from(items.flatMap((item) => [item.length, ...item]))
    },
    check(octets, at, end) {
      if (at === end) return least === 0
      while (at < end && octets[at] !== 0) at += 1 + octets[at]!
      return at === end
    },
    text(octets, at, end) {
      const items: string[] = []
      for (; at < end; at += 1 + octets[at]!) {
        items.push(latin1(octets, at + 1, at + 1 + octets[at]!).replaceAll(/[\\,]/g, '\\$&'))
      }
      return items.join(',')
    },
  }
}

function numberOf(text: string): number {
  return /^(0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65535 ? Number(text) : -1
}

/** One number of 16 bits, or several with commas. */
function numbers(many: boolean, what: string): SvcParamValue {
  return {
    form: 'word',
    read(value) {
      const words = latin1(value, 0, value.length).split(',')
      const parsed = words.map(numberOf)
      if ((!many && words.length > 1) || parsed.includes(-1)) return what
      if (new Set(parsed).size < parsed.length) return `${what}, none of them twice`
      const out = new OctetWriter(16)
      for (const number of parsed) out.u16(number)
      return out.copy()
    },
    check(octets, at, end) {
      if (!many) return end - at === 2
      const seen = new Set<number>()
      for (let i = at; i + 2 <= end; i += 2) seen.add(readU16(octets, i))
      return end > at && seen.size * 2 === end - at
    },
    text(octets, at, end) {
      const words: number[] = []
      for (; at < end; at += 2) words.push(readU16(octets, at))
      return words.join(',')
    },
  }
}

function addresses(size: 4 | 16, what: string): SvcParamValue {
  return {
    form: 'word',
    read(value) {
      const out = new OctetWriter(64)
      for (const word of latin1(value, 0, value.length).split(',')) {
        const octets = addressOctets(word)
        if (octets?.length !== size) return what
        out.bytes(octets)
      }
      return out.copy()
    },
    check: (_, at, end) => end > at && (end - at) % size === 0,
    text(octets, at, end) {
      const words: string[] = []
      for (; at < end; at += size) words.push(addressText(octets, at, size))
      return words.join(',')
    },
  }
}

const nothing: SvcParamValue = {
  form: 'none',
  read: (value) => (value.length === 0 ? value : 'no value'),
  check: (_, at, end) => at === end,
  text: () => '',
}

/** Keys that must be understood, ascending on the wire; the key itself is never one of them (RFC 9460 §8). */
const mandatory: SvcParamValue = {
  form: 'word',
  read(value) {
    const keys = latin1(value, 0, value.length)
      .split(',')
      .map((word) => svcParamKey(word).key)
      .sort((a, b) => a - b)
    if (keys.some((key) => key < 0)) return 'names of keys with commas between them'
    if (keys[0] === KEY_MANDATORY) return "names of keys other than 'mandatory' itself"
    if (keys.some((key, i) => key === keys[i - 1])) return 'names of keys, none of them twice'
    const out = new OctetWriter(16)
    for (const key of keys) out.u16(key)
    return out.copy()
  },
  check(octets, at, end) {
    if (at === end || (end - at) % 2 !== 0) return false
    for (let before = KEY_MANDATORY; at < end; at += 2) {
      const key = readU16(octets, at)
      if (key <= before || key === KEY_INVALID) return false
      before = key
    }
    return true
  },
  text(octets, at, end) {
    const words: string[] = []
    for (; at < end; at += 2) {
      const key = readU16(octets, at)
      words.push(key < 8 ? svcParamKeyName(key) : `key${key}`)
    }
    return words.join(',')
  },
}

const echConfigList: SvcParamValue = {
  form: 'word',
  read(value) {
    try {
      const octets = Uint8Array.fromBase64(latin1(value, 0, value.length), { lastChunkHandling: 'strict' })
      return octets.length > 0 ? octets : 'base64 of at least one octet'
    } catch {
      return 'base64'
    }
  },
  check: (_, at, end) => end > at,
  text: (octets, at, end) => octets.slice(at, end).toBase64(),
}

const plain: SvcParamValue = {
  form: 'quoted',
  read: (value) => value,
  check: () => true,
  text: latin1,
}

const someText: SvcParamValue = {
  ...plain,
  read: (value) => (value.length > 0 ? value : 'a text'),
  check: (_, at, end) => end > at,
}

const VALUES: readonly SvcParamValue[] = [
  mandatory,
  stringList(1, 'protocol identifiers with commas between them'),
  nothing,
  numbers(false, 'a port (0 to 65535)'),
  addresses(4, 'IPv4 addresses with commas between them'),
  echConfigList,
  addresses(16, 'IPv6 addresses with commas between them'),
  someText, // dohpath, RFC 9461 §5: a URI template
  nothing, // ohttp, RFC 9540 §4
  numbers(true, 'numbers of groups with commas between them'), // tls-supported-groups
  stringList(0, 'segments of a path with commas between them'), // docpath, RFC 9953
  nothing, // pvd
]

/** How the value of a key is read, checked and written. */
export function svcParamValue(key: number): SvcParamValue {
  return VALUES[key] ?? plain
}

/** The same for the text of a `keyNNNNN`: octets as they stand. */
export const plainSvcParamValue: SvcParamValue = plain
