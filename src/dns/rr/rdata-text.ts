/** RDATA of one record, for those who have a value and not a zone file: between octets, presentation format and JSON. */
import { DnsError } from '../errors.ts'
import type { Name } from '../name/index.ts'
import { OctetWriter } from '../octets.ts'
import { TextWriter } from '../presentation/index.ts'
import { isGeneric, parseGeneric, printGeneric } from './record-type.ts'
import { recordType, typeMnemonic } from './registry.ts'
import { tokensOfText } from './scan-text.ts'

/**
 * The octets of RDATA in presentation format; types without a declaration take the generic form (RFC 3597 §5) only. Relative
 * names continue with `origin`, the root by default. Throws TextError.
 */
export function parseRdata(type: number, text: string, origin?: Name): Uint8Array {
  const tokens = tokensOfText(text, origin)
  const out = new OctetWriter(64)
  const declared = recordType(type)
  if (declared !== undefined) declared.parse(tokens, out)
  else if (isGeneric(tokens)) parseGeneric(tokens, out)
  else tokens.fail(`${typeMnemonic(type)} is unknown here: write \\# LENGTH HEX (RFC 3597)`, tokens.cursor)
  return out.copy()
}

/** Presentation format of RDATA; the generic form for a type without a declaration and for octets that its type does not allow. */
export function rdataText(type: number, octets: Uint8Array): string {
  const out = new TextWriter(128)
  const declared = recordType(type)
  if (declared?.check(octets, 0, octets.length) === true) declared.print(octets, 0, octets.length, out)
  else printGeneric(octets, 0, octets.length, out)
  return out.toString()
}

/** JSON of RDATA that no declaration covers: all octets in hexadecimal. */
export type GenericRdata = { readonly generic: string }

/** The fields by name, or `{ generic }` where the type has no declaration, does not allow the octets, or has no text for them. */
export function rdataJson(type: number, octets: Uint8Array): object | GenericRdata {
  const declared = recordType(type)
  const covered = declared?.check(octets, 0, octets.length) === true && !declared.isBeyondText(octets, 0, octets.length)
  return covered ? declared.decode(octets) : { generic: octets.toHex() }
}

/** The octets of a JSON value as `rdataJson` gives it. Throws DnsError `rdata-malformed`. */
export function rdataOfJson(type: number, value: unknown): Uint8Array {
  if (typeof value !== 'object' || value === null) {
    throw new DnsError('rdata-malformed', `the RDATA of ${typeMnemonic(type)} is an object of its fields`)
  }
  const declared = recordType(type)
  if ('generic' in value) {
    const octets = hexOctets(value.generic)
    if (octets === undefined) throw new DnsError('rdata-malformed', "'generic' is hexadecimal text")
    if (declared?.check(octets, 0, octets.length) === false) {
      throw new DnsError('rdata-malformed', `these octets are no RDATA of type ${typeMnemonic(type)}`)
    }
    return octets
  }
  if (declared === undefined) {
    throw new DnsError('rdata-malformed', `${typeMnemonic(type)} is unknown here: give { generic: hexadecimal }`)
  }
  const values: Record<string, unknown> = { ...value }
  const strange = Object.keys(values).find((key) => !(key in declared.declaration.fields))
  if (strange !== undefined) throw new DnsError('rdata-malformed', `${declared.mnemonic} has no field '${strange}'`)
  return declared.encode(values)
}

function hexOctets(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) return undefined
  return Uint8Array.fromHex(text)
}
