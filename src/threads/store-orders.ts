/** The orders of the control thread as the store thread takes them. */
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import type { CopySource, State, StateWrite, TrustStore } from '../store/index.ts'
import { StateUnwritable } from '../store/unwritable.ts'
import { decodeTrustPoint } from '../validator/index.ts'
import { changeFromShared, RecordTable, Zone } from '../zone/index.ts'
import type { SharedCopySource, SharedWrite, StoreFailure, StoreOrder, StoreResults, TrustWrite } from './store-task.ts'

export async function carryOut(state: State, order: StoreOrder): Promise<StoreResults[keyof StoreResults]> {
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
function writeFromShared(write: SharedWrite): StateWrite {
  const zone = Name.fromOctets(write.zone, 0)
  return write.kind === 'change' ? { ...write, zone, change: changeFromShared(write.change) } : { ...write, zone }
}

function copySourceFromShared(zone: Name, source: SharedCopySource): CopySource {
  if (source.kind === 'image') return source
  return { kind: 'zone', zone: Zone.arrange(zone, RecordTable.fromShared(source.table)) }
}

export function failureOf(error: unknown): StoreFailure {
  return {
    message: error instanceof Error ? error.message : String(error),
    code: error instanceof DnsError ? error.code : undefined,
    unwritable: error instanceof StateUnwritable ? error.reason : undefined,
  }
}

function writeTrust(states: TrustStore, write: TrustWrite): void {
  switch (write.kind) {
    case 'save': {
      const point = decodeTrustPoint(write.point)
      if (typeof point === 'string') throw new DnsError('state-invalid', point)
      states.save(point, write.now)
      break
    }
    case 'forget':
      states.forget(Name.fromOctets(write.zone, 0))
      break
    case 'save-negative': {
      const { until, reason } = write
      states.saveNegative({ name: Name.fromOctets(write.name, 0), until, ...(reason !== undefined && { reason }) })
      break
    }
    case 'forget-negative':
      states.forgetNegative(Name.fromOctets(write.name, 0))
      break
    case 'note-time':
      states.noteTime(write.now, write.boot)
      break
    case 'correct-time':
      states.correctTime(write.now, write.boot)
  }
}
