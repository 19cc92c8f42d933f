/** What is kept on disk: the state of a server, zone files, key folders, passwords. */

export * from './anchor-file.ts'
export * from './append-file.ts'
export * from './boot-id.ts'
export * from './certificate-files.ts'
export type { Database } from './database.ts'
export * from './fetch-root-anchors.ts'
export type { IncludeOptions } from './included-file.ts'
export * from './input-file.ts'
export type {
  ChangeOrigin,
  Journal,
  JournalChanges,
  JournalEntry,
  JournalLimits,
  JournalRow,
  JournalState,
} from './journal.ts'
export * from './key-exchange.ts'
export * from './key-folder.ts'
export * from './key-folder-store.ts'
export * from './new-files.ts'
export * from './own-folder.ts'
export * from './password.ts'
export * from './private-file.ts'
export * from './same-file.ts'
export * from './scratch-folder.ts'
export * from './socket-file.ts'
export * from './state.ts'
export * from './state-reader.ts'
export * from './state-write.ts'
export * from './text-file.ts'
export * from './trust-states.ts'
export { isDiskError, StateUnwritable } from './unwritable.ts'
export * from './write-zone-file.ts'
export type { CopyKind, CopyOptions, CopyWriter, LoadedCopy, ZoneCopies } from './zone-copies.ts'
export * from './zone-file.ts'
export * from './zone-file-mark.ts'
export * from './zone-states.ts'
