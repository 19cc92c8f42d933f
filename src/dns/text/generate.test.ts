/** `$GENERATE` as BIND expands it; `conformance/interop/generate.test.ts` holds it beside named-compilezone. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what modifiers of $GENERATE look like.
import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { TextError } from '../errors.ts'
import { readLines } from './records.fixture.ts'

/** The records that a directive with this text behind `$GENERATE` makes, without origin, TTL and class. */
function made(directive: string | Uint8Array): string[] {
  const head = new TextEncoder().encode('$TTL 300\n$GENERATE ')
  const text = typeof directive === 'string' ? new TextEncoder().encode(directive) : directive
  return readLines(Uint8Array.of(...head, ...text, 0x0a)).map((line) => line.replace('.example. 300 IN ', ' '))
}

/** The message of the error that the directive gives. */
function refusal(directive: string): string {
  try {
    readLines(`$TTL 300\n$GENERATE ${directive}\n`)
  } catch (error) {
    if (error instanceof TextError) return error.message.replace('test.zone:', '')
    throw error
  }
  assert.fail(`'${directive}' was read without an error`)
}

describe('the number', () => {
  const forms: Readonly<Record<string, readonly [range: string, owner: string, ...made: string[]]>> = {
    offset: ['10-11', 'h${-3}', 'h7', 'h8'],
    'offset with a plus sign': ['1-2', 'h${+3}', 'h4', 'h5'],
    'offset with zeros in front is decimal': ['1-1', 'h${010}', 'h11'],
    width: ['9-10', 'h${0,3}', 'h009', 'h010'],
    'a width that is too small': ['255-255', 'h${0,2}', 'h255'],
    decimal: ['9-9', 'h${0,2,d}', 'h09'],
    octal: ['8-8', 'h${0,3,o}', 'h010'],
    hexadecimal: ['255-255', 'h${0,3,x}', 'h0ff'],
    'hexadecimal, upper case': ['255-255', 'h${0,3,X}', 'h0FF'],
    negative: ['0-1', 'h${-1}', 'h-1', 'h0'],
    'negative with a width, which counts the sign': ['0-1', 'h${-1,4,d}', 'h-001', 'h0000'],
    'negative in other bases': ['0-0', 'h${-1,4,x}', 'hffffffff'],
    'negative in octal': ['0-0', 'h${-1,4,o}', 'h37777777777'],
    'negative nibbles': ['0-0', '${-1,4,n}', 'f.f.f.f.f.f.f.f'],
    'nibbles with an odd width': ['0-1', '${0,3,n}', '0.0', '1.0'],
    'nibbles without a width': ['255-255', '${0,0,n}', 'f.f'],
    'nibbles, upper case': ['255-255', '${0,7,N}', 'F.F.0.0'],
    'nibbles beyond their width': ['254-254', '${256,3,n}', 'e.f.1'],
    'a step': ['1-5/2', 'h$', 'h1', 'h3', 'h5'],
    'the largest number': ['2147483646-2147483647', 'h$', 'h2147483646', 'h2147483647'],
    several: ['1-1', '${0,2}-${1,2}', '01-02'],
    'an offset counts for what follows': ['1-2', 'h${3,3}-$', 'h004-4', 'h005-5'],
  }
  for (const [name, [range, owner, ...owners]] of Object.entries(forms)) {
    test(name, () => {
      assert.deepEqual(
        made(`${range} ${owner} A 192.0.2.1`),
        owners.map((each) => `${each} A 192.0.2.1`),
      )
    })
  }

  test('nibbles with an even width end in a dot, so that more labels may follow', () => {
    const widths = 'w1=${254,1,n},w2=${0,2,n},w3=${0,3,n},w4=${254,4,n},w10=${256,10,n},w11=${256,11,n}'
    assert.deepEqual(made(`0-1 n$ TXT ${widths}`), [
      'n0 TXT "w1=e.f,w2=0.,w3=0.0,w4=e.f.,w10=0.0.1.0.0.,w11=0.0.1.0.0.0"',
      'n1 TXT "w1=f.f,w2=1.,w3=1.0,w4=f.f.,w10=1.0.1.0.0.,w11=1.0.1.0.0.0"',
    ])
    assert.deepEqual(made('16-17 ${0,4,n}0.1 PTR h${0,2,x}.'), ['0.1.0.1 PTR h10.', '1.1.0.1 PTR h11.'])
  })

  test('a modifier that is none is an error: what is not closed, a base, a width, a range that there is not', () => {
    const reason =
      'is no modifier: write ${offset}, ${offset,width} or ${offset,width,base}; a base is d, o, x, X, n or N'
    const wrong = [
      '${1,2',
      '${',
      '${}',
      '${,3}',
      '${0,}',
      '${0,3,}',
      '${0,3,q}',
      '${0,3,dd}',
      '${0,3,D}',
      '${0x1}',
      '${0,-1}',
    ]
    for (const modifier of wrong) {
      const message = `2:1: record 1 that $GENERATE makes: '${modifier}' ${reason}`
      assert.equal(refusal(`1-3 h${modifier} A 192.0.2.1`), message)
      assert.equal(refusal(`1-3 h TXT ${modifier}`), message)
    }
    assert.match(refusal('1-3 h TXT ${0,128}'), /record 1 .*the width of '\$\{0,128\}' is above 127/)
    assert.equal(made('0-0 h TXT ${0,127}')[0], `h TXT "${'0'.repeat(127)}"`)
    assert.match(refusal('2147483647-2147483647 h${1} A 192.0.2.1'), /2147483648 is no number from -2147483648 to/)
    assert.match(refusal('0-0 h${-2147483649} A 192.0.2.1'), /-2147483649 is no number/)
  })
})

