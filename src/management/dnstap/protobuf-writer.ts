/**
 * As much of the wire format of Protocol Buffers as dnstap needs: varints, fixed 32-bit numbers and octets, written into
 * memory that grows. Field numbers are below 16, so that each tag is one octet.
 */
const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED32 = 5

export class ProtobufWriter {
  #room = new Uint8Array(1024)
  #end = 0

  clear(): this {
    this.#end = 0
    return this
  }

  /** A number of up to 53 bits. */
  number(field: number, value: number): this {
    this.#reserve(11)
    this.#room[this.#end++] = (field << 3) | VARINT
    this.#varint(value)
    return this
  }

  fixed32(field: number, value: number): this {
    this.#reserve(5)
    this.#room[this.#end++] = (field << 3) | FIXED32
    // Little-endian, unlike everything else on our wires.
    for (let shift = 0; shift < 32; shift += 8) this.#room[this.#end++] = (value >>> shift) & 0xff
    return this
  }

  octets(field: number, value: Uint8Array): this {
    this.#reserve(value.length + 11)
    this.#room[this.#end++] = (field << 3) | LENGTH_DELIMITED
    this.#varint(value.length)
    this.#room.set(value, this.#end)
    this.#end += value.length
    return this
  }

  /** What was written, in place: it is good until the next write. */
  written(): Uint8Array {
    return this.#room.subarray(0, this.#end)
  }

  #varint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#room[this.#end++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#room[this.#end++] = rest
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#room.length) return
    const larger = new Uint8Array(Math.max(2 * this.#room.length, this.#end + more))
    larger.set(this.written())
    this.#room = larger
  }
}
