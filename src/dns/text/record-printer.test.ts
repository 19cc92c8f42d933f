import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../name/index.ts'
import { OctetWriter } from '../octets.ts'
import { TextWriter } from '../presentation/index.ts'
import { GroupedPrinter, parseMasterFile, textSource } from './index.ts'
import { readLines } from './records.fixture.ts'

function grouped(text: string, origin: string): string {
  const out = new OctetWriter(64)
  const writer = new TextWriter()
  const printer = new GroupedPrinter(writer, Name.parse(origin).octets, 3600)
  const record = (...fields: [number, number, number, number, number]): void => printer.record(out.octets, ...fields)
  parseMasterFile(textSource(text), { out, record }, { origin: Name.parse(origin) })
  return writer.toString()
}

describe('grouped printing', () => {
  const text = '@ 3600 NS ns\n 3600 MX 10 mail\nwww 60 A 192.0.2.1\nother.test. 3600 A 192.0.2.1\n'

  it('writes owners once and relative, and the TTL only where it differs', () => {
    assert.equal(
      grouped(text, 'example.'),
      [
        '$ORIGIN example.',
        '$TTL 3600',
        '@                       IN\tNS\tns.example.',
        '                        IN\tMX\t10 mail.example.',
        'www                     60 IN\tA\t192.0.2.1',
        'other.test.             IN\tA\t192.0.2.1',
        '',
      ].join('\n'),
    )
  })

  it('reads back as the same records, for a zone and for the root', () => {
    assert.deepEqual(readLines(grouped(text, 'example.')), readLines(text))
    const root = 'com. 3600 NS a.gtld-servers.net.\n. 3600 NS a.root-servers.net.\n'
    assert.deepEqual(readLines(grouped(root, '.'), { origin: Name.root }), readLines(root))
  })
})
