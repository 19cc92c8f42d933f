/** Signs parts of a plan with the keys of a store that this thread opens, prints parts of it, or both. */
import type { KeyRef } from '../ports/key-store.ts'
import { PlanSigner } from '../signer/index.ts'
import { printRecords, RecordTable, type SharedTable } from '../zone/index.ts'
import { openSharedKeys, type SharedKeys } from './shared-keys.ts'
import { takeParts } from './take-parts.ts'

export type SignTask = {
  readonly table: SharedTable
  readonly order: Uint32Array
  readonly parts: Uint32Array
  readonly apexAt: number
  /** Absent: nothing is signed. */
  readonly signers?: { readonly store: SharedKeys; readonly keys: readonly KeyRef[]; readonly zone: readonly KeyRef[] }
  /** Whether the text of the part is the result; otherwise the result is empty. */
  readonly print: boolean
}

takeParts<SignTask, Uint8Array>(({ order, parts, apexAt, signers, print, ...task }) => {
  const table = RecordTable.fromShared(task.table)
  const signer = signers && new PlanSigner({ table, order, apexAt, signers }, openSharedKeys(signers.store))
  return async (part) => {
    const from = parts[part] ?? 0
    const to = parts[part + 1] ?? from
    await signer?.sign(from, to)
    if (!print) return { result: new Uint8Array(0) }
    const text = printRecords(table, order, from, to)
    return { result: text, transfer: [text.buffer] }
  }
})
