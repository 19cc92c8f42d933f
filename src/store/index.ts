/** What is kept on disk: key folders, passwords. */

export * from './anchor-file.ts'
export * from './append-file.ts'
export * from './key-exchange.ts'
export * from './key-folder.ts'
export * from './new-files.ts'
export * from './password.ts'
export * from './scratch-folder.ts'
export * from './socket-file.ts'
export * from './zone-file.ts'
