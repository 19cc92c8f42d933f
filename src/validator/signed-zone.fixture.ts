/** Small signed zones as a validator meets them, for tests: RRsets with their signatures, keys, settings, counted budgets. */
import { Name } from '../dns/name/index.ts'
import { DNSKEY, NSEC, NSEC3, typeNumber } from '../dns/rr/index.ts'
import type { MessageRecord } from '../dns/wire/index.ts'
import { findAlgorithm, groupRRsets, type RRset, Verifier } from '../dnssec/index.ts'
import { INCEPTION, type SignTextOptions, signText } from '../signer/signing.fixture.ts'
import type { ValidationBudget, ValidatorSettings } from './settings.ts'
import { prepareKeys, type ZoneKey } from './zone-keys.ts'

/** Within the times of what the fixture of `signer/` signs. */
export const AT: number = INCEPTION + 86400

export const SETTINGS: ValidatorSettings = {
  prepareKey: Verifier.create,
  isSupported: (algorithm) => findAlgorithm(algorithm) !== 'unsupported',
  maxNsec3Iterations: 50,
  hardenAlgorithmDowngrade: false,
  skew: { share: 0, leastSeconds: 0, mostSeconds: 0 },
  ignoreTimes: false,
  maxKeySeconds: 86400,
  bogusSeconds: 60,
}

/** Counts what is taken, and refuses beyond its limits. */
export class CountedBudget implements ValidationBudget {
  verifications = 0
  hashes = 0
  readonly #most: { readonly verifications: number; readonly hashes: number }

  constructor(most: { verifications?: number; hashes?: number } = {}) {
    this.#most = { verifications: most.verifications ?? 1000, hashes: most.hashes ?? 100_000 }
  }

  takeVerification(): boolean {
    return ++this.verifications <= this.#most.verifications
  }

  takeHash(): boolean {
    return ++this.hashes <= this.#most.hashes
  }
}

export class SignedZone {
  readonly name: Name
  readonly records: readonly MessageRecord[]
  readonly sets: readonly RRset[]
  readonly keys: readonly ZoneKey[]

  /** Signs records in presentation format; by default `example.` with Ed25519 and NSEC. */
  constructor(text: string, options: SignTextOptions = {}) {
    const { plan } = signText(text, options)
    const { table } = plan.zone
    this.records = Array.from(plan.order, (index) => ({
      owner: Name.fromOctets(table.octets, table.owner[index] ?? 0),
      type: table.type[index] ?? 0,
      class: 1,
      ttl: table.ttl[index] ?? 0,
      rdata: table.rdataOf(index),
    }))
    this.name = plan.zone.apex
    this.sets = groupRRsets(this.records, AT)
    this.keys = prepareKeys(this.find(this.name, DNSKEY.number), SETTINGS)
  }

  /** The RRset, which is there. */
  find(owner: Name | string, type: number | string): RRset {
    const name = typeof owner === 'string' ? Name.parse(owner, this.name) : owner
    const number = typeof type === 'string' ? typeNumber(type) : type
    const found = this.sets.find((set) => set.type === number && set.owner.equals(name))
    if (found === undefined) throw new Error(`no ${type} at ${name}`)
    return found
  }

  /** The RRsets of denial. */
  get denial(): RRset[] {
    return this.sets.filter(({ type }) => type === NSEC.number || type === NSEC3.number)
  }
}
