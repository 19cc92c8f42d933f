/** The records of an NSEC3 chain (RFC 5155 §3): hashes of names, the owner of a hash, what stands in a record. */
import { DnsError } from '../../dns/errors.ts'
import { MAX_NAME, type Name, skipName } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { encodeBase32Hex } from '../../dns/presentation/index.ts'
import { writeTypeBitmap } from '../../dns/rr/index.ts'
import { lowerName, NSEC3_HASH_LENGTH, nsec3Hash } from '../../dnssec/index.ts'
import type { Nsec3Parameters } from '../options.ts'

/** Octets of the first label of an NSEC3 owner name, its length among them. */
const HASH_LABEL = 33

/** Offset of the flags in NSEC3 RDATA (RFC 5155 §3.2). */
export const NSEC3_FLAGS = 1
export const OPT_OUT_FLAG = 1

export class Nsec3Writer {
  readonly #apex: Uint8Array
  readonly #parameters: Nsec3Parameters
  /** RDATA up to the next hash. */
  readonly #head: Uint8Array
  readonly #name = new OctetWriter(256)

  /** Throws DnsError `signing-refused` when the apex leaves no room for a hash. */
  constructor(apex: Name, parameters: Nsec3Parameters) {
    if (HASH_LABEL + apex.octets.length > MAX_NAME) {
      throw new DnsError(
        'signing-refused',
        `${apex} is too long for NSEC3, whose names are ${HASH_LABEL} octets longer than the zone's (at most ${MAX_NAME}): use NSEC`,
      )
    }
    this.#apex = apex.toCanonical().octets
    this.#parameters = parameters
    const { iterations, salt, optOut } = parameters
    const flags = optOut ? OPT_OUT_FLAG : 0
    this.#head = Uint8Array.of(1, flags, iterations >> 8, iterations & 255, salt.length, ...salt, NSEC3_HASH_LENGTH)
  }

  /** Writes the hash of the name at `octets[at]`, in any case, to `hashes` at `to`. */
  hash(octets: Uint8Array, at: number, hashes: Uint8Array, to: number): void {
    const { salt, iterations } = this.#parameters
    const name = this.#name
    name.clear()
    lowerName(octets, at, skipName(octets, at), name)
    nsec3Hash(name.octets, 0, name.length, salt, iterations, hashes, to)
  }

  hashOf(name: Name): Uint8Array {
    const hash = new Uint8Array(NSEC3_HASH_LENGTH)
    this.hash(name.octets, 0, hash, 0)
    return hash
  }

  /** Appends the owner name of the hash at `hashes[at]`. */
  writeOwner(hashes: Uint8Array, at: number, out: OctetWriter): void {
    out.ensure(HASH_LABEL)
    out.octets[out.length] = HASH_LABEL - 1
    out.length = encodeBase32Hex(hashes, at, at + NSEC3_HASH_LENGTH, out.octets, out.length + 1)
    out.bytes(this.#apex)
  }

  /** Appends RDATA: the next hash stands at `hashes[next]`; `types` is the whole bitmap, empty for an empty non-terminal. */
  writeRdata(hashes: Uint8Array, next: number, types: readonly number[], out: OctetWriter): void {
    out.bytes(this.#head)
    out.bytes(hashes, next, next + NSEC3_HASH_LENGTH)
    writeTypeBitmap(types, out)
  }
}
