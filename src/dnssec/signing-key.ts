/**
 * A key that a zone is signed with: the DNSKEY, the private half where it is at hand, and what is known of it. A value;
 * `with` gives a changed copy. However it is printed, the private half does not show.
 *
 * What it does not do: files (`key-file.ts`, `pem.ts`, `certificate.ts` read and write its forms; `store/` keeps them).
 */
import type { KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { equalOctets } from '../dns/octets.ts'
import { type Algorithm, algorithmName, findAlgorithm, requireAlgorithm } from './algorithms.ts'
import { makeDsRdata } from './ds.ts'
import { keyFileName } from './key-name.ts'
import { computeKeyTag } from './key-tag.ts'
import type { KeyTimes } from './key-times.ts'
import { publicKeyBits } from './public-key.ts'
import { isKeyPair, Signer } from './signature.ts'

/** ksk signs the DNSKEY RRset (and CDS, CDNSKEY), zsk everything else, csk both. */
export type KeyRole = 'ksk' | 'zsk' | 'csk'

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
  readonly privateKey?: KeyObject | undefined
  readonly times?: KeyTimes
  readonly friendlyName?: string | undefined
  readonly source: KeySource
}

export class SigningKey {
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
  readonly #privateKey: KeyObject | undefined

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

  /** The private half; undefined when only the public key is at hand. */
  get privateKey(): KeyObject | undefined {
    return this.#privateKey
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

  /** Throws DnsError `key-missing` when the private half is not at hand. */
  signer(): Signer {
    if (this.#privateKey === undefined) throw new DnsError('key-missing', `${this.name} has no private key here`)
    return new Signer(this.algorithm, this.#privateKey)
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
  with(changes: Partial<Pick<SigningKeyParts, 'flags' | 'role' | 'times' | 'friendlyName' | 'source'>>): SigningKey {
    const { zone, algorithm, flags, role, publicKey, times, friendlyName, source } = this
    const parts = { zone, algorithm, flags, role, publicKey, times, friendlyName, source, privateKey: this.#privateKey }
    return SigningKey.create({ ...parts, ...changes })
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
    const hasPrivateKey = this.#privateKey !== undefined
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
  if (parts.privateKey !== undefined && !isKeyPair(row, parts.publicKey, parts.privateKey)) {
    throw new DnsError('key-invalid', 'the private key does not belong to the public key')
  }
}

/** DNSKEY rdata (RFC 4034 §2.1): flags, protocol 3, algorithm, public key. */
export function dnskeyRdata(flags: number, algorithm: number, publicKey: Uint8Array): Uint8Array {
  const rdata = new Uint8Array(4 + publicKey.length)
  rdata.set([flags >>> 8, flags, 3, algorithm])
  rdata.set(publicKey, 4)
  return rdata
}
