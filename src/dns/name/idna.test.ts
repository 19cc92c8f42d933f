import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../errors.ts'
import { misplacedULabels, Name, readUnicodeName, showBothWays, toAsciiText, unicodeText } from './index.ts'

/** The message of the error that a name gives, without its beginning. */
function refusal(text: string): string {
  try {
    const name = readUnicodeName(text)
    assert.fail(`'${text}' is read as ${name}`)
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    assert.match(error.code, /^(name-syntax|label-too-long|name-too-long)$/)
    return error.message.replace(/^.* is no domain name: /, '')
  }
}

describe('RFC5890 §2.3.2.1: U-labels become A-labels', () => {
  const names: Readonly<Record<string, string>> = {
    'bücher.example': 'xn--bcher-kva.example.',
    'bücher.example.': 'xn--bcher-kva.example.',
    bücher: 'xn--bcher-kva.',
    'BÜCHER.Example': 'xn--bcher-kva.Example.',
    'bu\u0308cher.example': 'xn--bcher-kva.example.',
    'straße.de': 'xn--strae-oqa.de.',
    'παράδειγμα.δοκιμή': 'xn--hxajbheg2az3al.xn--jxalpdlp.',
    '例え。テスト': 'xn--r8jz45g.xn--zckzah.',
    'مثال.إختبار': 'xn--mgbh0fb.xn--kgbechtv.',
    'sub.bücher.xn--bcher-kva': 'sub.xn--bcher-kva.xn--bcher-kva.',
    'ｅｘａｍｐｌｅ.com': 'example.com.',
  }
  for (const [text, expected] of Object.entries(names)) {
    test(text, () => {
      assert.equal(readUnicodeName(text).toString(), expected)
    })
  }
})

describe('labels of ASCII beside them stay what they are', () => {
  const names: Readonly<Record<string, string>> = {
    underscores: '_sip._tcp.bücher.example',
    'a wildcard': '*.bücher.example',
    'a percent sign, which a URL would decode': '%62%2e.bücher.example',
    'a port and a path, which a URL would cut': 'a:53.b/c.d?e.f#g.h@i.bücher.example',
    'digits, which a URL would take for an address': '1.2.3.bücher',
    'hexadecimal digits': '0x7f.bücher.1',
    'an escaped dot': 'a\\.b.bücher.example',
    'an octet by its number': 'a\\046b.\\000.bücher.example',
    'an escaped backslash before a dot': 'a\\\\.bücher.example',
    'upper case': 'WWW.bücher.EXAMPLE',
    hyphens: '-a-.a--b.bücher.example',
    'an A-label that stands for nothing': 'xn--a.bücher.example',
  }
  for (const [what, text] of Object.entries(names)) {
    test(what, () => {
      const expected = Name.parse(text.replace('bücher', 'xn--bcher-kva'))
      assert.deepEqual(readUnicodeName(text).octets, expected.octets)
    })
  }

  test('a name of ASCII alone is read as ever, whatever it is', () => {
    for (const text of [
      '.',
      '@',
      '*',
      '%41.',
      '1.2.3.4',
      '0x7f.1',
      'EXAMPLE',
      '_a',
      'xn--a',
      'a\\046b',
      'a b',
      '-',
      'xn--bücher'.slice(0, 5),
    ]) {
      assert.equal(toAsciiText(text), text)
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (text) => {
        assert.equal(toAsciiText(text), text)
      }),
    )
  })
})

