/**
 * RDATA: the first octets draw the type, the rest is its RDATA, or its text. What a declared type accepts must print, parse back
 * to the same octets, have one canonical form, survive a message and its JSON form.
 */

import { CompressionTable } from '../../src/dns/name/index.ts'
import { OctetWriter } from '../../src/dns/octets.ts'
import { EntryScanner, TextWriter, Tokens } from '../../src/dns/presentation/index.ts'
import { printGeneric, type RecordType, rdataJson, rdataOfJson, recordTypes } from '../../src/dns/rr/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { Random } from '../mutate.ts'
import { type FuzzTarget, hold } from '../target.ts'

const types = recordTypes()

function typeOf(octets: Uint8Array): RecordType | undefined {
  return types[(((octets[0] ?? 0) << 8) | (octets[1] ?? 0)) % types.length]
}

/** Parses the text of one record's RDATA, all of it. Throws TextError. */
function parse(type: RecordType, text: string | Uint8Array): Uint8Array {
  const tokens = new Tokens()
  new EntryScanner(textSource(text), tokens).next()
  const out = new OctetWriter(64)
  type.parse(tokens, out)
  return out.copy()
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function checked(type: RecordType, rdata: Uint8Array): void {
  const { mnemonic } = type
  const text = new TextWriter(64)
  type.print(rdata, 0, rdata.length, text)
  hold(same(parse(type, text.toString()), rdata), `${mnemonic}: '${text}' parses back to the same octets`)
  text.clear()
  printGeneric(rdata, 0, rdata.length, text)
  hold(same(parse(type, text.toString()), rdata), `${mnemonic}: the generic form parses back`)

  const once = new OctetWriter(64)
  type.canonical(rdata, 0, rdata.length, once)
  const canonical = once.copy()
  hold(type.check(canonical, 0, canonical.length), `${mnemonic}: the canonical form is well-formed`)
  const twice = new OctetWriter(64)
  type.canonical(canonical, 0, canonical.length, twice)
  hold(same(twice.copy(), canonical), `${mnemonic}: the canonical form is its own`)

  const expanded = new OctetWriter(64)
  hold(type.expand(rdata, 0, rdata.length, expanded), `${mnemonic}: uncompressed RDATA expands`)
  hold(same(expanded.copy(), rdata), `${mnemonic}: to itself`)
  const message = new OctetWriter(64)
  message.bytes(new Uint8Array(12))
  type.compress(rdata, 0, rdata.length, { out: message, names: new CompressionTable() })
  const back = new OctetWriter(64)
  hold(type.expand(message.octets, 12, message.length, back), `${mnemonic}: compressed RDATA expands`)
  const lowered = new OctetWriter(64)
  type.canonical(back.octets, 0, back.length, lowered)
  hold(same(lowered.copy(), canonical), `${mnemonic}: to the same record`)

  type.decode(rdata)
  hold(same(rdataOfJson(type.number, rdataJson(type.number, rdata)), rdata), `${mnemonic}: the JSON form comes back`)
}

export const target: FuzzTarget = {
  name: 'rdata',
  maxLength: 2000,
  run(octets) {
    const type = typeOf(octets)
    if (type === undefined) return undefined
    const rdata = octets.slice(2)
    const good = type.check(rdata, 0, rdata.length)
    if (good) checked(type, rdata)
    const out = new OctetWriter(64)
    if (type.expand(octets, 2, octets.length, out)) {
      hold(type.check(out.octets, 0, out.length), `${type.mnemonic}: what expands is well-formed`)
    }
    // The same octets as text.
    const read = parse(type, rdata)
    hold(type.check(read, 0, read.length), `${type.mnemonic}: what parses is well-formed`)
    checked(type, read)
    return `${type.mnemonic} ${good}`
  },
  seeds() {
    const random = new Random(1)
    const draw = (bound: number): number => random.below(bound)
    return types.flatMap((type, index) => {
      const head = [index >> 8, index & 255]
      return [0, 1].flatMap(() => {
        const rdata = type.encode(type.generate(draw))
        const text = new TextWriter(64)
        type.print(rdata, 0, rdata.length, text)
        return [Uint8Array.of(...head, ...rdata), Uint8Array.of(...head, ...text.octets.subarray(0, text.length))]
      })
    })
  },
  dictionary: [
    '\\#',
    '\\# 4 ',
    ' ',
    '"',
    '.',
    '@',
    '-',
    '*',
    '0',
    '1',
    '65535',
    '4294967295',
    'key65535=',
    'alpn=h2',
    '!1:',
    '/24',
    ';',
    '(',
    ')',
    '\\032',
    '\n',
  ].map((word) => new TextEncoder().encode(word)),
}
