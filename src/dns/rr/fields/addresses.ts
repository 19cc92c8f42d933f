/** IPv4 and IPv6 addresses; the text of IPv6 is that of RFC 5952. */
import { type OctetWriter, readU16 } from '../../octets.ts'
import { TextWriter, type Tokens } from '../../presentation/index.ts'
import { type Draw, Field, type RdataCursor, stringValue, unfit } from '../field.ts'

/** Reads four decimal numbers with dots; returns whether it could, with 4 octets written at `at`. */
export function parseIpv4(text: Uint8Array, from: number, to: number, out: Uint8Array, at: number): boolean {
  let parts = 0
  let value = -1
  for (let i = from; i <= to; i++) {
    const octet = i < to ? text[i]! : 0x2e
    if (octet === 0x2e) {
      if (value < 0 || parts === 4) return false
      out[at + parts++] = value
      value = -1
      continue
    }
    const digit = octet - 0x30
    if (digit < 0 || digit > 9) return false
    // A number does not begin with a superfluous zero: some tools would read it as octal.
    if (value === 0) return false
    value = value < 0 ? digit : value * 10 + digit
    if (value > 255) return false
  }
  return parts === 4
}

/** Reads the text of an IPv6 address (RFC 4291 §2.2), an embedded IPv4 address included; 16 octets are written at `at`. */
export function parseIpv6(text: Uint8Array, from: number, to: number, out: Uint8Array, at: number): boolean {
  let groups = 0
  let gap = -1
  let i = from
  if (to - from < 2) return false
  if (text[i] === 0x3a) {
    if (text[i + 1] !== 0x3a) return false
    gap = 0
    i += 2
  }
  while (i < to) {
    if (groups === 8) return false
    let value = 0
    let digits = 0
    const groupStart = i
    while (i < to && text[i] !== 0x3a && text[i] !== 0x2e) {
      const octet = text[i]! | 0x20
      const digit = octet >= 0x61 && octet <= 0x66 ? octet - 87 : text[i]! - 0x30
      if (digit < 0 || digit > 15 || (digit > 9 && octet < 0x61)) return false
      value = value * 16 + digit
      if (++digits > 4) return false
      i++
    }
    if (i < to && text[i] === 0x2e) {
      if (groups > 6 || !parseIpv4(text, groupStart, to, out, at + groups * 2)) return false
      groups += 2
      i = to
      break
    }
    if (digits === 0) return false
    out[at + groups * 2] = value >> 8
    out[at + groups * 2 + 1] = value
    groups++
    if (i === to) break
    i++
    if (i === to) return false
    if (text[i] === 0x3a) {
      if (gap >= 0) return false
      gap = groups
      i++
    }
  }
  if (gap < 0) return groups === 8
  if (groups > 7) return false
  const moved = groups - gap
  for (let k = 1; k <= moved * 2; k++) out[at + 16 - k] = out[at + groups * 2 - k]!
  for (let k = gap * 2; k < 16 - moved * 2; k++) out[at + k] = 0
  return true
}

export function printIpv4(octets: Uint8Array, at: number, out: TextWriter): void {
  out.decimal(octets[at]!)
  for (let i = 1; i < 4; i++) {
    out.octet(0x2e)
    out.decimal(octets[at + i]!)
  }
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of zero groups (the first of equals, two at least) as `::`. */
export function printIpv6(octets: Uint8Array, at: number, out: TextWriter): void {
  if (isMapped(octets, at)) {
    out.ascii('::ffff:')
    printIpv4(octets, at + 12, out)
    return
  }
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && readU16(octets, at + (i + n) * 2) === 0) n++
    if (n > bestLength) {
      best = i
      bestLength = n
    }
    if (n > 0) i += n - 1
  }
  for (let i = 0; i < 8; i++) {
    if (i === best) {
      out.ascii('::')
      i += bestLength - 1
      continue
    }
    // After `::` the colon stands already.
    if (i > 0 && i !== best + bestLength) out.octet(0x3a)
    writeGroup(readU16(octets, at + i * 2), out)
  }
}

function isMapped(octets: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (octets[at + i] !== 0) return false
  return octets[at + 10] === 0xff && octets[at + 11] === 0xff
}

function writeGroup(value: number, out: TextWriter): void {
  out.ensure(4)
  let begun = false
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 15
    if (digit === 0 && !begun && shift > 0) continue
    begun = true
    out.octets[out.length++] = digit < 10 ? 0x30 + digit : 0x57 + digit
  }
}

const scratch = new TextWriter(64)

/** The text of the address of 4 or 16 octets at `at`. */
export function addressText(octets: Uint8Array, at: number, size: 4 | 16): string {
  scratch.clear()
  if (size === 4) printIpv4(octets, at, scratch)
  else printIpv6(octets, at, scratch)
  return scratch.toString()
}

/** The 4 or 16 octets of an address, or undefined when the text is none. */
export function addressOctets(text: string): Uint8Array | undefined {
  const input = new TextEncoder().encode(text)
  const out = new Uint8Array(16)
  if (parseIpv4(input, 0, input.length, out, 0)) return out.slice(0, 4)
  return parseIpv6(input, 0, input.length, out, 0) ? out : undefined
}

class AddressField extends Field<string> {
  readonly #size: 4 | 16

  constructor(size: 4 | 16) {
    super(size === 4 ? 'an IPv4 address' : 'an IPv6 address')
    this.#size = size
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    out.ensure(this.#size)
    const read = this.#size === 4 ? parseIpv4 : parseIpv6
    if (!read(tokens.text, tokens.starts[token]!, tokens.ends[token]!, out.octets, out.length)) {
      tokens.fail(`expected ${this.kind}, found '${tokens.show(token)}'`)
    }
    out.length += this.#size
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    if (this.#size === 4) printIpv4(cursor.octets, cursor.at, out)
    else printIpv6(cursor.octets, cursor.at, out)
    cursor.at += this.#size
  }

  check(cursor: RdataCursor): boolean {
    cursor.at += this.#size
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): string {
    const text = addressText(cursor.octets, cursor.at, this.#size)
    cursor.at += this.#size
    return text
  }

  encode(value: unknown, out: OctetWriter): void {
    const octets = addressOctets(stringValue(this.kind, value))
    if (octets?.length !== this.#size) unfit(this.kind, value)
    out.bytes(octets)
  }

  generate(draw: Draw): string {
    const octets = Uint8Array.from({ length: this.#size }, () => (draw(3) === 0 ? 0 : draw(256)))
    return addressText(octets, 0, this.#size)
  }
}

export const ipv4: Field<string> = new AddressField(4)
export const ipv6: Field<string> = new AddressField(16)
