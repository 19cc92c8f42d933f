/**
 * The algorithms of TSIG (RFC 8945 §6): HMAC over a hash, with the name that stands in the record. In a configuration a name
 * may end in a number of bits, `hmac-sha256-128`, as BIND has it: the MAC is cut to that length, and no shorter one is
 * accepted. In the record the name stands without the number, and the length speaks for itself (RFC 8945 §5.2.2.1).
 *
 * What it does not do: GSS-TSIG.
 */
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'

export type TsigAlgorithm = {
  /** As configurations name it. */
  readonly mnemonic: string
  /** As it stands in records, in lower case. */
  readonly name: Name
  /** The hash, as node:crypto names it. */
  readonly hash: string
  /** Octets of a MAC that is not truncated. */
  readonly macLength: number
  /** RFC 6151, RFC 8945 §6: not to be used, there for peers that know nothing else. */
  readonly weak: boolean
}

function row(mnemonic: string, name: string, hash: string, macLength: number, weak = false): TsigAlgorithm {
  return { mnemonic, name: Name.parse(name), hash, macLength, weak }
}

export const TSIG_ALGORITHMS: readonly TsigAlgorithm[] = [
  row('hmac-sha256', 'hmac-sha256.', 'sha256', 32),
  row('hmac-sha512', 'hmac-sha512.', 'sha512', 64),
  row('hmac-sha384', 'hmac-sha384.', 'sha384', 48),
  row('hmac-sha224', 'hmac-sha224.', 'sha224', 28),
  row('hmac-sha1', 'hmac-sha1.', 'sha1', 20),
  row('hmac-md5', 'hmac-md5.sig-alg.reg.int.', 'md5', 16, true),
]

/** RFC 8945 §5.2.2.1: the shortest MAC that may stand in a message: 10 octets, or half of the hash when that is more. */
export function shortestMac(algorithm: TsigAlgorithm): number {
  return Math.max(10, algorithm.macLength / 2)
}

/**
 * The algorithm that a configuration names, in any case, with or without the final dot, and the octets of its MACs.
 * Throws DnsError `algorithm-unsupported` for a name that is not known or a number of bits that is not allowed.
 */
export function readTsigAlgorithm(text: string): { algorithm: TsigAlgorithm; macLength: number } {
  const word = text.toLowerCase().replace(/\.$/, '')
  const whole = findAlgorithm(word)
  if (whole !== undefined) return { algorithm: whole, macLength: whole.macLength }
  const [, stem = '', digits = ''] = /^(.*)-([0-9]{2,3})$/.exec(word) ?? []
  const algorithm = findAlgorithm(stem)
  if (algorithm === undefined) {
    const known = TSIG_ALGORITHMS.map(({ mnemonic }) => mnemonic).join(', ')
    throw new DnsError('algorithm-unsupported', `'${text.slice(0, 80)}' is no algorithm of TSIG known here: ${known}`)
  }
  const bits = Number(digits)
  const [least, most] = [shortestMac(algorithm) * 8, algorithm.macLength * 8]
  if (bits % 8 !== 0 || bits < least || bits > most) {
    throw new DnsError(
      'algorithm-unsupported',
      `a MAC of ${algorithm.mnemonic} has ${least} to ${most} bits, a multiple of 8 (RFC 8945 §5.2.2.1), not ${bits}`,
    )
  }
  return { algorithm, macLength: bits / 8 }
}

function findAlgorithm(word: string): TsigAlgorithm | undefined {
  return TSIG_ALGORITHMS.find(({ mnemonic, name }) => mnemonic === word || name.toString() === `${word}.`)
}
