/** The records of denial that came with one response, sorted for use: NSEC records, and NSEC3 records by their chains. */
import { MAX_NAME, type Name } from '../../dns/name/index.ts'
import { equalOctets } from '../../dns/octets.ts'
import type { RRset } from '../../dnssec/index.ts'
import type { ValidationBudget, ValidatorSettings } from '../settings.ts'
import { NsecRecord } from './nsec.ts'
import { hashName, type Nsec3Parameters, Nsec3Record } from './nsec3.ts'
import type { DenialProof } from './proof.ts'

export type DenialRecords = {
  readonly zone: Name
  readonly nsec: readonly NsecRecord[]
  readonly chains: readonly Nsec3Chain[]
  /** NSEC3 RRsets of more iterations than are accepted: nothing is computed with them. */
  readonly excessive: readonly RRset[]
}

/**
 * Chains that are looked at. A zone that changes its parameters has two for a while, and answers from one of them; each is asked of
 * the name and all its ancestors (CVE-2023-50868).
 */
const MAX_CHAINS = 4

/**
 * Takes the NSEC and NSEC3 RRsets of a response, which were verified as those of `zone`. RRsets of other types are passed over,
 * and such as were expanded from a wildcard.
 */
export function readDenial(
  zone: Name,
  rrsets: readonly RRset[],
  settings: Pick<ValidatorSettings, 'maxNsec3Iterations'>,
  budget: ValidationBudget,
): DenialRecords {
  const nsec: NsecRecord[] = []
  const chains: Nsec3Chain[] = []
  const excessive: RRset[] = []
  for (const set of rrsets) {
    nsec.push(...NsecRecord.read(set, zone))
    for (const record of Nsec3Record.read(set, zone)) {
      if (record.parameters.iterations > settings.maxNsec3Iterations) {
        excessive.push(set)
        continue
      }
      let chain = chains.find(({ parameters }) => isSame(parameters, record.parameters))
      if (chain === undefined) {
        if (chains.length === MAX_CHAINS) continue
        chain = new Nsec3Chain(record.parameters, budget)
        chains.push(chain)
      }
      chain.records.push(record)
    }
  }
  return { zone, nsec, chains, excessive }
}

function isSame(a: Nsec3Parameters, b: Nsec3Parameters): boolean {
  return a.iterations === b.iterations && equalOctets(a.salt, b.salt)
}

/** The NSEC3 records of one salt and iteration count. A name is hashed once, however many proofs ask for it. */
export class Nsec3Chain {
  readonly parameters: Nsec3Parameters
  readonly records: Nsec3Record[] = []
  readonly #budget: ValidationBudget
  readonly #hashes = new Map<string, Uint8Array>()

  constructor(parameters: Nsec3Parameters, budget: ValidationBudget) {
    this.parameters = parameters
    this.#budget = budget
  }

  /** The hash of a name; undefined when the budget has no more. */
  hash(name: Name): Uint8Array | undefined {
    const known = this.#hashes.get(name.key)
    if (known !== undefined) return known
    if (!this.#budget.takeHash(this.parameters.iterations)) return undefined
    const hash = hashName(name, this.parameters)
    this.#hashes.set(name.key, hash)
    return hash
  }

  findMatch(hash: Uint8Array): Nsec3Record | undefined {
    return this.records.find((record) => record.matches(hash))
  }

  /** A record that covers the hash: one without opt-out, where there are both. */
  findCover(hash: Uint8Array): Nsec3Record | undefined {
    const covers = this.records.filter((record) => record.covers(hash))
    return covers.find((record) => !record.isOptOut) ?? covers[0]
  }
}

/** Asks the NSEC records, then each chain of NSEC3 records, until something is told. */
export function firstTelling<Outcome extends string>(
  records: DenialRecords,
  byNsec: (nsec: readonly NsecRecord[]) => DenialProof<Outcome> | undefined,
  byNsec3: (chain: Nsec3Chain) => DenialProof<Outcome> | undefined,
): DenialProof<Outcome | 'unproved' | 'iterations'> {
  const told = byNsec(records.nsec)
  if (told !== undefined) return told
  for (const chain of records.chains) {
    const proof = byNsec3(chain)
    if (proof !== undefined) return proof
  }
  return records.excessive.length > 0 ? { outcome: 'iterations', used: records.excessive } : UNPROVED
}

const UNPROVED = { outcome: 'unproved', used: [] } as const

/** The RRsets of some records, each once. */
export function setsOf(...records: readonly { readonly set: RRset }[]): RRset[] {
  return [...new Set(records.map(({ set }) => set))]
}

/** The wildcard below a name; undefined where it would be longer than a name may be, and so is not there. */
export function wildcardBelow(encloser: Name): Name | undefined {
  return encloser.octets.length + 2 > MAX_NAME ? undefined : encloser.child('*')
}
