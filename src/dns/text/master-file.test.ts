import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DnsError, TextError } from '../errors.ts'
import { textSource } from './index.ts'
import { readLines } from './records.fixture.ts'

/** The error that a text gives: `line:column reason`. */
function errorOf(text: string): string {
  try {
    readLines(text)
  } catch (error) {
    if (error instanceof TextError) return `${error.place.line}:${error.place.column} ${error.reason}`
    throw error
  }
  assert.fail(`'${text}' was read without an error`)
}

describe('master files', () => {
  it('RFC1035 §5.1: owner, TTL and class may each be left out', () => {
    const text =
      '@ 300 IN A 192.0.2.1\n  A 192.0.2.2\nwww IN 60 A 192.0.2.3\nwww 60 IN A 192.0.2.4\nwww IN A 192.0.2.5\n'
    assert.deepEqual(readLines(text), [
      'example. 300 IN A 192.0.2.1',
      'example. 300 IN A 192.0.2.2',
      'www.example. 60 IN A 192.0.2.3',
      'www.example. 60 IN A 192.0.2.4',
      'www.example. 60 IN A 192.0.2.5',
    ])
  })

  it('RFC1035 §5.1: a name without a final dot continues with the origin, which $ORIGIN changes', () => {
    const text = '$ORIGIN sub\n$TTL 5\na CNAME b\n$ORIGIN other.\na CNAME b\n@ CNAME c.d.\n'
    assert.deepEqual(readLines(text), [
      'a.sub.example. 5 IN CNAME b.sub.example.',
      'a.other. 5 IN CNAME b.other.',
      'other. 5 IN CNAME c.d.',
    ])
  })

  it('RFC1035 §5.1: parentheses hold lines together, comments and blank lines are passed over', () => {
    const text =
      '; all\n\n@ 1 SOA ns (\n  admin ; who\n  1 2h ( 3\n ) 4 5 ) ; end\n \t\n  NS ns ; the last line has no newline'
    assert.deepEqual(readLines(text), [
      'example. 1 IN SOA ns.example. admin.example. 1 7200 3 4 5',
      'example. 1 IN NS ns.example.',
    ])
  })

  it('RFC1035 §5.1: escapes and quotes', () => {
    const text = 'a\\.b\\032c 1 TXT "semi;colon" pl\\097in "quo\\"te" "" "par(en"\n'
    assert.deepEqual(readLines(text), ['a\\.b\\032c.example. 1 IN TXT "semi;colon" "plain" "quo\\"te" "" "par(en"'])
  })

  it('RFC2308 §4: $TTL is the TTL of records that state none; without it the last stated one counts', () => {
    assert.deepEqual(readLines('a 5 A 192.0.2.1\n$TTL 1h\nb A 192.0.2.1\nc 7 A 192.0.2.1\nd A 192.0.2.1\n'), [
      'a.example. 5 IN A 192.0.2.1',
      'b.example. 3600 IN A 192.0.2.1',
      'c.example. 7 IN A 192.0.2.1',
      'd.example. 3600 IN A 192.0.2.1',
    ])
    assert.deepEqual(readLines('@ SOA a b 1 2 3 4 99\n NS c\n')[1], 'example. 99 IN NS c.example.')
  })

  it('RFC2181 §8: a TTL with the highest bit set counts as zero', () => {
    assert.deepEqual(readLines('a 4294967295 A 192.0.2.1\n'), ['a.example. 0 IN A 192.0.2.1'])
  })

  it('RFC3597 §5: unknown types and classes in their generic form', () => {
    assert.deepEqual(readLines('a 1 CLASS1 TYPE65280 \\# 4 0A00 0001\na 1 IN TYPE1 \\# 4 c0000201\n'), [
      'a.example. 1 IN TYPE65280 \\# 4 0A000001',
      'a.example. 1 IN A 192.0.2.1',
    ])
    assert.match(errorOf('a 1 A \\# 3 0A0000\n'), /no RDATA of type A/)
    assert.match(errorOf('a 1 TYPE65280 \\# 3 0A00\n'), /3 octets is announced, 2 are given/)
    assert.match(errorOf('a 1 TYPE65280 0A00\n'), /\\# LENGTH HEX/)
  })

  it('reads the ages that Windows writes before a TTL', () => {
    const text = 'dc1 [AGE:3616420] 1200 A 192.0.2.1\ndc2 [Aging:3616421] 900 IN A 192.0.2.2\n'
    assert.deepEqual(readLines(text), ['dc1.example. 1200 IN A 192.0.2.1', 'dc2.example. 900 IN A 192.0.2.2'])
  })

  it('reads CRLF line ends and a byte order mark', () => {
    const text = new TextEncoder().encode('\ufeff$TTL 1\r\na A 192.0.2.1\r\n  TXT "x"\r\n')
    assert.deepEqual(readLines(text), ['a.example. 1 IN A 192.0.2.1', 'a.example. 1 IN TXT "x"'])
  })

  it('says file, line, column and what was expected', () => {
    const text = '$TTL 1\na A 192.0.2.1\nb  A 192.0.2.256\n'
    assert.throws(() => readLines(text), {
      message: "test.zone:3:6: expected an IPv4 address, found '192.0.2.256'",
    })
    assert.equal(errorOf('a 1 FOO bar\n'), "1:5 unknown record type 'FOO'")
    assert.equal(errorOf('\n  A 1.2.3.4\n').split(' ')[0], '2:3')
    assert.match(errorOf('a 1 MX 10\n'), /^1:10 expected .*but the record ends here/)
    assert.match(errorOf('a A 192.0.2.1\n'), /no TTL is known/)
    assert.match(errorOf('a 1 A 192.0.2.1 192.0.2.2\n'), /^1:17 unexpected/)
    assert.match(errorOf('a 1 ( A 192.0.2.1\n'), /^1:5 a parenthesis is never closed/)
    assert.match(errorOf('a 1 A 192.0.2.1 )\n'), /^1:17 a parenthesis is closed/)
    assert.match(errorOf('a 1 TXT "x\n'), /^1:9 a quoted string is not closed/)
    assert.match(errorOf('$FOO\n'), /unknown directive/)
    assert.match(errorOf('a 1 CH A 192.0.2.1\n'), /class CH/)
    assert.match(errorOf('a 1 OPT\n'), /does not stand in a zone/)
    assert.match(errorOf(`${'a.'.repeat(130)} 1 A 192.0.2.1\n`), /longer than 255 octets/)
    assert.match(errorOf('a..b 1 A 192.0.2.1\n'), /a label is empty/)
  })

  it('a record after an error place in a later block still tells the right line', () => {
    const filler = Array.from({ length: 60_000 }, (_, i) => `h${i} 1 A 192.0.2.1`).join('\n')
    assert.match(errorOf(`${filler}\nbad 1 A x\n`), /^60001:9 /)
  })
})

describe('$INCLUDE', () => {
  const files: Record<string, string> = {
    'a.inc': 'x 1 A 192.0.2.1\n$ORIGIN deeper\ny 1 A 192.0.2.2\n',
    'loop.inc': '$INCLUDE loop.inc\n',
    'bad.inc': 'fine 1 A 192.0.2.1\nbad 1 A x\n',
  }
  const include = (path: string) => {
    const text = files[path]
    if (text === undefined) throw new DnsError('input-unreadable', `${path}: no such file`)
    return textSource(text, path)
  }

  it('RFC1035 §5.1: origin and owner are as before after the included file', () => {
    const text = 'o 1 A 192.0.2.9\n$INCLUDE a.inc sub\n  A 192.0.2.3\nz A 192.0.2.4\n'
    assert.deepEqual(readLines(text, { include }), [
      'o.example. 1 IN A 192.0.2.9',
      'x.sub.example. 1 IN A 192.0.2.1',
      'y.deeper.sub.example. 1 IN A 192.0.2.2',
      'o.example. 1 IN A 192.0.2.3',
      'z.example. 1 IN A 192.0.2.4',
    ])
  })

  it('errors carry the place in the included file; files that include each other end; it is off unless allowed', () => {
    assert.throws(() => readLines('$INCLUDE bad.inc\n', { include }), /^TextError: bad.inc:2:9: /)
    assert.throws(() => readLines('$INCLUDE loop.inc\n', { include }), /more than 8 deep/)
    assert.throws(() => readLines('$INCLUDE none\n', { include }), /test.zone:1:10: none: no such file/)
    assert.throws(() => readLines('$INCLUDE a.inc\n'), /not allowed here/)
  })
})

describe('$GENERATE', () => {
  it('makes a record for each number of the range', () => {
    assert.deepEqual(readLines('$TTL 1\n$GENERATE 1-5/2 h$ A 192.0.2.$\n'), [
      'h1.example. 1 IN A 192.0.2.1',
      'h3.example. 1 IN A 192.0.2.3',
      'h5.example. 1 IN A 192.0.2.5',
    ])
  })

  it('knows offset, width, base and a dollar sign', () => {
    const text = ['$TTL 1\n$GENERATE 10-11 h$', '{-3,4,x} CNAME $', '{0,7,n}.$$.\n'].join('')
    assert.deepEqual(readLines(text), [
      'h0007.example. 1 IN CNAME a.0.0.0.\\$.',
      'h0008.example. 1 IN CNAME b.0.0.0.\\$.',
    ])
  })

  it('is bounded, and its errors carry the line of the directive', () => {
    assert.throws(
      () => readLines('$TTL 1\n$GENERATE 0-2000000000 h$ A 192.0.2.1\n'),
      /test.zone:2:.*1000000 more are allowed/,
    )
    assert.throws(
      () => readLines('\n$GENERATE 1-300 h$ 1 A 192.0.2.$\n'),
      /^TextError: test.zone:2:1: record 256 that \$GENERATE makes: expected an IPv4 address/,
    )
    assert.match(errorOf('$GENERATE 5-1 a A 192.0.2.1\n'), /expected a range/)
  })
})

describe('any text', () => {
  it('is read or refused with a place, never otherwise', () => {
    const piece = fc.constantFrom(
      'a ',
      '1 ',
      'A ',
      'IN ',
      '(',
      ')',
      '"',
      '\\',
      ';',
      '\n',
      ' ',
      '192.0.2.1',
      '$TTL ',
      'TXT ',
      '\\#',
      '$GENERATE 1-3 ',
      '\u00ff',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 30 }), (pieces) => {
        try {
          readLines(pieces.join(''))
        } catch (error) {
          assert.ok(error instanceof TextError, String(error))
          assert.ok(error.place.line >= 1 && error.place.column >= 1)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