describe('what is not the number', () => {
  test('a dollar sign is \\$ or $$, and a backslash takes the meaning of what follows away', () => {
    assert.deepEqual(made('1-1 h$$.$ TXT $$x\\$'), ['h\\$.1 TXT "$x$"'])
    assert.deepEqual(made('1-1 h\\\\$ TXT \\\\$x'), ['h\\\\1 TXT "\\\\1x"'])
    assert.deepEqual(made('1-1 h\\046$ TXT \\{$ a\\ b$'), ['h\\.1 TXT "{1" "a b1"'])
    assert.deepEqual(made('1-1 h$ TXT {$} $} $\\{1} $${1}'), ['h1 TXT "{1}" "1}" "1{1}" "${1}"'])
  })

  test('an owner that begins with a dollar sign is no directive', () => {
    assert.deepEqual(made('1-1 $$INCLUDE$ TXT x'), ['\\$INCLUDE1 TXT "x"'])
    assert.deepEqual(made('1-1 $$TTL A 192.0.2.1'), ['\\$TTL A 192.0.2.1'])
  })

  test('octets beyond ASCII stay as they are', () => {
    assert.deepEqual(made(Uint8Array.from([...'1-1 h\xc3\xa9$ TXT \xc3\xa9'].map((c) => c.charCodeAt(0)))), [
      'h\\195\\1691 TXT "\\195\\169"',
    ])
  })
})

