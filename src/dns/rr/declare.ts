/** How a record type comes into being: `export const MX = declare({ … })`, one call a type, in `types/`. */
import { type Declaration, type Fields, RecordType } from './record-type.ts'
import { registerType } from './registry.ts'

export function declare<F extends Fields>(declaration: Declaration<F>): RecordType<F> {
  const type = new RecordType(declaration)
  registerType(type)
  return type
}
