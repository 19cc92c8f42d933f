/**
 * SHA-1 for NSEC3 owner names (RFC 5155 §5), without allocation: IH(0) = H(name | salt), IH(k) = H(IH(k-1) | salt).
 * A call to node:crypto costs about 1 µs and a buffer each; a signer and an authoritative server hash one name after the
 * other, nearly always one block with no further iterations (RFC 9276). Held equal to node:crypto by property tests.
 *
 * What it does not do: SHA-1 for anything else (signatures and DS digests go through node:crypto).
 */

/** Octets of an NSEC3 hash, the only hash algorithm there is being 1, SHA-1. */
export const NSEC3_HASH_LENGTH = 20

/** A name and a salt of 255 octets each, the end mark and the length: 9 blocks of 64. */
const input = new Uint8Array(576)
const inputWords = new DataView(input.buffer)
const w = new Int32Array(80)

/** The chaining value: faster in an array than in five variables of the module. */
const h = new Int32Array(5)

/**
 * Hashes the name in canonical form (lower case, uncompressed) at `octets[at, end)` and writes 20 octets to `out` at
 * `outAt`. `iterations` are the additional ones, as NSEC3 counts. Name and salt have at most 255 octets.
 */
export function nsec3Hash(
  octets: Uint8Array,
  at: number,
  end: number,
  salt: Uint8Array,
  iterations: number,
  out: Uint8Array,
  outAt: number,
): void {
  const nameLength = end - at
  for (let i = 0; i < nameLength; i++) input[i] = octets[at + i]!
  hashInput(nameLength, salt)
  if (iterations > 0) {
    if (salt.length <= 35) iterateOneBlock(salt, iterations)
    else iterateBlocks(salt, iterations)
  }
  writeState(out, outAt)
}

/** One digest over `input[0, length)` and the salt. */
function hashInput(length: number, salt: Uint8Array): void {
  for (let i = 0; i < salt.length; i++) input[length + i] = salt[i]!
  length += salt.length
  const blocks = (length + 72) >>> 6
  input[length] = 0x80
  const last = (blocks << 6) - 4
  for (let i = length + 1; i < last; i++) input[i] = 0
  inputWords.setInt32(last, length << 3)
  resetState()
  for (let block = 0; block < blocks; block++) {
    for (let i = 0, from = block << 6; i < 16; i++, from += 4) w[i] = inputWords.getInt32(from)
    compress()
  }
}

/** Further iterations where digest and salt fit one block: the digest is put in as words, all behind it stays as it is. */
function iterateOneBlock(salt: Uint8Array, iterations: number): void {
  const length = NSEC3_HASH_LENGTH + salt.length
  for (let i = 0; i < salt.length; i++) input[NSEC3_HASH_LENGTH + i] = salt[i]!
  input[length] = 0x80
  for (let i = length + 1; i < 60; i++) input[i] = 0
  inputWords.setInt32(60, length << 3)
  for (let i = 5; i < 16; i++) w[i] = inputWords.getInt32(i << 2) // `compress` leaves them as they are
  for (let k = 0; k < iterations; k++) {
    for (let i = 0; i < 5; i++) w[i] = h[i]!
    resetState()
    compress()
  }
}

function iterateBlocks(salt: Uint8Array, iterations: number): void {
  for (let k = 0; k < iterations; k++) {
    writeState(input, 0)
    hashInput(NSEC3_HASH_LENGTH, salt)
  }
}

function resetState(): void {
  h[0] = 0x67452301
  h[1] = 0xefcdab89 | 0
  h[2] = 0x98badcfe | 0
  h[3] = 0x10325476
  h[4] = 0xc3d2e1f0 | 0
}

function writeState(out: Uint8Array, at: number): void {
  writeWord(out, at, h[0]!)
  writeWord(out, at + 4, h[1]!)
  writeWord(out, at + 8, h[2]!)
  writeWord(out, at + 12, h[3]!)
  writeWord(out, at + 16, h[4]!)
}

function writeWord(out: Uint8Array, at: number, word: number): void {
  out[at] = word >>> 24
  out[at + 1] = word >>> 16
  out[at + 2] = word >>> 8
  out[at + 3] = word
}

/**
 * The compression function (FIPS 180-4 §6.1.2) over the block in `w[0, 16)`. Five rounds at a time, so that the five
 * variables come back to their places and none is moved.
 */
function compress(): void {
  for (let t = 16; t < 80; t++) {
    const x = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!
    w[t] = (x << 1) | (x >>> 31)
  }
  let a = h[0]!
  let b = h[1]!
  let c = h[2]!
  let d = h[3]!
  let e = h[4]!
  let t = 0
  for (; t < 20; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + w[t]! + 0x5a827999) | 0
    b = (b << 30) | (b >>> 2)
    d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + w[t + 1]! + 0x5a827999) | 0
    a = (a << 30) | (a >>> 2)
    c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + w[t + 2]! + 0x5a827999) | 0
    e = (e << 30) | (e >>> 2)
    b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + w[t + 3]! + 0x5a827999) | 0
    d = (d << 30) | (d >>> 2)
    a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + w[t + 4]! + 0x5a827999) | 0
    c = (c << 30) | (c >>> 2)
  }
  for (; t < 40; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w[t]! + 0x6ed9eba1) | 0
    b = (b << 30) | (b >>> 2)
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w[t + 1]! + 0x6ed9eba1) | 0
    a = (a << 30) | (a >>> 2)
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w[t + 2]! + 0x6ed9eba1) | 0
    e = (e << 30) | (e >>> 2)
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w[t + 3]! + 0x6ed9eba1) | 0
    d = (d << 30) | (d >>> 2)
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w[t + 4]! + 0x6ed9eba1) | 0
    c = (c << 30) | (c >>> 2)
  }
  for (; t < 60; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + w[t]! - 0x70e44324) | 0
    b = (b << 30) | (b >>> 2)
    d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + w[t + 1]! - 0x70e44324) | 0
    a = (a << 30) | (a >>> 2)
    c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + w[t + 2]! - 0x70e44324) | 0
    e = (e << 30) | (e >>> 2)
    b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + w[t + 3]! - 0x70e44324) | 0
    d = (d << 30) | (d >>> 2)
    a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + w[t + 4]! - 0x70e44324) | 0
    c = (c << 30) | (c >>> 2)
  }
  for (; t < 80; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w[t]! - 0x359d3e2a) | 0
    b = (b << 30) | (b >>> 2)
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w[t + 1]! - 0x359d3e2a) | 0
    a = (a << 30) | (a >>> 2)
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w[t + 2]! - 0x359d3e2a) | 0
    e = (e << 30) | (e >>> 2)
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w[t + 3]! - 0x359d3e2a) | 0
    d = (d << 30) | (d >>> 2)
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w[t + 4]! - 0x359d3e2a) | 0
    c = (c << 30) | (c >>> 2)
  }
  h[0] = (h[0]! + a) | 0
  h[1] = (h[1]! + b) | 0
  h[2] = (h[2]! + c) | 0
  h[3] = (h[3]! + d) | 0
  h[4] = (h[4]! + e) | 0
}
