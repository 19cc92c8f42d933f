/** The store thread: it has the state of the server open, and does what it is asked in order. */
import { parentPort, workerData } from 'node:worker_threads'
import { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { openState, type State } from '../store/index.ts'
import {
  copySourceFromShared,
  failureOf,
  type StoreOrder,
  type StoreReport,
  type StoreResults,
  writeFromShared,
  writeTrust,
} from './store-task.ts'

export type StoreWorkerData = { readonly folder: string; readonly now: UnixSeconds }

const { folder, now }: StoreWorkerData = workerData
const port = parentPort
if (port === null) throw new Error('this file begins a worker')

const report = (what: StoreReport): void => port.postMessage(what)

async function carryOut(state: State, order: StoreOrder): Promise<StoreResults[keyof StoreResults]> {
  switch (order.kind) {
    case 'commit':
      await state.commit(order.writes.map(writeFromShared))
      return undefined
    case 'prepare-copy': {
      const zone = Name.fromOctets(order.zone, 0)
      return state.prepareCopy(zone, order.copyKind, copySourceFromShared(zone, order.source))
    }
    case 'abandon-copy':
      await state.abandonCopy(order.copy)
      return undefined
    case 'recover': {
      const remarks = await state.recover(order.now)
      return remarks === undefined ? { unwritable: state.unwritable ?? 'it fails' } : { remarks }
    }
    case 'trust':
      writeTrust(state.trust, order.write)
      return undefined
    case 'close':
      state.close()
      return undefined
  }
}

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
