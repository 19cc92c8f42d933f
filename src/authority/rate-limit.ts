/**
 * Response rate limiting: how many answers of one kind a network gets in a second, so that nobody can turn this server against
 * a forged address. A setting means what it means to NSD (`rrl-ratelimit`, `rrl-slip`, prefix lengths, whitelist); how NSD counts
 * was found by asking one, and conformance/interop/rate-limit.test.ts holds both side by side.
 *
 * Answers are counted by the client's prefix, the class of the answer and a name (`AnswerClass` says which). Each such flow has a
 * rate that follows what it asked: after each second, half of the rate before plus the questions of that second. A flow is over
 * its limit while that rate, or the one that this second is about to give, reaches twice the answers allowed per second. So a
 * steady load is limited exactly above the setting, a burst may take twice of it once, and a flow that falls silent is forgotten
 * by half each second. What is over the limit is dropped; one in `slip` answers is sent truncated instead, so that a real client
 * behind a forged address can come by TCP.
 *
 * The table is shared by all threads: the limit is that of the server, not of each thread (NSD's processes have one each). Cells
 * are plain; two threads that meet in a cell can lose a count, which harms nobody. Four flows share a line of 64 octets, and a
 * new one takes the place of the one that has been silent longest, so that many forged addresses do not free a flow that
 * is limited. Where a flow lies depends on a secret: nobody can aim at the cell of another.
 *
 * Only answers over UDP are limited, and none to a client whose server cookie is good (RFC 7873 §5.2.3): the caller sees to it.
 */
import { allocateShared } from '../dns/memory.ts'

/** The kinds of answers that are counted apart, as bits of a set; each with the name that its flow is counted by. */
export const AnswerClass = {
  /** NXDOMAIN: the zone. */
  nxdomain: 0x001,
  /** Any other RCODE but NOERROR: the zone, or none. */
  error: 0x002,
  /** The delegation's name. */
  referral: 0x004,
  /** QTYPE ANY: the question's name. */
  any: 0x008,
  /** Synthesised from a wildcard, with or without data: the wildcard's name. */
  wildcard: 0x010,
  /** NOERROR without an answer: the zone. */
  nodata: 0x020,
  /** DNSKEY with its answer: the question's name. */
  dnskey: 0x040,
  /** Everything else, a CNAME too: the question's name. The type asked for does not matter. */
  positive: 0x080,
  /** QTYPE RRSIG: the question's name. */
  rrsig: 0x100,
} as const

export type AnswerClass = (typeof AnswerClass)[keyof typeof AnswerClass]

/** What becomes of an answer. */
export const SEND = 0
/** Send only header and question, with TC=1. */
export const SLIP = 1
export const DROP = 2
export type Verdict = typeof SEND | typeof SLIP | typeof DROP

export type RateLimitOptions = {
  /** Flows that the table has room for; 16 octets each. */
  readonly size: number
  /** Answers per second that a flow gets; 0: no limit. */
  readonly perSecond: number
  /** The same for classes that a zone has whitelisted; 0: no limit. */
  readonly whitelistedPerSecond: number
  /** One in so many answers over the limit is truncated, the others dropped; 0: all are dropped, 1: all truncated. */
  readonly slip: number
  /** Clients of one network count as one. */
  readonly ipv4PrefixLength: number
  readonly ipv6PrefixLength: number
}

export const RATE_LIMIT_DEFAULTS: RateLimitOptions = {
  size: 1_000_000,
  perSecond: 200,
  whitelistedPerSecond: 2000,
  slip: 2,
  ipv4PrefixLength: 24,
  ipv6PrefixLength: 64,
}

/** What threads that limit together hold in common. It can be sent from one thread to another. */
export type SharedRateLimit = {
  readonly options: RateLimitOptions
  /** 16 random octets, never shown to anyone. */
  readonly secret: Uint8Array
  readonly table: SharedArrayBuffer
}

