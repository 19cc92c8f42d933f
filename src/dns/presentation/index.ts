/** Pieces of presentation format that record types and master files are read and written with. */
export * from './binary-kind.ts'
export * from './encodings.ts'
export * from './printable.ts'
export * from './scanner.ts'
export * from './text-writer.ts'
export * from './times.ts'
export * from './tokens.ts'
