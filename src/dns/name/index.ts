/** Domain names: the value (`Name`), walks over octets, canonical order, presentation format, compression. */
export * from './compression.ts'
export * from './labels.ts'
export * from './name.ts'
export * from './order.ts'
export * from './text.ts'