/** Four flows to a line; a flow is its mark, the second it was last seen in, its rate, and its questions in that second. */
const FLOWS_PER_LINE = 4
const CELLS_PER_FLOW = 4
const CELLS_PER_LINE = FLOWS_PER_LINE * CELLS_PER_FLOW
const STAMP = 1
const RATE = 2
const COUNT = 3
/** A rate older than this many seconds is nothing. */
const LONGEST_MEMORY_SECONDS = 31
/** Far above every limit, and far from where 32 bits end. */
const LARGEST_COUNT = 0x1fff_ffff

export class RateLimit {
  readonly #cells: Int32Array
  readonly #lines: number
  readonly #slip: number
  /** Rates are compared at twice the scale of the setting, as the smoothed rate of a steady flow is twice its questions. */
  readonly #limit: number
  readonly #whitelistedLimit: number
  readonly #ipv4Masks: Int32Array
  readonly #ipv6Masks: Int32Array
  readonly #k0: number
  readonly #k1: number
  #chance: number
  #v0 = 0
  #v1 = 0
  #v2 = 0
  #v3 = 0

  /** A table for these options and a secret of 16 random octets. Throws RangeError for a secret of another length. */
  static share(options: RateLimitOptions, secret: Uint8Array): SharedRateLimit {
    if (secret.length !== 16) throw new RangeError('the secret of a rate limit has 16 octets')
    const lines = Math.max(1, Math.ceil(options.size / FLOWS_PER_LINE))
    return { options, secret, table: allocateShared(lines * CELLS_PER_LINE * 4, 'the table of the rate limit') }
  }

  /** One thread's way into the table. */
  constructor({ options, secret, table }: SharedRateLimit) {
    this.#cells = new Int32Array(table)
    this.#lines = this.#cells.length / CELLS_PER_LINE
    this.#slip = options.slip
    this.#limit = options.perSecond * 2
    this.#whitelistedLimit = options.whitelistedPerSecond * 2
    this.#ipv4Masks = prefixMasks(options.ipv4PrefixLength, 1)
    this.#ipv6Masks = prefixMasks(options.ipv6PrefixLength, 4)
    const words = new DataView(secret.buffer, secret.byteOffset, secret.length)
    this.#k0 = words.getInt32(0)
    this.#k1 = words.getInt32(4)
    this.#chance = words.getInt32(8) | 1
  }

  /**
   * Counts one answer and says what becomes of it. `address[at, at + length)` is the client's, of 4 or 16 octets; `whitelist` the
   * set of classes that the zone has whitelisted; `name` stands for the name that the class is counted by (`hashName`, or any
   * number that is the zone's own); `nowSeconds` the time in whole seconds, never 0, which marks a cell that is free.
   */
  judge(
    address: Uint8Array,
    at: number,
    length: number,
    answerClass: number,
    whitelist: number,
    name: number,
    nowSeconds: number,
  ): Verdict {
    const limit = (answerClass & whitelist) === 0 ? this.#limit : this.#whitelistedLimit
    if (limit === 0) return SEND
    this.#mix(address, at, length, answerClass, name)
    const flow = this.#find(this.#line(), this.#v1 ^ this.#v3, nowSeconds | 0)
    if (this.#count(flow, nowSeconds | 0) < limit) return SEND
    return this.#slip !== 0 && (this.#slip === 1 || this.#draw() % this.#slip === 0) ? SLIP : DROP
  }

  /** A number for the uncompressed name at `octets[at]`, the same in any case, on all threads of a server. */
  hashName(octets: Uint8Array, at: number): number {
    this.#start()
    let word = 0
    let filled = 0
    let end = at
    for (
      let length = octets[end]!;
      length !== 0 && length < 64 && end + length < octets.length;
      length = octets[end]!
    ) {
      for (const next = end + length + 1; end < next; end++) {
        const octet = octets[end]!
        word = (word << 8) | (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet)
        if (++filled < 4) continue
        this.#absorb(word)
        word = filled = 0
      }
    }
    this.#absorb(word)
    this.#finish()
    return this.#v1 ^ this.#v3
  }

  /** The cell of the flow in this line that has this mark, else of one that gives way to it. */
  #find(line: number, mark: number, now: number): number {
    const cells = this.#cells
    let oldest = line
    let longestSilence = -1
    for (let flow = line; flow < line + CELLS_PER_LINE; flow += CELLS_PER_FLOW) {
      const stamp = cells[flow + STAMP]!
      if (stamp !== 0 && cells[flow] === mark) return flow
      const silence = stamp === 0 ? 0x7fff_ffff : (now - stamp) | 0
      if (silence < longestSilence) continue
      // Of those last seen in the same second, the one that asked least gives way.
      if (silence === longestSilence && cells[flow + COUNT]! >= cells[oldest + COUNT]!) continue
      longestSilence = silence
      oldest = flow
    }
    cells[oldest] = mark
    cells[oldest + STAMP] = now
    cells[oldest + RATE] = 0
    cells[oldest + COUNT] = 0
    return oldest
  }

