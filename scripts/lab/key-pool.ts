/**
 * The keys of the lab's zones. Making a thousand RSA keys would take minutes, so that there are three pairs of each algorithm and
 * the zones share them: a key is bound to a zone by the DS record and the signer's name, not by its octets.
 */
import type { KeyObject } from 'node:crypto'
import { Name } from '../../src/dns/name/index.ts'
import { generateKey, type KeyRole, SigningKey } from '../../src/dnssec/index.ts'

/** What Signet signs with, and so what the zones are signed with. */
export const ALGORITHMS = [13, 8, 15, 5, 7, 10, 14, 16] as const

const PAIRS = 3

type Material = { readonly publicKey: Uint8Array; readonly privateKey: KeyObject }

export class KeyPool {
  readonly #made: ReadonlyMap<string, Material>

  private constructor(made: ReadonlyMap<string, Material>) {
    this.#made = made
  }

  static async make(): Promise<KeyPool> {
    const made = new Map<string, Material>()
    for (const algorithm of ALGORITHMS) {
      for (let pair = 0; pair < PAIRS; pair++) {
        for (const role of ['ksk', 'zsk'] as const) {
          const rsa = [5, 7, 8, 10].includes(algorithm)
          const bits = rsa ? (role === 'ksk' ? 2048 : 1024) : undefined
          const { publicKey, privateKey } = await generateKey({ zone: Name.root, algorithm, bits, role })
          if (privateKey !== undefined) made.set(`${algorithm} ${pair} ${role}`, { publicKey, privateKey })
        }
      }
    }
    return new KeyPool(made)
  }

  /** The key of a zone; `number` chooses among the pairs. `flags` are those of the role unless said. */
  key(apex: Name, algorithm: number, number: number, role: 'ksk' | 'zsk', as: { flags?: number; role?: KeyRole } = {}) {
    const material = this.#made.get(`${algorithm} ${number % PAIRS} ${role}`)
    if (material === undefined) throw new Error(`there are no keys of algorithm ${algorithm}`)
    const flags = as.flags ?? (role === 'ksk' ? 257 : 256)
    const source = { form: 'generated' } as const
    const changedRole = as.role === undefined ? {} : { role: as.role }
    return SigningKey.create({ zone: apex, algorithm, flags, ...changedRole, ...material, source })
  }
}
