/**
 * The RDATA of LOC (RFC 1876): a place on the earth in thousandths of a second of arc, an altitude in centimetres above
 * 100,000 m below the WGS 84 spheroid, and three sizes, each as a digit and a power of ten of centimetres.
 */
import { type OctetWriter, readU32 } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import type { Draw, Field, RdataCursor } from '../field.ts'
import { printGeneric } from '../record-type.ts'
import { TextValueField } from './text-value.ts'

const EQUATOR = 2 ** 31
const DEGREE = 3_600_000
const ALTITUDE_BASE = 10_000_000
const MAX_SIZE_CM = 9_000_000_000
/** Sizes that a text leaves out (RFC 1876 §3): 1 m, 10,000 m, 10 m. */
const DEFAULT_SIZES = [100, 1_000_000, 1_000]

class Location extends TextValueField {
  parse(tokens: Tokens, out: OctetWriter): void {
    const latitude = angle(tokens, 90, 'N', 'S', 'a latitude')
    const longitude = angle(tokens, 180, 'E', 'W', 'a longitude')
    const altitude = metres(tokens, 'an altitude') + ALTITUDE_BASE
    if (altitude < 0 || altitude > 0xffffffff) tokens.fail('an altitude is from -100000.00 m to 42849672.95 m')
    out.u8(0)
    for (const size of DEFAULT_SIZES) {
      const centimetres = tokens.left > 0 ? metres(tokens, 'a size or precision') : size
      if (centimetres < 0 || centimetres > MAX_SIZE_CM) tokens.fail('a size is from 0 m to 90000000.00 m')
      out.u8(packSize(centimetres))
    }
    out.u32(EQUATOR + latitude)
    out.u32(EQUATOR + longitude)
    out.u32(altitude)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const { octets, at } = cursor
    cursor.at = cursor.end
    if (octets[at] !== 0) {
      printGeneric(octets, at, cursor.end, out)
      return
    }
    out.ascii(`${angleText(readU32(octets, at + 4) - EQUATOR, 'N', 'S')} `)
    out.ascii(`${angleText(readU32(octets, at + 8) - EQUATOR, 'E', 'W')} `)
    const altitude = readU32(octets, at + 12) - ALTITUDE_BASE
    const size = Math.abs(altitude)
    out.ascii(`${altitude < 0 ? '-' : ''}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}m`)
    for (let i = 1; i <= 3; i++) out.ascii(` ${sizeText(octets[at + i]!)}`)
  }

  check(cursor: RdataCursor): boolean {
    const { octets, at, end } = cursor
    cursor.at = end
    if (at >= end) return false
    // Later versions may look as they like (RFC 1876 §2: only version 0 is defined).
    if (octets[at] !== 0) return true
    if (end - at !== 16) return false
    for (let i = 1; i <= 3; i++) if (!isSize(octets[at + i]!)) return false
    return (
      Math.abs(readU32(octets, at + 4) - EQUATOR) <= 90 * DEGREE &&
      Math.abs(readU32(octets, at + 8) - EQUATOR) <= 180 * DEGREE
    )
  }

  generate(draw: Draw): string {
    const place = (bound: number, positive: string, negative: string): string =>
      angleText(draw(2 * bound * DEGREE + 1) - bound * DEGREE, positive, negative)
    const sizes = [0, 0, 0].map(() => sizeText(((1 + draw(9)) << 4) | draw(10)))
    return `${place(90, 'N', 'S')} ${place(180, 'E', 'W')} ${draw(9000) - 100}.${draw(90) + 10}m ${sizes.join(' ')}`
  }
}

/** The whole RDATA of LOC. JSON has it as text; of a version other than 0, in the generic form. */
export const location: Field<string> = new Location('a location')

/** Reads degrees, perhaps minutes, perhaps seconds, and the hemisphere: thousandths of a second, negative for the second one. */
function angle(tokens: Tokens, maxDegrees: number, positive: string, negative: string, what: string): number {
  let value = tokens.number(maxDegrees, `${what} in degrees`) * DEGREE
  for (let part = 0; ; part++) {
    const token = tokens.next(`${positive} or ${negative} after ${what}`)
    const sign = tokens.is(token, positive) ? 1 : tokens.is(token, negative) ? -1 : 0
    if (sign !== 0) {
      if (value > maxDegrees * DEGREE) tokens.fail(`${what} is at most ${maxDegrees} degrees`)
      return value * sign
    }
    const word = tokens.string(token)
    if (part === 0 && /^[0-9]{1,2}$/.test(word) && Number(word) < 60) value += Number(word) * 60_000
    else if (part === 1 && /^[0-9]{1,2}(\.[0-9]{0,3})?$/.test(word) && Number(word) < 60) {
      value += Math.round(Number(word) * 1000)
    } else tokens.fail(`expected ${what} (degrees, minutes, seconds and ${positive} or ${negative}), found '${word}'`)
  }
}

/** Reads metres with at most two decimals and perhaps an `m`; returns centimetres. */
function metres(tokens: Tokens, what: string): number {
  const token = tokens.next(what)
  const match = /^([+-]?)([0-9]{1,9})(?:\.([0-9]{0,2}))?m?$/i.exec(tokens.string(token))
  if (match === null) tokens.fail(`expected ${what} in metres, found '${tokens.show(token)}'`)
  const [, sign, whole = '0', fraction = ''] = match
  const value = Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
  return sign === '-' ? -value : value
}

/** The leading digit and the power of ten of a number of centimetres; the digits after the first are lost. */
function packSize(centimetres: number): number {
  let exponent = 0
  let mantissa = centimetres
  while (mantissa >= 10) {
    mantissa = Math.floor(mantissa / 10)
    exponent++
  }
  return (mantissa << 4) | exponent
}

function isSize(octet: number): boolean {
  const mantissa = octet >> 4
  const exponent = octet & 15
  return mantissa <= 9 && exponent <= 9 && (mantissa > 0 || exponent === 0)
}

function sizeText(octet: number): string {
  const centimetres = (octet >> 4) * 10 ** (octet & 15)
  return centimetres % 100 === 0 ? `${centimetres / 100}m` : `${(centimetres / 100).toFixed(2)}m`
}

function angleText(value: number, positive: string, negative: string): string {
  const size = Math.abs(value)
  const degrees = Math.floor(size / DEGREE)
  const minutes = Math.floor((size % DEGREE) / 60_000)
  const thousandths = size % 60_000
  const seconds = `${Math.floor(thousandths / 1000)}.${String(thousandths % 1000).padStart(3, '0')}`
  return `${degrees} ${minutes} ${seconds} ${value < 0 ? negative : positive}`
}
