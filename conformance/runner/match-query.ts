/** Whether an entry is meant for a query that the resolver under test sends: the MATCH words of both dialects, as far as queries go. */

import { EDNS_CO, type Message, optionOf, type Question } from '../../src/dns/wire/index.ts'
import type { Protocol } from '../../src/ports/index.ts'
import type { Entry, MatchWord } from './scenario.ts'

const TYPE_SOA = 6
/** RFC 8914 options, cookies and the like are not in what a resolver asks. */
const DECKARD_ALL = ['opcode', 'qtype', 'qname', 'flags', 'rcode', 'answer', 'authority', 'additional']

/** All words must hold. */
export function matchesQuery(entry: Entry, query: Message, protocol: Protocol): boolean {
  return entry.match.every((word) => holds(word, entry, query, protocol))
}

function holds({ word, value }: MatchWord, entry: Entry, query: Message, protocol: Protocol): boolean {
  const template = entry.packets[0].message
  const [asked] = query.questions
  const [expected] = template.questions
  switch (word) {
    case 'opcode':
      return query.header.opcode === template.header.opcode
    case 'qtype':
      return asked?.type === expected?.type
    case 'qname':
      return sameName(asked, expected)
    case 'qcase':
      return asked?.name.toString() === expected?.name.toString()
    case 'subdomain':
      return asked !== undefined && expected !== undefined && asked.name.isAtOrBelow(expected.name)
    case 'question':
      return sameName(asked, expected) && asked?.type === expected?.type && asked?.class === expected?.class
    case 'rcode':
      return query.header.rcode === template.header.rcode
    case 'flags':
      return (['qr', 'aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).every(
        (flag) => query.header[flag] === template.header[flag],
      )
    case 'answer':
    case 'authority':
    case 'additional':
      return query[word].length === template[word].length
    case 'all':
      return DECKARD_ALL.every((part) => holds({ word: part }, entry, query, protocol))
    case 'DO':
      return query.edns?.dnssecOk === true
    case 'CO':
      return ((query.edns?.flags ?? 0) & EDNS_CO) !== 0
    case 'noedns':
      return query.edns === undefined
    case 'UDP':
      return protocol === 'udp'
    case 'TCP':
      return protocol !== 'udp'
    case 'serial':
      return query.authority.some(({ type, rdata }) => type === TYPE_SOA && serialOf(rdata) === Number(value))
    case 'nsid':
      return optionOf(query.edns, 'nsid') !== undefined
    default:
      // ttl and all that speaks of answers says nothing of a query.
      return true
  }
}

function sameName(a: Question | undefined, b: Question | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.name.equals(b.name)
}

function serialOf(soa: Uint8Array): number {
  const view = new DataView(soa.buffer, soa.byteOffset, soa.length)
  return soa.length < 20 ? -1 : view.getUint32(soa.length - 20)
}
