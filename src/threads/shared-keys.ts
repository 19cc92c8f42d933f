/** Key stores on several threads: each opens the store by itself, from plain data. */
import { OpenedKeys, type SharedMemoryKeys } from '../dnssec/index.ts'
import type { KeySigner } from '../ports/key-store.ts'
import { KeyFolderStore, type SharedKeyFolder } from '../store/key-folder-store.ts'

/** What a thread opens a store from. */
export type SharedKeys = SharedMemoryKeys | SharedKeyFolder

/** A store that other threads can open too. */
export type SharableKeys = KeySigner & { share(): SharedKeys }

export function openSharedKeys(shared: SharedKeys): KeySigner {
  if (shared.kind === 'memory') return new OpenedKeys(shared.keys)
  return KeyFolderStore.fromShared(shared)
}
