/** Counts transfers and NOTIFY by direction, kind and outcome, and limits how many go on at one time. */
import type { NotifyCount, TransferCount } from './statistics-snapshot.ts'

type Direction = 'in' | 'out'
type Kind = 'axfr' | 'ixfr'
type Ending = 'done' | 'refused' | 'failed'

export class TransferCounters {
  readonly #transfers = new Map<string, number>()
  readonly #notifies = new Map<string, number>()

  transfer(direction: Direction, kind: Kind, outcome: Ending): void {
    add(this.#transfers, `${direction} ${kind} ${outcome}`)
  }

  notify(direction: Direction, outcome: Ending): void {
    add(this.#notifies, `${direction} ${outcome}`)
  }

  get transfers(): TransferCount[] {
    const rows: TransferCount[] = []
    for (const direction of ['in', 'out'] as const) {
      for (const kind of ['axfr', 'ixfr'] as const) {
        for (const outcome of ['done', 'refused', 'failed'] as const) {
          rows.push({ direction, kind, outcome, count: this.#transfers.get(`${direction} ${kind} ${outcome}`) ?? 0 })
        }
      }
    }
    return rows
  }

  get notifies(): NotifyCount[] {
    const rows: NotifyCount[] = []
    for (const direction of ['in', 'out'] as const) {
      for (const outcome of ['done', 'refused', 'failed'] as const) {
        rows.push({ direction, outcome, count: this.#notifies.get(`${direction} ${outcome}`) ?? 0 })
      }
    }
    return rows
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
