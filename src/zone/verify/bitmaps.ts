/** Type bitmaps of NSEC and NSEC3 beside the types that a name really has. */
import { compareOctets, OctetWriter } from '../../dns/octets.ts'
import { DS, forEachTypeInBitmap, NS, NSEC, NSEC3, RRSIG, typeMnemonic, writeTypeBitmap } from '../../dns/rr/index.ts'
import { DELEGATION, type Zone } from '../zone.ts'

const types: number[] = []
const expected = new OctetWriter(512)

/**
 * The types that a chain tells of at a node: all but NSEC3, whose records are at names of their own (RFC 5155 §7.1); at a
 * delegation only those that are the parent's (RFC 4035 §2.3). The list is reused by the next call.
 */
export function chainTypes(zone: Zone, node: number): number[] {
  types.length = 0
  const isCut = zone.kinds[node] === DELEGATION
  let last = -1
  for (let position = zone.nodes[node]!, end = zone.nodes[node + 1]!; position < end; position++) {
    const type = zone.typeAt(position)
    if (type === last) continue
    last = type
    if (isCut ? isParents(type) : type !== NSEC3.number) types.push(type)
  }
  return types
}

function isParents(type: number): boolean {
  return type === NS.number || type === DS.number || type === NSEC.number
}

/** Adds RRSIG to a list of types where it is not there yet. */
export function withRrsig(list: number[]): number[] {
  if (!list.includes(RRSIG.number)) list.push(RRSIG.number)
  return list
}

/** Whether the bitmap in `octets[at, end)` is the one of these types, whose order does not matter. */
export function bitmapEquals(octets: Uint8Array, at: number, end: number, list: readonly number[]): boolean {
  expected.clear()
  writeTypeBitmap(list, expected)
  return compareOctets(octets, at, end, expected.octets, 0, expected.length) === 0
}

/** What a bitmap has too much and too little, as a part of a sentence. */
export function bitmapDifference(octets: Uint8Array, at: number, end: number, list: readonly number[]): string {
  const lacking = new Set(list)
  const extra: number[] = []
  forEachTypeInBitmap(octets, at, end, (type) => {
    if (!lacking.delete(type)) extra.push(type)
  })
  const parts: string[] = []
  const names = (numbers: Iterable<number>): string => Array.from(numbers, typeMnemonic).join(', ')
  if (extra.length > 0) parts.push(`says ${names(extra)}, which the name does not have`)
  if (lacking.size > 0) parts.push(`lacks ${names(lacking)}`)
  return parts.join(', and ')
}
