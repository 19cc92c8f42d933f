/** Text as octets, written piece by piece: what printers of records, names and numbers append to. */
import { MAX_NAME_TEXT, writeNameText, writeThreeDigits } from '../name/index.ts'

const decoder = new TextDecoder('latin1')

/** How an octet of a quoted string is written: 0 as it stands, 1 with a backslash, 2 as `\DDD`. */
const QUOTED_FORM: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet < 0x20 || octet >= 0x7f) return 2
  return octet === 0x22 || octet === 0x5c ? 1 : 0
})

export class TextWriter {
  octets: Uint8Array
  length = 0

  constructor(capacity = 4096) {
    this.octets = new Uint8Array(capacity)
  }

  ensure(n: number): void {
    const need = this.length + n
    if (need <= this.octets.length) return
    const grown = new Uint8Array(Math.max(need, this.octets.length * 2))
    grown.set(this.octets.subarray(0, this.length))
    this.octets = grown
  }

  octet(value: number): void {
    this.ensure(1)
    this.octets[this.length++] = value
  }

  space(): void {
    this.octet(0x20)
  }

  newline(): void {
    this.octet(0x0a)
  }

  /** Appends text of which every character is below U+0100. */
  ascii(text: string): void {
    this.ensure(text.length)
    const out = this.octets
    let at = this.length
    for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i)
    this.length = at
  }

  bytes(source: Uint8Array, from = 0, to = source.length): void {
    this.ensure(to - from)
    const out = this.octets
    let at = this.length
    for (let i = from; i < to; i++) out[at++] = source[i]!
    this.length = at
  }

  /** A whole number below 2^53, in decimal. */
  decimal(value: number): void {
    this.ensure(20)
    const out = this.octets
    if (value < 10) {
      out[this.length++] = 0x30 + value
      return
    }
    let digits = 1
    for (let bound = 10; value >= bound; bound *= 10) digits++
    const end = this.length + digits
    let at = end
    // Above 31 bits, two halves: the loop itself then stays in small integers.
    if (value >= 0x40000000) {
      const high = Math.floor(value / 1e6)
      let low = value - high * 1e6
      for (let i = 0; i < 6; i++) {
        const rest = (low / 10) | 0
        out[--at] = 0x30 + low - rest * 10
        low = rest
      }
      value = high
      while (value >= 0x40000000) {
        const rest = Math.floor(value / 10)
        out[--at] = 0x30 + value - rest * 10
        value = rest
      }
    }
    while (at > this.length) {
      const rest = (value / 10) | 0
      out[--at] = 0x30 + value - rest * 10
      value = rest
    }
    this.length = end
  }

  /** Decimal with zeros in front, `width` digits in all. */
  padded(value: number, width: number): void {
    this.ascii(String(value).padStart(width, '0'))
  }

  /** The uncompressed name at `at`, with its final dot. */
  name(octets: Uint8Array, at: number): void {
    this.ensure(MAX_NAME_TEXT)
    this.length = writeNameText(octets, at, this.octets, this.length)
  }

  /** Octets as a quoted string, escaped where a reader needs it. */
  quoted(octets: Uint8Array, from: number, to: number): void {
    this.ensure((to - from) * 4 + 2)
    const out = this.octets
    let at = this.length
    out[at++] = 0x22
    for (let i = from; i < to; i++) {
      const octet = octets[i]!
      const form = QUOTED_FORM[octet]!
      if (form === 0) out[at++] = octet
      else {
        out[at++] = 0x5c
        if (form === 1) out[at++] = octet
        else at = writeThreeDigits(octet, out, at)
      }
    }
    out[at++] = 0x22
    this.length = at
  }

  clear(): void {
    this.length = 0
  }

  toString(): string {
    return decoder.decode(this.octets.subarray(0, this.length))
  }
}
