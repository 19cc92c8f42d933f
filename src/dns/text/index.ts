/** Master files: `parseMasterFile` reads records into a sink, `printRecord` and `GroupedPrinter` write them. */
export * from './master-file.ts'
export * from './record-printer.ts'
