/**
 * Where the signing keys of zones are kept: a folder of files, the memory of the process, a token. The store alone has the private
 * halves. Everything else names a key by its reference, which is plain data, and gives the store what is to be signed.
 */
import type { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'

/** ksk signs the DNSKEY RRset (and CDS, CDNSKEY), zsk everything else, csk both. */
export type KeyRole = 'ksk' | 'zsk' | 'csk'

/**
 * Whose a DNSKEY is, and what is done with it. It is recorded with the key.
 *
 * - signing: the store has the private half, and the zone is signed with it while the key is active.
 * - published: the zone's own key that this store does not sign with; its private half is elsewhere.
 * - foreign: the key of another provider that signs the same zone (RFC 8901). Only its DNSKEY is in the zone.
 */
export const KEY_PROVENANCES = ['signing', 'published', 'foreign'] as const
export type KeyProvenance = (typeof KEY_PROVENANCES)[number]

/** Names one key. Holds no secret: it may be stored, logged, and sent to another thread. */
export type KeyRef = {
  /** `Kexample.+013+12345`, of the DNSKEY as the store has it. */
  readonly name: string
  /** SHA-256 in hexadecimal of protocol, algorithm and public key: two keys may have one name. */
  readonly fingerprint: string
}

/** A key without its private half. */
export type StoredKey = {
  readonly ref: KeyRef
  readonly zone: Name
  /** DNSKEY algorithm number. */
  readonly algorithm: number
  /** Flags of the DNSKEY. */
  readonly flags: number
  readonly role: KeyRole
  /** Public key field of the DNSKEY. */
  readonly publicKey: Uint8Array
  readonly provenance: KeyProvenance
  /** Whether the private half was there when the keys were listed. */
  readonly hasPrivateKey: boolean
}

export type KeyList = {
  readonly keys: readonly StoredKey[]
  /** Keys that could not be read. No zone should be signed until they can be. */
  readonly problems: readonly DnsError[]
}

export type KeyRequest = {
  readonly zone: Name
  /** DNSKEY algorithm number. */
  readonly algorithm: number
  /** RSA only; without it 2048. */
  readonly bits?: number | undefined
  readonly role: KeyRole
}

/** Messages that one key signs, and where the signatures belong. The store reads and writes it until `sign` is done, not after. */
export type SigningBatch = {
  /** The messages, one after the other. */
  readonly data: Uint8Array
  /** Offsets in `data` at which each message ends. */
  readonly ends: readonly number[]
  /** Receives the signatures, as RRSIG records hold them. May be shared memory. */
  readonly out: Uint8Array
  /** Offsets in `out` at which each signature begins. */
  readonly at: readonly number[]
}

/** The part of a store that signs. It is opened on each thread that makes signatures; what crosses threads is the reference. */
export type KeySigner = {
  /**
   * Signs each message. Rejects with DnsError `key-missing` when the store has no such key, or not its private half; `input-unreadable`
   * and `key-invalid` when it cannot be opened. Then nothing was written to `out`. No error has a private value in it.
   */
  sign(ref: KeyRef, batch: SigningBatch): Promise<void>
  /** The public key field of a key that the store can sign with now. Rejects as `sign` does. */
  publicKey(ref: KeyRef): Promise<Uint8Array>
}

export type KeyStore = KeySigner & {
  /** The keys of a zone; of all zones without one. Rejects with DnsError `input-unreadable` when the store is out of reach. */
  list(zone?: Name): Promise<KeyList>
  /**
   * Makes a key pair, stores it, and records it as `signing`. Its tag is that of no other key of the zone. Rejects with DnsError
   * `algorithm-unsupported`, `usage` for a size that is not allowed, `output-failed`.
   */
  generate(request: KeyRequest): Promise<StoredKey>
}
