/**
 * A key of a zone: the DNSKEY, whose it is, and what is known of it; the private half only where a store has opened it. A value;
 * `with` gives a changed copy. However it is printed, the private half does not show.
 *
 * What it does not do: files (`key-file.ts`, `pem.ts`, `certificate.ts` read and write its forms; `store/` keeps them).
 */
import { createHash, type KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { equalOctets } from '../dns/octets.ts'
import type { KeyProvenance, KeyRef, KeyRole, StoredKey } from '../ports/key-store.ts'
import { type Algorithm, algorithmName, findAlgorithm, requireAlgorithm } from './algorithms.ts'
import { makeDsRdata } from './ds.ts'
import { keyFileName } from './key-name.ts'
import { computeKeyTag } from './key-tag.ts'
import type { KeyTimes } from './key-times.ts'
import { publicKeyBits } from './public-key.ts'
import { isKeyPair, Signer } from './signature.ts'

export type { KeyRole }

/** Flags of a DNSKEY (RFC 4034 §2.1.1, RFC 5011 §7). */
export const FLAG_ZONE = 0x0100
export const FLAG_REVOKE = 0x0080
export const FLAG_SEP = 0x0001

/** What form a key came in, and from which file. */
export type KeySource = {
  readonly form: 'generated' | 'bind' | 'pem' | 'certificate' | 'pkcs12'
  readonly file?: string
}

export type SigningKeyParts = {
  readonly zone: Name
  /** DNSKEY algorithm number. */
  readonly algorithm: number
  readonly flags: number
  /** Without it: ksk with the SEP flag, zsk without. */
  readonly role?: KeyRole
  /** Public key field of the DNSKEY. */
  readonly publicKey: Uint8Array
  /** The private half; `stored` where the store has it and this value does not. */
  readonly privateKey?: KeyObject | 'stored' | undefined
  /** As it was recorded; else `signing` with a private half, `published` without. */
  readonly provenance?: KeyProvenance | undefined
  /** By which the store knows it; else that of the DNSKEY as it is. */
  readonly ref?: KeyRef | undefined
  readonly times?: KeyTimes
  readonly friendlyName?: string | undefined
  readonly source: KeySource
}

export class SigningKey implements StoredKey {
  readonly zone: Name
  readonly algorithm: number
  readonly flags: number
  readonly role: KeyRole
  readonly publicKey: Uint8Array
  readonly dnskeyRdata: Uint8Array
  /** Key tag of the DNSKEY as it is, REVOKE flag included. */
  readonly tag: number
  readonly times: KeyTimes
  readonly friendlyName: string | undefined
  readonly source: KeySource
  readonly provenance: KeyProvenance
  /** Whether its provenance was recorded, and does not follow from what files there are. */
  readonly isRecorded: boolean
  /** Of the DNSKEY that the store has: a key that is revoked in the zone is the same key to its store. */
  readonly ref: KeyRef
  readonly #privateKey: KeyObject | 'stored' | undefined

  private constructor(parts: SigningKeyParts, role: KeyRole) {
    this.zone = parts.zone
    this.algorithm = parts.algorithm
    this.flags = parts.flags
    this.role = role
    this.publicKey = parts.publicKey
    this.dnskeyRdata = dnskeyRdata(parts.flags, parts.algorithm, parts.publicKey)
    this.tag = computeKeyTag(this.dnskeyRdata)
    this.times = parts.times ?? {}
    this.friendlyName = parts.friendlyName
    this.source = parts.source
    this.isRecorded = parts.provenance !== undefined
    this.provenance = parts.provenance ?? (parts.privateKey === undefined ? 'published' : 'signing')
    this.ref = parts.ref ?? { name: this.name, fingerprint: fingerprintOf(this.dnskeyRdata) }
    this.#privateKey = parts.privateKey
  }

  /**
   * Puts a key together. Throws DnsError `key-invalid` when the flags are none of a zone key, contradict the role, or the
   * private half belongs to another public key; `algorithm-unsupported` when there is a private half of such.
   */
  static create(parts: SigningKeyParts): SigningKey {
    const { flags, algorithm } = parts
    if ((flags & ~(FLAG_ZONE | FLAG_REVOKE | FLAG_SEP)) !== 0 || (flags & FLAG_ZONE) === 0) {
      throw new DnsError(
        'key-invalid',
        `flags ${flags} are not those of a zone key (256 or 257, with REVOKE 384 or 385)`,
      )
    }
    const sep = (flags & FLAG_SEP) !== 0
    const role = parts.role ?? (sep ? 'ksk' : 'zsk')
    if (role === 'ksk' && !sep) throw new DnsError('key-invalid', 'a key-signing key has the SEP flag (257)')
    if (role === 'zsk' && sep) throw new DnsError('key-invalid', 'a zone-signing key has no SEP flag (256)')
    const row = findAlgorithm(algorithm)
    if (row === 'unsupported') {
      if (parts.privateKey !== undefined) requireAlgorithm(algorithm)
    } else checkHalves(row, parts)
    return new SigningKey(parts, role)
  }

  /** The private half; undefined when it was not opened. */
  get privateKey(): KeyObject | undefined {
    return this.#privateKey === 'stored' ? undefined : this.#privateKey
  }

  /** Whether its store has the private half. */
  get hasPrivateKey(): boolean {
    return this.#privateKey !== undefined
  }

  /** `Kexample.+013+12345`, as BIND names its files. */
  get name(): string {
    return keyFileName(this.zone, this.algorithm, this.tag)
  }

  get bits(): number {
    const row = findAlgorithm(this.algorithm)
    return row === 'unsupported' ? 0 : publicKeyBits(row, this.publicKey)
  }

  get isRevoked(): boolean {
    return (this.flags & FLAG_REVOKE) !== 0
  }

  /** Whether it signs the DNSKEY RRset. */
  get signsKeys(): boolean {
    return this.role !== 'zsk'
  }

  /** Whether it signs what is not the DNSKEY RRset. */
  get signsZone(): boolean {
    return this.role !== 'ksk'
  }

  /** The tag that the same key has with the REVOKE flag the other way (RFC 5011 §2.1): another DNSKEY may not take it either. */
  get otherTag(): number {
    return computeKeyTag(dnskeyRdata(this.flags ^ FLAG_REVOKE, this.algorithm, this.publicKey))
  }

  /** Throws DnsError `key-missing` when the private half was not opened. */
  signer(): Signer {
    const { privateKey } = this
    if (privateKey === undefined) throw new DnsError('key-missing', `${this.name} has no private key here`)
    return new Signer(this.algorithm, privateKey)
  }

  /** The key as all but its store have it. */
  withoutPrivateKey(): SigningKey {
    return this.#privateKey === undefined ? this : this.#copy({ privateKey: 'stored' })
  }

  /** DS rdata for the parent; `unsupported` for an unknown digest type. */
  dsRdata(digestType: number): Uint8Array | 'unsupported' {
    return makeDsRdata(digestType, this.zone, this.dnskeyRdata)
  }

  /** The DNSKEY record as text, without TTL. */
  dnskeyText(): string {
    return `${this.zone} IN DNSKEY ${this.flags} 3 ${this.algorithm} ${this.publicKey.toBase64()}`
  }

  /** A copy with some parts changed. */
  with(
    changes: Partial<Pick<SigningKeyParts, 'flags' | 'role' | 'times' | 'friendlyName' | 'source' | 'provenance'>>,
  ): SigningKey {
    return this.#copy(changes.flags === undefined ? changes : { ...changes, ref: undefined })
  }

  /** The key with the REVOKE flag (RFC 5011 §2.1). Its tag is another one, its store knows it as before. */
  revoke(): SigningKey {
    return this.isRevoked ? this : this.#copy({ flags: this.flags | FLAG_REVOKE })
  }

  #copy(changes: Partial<SigningKeyParts>): SigningKey {
    const { zone, algorithm, flags, role, publicKey, times, friendlyName, source, ref } = this
    const provenance = this.isRecorded ? this.provenance : undefined
    const parts = { zone, algorithm, flags, role, publicKey, times, friendlyName, source, provenance, ref }
    return SigningKey.create({ ...parts, privateKey: this.#privateKey, ...changes })
  }

  /** Whether both are the same key pair of the same zone, flags and role aside. */
  sameKeyAs(other: SigningKey): boolean {
    const sameZone = this.zone.equals(other.zone)
    return sameZone && this.algorithm === other.algorithm && equalOctets(this.publicKey, other.publicKey)
  }

  toString(): string {
    return `${this.name} (${this.role}, ${algorithmName(this.algorithm)})`
  }

  /** What may be shown of it: everything but the private half, of which only the presence is told. */
  toJSON(): Record<string, unknown> {
    const { name, role, flags, tag, bits, times, friendlyName, source } = this
    const algorithm = { number: this.algorithm, mnemonic: algorithmName(this.algorithm) }
    const publicKey = this.publicKey.toBase64()
    const { hasPrivateKey } = this
    return {
      name,
      zone: this.zone.toString(),
      role,
      algorithm,
      flags,
      tag,
      bits,
      publicKey,
      hasPrivateKey,
      times,
      friendlyName,
      source,
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `SigningKey ${this.toString()}`
  }
}

function checkHalves(row: Algorithm, parts: SigningKeyParts): void {
  const bits = publicKeyBits(row, parts.publicKey)
  if (bits === 0) throw new DnsError('key-invalid', `the public key is no ${row.mnemonic} key`)
  if (bits < row.minBits || bits > row.maxBits) {
    throw new DnsError(
      'key-invalid',
      `a ${row.mnemonic} key has ${row.minBits} to ${row.maxBits} bits, this one ${bits}`,
    )
  }
  const { privateKey } = parts
  if (privateKey === undefined || privateKey === 'stored') return
  if (!isKeyPair(row, parts.publicKey, privateKey)) {
    throw new DnsError('key-invalid', 'the private key does not belong to the public key')
  }
}

/** SHA-256 of protocol, algorithm and public key of DNSKEY RDATA, in hexadecimal: the same for a key and its revoked form. */
export function fingerprintOf(dnskeyRdata: Uint8Array): string {
  return createHash('sha256').update(dnskeyRdata.subarray(2)).digest('hex')
}

/** DNSKEY rdata (RFC 4034 §2.1): flags, protocol 3, algorithm, public key. */
export function dnskeyRdata(flags: number, algorithm: number, publicKey: Uint8Array): Uint8Array {
  const rdata = new Uint8Array(4 + publicKey.length)
  rdata.set([flags >>> 8, flags, 3, algorithm])
  rdata.set(publicKey, 4)
  return rdata
}
