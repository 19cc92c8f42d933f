/**
 * Record types. One declaration a type (`types/`) says its fields; `RecordType` derives from them everything that is done
 * with RDATA. `recordType(number)` finds the declaration; what has none is handled as RFC 3597 says.
 */

export * from './classes.ts'
export { RdataCursor } from './field.ts'
export { addressOctets, addressText } from './fields/addresses.ts'
export { bitmapHas, forEachTypeInBitmap, writeTypeBitmap } from './fields/type-fields.ts'
export * from './rdata-text.ts'
export * from './record-type.ts'
export { recordType, recordTypes, typeMnemonic, typeNumber, typeOfToken } from './registry.ts'
export * from './types/index.ts'
