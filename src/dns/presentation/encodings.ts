/**
 * Base64 (RFC 4648 §4), base32hex without padding (§7, as NSEC3 uses it) and base16 (§8), straight between text octets and
 * wire octets. Readers take several tokens where the format lets blanks stand inside the text.
 */
import type { OctetWriter } from '../octets.ts'
import type { TextWriter } from './text-writer.ts'
import type { Tokens } from './tokens.ts'

const BASE64 = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const BASE32HEX = new TextEncoder().encode('0123456789abcdefghijklmnopqrstuv')
const HEX = new TextEncoder().encode('0123456789ABCDEF')

const NONE = 255

function decodingTable(alphabet: Uint8Array, ignoreCase: boolean): Uint8Array {
  const table = new Uint8Array(256).fill(NONE)
  alphabet.forEach((octet, value) => {
    table[octet] = value
    if (ignoreCase && octet >= 0x41 && octet <= 0x5a) table[octet + 32] = value
    if (ignoreCase && octet >= 0x61 && octet <= 0x7a) table[octet - 32] = value
  })
  return table
}

const FROM_BASE64 = decodingTable(BASE64, false)
const FROM_BASE32HEX = decodingTable(BASE32HEX, true)
const FROM_HEX = decodingTable(HEX, true)

/** Reads the base64 text of one token; returns how many octets came. */
export function readBase64Token(tokens: Tokens, token: number, out: OctetWriter, what: string): number {
  const from = out.length
  tokens.cursor = token
  readBase64(tokens, out, what, token + 1)
  return out.length - from
}

/** Reads base64 from all tokens before `until`. Padding is required, and bits beyond the last octet must be zero. */
export function readBase64(tokens: Tokens, out: OctetWriter, what: string, until: number = tokens.count): void {
  const { text } = tokens
  if (tokens.left === 0) tokens.next(what)
  let bits = 0
  let held = 0
  let pads = 0
  while (tokens.cursor < until) {
    const token = tokens.cursor++
    let at = tokens.starts[token]!
    const end = tokens.ends[token]!
    out.ensure((((end - at) * 3) >> 2) + 3)
    const target = out.octets
    let to = out.length
    if (held === 0 && pads === 0) {
      // Whole groups of four, as long as they are plain.
      while (at + 4 <= end) {
        const a = FROM_BASE64[text[at]!]!
        const b = FROM_BASE64[text[at + 1]!]!
        const c = FROM_BASE64[text[at + 2]!]!
        const d = FROM_BASE64[text[at + 3]!]!
        if ((a | b | c | d) === NONE) break
        target[to] = (a << 2) | (b >> 4)
        target[to + 1] = (b << 4) | (c >> 2)
        target[to + 2] = (c << 6) | d
        to += 3
        at += 4
      }
    }
    for (; at < end; at++) {
      const octet = text[at]!
      if (octet === 0x3d) {
        pads++
        continue
      }
      const value = FROM_BASE64[octet]!
      if (value === NONE || pads > 0)
        tokens.fail(`${what}: '${String.fromCharCode(octet)}' does not belong into base64 here`)
      bits = ((bits << 6) | value) & 0xffffff
      held += 6
      if (held >= 8) {
        held -= 8
        target[to++] = bits >> held
      }
    }
    out.length = to
  }
  if (held === 6 || pads !== (held === 0 ? 0 : held / 2) || (bits & ((1 << held) - 1)) !== 0) {
    tokens.fail(`${what}: the base64 text is cut short or badly padded`)
  }
}

/** Writes base64 with padding, without blanks. */
export function writeBase64(octets: Uint8Array, from: number, to: number, out: TextWriter): void {
  out.ensure((((to - from + 2) / 3) | 0) * 4)
  const target = out.octets
  let at = out.length
  let i = from
  for (; i + 3 <= to; i += 3) {
    const group = (octets[i]! << 16) | (octets[i + 1]! << 8) | octets[i + 2]!
    target[at] = BASE64[group >> 18]!
    target[at + 1] = BASE64[(group >> 12) & 63]!
    target[at + 2] = BASE64[(group >> 6) & 63]!
    target[at + 3] = BASE64[group & 63]!
    at += 4
  }
  if (i + 1 === to) {
    target[at++] = BASE64[octets[i]! >> 2]!
    target[at++] = BASE64[(octets[i]! & 3) << 4]!
    target[at++] = 0x3d
    target[at++] = 0x3d
  } else if (i + 2 === to) {
    target[at++] = BASE64[octets[i]! >> 2]!
    target[at++] = BASE64[((octets[i]! & 3) << 4) | (octets[i + 1]! >> 4)]!
    target[at++] = BASE64[(octets[i + 1]! & 15) << 2]!
    target[at++] = 0x3d
  }
  out.length = at
}

