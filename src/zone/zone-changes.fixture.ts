/** Records of random zones, for tests of changes. */
import fc from 'fast-check'
import { APEX } from './zone-versions.fixture.ts'

const label = fc.constantFrom('a', 'b', 'A', '*', 'ns', '\\000', 'x-y')
const owner = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, APEX].join('.'))
const data = fc.constantFrom(
  'A 192.0.2.1',
  'A 192.0.2.2',
  'A 192.0.2.3',
  'TXT "t"',
  'TXT "u" "v"',
  'NS ns.other.',
  'NS NS.Other.',
  'MX 10 mail.example.',
  'RRSIG A 13 2 300 20300101000000 20290101000000 4711 example. AAAA',
  'RRSIG TXT 13 2 300 20300101000000 20290101000000 4711 example. AAAB',
  'NSEC a.example. A RRSIG NSEC',
  'TYPE65280 \\# 2 0102',
)
const record = fc.tuple(owner, fc.constantFrom(60, 300), data).map(([name, ttl, rdata]) => `${name} ${ttl} ${rdata}`)

/** Lines of records without the SOA. */
export const recordLines: fc.Arbitrary<string[]> = fc.array(record, { maxLength: 16 })
