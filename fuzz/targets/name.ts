/** Names: as wire octets, compressed in a message, and as text; what is read must print and read again as the same octets. */
import {
  CompressionTable,
  compareNames,
  compressedNameEnd,
  equalNames,
  expandName,
  MAX_NAME,
  Name,
  nameEnd,
  nameText,
  readNameText,
  writeSortKey,
} from '../../src/dns/name/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const encoder = new TextEncoder()
const table = new CompressionTable()
const origin = Name.parse('origin.test.').octets

function roundTrip(name: Uint8Array): void {
  const text = nameText(name, 0)
  const again = Name.parse(text)
  hold(equalNames(name, 0, again.octets, 0), 'a name reads back from its text')
  hold(Buffer.compare(again.octets, name.subarray(0, again.octets.length)) === 0, 'with its case')
  hold(
    compareNames(name, 0, origin, 0) === -compareNames(origin, 0, name, 0) || compareNames(name, 0, origin, 0) !== 0,
    'order is antisymmetric',
  )
  const key = new Uint8Array(2 * MAX_NAME)
  hold(writeSortKey(name, 0, 0, key, 0) <= key.length, 'a sort key fits')
}

function asMessage(octets: Uint8Array): number {
  const out = new Uint8Array(MAX_NAME)
  const message = new Uint8Array(12 + octets.length * 5 + 2 * MAX_NAME)
  table.clear()
  let end = 12
  let names = 0
  for (let at = 0; at < octets.length && names < 40; at += 3) {
    const expanded = expandName(octets, at, octets.length, out, 0)
    if (expanded < 0) continue
    names++
    hold(expanded <= MAX_NAME && nameEnd(out, 0, expanded) === expanded, 'an expanded name is a name')
    hold(compressedNameEnd(octets, at, octets.length) > at, 'a name that expands has an end')
    roundTrip(out.slice(0, expanded))
    if (end + MAX_NAME > message.length) continue
    const start = end
    end = table.write(out, 0, message, end)
    const back = new Uint8Array(MAX_NAME)
    hold(expandName(message, start, end, back, 0) === expanded, 'what is compressed expands')
    hold(equalNames(out, 0, back, 0), 'to the same name')
  }
  return names
}

function asText(octets: Uint8Array): string {
  const out = new Uint8Array(MAX_NAME + 1)
  const end = readNameText(octets, 0, octets.length, origin, 0, out, 0)
  if (end < 0) return String(end)
  hold(nameEnd(out, 0, end) === end, 'a text that is read gives a name')
  roundTrip(out.slice(0, end))
  return 'name'
}

export const target: FuzzTarget = {
  name: 'name',
  maxLength: 600,
  run(octets) {
    if (nameEnd(octets, 0, octets.length) > 0) roundTrip(Name.fromOctets(octets).octets)
    return `${asText(octets)} ${Math.min(asMessage(octets), 5)}`
  },
  seeds() {
    const texts = ['www.example.org.', 'a\\.b.\\000\\255', '@', '.', 'a'.repeat(63), 'a.'.repeat(127)]
    const names = ['www.example.org.', '*.\\192\\012.', 'A.a.'].map((text) => Name.parse(text).octets)
    return [
      ...texts.map((text) => encoder.encode(text)),
      ...names,
      Uint8Array.of(...origin, 1, 0x61, 0xc0, 0, 0xc0, 13),
    ]
  },
  dictionary: [[0xc0, 0], [0xc0, 12], [63], [64], [0], [0x5c, 0x30, 0x30, 0x30], [0x5c], [0x2e]].map((list) =>
    Uint8Array.from(list),
  ),
}
