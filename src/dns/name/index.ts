/** Domain names: the value (`Name`), walks over octets, canonical order, presentation format, compression, IDNA. */
export * from './compression.ts'
export * from './idna.ts'
export * from './labels.ts'
export * from './name.ts'
export * from './order.ts'
export * from './text.ts'