  /** Counts one question of a flow and returns its rate: that of the seconds before, or the one that this second leads to. */
  #count(flow: number, now: number): number {
    const cells = this.#cells
    let rate = cells[flow + RATE]!
    let count = cells[flow + COUNT]!
    const elapsed = (now - cells[flow + STAMP]!) | 0
    if (elapsed !== 0) {
      // A clock that was set back begins anew: a flow must not stay limited until the old time is reached again.
      rate = elapsed < 0 || elapsed > LONGEST_MEMORY_SECONDS ? 0 : ((rate >> 1) + count) >> (elapsed - 1)
      count = 0
      cells[flow + STAMP] = now
      cells[flow + RATE] = rate
    }
    if (count < LARGEST_COUNT) count++
    cells[flow + COUNT] = count
    const half = rate >> 1
    return count > half ? count + half : rate
  }

  /** Mixes what makes a flow. The rounds are those of HalfSipHash, one a word: to spread flows, not to protect anything else. */
  #mix(address: Uint8Array, at: number, length: number, answerClass: number, name: number): void {
    const masks = length === 4 ? this.#ipv4Masks : this.#ipv6Masks
    this.#start()
    for (let i = 0; i < masks.length; i++, at += 4) {
      const word = (address[at]! << 24) | (address[at + 1]! << 16) | (address[at + 2]! << 8) | address[at + 3]!
      this.#absorb(word & masks[i]!)
    }
    this.#absorb(answerClass | (length << 16))
    this.#absorb(name)
    this.#finish()
  }

  #start(): void {
    this.#v0 = this.#k0
    this.#v1 = this.#k1
    this.#v2 = 0x6c796765 ^ this.#k0
    this.#v3 = 0x74656462 ^ this.#k1
  }

  #absorb(word: number): void {
    this.#v3 ^= word
    this.#round()
    this.#v0 ^= word
  }

  #finish(): void {
    this.#v2 ^= 0xff
    this.#round()
    this.#round()
    this.#round()
  }

  #round(): void {
    let v0 = (this.#v0 + this.#v1) | 0
    let v1 = ((this.#v1 << 5) | (this.#v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    let v2 = (this.#v2 + this.#v3) | 0
    let v3 = ((this.#v3 << 8) | (this.#v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
  }

  /** The first cell of the line where the flow lies: the share of 32 mixed bits, which favours no line. */
  #line(): number {
    return Math.floor((((this.#v0 ^ this.#v2) >>> 0) / 0x1_0000_0000) * this.#lines) * CELLS_PER_LINE
  }

  /** A number that a client cannot foretell without the secret: which of its answers slip through is nothing it can choose. */
  #draw(): number {
    let x = this.#chance
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#chance = x
    return x >>> 1
  }
}

/** The bits of a network's prefix, by words of 32. */
function prefixMasks(prefixLength: number, words: number): Int32Array {
  return Int32Array.from({ length: words }, (_, word) => {
    const bits = Math.min(32, Math.max(0, prefixLength - word * 32))
    return bits === 0 ? 0 : -1 << (32 - bits)
  })
}
