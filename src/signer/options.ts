/** What a signing is asked to do: every choice in one value, and the profiles that stand for common sets of choices. */
import type { SigningKey } from '../dnssec/index.ts'
import type { Random, UnixSeconds } from '../ports/index.ts'
import type { StoredKey } from '../ports/key-store.ts'

/** NSEC3 as it is to be made (RFC 5155 §4). */
export type Nsec3Parameters = { readonly iterations: number; readonly salt: Uint8Array; readonly optOut: boolean }

export type Denial = { readonly kind: 'nsec' } | ({ readonly kind: 'nsec3' } & Nsec3Parameters)

/** What there is to say against a way of denial; nothing when it is as RFC 9276 wants it. */
export function denialWarnings(denial: Denial): string[] {
  if (denial.kind === 'nsec' || denial.iterations === 0) return []
  return [
    `${denial.iterations} additional NSEC3 iterations cost every resolver and protect nothing; some treat the zone as insecure (RFC 9276 §3.1): use 0`,
  ]
}

/** How the SOA serial of the signed zone comes about. */
export type SerialPolicy = 'keep' | 'increment' | 'unixtime' | 'date'

/** Hash algorithms of ZONEMD that are made (RFC 8976 §5.3). */
export type ZonemdHash = 1 | 2

/** When signatures begin and end. */
export type SignatureTimes = {
  readonly inception: UnixSeconds
  readonly expiration: UnixSeconds
  /** Of the signatures that key-signing keys make; absent: as all. */
  readonly dnskeyExpiration?: UnixSeconds
  /** Seconds by which expirations are spread, each earlier by a random part of it. */
  readonly jitterSeconds: number
  readonly random: Random
}

export type SigningOptions = SignatureTimes & {
  /** Keys whose DNSKEY is in the zone and that sign, each by its role. */
  readonly signWith: readonly SigningKey[]
  /** Keys whose DNSKEY is in the zone and that do not sign. */
  readonly publish: readonly SigningKey[]
  /** All keys of the zone with their recorded provenance, which says whose the DNSKEY records of the input are; absent: none. */
  readonly recorded?: readonly StoredKey[]
  /** Absent: as the zone's NSEC3PARAM says, else NSEC. */
  readonly denial?: Denial
  readonly serial: SerialPolicy
  /** Digests of the zone to put in; none: no ZONEMD. */
  readonly zonemd: readonly ZonemdHash[]
  /** TTL of DNSKEY records when the zone has none yet; absent: that of the SOA. */
  readonly dnskeyTtl?: number
  readonly now: UnixSeconds
}

export type ProfileName = 'modern' | 'windows-2012' | 'windows-2008r2'

/** Choices that a profile makes where the command line makes none. Sources: the documentation of Windows DNS, RFC 9276. */
export type Profile = {
  readonly name: ProfileName
  /** Algorithm and RSA bits for new keys. */
  readonly algorithm: number
  readonly kskBits: number
  readonly zskBits: number
  readonly denial: 'nsec' | 'nsec3'
  readonly nsec3Iterations: number
  /** Octets of a random salt. */
  readonly nsec3SaltLength: number
  /** Seconds from now to the expiration of signatures, and of those by key-signing keys. */
  readonly validitySeconds: number
  readonly dnskeyValiditySeconds: number
  readonly inceptionOffsetSeconds: number
  /** Digest types of the DS records for the parent. */
  readonly dsDigests: readonly number[]
}

const HOUR = 3600
const DAY = 24 * HOUR

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  modern: {
    name: 'modern',
    algorithm: 13,
    kskBits: 256,
    zskBits: 256,
    denial: 'nsec',
    nsec3Iterations: 0,
    nsec3SaltLength: 0,
    validitySeconds: 30 * DAY,
    dnskeyValiditySeconds: 30 * DAY,
    inceptionOffsetSeconds: HOUR,
    dsDigests: [2],
  },
  'windows-2012': {
    name: 'windows-2012',
    algorithm: 8,
    kskBits: 2048,
    zskBits: 1024,
    denial: 'nsec3',
    nsec3Iterations: 50,
    nsec3SaltLength: 8,
    validitySeconds: 240 * HOUR,
    dnskeyValiditySeconds: 168 * HOUR,
    inceptionOffsetSeconds: HOUR,
    dsDigests: [1, 2],
  },
  'windows-2008r2': {
    name: 'windows-2008r2',
    algorithm: 5,
    kskBits: 2048,
    zskBits: 1024,
    denial: 'nsec',
    nsec3Iterations: 0,
    nsec3SaltLength: 0,
    validitySeconds: 30 * DAY,
    dnskeyValiditySeconds: 30 * DAY,
    inceptionOffsetSeconds: HOUR,
    dsDigests: [1, 2],
  },
}