describe('what is no name is refused with the label and the reason', () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    'bü%63her.example': /^the label 'bü%63her' has '%' beside characters beyond ASCII/,
    'bücher:53': /^the label 'bücher:53' has ':'/,
    'bücher/x': /has '\/'/,
    'bücher@x': /has '@'/,
    'bücher?': /has '\?'/,
    'bü cher': /has ' '/,
    bü_cher: /has '_'/,
    '*ü.example': /has '\*'/,
    '[ü]': /has '\['/,
    'bü\\.cher.example': /^the label 'bü\\.cher' has '\\'/,
    'bü\\046cher.example': /^the label 'bü\\046cher' has '\\'/,
    '-ü.example': /^the label '-ü' begins or ends with a hyphen/,
    'ü-.example': /begins or ends with a hyphen/,
    'ab--ü.example': /two hyphens in the third and fourth place/,
    'xn--bücher.example': /two hyphens in the third and fourth place/,
    'a\ufffdb.example': /^the label 'a\ufffdb' is not UTF-8 text/,
    '\u200dü.example': /has characters that no name may have/,
    '\u00ad.example': /has characters that no name may have/,
    '\u2488.example': /has characters that no name may have/,
    '\u2100.example': /has characters that no name may have/,
    'aא.example': /has characters that no name may have/,
    'ü..example': /^a label is empty/,
    '.ü': /^a label is empty/,
    '。ü': /^a label is empty/,
  }
  for (const [text, reason] of Object.entries(wrong)) {
    test(JSON.stringify(text), () => {
      assert.match(refusal(text), reason)
    })
  }

  test('an A-label of more than 63 octets, a name of more than 255', () => {
    assert.equal(toAsciiText('ü'.repeat(50)).length <= 63, true)
    assert.match(refusal(`a${'ü'.repeat(62)}.example`), /is \d\d octets long as an A-label, and a label has at most 63/)
    assert.match(refusal('bücher.'.repeat(20)), /longer than 255 octets/)
  })

  test('digits of other scripts make no address of four numbers', () => {
    assert.equal(readUnicodeName('１.２.３.４').toString(), '1.2.3.4.')
    assert.equal(readUnicodeName('１２７.example').toString(), '127.example.')
    assert.equal(readUnicodeName('０x7f').toString(), '0x7f.')
  })
})

describe('both ways', () => {
  test('a name with A-labels is shown with its U-labels', () => {
    assert.equal(unicodeText(Name.parse('xn--bcher-kva.example.')), 'bücher.example.')
    assert.equal(unicodeText(Name.parse('XN--BCHER-KVA.Example.')), 'bücher.Example.')
    assert.equal(showBothWays(Name.parse('a\\.b._x.xn--bcher-kva.')), 'a\\.b._x.xn--bcher-kva. (a\\.b._x.bücher.)')
  })

  test('what only looks like an A-label is shown as it is', () => {
    for (const text of [
      'example.',
      '.',
      'xn--a.',
      'xn--.',
      'xn--bcher-kvb\u005f.',
      'a\\.xn--bcher-kva.',
      'xn--example-.',
      'xn--99zzzzzz.',
      'xn----eha.',
      'xn--_-dha.',
    ]) {
      assert.equal(unicodeText(Name.parse(text)), undefined, text)
      assert.equal(showBothWays(Name.parse(text)), text)
    }
  })

  test('what a person wrote is found again', () => {
    for (const text of ['bücher.example.', 'παράδειγμα.δοκιμή.', '例え.テスト.', '*._x.straße.']) {
      assert.equal(unicodeText(readUnicodeName(text)), text)
    }
  })

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
        try {
          const name = readUnicodeName(text)
          assert.ok(name.octets.length <= 255)
          const unicode = unicodeText(name)
          if (unicode !== undefined) assert.ok(readUnicodeName(unicode).equals(name))
        } catch (error) {
          assert.ok(error instanceof DnsError, String(error))
        }
      }),
    )
  })
})

describe('U-labels where A-labels belong', () => {
  const misplaced = (text: string) => misplacedULabels(Name.parse(text).octets, 0)

  test('the A-label is told', () => {
    assert.deepEqual(misplaced('www.bücher.example.'), {
      unicode: 'www.bücher.example.',
      ascii: 'www.xn--bcher-kva.example.',
    })
    assert.deepEqual(misplaced('a\\.b.bücher.'), { unicode: 'a\\.b.bücher.', ascii: 'a\\.b.xn--bcher-kva.' })
  })

  test('ASCII, other encodings, and what IDNA does not allow', () => {
    for (const text of [
      'example.',
      'xn--bcher-kva.',
      'b\\252cher.',
      'b\\195\\188\\046c.',
      'b\\195\\188\\092c.',
      'b\\195\\188_.',
    ]) {
      assert.equal(misplaced(text), undefined, text)
    }
  })
})
