/** What records without a TTL have: by RFC 1035 that of the record before, in an export of Windows DNS the default of the zone. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { describe } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { TextWriter } from '../dns/presentation/index.ts'
import { GroupedPrinter, type MasterFileFormat, textSource } from '../dns/text/index.ts'
import { describeLoading, type LoadedRecords, loadRecords, type RecordTable } from './index.ts'
import { linesOf } from './zone.fixture.ts'

const EXPORTS = join(import.meta.dirname, '../../conformance/windows/exports')
const APEX = Name.parse('corp.example.')

function load(text: string | Uint8Array, format?: MasterFileFormat): LoadedRecords {
  return loadRecords(textSource(text), APEX, format === undefined ? {} : { format })
}

/** The TTLs, in the order of the records. */
function ttlsOf(text: string, format?: MasterFileFormat): number[] {
  const { table } = load(text, format)
  return [...table.ttl.subarray(0, table.count)]
}

/** The records in the order of the file. */
function tableLines(table: RecordTable): string[] {
  return linesOf(
    table,
    Uint32Array.from({ length: table.count }, (_, i) => i),
  )
}

function grouped(table: RecordTable, apex: Name): Uint8Array {
  const out = new TextWriter()
  const printer = new GroupedPrinter(out, apex.octets, 3600)
  const { octets, owner, type, ttl, rdata, rdataLength } = table
  for (let i = 0; i < table.count; i++) {
    printer.record(octets, owner[i] ?? 0, type[i] ?? 0, ttl[i] ?? 0, rdata[i] ?? 0, rdataLength[i] ?? 0)
  }
  return out.octets.slice(0, out.length)
}

describe('exports of Windows DNS', () => {
  for (const [file, zone] of [
    ['forward', 'corp.example.'],
    ['reverse', '2.0.192.in-addr.arpa.'],
  ] as const) {
    test(`the ${file} zone has the TTLs that Windows means, and keeps them when it is written and read again`, () => {
      const apex = Name.parse(zone)
      const { table, windowsTtl } = loadRecords(textSource(readFileSync(join(EXPORTS, `${file}.dns`))), apex)
      const expected = readFileSync(join(EXPORTS, `${file}.records`), 'latin1')
      const lines = tableLines(table)
      assert.deepEqual(lines, expected.trimEnd().replaceAll('\t', ' ').split('\n'))
      assert.ok(windowsTtl !== undefined && windowsTtl.records > 3)
      for (const text of [expected, grouped(table, apex)]) {
        const again = loadRecords(textSource(text), apex)
        assert.deepEqual(tableLines(again.table), lines)
        assert.equal(again.windowsTtl, undefined, 'what we write states its TTLs')
      }
    })
  }

  const SOA = '@ SOA a b 1 2 3 4 3600'
  const REST = 'x 60 A 192.0.2.1\ny A 192.0.2.2\n'

  test('each of the marks of an export is enough, wherever it stands', () => {
    const exports = {
      'the comment behind the SOA record': `${SOA} ; default TTL\n${REST}`,
      'that comment behind a parenthesis': `@ SOA a b ( 1 2 3 4\n 3600 ) ; default TTL\n${REST}`,
      'that comment before a parenthesis': `@ SOA a b ( 1 2 3 4\n 3600 ; Default TTL\n )\n${REST}`,
      'an age, behind what it is to explain': `${SOA}\n${REST}z [AGE:3634093] 60 A 192.0.2.3\n`,
      'an age without a TTL': `${SOA}\n${REST}z [Aging:3634093] A 192.0.2.3\n`,
      'the comment that the file begins with': `;\r\n;  Database file c.dns for corp.example zone.\r\n;\r\n${SOA}\n${REST}`,
    }
    for (const [mark, text] of Object.entries(exports))
      assert.deepEqual(ttlsOf(text).slice(0, 3), [3600, 60, 3600], mark)
  })

  test('without a mark, or with $TTL, a file means what RFC 1035 §5.1 and RFC 2308 §4 say', () => {
    assert.deepEqual(ttlsOf(`${SOA} ; minimum\n${REST}`), [3600, 60, 60])
    assert.deepEqual(ttlsOf(`; default TTL\n${SOA} ; negative TTL\n${REST}; default TTL\n`), [3600, 60, 60])
    assert.deepEqual(ttlsOf(`$TTL 5\n${SOA} ; default TTL\n${REST}`), [5, 60, 5])
    assert.deepEqual(ttlsOf(`${SOA} ; default TTL\n${REST}$TTL 5\nz A 192.0.2.3\n`), [3600, 60, 60, 5])
  })

  test('format says it where the file does not', () => {
    assert.deepEqual(ttlsOf(`${SOA}\n${REST}`, 'windows'), [3600, 60, 3600])
    assert.deepEqual(ttlsOf(`${SOA}\n${REST}$TTL 5\nz A 192.0.2.3\n`, 'windows'), [3600, 60, 3600, 5])
    assert.deepEqual(ttlsOf(`${SOA} ; default TTL\n${REST}z [AGE:1] A 192.0.2.3\n`, 'rfc1035'), [3600, 60, 60, 60])
  })

  test('RFC2181 §8: a default with the highest bit set counts as zero', () => {
    assert.deepEqual(
      ttlsOf('@ SOA a b 1 2 3 4 4294967295 ; default TTL\nx 60 A 192.0.2.1\ny A 192.0.2.2\n'),
      [0, 60, 0],
    )
  })

  test('the first SOA record tells the default', () => {
    const text = `${SOA} ; default TTL\n${REST}sub SOA a b 1 2 3 4 77\n`
    assert.deepEqual(ttlsOf(text), [3600, 60, 3600, 3600])
  })

  test('records of other zones are left out, and those behind them have their TTLs', () => {
    assert.deepEqual(
      ttlsOf(`${SOA} ; default TTL\nx 60 A 192.0.2.1\nns.other. A 192.0.2.2\ny A 192.0.2.3\n`),
      [3600, 60, 3600],
    )
  })

  test('one sentence says so, and only when a TTL is another for it', () => {
    assert.deepEqual(describeLoading(load(`${SOA} ; default TTL\n${REST}`), APEX), [
      'the file is read as an export of Windows DNS: 1 record without a TTL has the default of the zone, 3600 seconds (the last field of the SOA record), and not the TTL of the record before',
    ])
    assert.deepEqual(describeLoading(load(`${SOA} ; default TTL\nx A 192.0.2.1\n`), APEX), [])
    assert.deepEqual(describeLoading(load(`${SOA}\n${REST}`), APEX), [])
  })
})
