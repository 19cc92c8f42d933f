/**
 * SipHash-2-4 with 64 bits of output (Aumasson and Bernstein 2012), the function that DNS cookies are made with (RFC 9018
 * §4.4). node:crypto has none that can be called on the packet path. 64-bit words are pairs of 32-bit integers; nothing is
 * allocated. The tests hold it against the vectors of RFC 9018 and a plain version of its own.
 */

/** Octets of a key. */
export const SIPHASH_KEY_LENGTH = 16
/** Octets of output. */
export const SIPHASH_LENGTH = 8

/** The key's 16 octets as four little-endian words, the form in which `sipHash24` takes it. */
export function sipHashKey(octets: Uint8Array): Int32Array {
  if (octets.length !== SIPHASH_KEY_LENGTH) throw new RangeError('a key of SipHash has 16 octets')
  return Int32Array.of(word(octets, 0), word(octets, 4), word(octets, 8), word(octets, 12))
}

function word(octets: Uint8Array, at: number): number {
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24)
}

/** Writes the 8 octets of SipHash-2-4 over `octets[at, at + length)` to `out` at `outAt`. */
export function sipHash24(
  key: Int32Array,
  octets: Uint8Array,
  at: number,
  length: number,
  out: Uint8Array,
  outAt: number,
): void {
  let a0 = key[0]! ^ 0x70736575
  let a1 = key[1]! ^ 0x736f6d65
  let b0 = key[2]! ^ 0x6e646f6d
  let b1 = key[3]! ^ 0x646f7261
  let c0 = key[0]! ^ 0x6e657261
  let c1 = key[1]! ^ 0x6c796765
  let d0 = key[2]! ^ 0x79746573
  let d1 = key[3]! ^ 0x74656462
  const blocks = length >>> 3
  const inputRounds = (blocks + 1) << 1
  let m0 = 0
  let m1 = 0
  for (let round = 0; round < inputRounds + 4; round++) {
    if (round < inputRounds) {
      if ((round & 1) === 0) {
        if (round >>> 1 < blocks) {
          m0 = word(octets, at)
          m1 = word(octets, at + 4)
          at += 8
        } else {
          // The last block: what is left of the input, and the length in the last octet.
          m0 = 0
          m1 = length << 24
          for (let i = (length & 7) - 1; i >= 0; i--) {
            if (i < 4) m0 |= octets[at + i]! << (i << 3)
            else m1 |= octets[at + i]! << ((i - 4) << 3)
          }
        }
        d0 ^= m0
        d1 ^= m1
      }
    } else if (round === inputRounds) c0 ^= 0xff

    let low = (a0 + b0) | 0
    a1 = (a1 + b1 + (low >>> 0 < a0 >>> 0 ? 1 : 0)) | 0
    a0 = low
    let high = (b1 << 13) | (b0 >>> 19)
    b0 = ((b0 << 13) | (b1 >>> 19)) ^ a0
    b1 = high ^ a1
    low = a0
    a0 = a1
    a1 = low

    low = (c0 + d0) | 0
    c1 = (c1 + d1 + (low >>> 0 < c0 >>> 0 ? 1 : 0)) | 0
    c0 = low
    high = (d1 << 16) | (d0 >>> 16)
    d0 = ((d0 << 16) | (d1 >>> 16)) ^ c0
    d1 = high ^ c1

    low = (a0 + d0) | 0
    a1 = (a1 + d1 + (low >>> 0 < a0 >>> 0 ? 1 : 0)) | 0
    a0 = low
    high = (d1 << 21) | (d0 >>> 11)
    d0 = ((d0 << 21) | (d1 >>> 11)) ^ a0
    d1 = high ^ a1

    low = (c0 + b0) | 0
    c1 = (c1 + b1 + (low >>> 0 < c0 >>> 0 ? 1 : 0)) | 0
    c0 = low
    high = (b1 << 17) | (b0 >>> 15)
    b0 = ((b0 << 17) | (b1 >>> 15)) ^ c0
    b1 = high ^ c1
    low = c0
    c0 = c1
    c1 = low

    if (round < inputRounds && (round & 1) === 1) {
      a0 ^= m0
      a1 ^= m1
    }
  }
  writeWord(a0 ^ b0 ^ c0 ^ d0, out, outAt)
  writeWord(a1 ^ b1 ^ c1 ^ d1, out, outAt + 4)
}

function writeWord(value: number, out: Uint8Array, at: number): void {
  out[at] = value
  out[at + 1] = value >>> 8
  out[at + 2] = value >>> 16
  out[at + 3] = value >>> 24
}