describe('the record', () => {
  test('TTL and class stand in either order, or not at all', () => {
    for (const head of ['60', '1m', '60 IN', 'IN 60', 'in 60']) {
      assert.deepEqual(readLines(`$GENERATE 1-1 h$ ${head} A 192.0.2.$\n`), ['h1.example. 60 IN A 192.0.2.1'], head)
    }
    assert.deepEqual(made('1-1 h$ IN a 192.0.2.$'), ['h1 A 192.0.2.1'])
    assert.match(refusal('1-2 h$ CH TXT x'), /record 1 .*class CH/)
    assert.match(refusal('1-2 h$ 60 60 A 192.0.2.1'), /record 1 .*expected a record type, found '60'/)
  })

  test('nothing is replaced in TTL, class and type', () => {
    assert.match(refusal('1-2 h$ $ A 192.0.2.1'), /record 1 .*unknown record type '\$'/)
    assert.match(refusal('1-2 h$ TYPE$ \\# 0'), /record 1 .*unknown record type 'TYPE\$'/)
  })

  test('quotes around all of the RDATA hold them together, and are no part of them', () => {
    assert.deepEqual(made('1-1 h$ MX "10 m$"'), ['h1 MX 10 m1.example.'])
    assert.deepEqual(made('1-1 h$ SRV "0 0 506$ t"'), ['h1 SRV 0 0 5061 t.example.'])
    assert.deepEqual(made('1-1 h$ TXT "a b $"'), ['h1 TXT "a" "b" "1"'])
    assert.deepEqual(made('1-1 h$ TXT "\\"a b $\\""'), ['h1 TXT "a b 1"'])
    assert.deepEqual(made('1-1 h$ TXT "\\"a;b\\" c;d"'), ['h1 TXT "a;b" "c"'])
  })

  test('RDATA of several words are read as in any record: quoted values stay whole', () => {
    assert.deepEqual(made('1-1 h$ MX 10 m$'), ['h1 MX 10 m1.example.'])
    assert.deepEqual(made('1-1 h$ TXT "a b $" "c;$"'), ['h1 TXT "a b 1" "c;1"'])
    assert.deepEqual(made('1-2 h$ HTTPS 1 . alpn="h2,h3" port=844$'), [
      'h1 HTTPS 1 . alpn="h2,h3" port=8441',
      'h2 HTTPS 1 . alpn="h2,h3" port=8442',
    ])
    assert.deepEqual(made('1-1 h$ TXT ( a$\n b ) ; c'), ['h1 TXT "a1" "b"'])
  })

  test('the owner before it is the owner of a line that begins with a blank', () => {
    assert.deepEqual(readLines('a 5 A 192.0.2.1\n$GENERATE 1-1 h$ A 192.0.2.2\n  A 192.0.2.3\n'), [
      'a.example. 5 IN A 192.0.2.1',
      'h1.example. 5 IN A 192.0.2.2',
      'a.example. 5 IN A 192.0.2.3',
    ])
  })

  test('owner, type and RDATA are wanted', () => {
    assert.match(refusal('1-2'), /^2:14: expected an owner name/)
    assert.match(refusal('1-2 h$'), /^2:17: expected a record type/)
    assert.match(refusal('1-2 h$ 60 IN'), /expected a record type/)
    assert.match(refusal('1-2 h$ A'), /^2:19: expected RDATA/)
    assert.match(refusal('1-2 h$ OPT x'), /record 1 .*does not stand in a zone/)
  })
})

test('an error tells which of the records it is in, whatever the numbers and wherever the directive stands', () => {
  assert.match(refusal('0-300 h$ A 192.0.2.$'), /^2:1: record 257 that \$GENERATE makes: expected an IPv4 address/)
  assert.match(refusal('100-300/100 h$ A 192.0.2.$'), /^2:1: record 3 that/)
  assert.match(refusal('2147483640-2147483647 h${2} A 192.0.2.1'), /^2:1: record 7 that .*2147483648 is no number/)
  const later = `${'a 1 A 192.0.2.1\n'.repeat(500)}$GENERATE 1-2 h\${0,1,q} A 192.0.2.1\n`
  assert.throws(() => readLines(later), /test\.zone:501:1: record 1 that \$GENERATE makes/)
})

test('a range is first-last or first-last/step, upwards', () => {
  for (const range of ['3-1', '1', '1-', '-1-3', '1--3', '1-3/0', '1-3/', '1-3/-1', '1-3x', '2147483648-2147483648']) {
    assert.match(refusal(`${range} h$ A 192.0.2.1`), /^2:11: expected a range such as 1-10 or 0-100\/2/, range)
  }
})
