/** Zone files compared record by record (CHECK_TEMPFILE): order, spelling and comments do not count. */
import { rdataText } from '../../src/dns/rr/index.ts'
import { readRecord } from './records.ts'

/** What differs, in lines; none when both have the same records with the same TTLs. */
export function compareZoneLines(expected: readonly string[], got: readonly string[]): string[] {
  const wanted = expected.flatMap(keyOf)
  const have = got.flatMap(keyOf)
  return [
    ...wanted.filter((key) => !have.includes(key)).map((key) => `- ${key}`),
    ...have.filter((key) => !wanted.includes(key)).map((key) => `+ ${key}`),
  ]
}

function keyOf(line: string): string[] {
  const text = line.trim()
  if (text === '' || text.startsWith(';')) return []
  const { owner, ttl, class: rrClass, type, rdata } = readRecord(text, { origin: '.', ttl: 3600 })
  return [`${owner} ${ttl} ${rrClass} ${type} ${rdataText(type, rdata)}`.toLowerCase()]
}
