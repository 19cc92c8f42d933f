/**
 * DNSSEC algorithms: one row for each that Signet signs and verifies with (RFC 8624 §3.1), and the names of all that IANA
 * has assigned. An algorithm without a row is `unsupported`, a value: a zone signed only with such is insecure to a
 * validator (RFC 4035 §5.2), which is no error.
 *
 * What it does not do: cryptography (`signature.ts`), digests of DS records (`ds.ts`).
 */
import { DnsError } from '../dns/errors.ts'
import { ALGORITHM_MNEMONICS } from '../dns/rr/index.ts'

export type KeyFamily = 'rsa' | 'ecdsa' | 'eddsa'

/** How RFC 8624 §3.1 speaks of signing with it. */
export type SigningAdvice = 'must' | 'recommended' | 'may' | 'not-recommended'

export type Algorithm = {
  readonly number: number
  /** As IANA registers it. */
  readonly mnemonic: string
  readonly family: KeyFamily
  /** Digest that the signature is over; null for EdDSA, which takes the data as it is (RFC 8080 §4). */
  readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512' | null
  /** Node's name of the curve; empty for RSA. */
  readonly curve: '' | 'P-256' | 'P-384' | 'ed25519' | 'ed448'
  readonly minBits: number
  readonly maxBits: number
  readonly defaultBits: number
  /** Octets of the public key in a DNSKEY; 0 for RSA, where the modulus decides. */
  readonly publicKeyLength: number
  /** Octets of the private key in a BIND key file; 0 for RSA. */
  readonly privateKeyLength: number
  /** Octets of a signature; 0 for RSA: as many as the modulus has. `signatureLength` answers for one key. */
  readonly fixedSignatureLength: number
  /** Whether the same data and key always give the same signature. */
  readonly deterministic: boolean
  /** Whether a zone signed with it may use NSEC3 (RFC 5155 §2). */
  readonly nsec3: boolean
  readonly advice: SigningAdvice
}

/** The row of an algorithm, by its number. */
export function findAlgorithm(number: number): Algorithm | 'unsupported' {
  return rows[number] ?? 'unsupported'
}

/** The row, for callers that cannot go on without it. Throws DnsError `algorithm-unsupported`. */
export function requireAlgorithm(number: number): Algorithm {
  const row = rows[number]
  if (row === undefined) {
    throw new DnsError('algorithm-unsupported', `algorithm ${algorithmName(number)} is not supported`)
  }
  return row
}

const RSA = {
  family: 'rsa',
  curve: '',
  minBits: 512,
  maxBits: 4096,
  defaultBits: 2048,
  publicKeyLength: 0,
  privateKeyLength: 0,
  fixedSignatureLength: 0,
  deterministic: true,
  nsec3: true,
} as const

function curveRow(bits: number, publicKeyLength: number, privateKeyLength: number, fixedSignatureLength: number) {
  const sizes = { minBits: bits, maxBits: bits, defaultBits: bits }
  return { ...sizes, publicKeyLength, privateKeyLength, fixedSignatureLength, nsec3: true } as const
}

/** Every supported algorithm. RSA sizes: RFC 3110 §2, RFC 5702 §2.1 and §2.2. */
export const ALGORITHMS: readonly Algorithm[] = [
  { ...RSA, number: 5, mnemonic: 'RSASHA1', hash: 'sha1', nsec3: false, advice: 'not-recommended' },
  { ...RSA, number: 7, mnemonic: 'RSASHA1-NSEC3-SHA1', hash: 'sha1', advice: 'not-recommended' },
  { ...RSA, number: 8, mnemonic: 'RSASHA256', hash: 'sha256', advice: 'must' },
  { ...RSA, number: 10, mnemonic: 'RSASHA512', hash: 'sha512', minBits: 1024, advice: 'not-recommended' },
  {
    ...curveRow(256, 64, 32, 64),
    number: 13,
    mnemonic: 'ECDSAP256SHA256',
    family: 'ecdsa',
    hash: 'sha256',
    curve: 'P-256',
    deterministic: false,
    advice: 'must',
  },
  {
    ...curveRow(384, 96, 48, 96),
    number: 14,
    mnemonic: 'ECDSAP384SHA384',
    family: 'ecdsa',
    hash: 'sha384',
    curve: 'P-384',
    deterministic: false,
    advice: 'may',
  },
  {
    ...curveRow(256, 32, 32, 64),
    number: 15,
    mnemonic: 'ED25519',
    family: 'eddsa',
    hash: null,
    curve: 'ed25519',
    deterministic: true,
    advice: 'recommended',
  },
  {
    ...curveRow(456, 57, 57, 114),
    number: 16,
    mnemonic: 'ED448',
    family: 'eddsa',
    hash: null,
    curve: 'ed448',
    deterministic: true,
    advice: 'may',
  },
]

