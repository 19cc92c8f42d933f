/**
 * Makes the signatures of a plan with keys of a store: gathers for each key what it signs of a part, and gives that to the store as one
 * batch. Any part may be signed by any thread: the signatures go into the room that the plan left in the table's shared memory.
 */
import { OctetWriter } from '../dns/octets.ts'
import type { KeyRef, KeySigner, SigningBatch } from '../ports/key-store.ts'
import type { RecordTable } from '../zone/index.ts'
import { visitSignatures } from './fill-signatures.ts'

/** What is signed: the parts of a plan that the threads share. */
export type SignablePlan = {
  readonly table: RecordTable
  readonly order: Uint32Array
  /** Any offset at which the apex is the owner. */
  readonly apexAt: number
  /** The signers of the plan, in its order. */
  readonly signers: { readonly keys: readonly KeyRef[]; readonly zone: readonly KeyRef[] }
}

export class PlanSigner {
  readonly #plan: SignablePlan
  readonly #store: KeySigner
  readonly #batches: { readonly keys: readonly KeyBatch[]; readonly zone: readonly KeyBatch[] }

  constructor(plan: SignablePlan, store: KeySigner) {
    const batches = (refs: readonly KeyRef[]) => refs.map((ref) => new KeyBatch(ref, plan.table.octets))
    this.#plan = plan
    this.#store = store
    this.#batches = { keys: batches(plan.signers.keys), zone: batches(plan.signers.zone) }
  }

  /** Fills the blank signatures of `order[from, to)`, which holds whole RRsets with their RRSIG records. Rejects as `KeySigner.sign`. */
  async sign(from: number, to: number): Promise<void> {
    const { table, order, apexAt } = this.#plan
    visitSignatures(table, order, from, to, this.#batches, apexAt, (batch, data, at) => batch.add(data, at))
    const filled = [...this.#batches.keys, ...this.#batches.zone].filter(({ ends }) => ends.length > 0)
    await Promise.all(filled.map((batch) => this.#store.sign(batch.ref, batch)))
    for (const batch of filled) batch.clear()
  }
}

/** What one key signs of a part. Its memory is used again for the next part. */
class KeyBatch implements SigningBatch {
  readonly ref: KeyRef
  readonly out: Uint8Array
  readonly ends: number[] = []
  readonly at: number[] = []
  readonly #data = new OctetWriter(1 << 16)

  constructor(ref: KeyRef, out: Uint8Array) {
    this.ref = ref
    this.out = out
  }

  get data(): Uint8Array {
    return this.#data.octets
  }

  add(message: Uint8Array, at: number): void {
    this.#data.bytes(message)
    this.ends.push(this.#data.length)
    this.at.push(at)
  }

  clear(): void {
    this.#data.clear()
    this.ends.length = 0
    this.at.length = 0
  }
}
