/**
 * The DNSKEY RRset as a verifier has it: the keys that may sign for the zone, each made ready once, when the first signature
 * asks for it (an import costs 2 to 20 µs, and most keys of a zone are never asked).
 */
import { readU16 } from '../dns/octets.ts'
import { computeKeyTag, FLAG_REVOKE, FLAG_ZONE, type RRset } from '../dnssec/index.ts'
import type { PreparedKey, PrepareKey, ValidatorSettings } from './settings.ts'

const PROTOCOL_DNSSEC = 3
/** Flags, protocol, algorithm: the public key follows (RFC 4034 §2.1). */
const HEAD = 4

export type ZoneKey = {
  /** The DNSKEY's RDATA. */
  readonly rdata: Uint8Array
  readonly tag: number
  readonly algorithm: number
  readonly flags: number
  /** Whether the signature over the data is this key's. Never throws; false with a key that cannot be used. */
  verify(data: Uint8Array, signature: Uint8Array): boolean
}

/** The keys of a DNSKEY RRset that may sign for their zone: of flag ZONE and protocol 3 (RFC 4034 §2.1), not revoked (RFC 5011 §2.1). */
export function prepareKeys(dnskey: RRset, settings: ValidatorSettings): ZoneKey[] {
  const keys: ZoneKey[] = []
  for (const rdata of dnskey.rdatas) if (isSigningKey(rdata)) keys.push(prepareZoneKey(rdata, settings))
  return keys
}

/** Whether DNSKEY RDATA is that of a key that may sign for its zone. */
export function isSigningKey(rdata: Uint8Array): boolean {
  if (rdata.length <= HEAD || rdata[2] !== PROTOCOL_DNSSEC) return false
  return (readU16(rdata, 0) & (FLAG_ZONE | FLAG_REVOKE)) === FLAG_ZONE
}

/** One DNSKEY, whatever its flags say: a revoked key still signs its own revocation (RFC 5011 §2.1). */
export function prepareZoneKey(rdata: Uint8Array, settings: ValidatorSettings): ZoneKey {
  return new LazyKey(rdata, settings.prepareKey)
}

class LazyKey implements ZoneKey {
  readonly rdata: Uint8Array
  readonly tag: number
  readonly algorithm: number
  readonly flags: number
  readonly #prepare: PrepareKey
  #prepared: PreparedKey | 'unsupported' | 'invalid' | undefined

  constructor(rdata: Uint8Array, prepare: PrepareKey) {
    this.rdata = rdata
    this.tag = computeKeyTag(rdata)
    this.algorithm = rdata[3] ?? 0
    this.flags = readU16(rdata, 0)
    this.#prepare = prepare
  }

  verify(data: Uint8Array, signature: Uint8Array): boolean {
    this.#prepared ??= this.#prepare(this.algorithm, this.rdata.subarray(HEAD))
    return typeof this.#prepared !== 'string' && this.#prepared.verify(data, signature)
  }
}
