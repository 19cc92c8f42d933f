/** Signs parts of a plan, prints parts of it, or both. */
import type { KeyObject } from 'node:crypto'
import { Signer } from '../dnssec/index.ts'
import { fillSignatures, type SignerPair } from '../signer/index.ts'
import { printRecords, RecordTable, type SharedTable } from '../zone/index.ts'
import { takeParts } from './take-parts.ts'

export type WorkerKey = { readonly algorithm: number; readonly key: KeyObject }

export type SignTask = {
  readonly table: SharedTable
  readonly order: Uint32Array
  readonly parts: Uint32Array
  readonly apexAt: number
  /** Absent: nothing is signed. */
  readonly signers?: { readonly keys: readonly WorkerKey[]; readonly zone: readonly WorkerKey[] }
  /** Whether the text of the part is the result; otherwise the result is empty. */
  readonly print: boolean
}

takeParts<SignTask, Uint8Array>((task) => {
  const table = RecordTable.fromShared(task.table)
  const ready = (keys: readonly WorkerKey[]): Signer[] => keys.map(({ algorithm, key }) => new Signer(algorithm, key))
  const signers: SignerPair | undefined = task.signers && {
    keys: ready(task.signers.keys),
    zone: ready(task.signers.zone),
  }
  return (part) => {
    const from = task.parts[part] ?? 0
    const to = task.parts[part + 1] ?? from
    if (signers !== undefined) fillSignatures(table, task.order, from, to, signers, task.apexAt)
    if (!task.print) return { result: new Uint8Array(0) }
    const text = printRecords(table, task.order, from, to)
    return { result: text, transfer: [text.buffer] }
  }
})
