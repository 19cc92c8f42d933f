/** Names: compare, sort key, read and print text, compress, expand. Nanoseconds an operation, one JSON line each. */
import {
  CompressionTable,
  compareNames,
  expandName,
  Name,
  readNameText,
  writeNameText,
  writeSortKey,
} from '../src/dns/name/index.ts'
import { measure } from './measure.ts'

const NAMES = 1024

/** Names of a zone of hosts, one in eight below a department. */
function zoneNames(): Uint8Array[] {
  return Array.from({ length: NAMES }, (_, i) => {
    const host = `host-${(i * 7919) % 100_000}`
    return Name.parse(i % 8 === 0 ? `${host}.dept-${i % 13}.Example.org.` : `${host}.example.org.`).octets
  })
}

export function run(): void {
  const names = zoneNames()
  const texts = names.map((octets) => new TextEncoder().encode(Name.fromOctets(octets).toString()))
  const root = Uint8Array.of(0)
  const out = new Uint8Array(2048)
  const at = (list: readonly Uint8Array[], i: number): Uint8Array => list[i & (NAMES - 1)] ?? root

  measure('name.compare', (i) => compareNames(at(names, i), 0, at(names, i * 31 + 1), 0))
  measure('name.sort-key', (i) => writeSortKey(at(names, i), 0, 2, out, 0))
  measure('name.parse', (i) => {
    const text = at(texts, i)
    return readNameText(text, 0, text.length, root, 0, out, 0)
  })
  measure('name.print', (i) => writeNameText(at(names, i), 0, out, 0))

  const table = new CompressionTable()
  const message = new Uint8Array(8192)
  let end = 12
  measure('name.compress', (i) => {
    // Sixteen names a message, as an answer with its additional records may have.
    if ((i & 15) === 0) {
      table.clear()
      end = 12
    }
    end = table.write(at(names, i), 0, message, end)
    return end
  })

  table.clear()
  const places: number[] = []
  end = 12
  for (let i = 0; i < 16; i++) {
    places.push(end)
    end = table.write(at(names, i), 0, message, end)
  }
  measure('name.expand', (i) => expandName(message, places[i & 15] ?? 12, end, out, 0))
}
