/** Reads changes of a zone out of its journal, for a thread that must not wait for them. */
import { Name } from '../dns/name/index.ts'
import { StateReader } from '../store/index.ts'
import { shareChange } from '../zone/index.ts'
import type { JournalQuestion, JournalReading } from './version-task.ts'

/** Throws DnsError `state-invalid` when the state cannot be read. */
export function readJournal({ state: path, zone, from, mostOctets }: JournalQuestion): JournalReading {
  const state = new StateReader(path)
  try {
    const found = state.journal.read(Name.fromOctets(zone, 0), from, mostOctets)
    if (found.kind === 'changes') return { changes: found.changes.map(shareChange) }
    return found.kind === 'damaged' ? { changes: [], damage: found.reason } : { changes: [] }
  } finally {
    state.close()
  }
}
