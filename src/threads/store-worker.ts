/** The store thread: it has the state of the server open, and does what it is asked in order. */
import { parentPort, workerData } from 'node:worker_threads'
import type { UnixSeconds } from '../ports/index.ts'
import { openState } from '../store/state.ts'
import { carryOut, failureOf } from './store-orders.ts'
import type { StoreOrder, StoreReport } from './store-task.ts'

export type StoreWorkerData = { readonly folder: string; readonly now: UnixSeconds }

const { folder, now }: StoreWorkerData = workerData
const port = parentPort
if (port === null) throw new Error('this file begins a worker')

const report = (what: StoreReport): void => port.postMessage(what)

try {
  const state = await openState(folder, now)
  // What it writes is compared with what was there.
  state.trust.load()
  state.onUnwritable((reason) => report({ kind: 'unwritable', reason }))
  state.trust.onRemark((text) => report({ kind: 'remark', text }))
  port.on('message', ({ id, order }: { id: number; order: StoreOrder }) => {
    carryOut(state, order).then(
      (result) => report({ kind: 'done', id, result }),
      (error: unknown) => report({ kind: 'failed', id, failure: failureOf(error) }),
    )
  })
  report({ kind: 'opened', path: state.database.path, remarks: state.remarks, unwritable: state.unwritable })
} catch (error) {
  report({ kind: 'not-opened', failure: failureOf(error) })
  port.close()
}