/** What a key is made with when nobody says otherwise: ECDSA P-256 (RFC 8624 §3.1). */
export const DEFAULT_ALGORITHM = 13

const rows: readonly (Algorithm | undefined)[] = Array.from({ length: 256 }, (_, n) =>
  ALGORITHMS.find((row) => row.number === n),
)

/** IANA's "DNS Security Algorithm Numbers", and the number by which a CDS asks for the DS to go (RFC 8078 §4). */
const MNEMONICS: ReadonlyMap<number, string> = new Map([[0, 'DELETE'], ...ALGORITHM_MNEMONICS])

/** Other spellings: BIND's and ldns' tools (`NSEC3RSASHA1`, `RSASHA1_NSEC3`) and Windows' (`RsaSha1NSec3`); cases fold. */
const OTHER_NAMES: readonly (readonly [string, number])[] = [
  ['NSEC3RSASHA1', 7],
  ['RSASHA1_NSEC3', 7],
  ['RSASHA1NSEC3', 7],
  ['NSEC3DSA', 6],
  ['DSA_NSEC3', 6],
  ['ECCGOST', 12],
  ['ECC_GOST', 12],
]

const numbersByName: ReadonlyMap<string, number> = new Map([
  ...Array.from(MNEMONICS, ([number, name]) => [name, number] as const),
  ...OTHER_NAMES,
])

/** The mnemonic, or the number as text where there is none. */
export function algorithmName(number: number): string {
  return MNEMONICS.get(number) ?? String(number)
}

/** The number that a mnemonic (any case) or a decimal from 0 to 255 stands for; undefined for anything else. */
export function parseAlgorithm(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const number = Number(text)
    return number <= 255 ? number : undefined
  }
  return numbersByName.get(text.toUpperCase())
}

/**
 * Why a zone should not be signed with it, as a sentence; undefined when nothing speaks against it. RFC 8624 §3.1 advises,
 * RFC 9905 takes SHA-1 out of use for signing.
 */
export function signingWarning(algorithm: Algorithm, bits: number): string | undefined {
  const { number, mnemonic } = algorithm
  if (algorithm.hash === 'sha1') {
    return `algorithm ${number} (${mnemonic}) rests on SHA-1, which must no longer sign zones (RFC 9905): prefer 13 (ECDSAP256SHA256)`
  }
  if (algorithm.advice === 'not-recommended') {
    return `signing with algorithm ${number} (${mnemonic}) is not recommended (RFC 8624 §3.1): prefer 13 (ECDSAP256SHA256) or 8 (RSASHA256)`
  }
  if (algorithm.family === 'rsa' && bits < 2048) {
    return `an RSA key of ${bits} bits is within reach of an attacker: prefer 2048 bits, or algorithm 13 (ECDSAP256SHA256)`
  }
  return undefined
}

/** Throws DnsError `signing-refused` when a zone signed with the algorithm may not use NSEC3 (RFC 5155 §2). */
export function requireNsec3(algorithm: Algorithm): void {
  if (algorithm.nsec3) return
  throw new DnsError(
    'signing-refused',
    `algorithm ${algorithm.number} (${algorithm.mnemonic}) does not go with NSEC3: use 7 (RSASHA1-NSEC3-SHA1), the same algorithm under the number that announces NSEC3 (RFC 5155 §2)`,
  )
}

/**
 * Bits for a new key: the default, or what was asked for. Throws DnsError `usage` when the algorithm does not allow it
 * (RSA 512 to 4096, algorithm 10 from 1024: RFC 5702 §2).
 */
export function chooseKeyBits(algorithm: Algorithm, asked?: number): number {
  if (asked === undefined) return algorithm.defaultBits
  if (Number.isInteger(asked) && asked >= algorithm.minBits && asked <= algorithm.maxBits) return asked
  const allowed =
    algorithm.minBits === algorithm.maxBits
      ? `exactly ${algorithm.minBits} bits`
      : `${algorithm.minBits} to ${algorithm.maxBits} bits`
  throw new DnsError(
    'usage',
    `a key of algorithm ${algorithm.number} (${algorithm.mnemonic}) has ${allowed}, not ${asked}`,
  )
}