/** Reads the base16 text of one token; returns how many octets came. */
export function readHexToken(tokens: Tokens, token: number, out: OctetWriter, what: string): number {
  const { text } = tokens
  let at = tokens.starts[token]!
  const end = tokens.ends[token]!
  if ((end - at) % 2 !== 0) tokens.fail(`${what}: hexadecimal digits come in pairs`, token)
  out.ensure((end - at) >> 1)
  const from = out.length
  while (at < end) {
    const high = FROM_HEX[text[at]!]!
    const low = FROM_HEX[text[at + 1]!]!
    if ((high | low) === NONE) tokens.fail(`${what}: '${tokens.show(token)}' is not hexadecimal`, token)
    out.octets[out.length++] = (high << 4) | low
    at += 2
  }
  return out.length - from
}

/** Reads base16 from all tokens that are left; blanks may stand anywhere, even between the digits of an octet. */
export function readHex(tokens: Tokens, out: OctetWriter, what: string): void {
  const { text } = tokens
  let half = -1
  while (tokens.cursor < tokens.count) {
    const token = tokens.cursor++
    const end = tokens.ends[token]!
    let at = tokens.starts[token]!
    out.ensure(((end - at) >> 1) + 1)
    const target = out.octets
    let to = out.length
    if (half < 0) {
      // Whole pairs, as long as they are digits.
      for (; at + 2 <= end; at += 2) {
        const high = FROM_HEX[text[at]!]!
        const low = FROM_HEX[text[at + 1]!]!
        if ((high | low) === NONE) break
        target[to++] = (high << 4) | low
      }
    }
    for (; at < end; at++) {
      const value = FROM_HEX[text[at]!]!
      if (value === NONE) tokens.fail(`${what}: '${tokens.show(token)}' is not hexadecimal`, token)
      if (half < 0) half = value
      else {
        target[to++] = (half << 4) | value
        half = -1
      }
    }
    out.length = to
  }
  if (half >= 0) tokens.fail(`${what}: hexadecimal digits come in pairs`)
}

export function writeHex(octets: Uint8Array, from: number, to: number, out: TextWriter): void {
  out.ensure((to - from) * 2)
  const target = out.octets
  let at = out.length
  for (let i = from; i < to; i++) {
    target[at++] = HEX[octets[i]! >> 4]!
    target[at++] = HEX[octets[i]! & 15]!
  }
  out.length = at
}

/** Reads base32hex from a range of text octets into `out`; returns the offset after it, or -1 when it is none. */
export function decodeBase32Hex(text: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  let bits = 0
  let held = 0
  let i = from
  // Groups of eight characters are five octets, in two halves of twenty bits.
  for (; i + 8 <= to; i += 8) {
    const a = FROM_BASE32HEX[text[i]!]!
    const b = FROM_BASE32HEX[text[i + 1]!]!
    const c = FROM_BASE32HEX[text[i + 2]!]!
    const d = FROM_BASE32HEX[text[i + 3]!]!
    const e = FROM_BASE32HEX[text[i + 4]!]!
    const f = FROM_BASE32HEX[text[i + 5]!]!
    const g = FROM_BASE32HEX[text[i + 6]!]!
    const h = FROM_BASE32HEX[text[i + 7]!]!
    if ((a | b | c | d | e | f | g | h) === NONE) return -1
    const high = (a << 15) | (b << 10) | (c << 5) | d
    const low = (e << 15) | (f << 10) | (g << 5) | h
    out[at] = high >> 12
    out[at + 1] = high >> 4
    out[at + 2] = (high << 4) | (low >> 16)
    out[at + 3] = low >> 8
    out[at + 4] = low
    at += 5
  }
  for (; i < to; i++) {
    const value = FROM_BASE32HEX[text[i]!]!
    if (value === NONE) return -1
    bits = ((bits << 5) | value) & 0xfff
    held += 5
    if (held >= 8) {
      held -= 8
      out[at++] = bits >> held
    }
  }
  return held < 5 && (bits & ((1 << held) - 1)) === 0 ? at : -1
}

/** Writes base32hex in lower case, without padding; returns the offset after it. */
export function encodeBase32Hex(octets: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  let bits = 0
  let held = 0
  let i = from
  for (; i + 5 <= to; i += 5) {
    const high = (octets[i]! << 12) | (octets[i + 1]! << 4) | (octets[i + 2]! >> 4)
    const low = ((octets[i + 2]! & 15) << 16) | (octets[i + 3]! << 8) | octets[i + 4]!
    out[at] = BASE32HEX[high >> 15]!
    out[at + 1] = BASE32HEX[(high >> 10) & 31]!
    out[at + 2] = BASE32HEX[(high >> 5) & 31]!
    out[at + 3] = BASE32HEX[high & 31]!
    out[at + 4] = BASE32HEX[low >> 15]!
    out[at + 5] = BASE32HEX[(low >> 10) & 31]!
    out[at + 6] = BASE32HEX[(low >> 5) & 31]!
    out[at + 7] = BASE32HEX[low & 31]!
    at += 8
  }
  for (; i < to; i++) {
    bits = ((bits << 8) | octets[i]!) & 0xfff
    held += 8
    while (held >= 5) {
      held -= 5
      out[at++] = BASE32HEX[(bits >> held) & 31]!
    }
  }
  if (held > 0) out[at++] = BASE32HEX[(bits << (5 - held)) & 31]!
  return at
}
