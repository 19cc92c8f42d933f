/** The zone image: what is served, in shared memory, for one writer and many readers. */
export * from './image-reader.ts'
export * from './image-walk.ts'
export * from './image-writer.ts'
export { ImageMemory, READER_SLOTS } from './memory.ts'
export * from './node.ts'
export type { InspectName } from './owner-changes.ts'
export { LEAF_CUT, LEAF_DNAME, LEAF_HAS_WILDCARD, type TrieReader } from './trie.ts'
export * from './zone-entry.ts'
