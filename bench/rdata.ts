/**
 * What one record's RDATA costs: read from text, printed, checked, put into canonical form. Several types run in turn, as in a
 * zone, since a field's methods are called from one place for all of them.
 */
import { OctetWriter } from '../src/dns/octets.ts'
import { TextWriter } from '../src/dns/presentation/index.ts'
import { parseRdata, type RecordType, recordType, typeNumber } from '../src/dns/rr/index.ts'
import { tokensOfText } from '../src/dns/rr/scan-text.ts'
import { measure } from './measure.ts'

const SIGNATURE = 'h6xQ1rAn8nG6bQ0m1x7S9gWcM0r4XQmJpI9m0b0v3m8oV8Qb5mQk6b4o0yq6m8n1k2c3d4e5f6g7h8i9j0k1lw=='

const SAMPLES: readonly (readonly [type: string, text: string])[] = [
  ['A', '192.0.2.17'],
  ['NS', 'ns1.example.net.'],
  ['MX', '10 mail.example.net.'],
  ['AAAA', '2001:db8:12::1:5'],
  ['TXT', '"v=spf1 include:_spf.example.net ~all"'],
  ['DS', '12345 13 2 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971'],
  ['DNSKEY', `257 3 13 ${SIGNATURE}`],
  ['RRSIG', `A 13 3 3600 20300101000000 20291201000000 12345 example.net. ${SIGNATURE}`],
  ['NSEC', 'host1234.example.net. A AAAA RRSIG NSEC'],
  ['NSEC3', '1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG'],
]

type Prepared = { type: RecordType; tokens: ReturnType<typeof tokensOfText>; octets: Uint8Array }

function prepare([mnemonic, text]: readonly [string, string]): Prepared {
  const number = typeNumber(mnemonic)
  const type = recordType(number)
  if (type === undefined) throw new Error(`${mnemonic} is not declared`)
  return { type, tokens: tokensOfText(text), octets: parseRdata(number, text) }
}

const out = new OctetWriter(1 << 16)
const text = new TextWriter(1 << 16)

const WORK: Readonly<Record<string, (record: Prepared) => void>> = {
  parse({ type, tokens }) {
    tokens.cursor = 0
    out.length = 0
    type.parse(tokens, out)
  },
  print({ type, octets }) {
    text.length = 0
    type.print(octets, 0, octets.length, text)
  },
  check({ type, octets }) {
    type.check(octets, 0, octets.length)
  },
  canonical({ type, octets }) {
    out.length = 0
    type.canonical(octets, 0, octets.length, out)
  },
}

/** Prints nanoseconds a record for each type alone, and for all in turn. */
export function run(): void {
  const records = SAMPLES.map(prepare)
  for (const [name, work] of Object.entries(WORK)) {
    for (const record of records) measureAll(`rdata.${name}.${record.type.mnemonic}`, [record], work)
    measureAll(`rdata.${name}.all-in-turn`, records, work)
  }
}

function measureAll(name: string, records: readonly Prepared[], work: (record: Prepared) => void): void {
  measure(name, (i) => {
    const record = records[i % records.length]
    if (record !== undefined) work(record)
    return i
  })
}

if (import.meta.main) run()
