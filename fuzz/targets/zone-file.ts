/** Master files: any octets are records or a TextError; what is read prints and reads again as the same records. */
import { DnsError } from '../../src/dns/errors.ts'
import { Name } from '../../src/dns/name/index.ts'
import { OctetWriter } from '../../src/dns/octets.ts'
import { TextWriter } from '../../src/dns/presentation/index.ts'
import { parseMasterFile, printRecord, type RecordSink, textSource } from '../../src/dns/text/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const origin = Name.parse('example.org.')
const MAX_GENERATED = 500

class Records implements RecordSink {
  readonly out = new OctetWriter(1024)
  readonly #list: number[][] = []

  record(...numbers: [number, number, number, number, number]): void {
    this.#list.push(numbers)
  }

  get count(): number {
    return this.#list.length
  }

  print(): Uint8Array {
    const text = new TextWriter(1024)
    for (const [ownerAt = 0, type = 0, ttl = 0, rdataAt = 0, length = 0] of this.#list) {
      printRecord(this.out.octets, ownerAt, type, ttl, rdataAt, length, text)
    }
    return text.octets.slice(0, text.length)
  }
}

function read(text: Uint8Array): Records {
  const sink = new Records()
  const include = (): never => {
    throw new DnsError('input-unreadable', 'no files here')
  }
  parseMasterFile(textSource(text), sink, { origin, include, defaultTtl: 3600, maxGenerated: MAX_GENERATED })
  return sink
}

export const target: FuzzTarget = {
  name: 'zone-file',
  run(octets) {
    const records = read(octets)
    const printed = records.print()
    const again = read(printed)
    hold(again.count === records.count, `${records.count} records print as as many, not ${again.count}`)
    hold(Buffer.compare(again.print(), printed) === 0, 'printed records read back as the same')
    return `${Math.min(records.count, 8)}`
  },
  seeds() {
    const texts = [
      '$TTL 1h\n@ IN SOA ns hostmaster ( 1 2h 30m 2w 1d ) ; comment\n  NS ns\nns A 192.0.2.1\n  AAAA 2001:db8::1\n',
      '$ORIGIN sub.example.org.\nwww 300 IN TXT "a b" c\\"d "\\000"\n* MX 10 mail.example.org.\n',
      `$GENERATE 1-5/2 host-$ A 192.0.2.$\n$GENERATE 0-3 a-$${'{1,3,x}'} CNAME b-$\n`,
      'a TYPE65280 \\# 3 010203\nb CLASS1 A \\# 4 c0000201\n[AGE:3616420] c A 192.0.2.3\nc [Aging:5] 60 A 192.0.2.3\n',
      '$INCLUDE other.zone sub\n',
      'x RRSIG A 13 2 300 20300101000000 20290101000000 4711 example.org. AAAA\nx NSEC y A RRSIG NSEC TYPE65280\n',
      '_s._tcp SRV 0 0 443 h\nh HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1\n@ CAA 0 issue "ca.example"\r\n',
    ]
    return texts.map((text) => new TextEncoder().encode(text))
  },
  dictionary: [
    '$ORIGIN ',
    '$TTL ',
    '$INCLUDE ',
    '$GENERATE ',
    ' IN ',
    ' A ',
    ' TXT ',
    '\\#',
    '(',
    ')',
    '"',
    ';',
    '\n',
    '\r\n',
    '@',
    '\\',
    '\\032',
    '1w2d',
    '1-1000000 ',
    '{-1,5,d}',
    '[AGE:1]',
    ' SOA ',
    '\n ',
  ].map((word) => new TextEncoder().encode(word)),
}
