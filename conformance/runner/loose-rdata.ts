/**
 * RDATA that a replay file has wrong on purpose, to see what a resolver makes of it: digests of the wrong length, signatures that
 * are no base64, octets that their type does not allow. Whatever the product reads is read by the product.
 */
import type { Name } from '../../src/dns/name/index.ts'
import { parseRdata } from '../../src/dns/rr/index.ts'

const TYPE_DS = 43
const TYPE_CDS = 59
/** By type: the fields before the last one, which takes all octets that are left, and some text that is good there. */
const OPEN_ENDED: ReadonlyMap<number, { fields: number; filler: string }> = new Map([
  [46, { fields: 8, filler: 'AAAA' }],
  [48, { fields: 3, filler: 'AwEAAQ==' }],
])

/** The octets of RDATA in presentation format, be it malformed. Throws the product's error when no octets are told. */
export function parseLooseRdata(type: number, text: string, origin: Name): Uint8Array {
  try {
    return parseRdata(type, text, origin)
  } catch (error) {
    const octets = loose(type, text.replace(/;.*$/, '').trim(), origin)
    if (octets === undefined) throw error
    return octets
  }
}

function loose(type: number, text: string, origin: Name): Uint8Array | undefined {
  const words = text.split(/\s+/).filter((word) => word !== '(' && word !== ')')
  if (words[0] === '\\#') return hex(words.slice(2).join(''))
  if (type === TYPE_DS || type === TYPE_CDS) {
    const digest = hex(words.slice(3).join(''))
    const [tag = 0, algorithm = 0, digestType = 0] = words.slice(0, 3).map(Number)
    return digest && Uint8Array.of(tag >>> 8, tag & 255, algorithm, digestType, ...digest)
  }
  const form = OPEN_ENDED.get(type)
  if (form === undefined) return undefined
  const head = parseRdata(type, [...words.slice(0, form.fields), form.filler].join(' '), origin)
  const tail = Buffer.from(words.slice(form.fields).join(''), 'base64')
  const filler = Buffer.from(form.filler, 'base64').length
  return Uint8Array.of(...head.subarray(0, head.length - filler), ...tail)
}

function hex(digits: string): Uint8Array | undefined {
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined
  return Uint8Array.fromHex(digits)
}
