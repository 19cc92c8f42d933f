/** Writes RRSIG records that are complete but for the signature (RFC 4034 §3.1), for which they have room. */
import { countLabels, isWildcard } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { RRSIG } from '../dns/rr/index.ts'
import { findAlgorithm, type SigningKey, signatureLength } from '../dnssec/index.ts'
import type { Random, UnixSeconds } from '../ports/index.ts'
import type { RecordTable } from '../zone/index.ts'
import type { SignatureTimes } from './options.ts'
import type { SignerSet } from './signers.ts'

export class RrsigWriter {
  readonly #table: RecordTable
  readonly #keyHeaders: readonly RrsigHeader[]
  readonly #zoneHeaders: readonly RrsigHeader[]
  readonly #jitter: Jitter

  constructor(table: RecordTable, signers: SignerSet, times: SignatureTimes) {
    this.#table = table
    const { inception, expiration, dnskeyExpiration = expiration } = times
    this.#keyHeaders = signers.keys.map((key) => new RrsigHeader(key, inception, dnskeyExpiration))
    this.#zoneHeaders = signers.zone.map((key) => new RrsigHeader(key, inception, expiration))
    this.#jitter = new Jitter(times.jitterSeconds, times.random)
  }

  /** Octets of the longest RDATA of an RRSIG over what is no key RRset. */
  get longest(): number {
    return Math.max(...this.#zoneHeaders.map((header) => header.length))
  }

  /**
   * Adds an RRSIG of each key over the RRset that the record at `index` belongs to. `isKeyRrset`: of the keys that sign keys.
   * The records stand one after the other at the end of the table; returns how many.
   */
  add(index: number, isKeyRrset: boolean): number {
    const table = this.#table
    const headers = isKeyRrset ? this.#keyHeaders : this.#zoneHeaders
    const owner = table.owner[index]!
    const ttl = table.ttl[index]!
    const labels = countLabels(table.octets, owner) - (isWildcard(table.octets, owner) ? 1 : 0)
    const earlier = this.#jitter.next()
    for (let i = 0; i < headers.length; i++) headers[i]!.add(table, owner, table.type[index]!, labels, ttl, earlier)
    return headers.length
  }
}

/** The part of RRSIG RDATA that is the same for all signatures of a key, written once. */
class RrsigHeader {
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #expiration: number
  /** Octets of the whole RDATA. */
  readonly length: number

  constructor(key: SigningKey, inception: UnixSeconds, expiration: UnixSeconds) {
    const row = findAlgorithm(key.algorithm)
    const length = row === 'unsupported' ? 0 : signatureLength(row, key.publicKey)
    const signer = key.zone.toCanonical().octets
    this.#octets = new Uint8Array(18 + signer.length)
    this.#octets[2] = key.algorithm
    this.#octets.set(signer, 18)
    this.#view = new DataView(this.#octets.buffer)
    this.#view.setUint32(12, inception)
    this.#view.setUint16(16, key.tag)
    this.#expiration = expiration
    this.length = 18 + signer.length + length
  }

  add(table: RecordTable, owner: number, type: number, labels: number, ttl: number, earlier: number): void {
    this.#view.setUint16(0, type)
    this.#octets[3] = labels
    this.#view.setUint32(4, ttl)
    this.#view.setUint32(8, this.#expiration - earlier)
    const { out } = table
    out.ensure(this.length)
    const at = out.length
    out.octets.set(this.#octets, at)
    // What stands in the room for the signature does not matter: all of it is written over.
    out.length = at + this.length
    table.record(owner, RRSIG.number, ttl, at, this.length)
  }
}

/** Seconds that a signature ends earlier, so that not all end at once. */
class Jitter {
  readonly #seconds: number
  readonly #random: Random
  #octets: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(seconds: number, random: Random) {
    this.#seconds = seconds
    this.#random = random
  }

  next(): number {
    if (this.#seconds === 0) return 0
    if (this.#at + 2 >= this.#octets.length) {
      this.#octets = this.#random.bytes(4096)
      this.#at = 0
    }
    const draw = readU16(this.#octets, this.#at)
    this.#at += 2
    return Math.floor((draw / 65536) * this.#seconds)
  }
}
