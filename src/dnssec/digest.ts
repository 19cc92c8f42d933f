/** Hash functions by the numbers that DNS gives them, fed piece by piece: the digest of a whole zone needs no copy of it. */
import { createHash } from 'node:crypto'

export type RunningDigest = { update(octets: Uint8Array): void; digest(): Uint8Array }

/** Hash algorithms of ZONEMD (RFC 8976 §5.3): 1 is SHA-384, 2 is SHA-512. */
export function zonemdHash(algorithm: 1 | 2): RunningDigest {
  const hash = createHash(algorithm === 1 ? 'sha384' : 'sha512')
  return {
    update: (octets) => {
      hash.update(octets)
    },
    digest: () => new Uint8Array(hash.digest()),
  }
}
