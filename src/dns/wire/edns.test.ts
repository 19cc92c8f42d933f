import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WireError } from '../errors.ts'
import { OctetWriter } from '../octets.ts'
import { EXTENDED_ERRORS, extendedError } from './ede-codes.ts'
import {
  areOptions,
  decodeOptions,
  encodeOptions,
  findOption,
  optionOf,
  paddingLength,
  QUERY_PADDING_BLOCK,
  RESPONSE_PADDING_BLOCK,
} from './edns.ts'
import {
  decodeOption,
  type EdnsOption,
  encodeOption,
  isClientSubnet,
  optionCode,
  optionFault,
  optionMnemonic,
} from './edns-options.ts'
import { opcodeMnemonic, opcodeNumber, rcodeMnemonic, rcodeNumber, tsigErrorMnemonic } from './header.ts'
import { anyOption } from './messages.fixture.ts'

const octetsOf = (hex: string): Uint8Array => Uint8Array.fromHex(hex.replaceAll(/\s/g, ''))

function option(code: number, hex: string): EdnsOption {
  const data = octetsOf(hex)
  return decodeOption(code, data, 0, data.length)
}

test('any options come back from their octets', () => {
  fc.assert(
    fc.property(fc.array(anyOption, { maxLength: 5 }), (options) => {
      const out = new OctetWriter(16)
      encodeOptions(options, out)
      assert.ok(areOptions(out.octets, 0, out.length))
      assert.deepEqual(decodeOptions(out.octets, 0, out.length), options)
      for (const each of options) assert.ok(findOption(out.octets, 0, out.length, optionCode(each)) >= 4)
    }),
    { numRuns: 500 },
  )
})

test('any octets as the data of any option come back the same', () => {
  const code = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.nat(65535))
  fc.assert(
    fc.property(code, fc.uint8Array({ maxLength: 60 }), (number, data) => {
      const out = new OctetWriter(16)
      const decoded = decodeOption(number, data, 0, data.length)
      encodeOption(decoded, out)
      assert.deepEqual(out.copy(4), data)
      assert.equal(optionCode(decoded), number)
      if (optionFault(number, data, 0, data.length) !== undefined) assert.equal(decoded.kind, 'raw')
    }),
    { numRuns: 3000 },
  )
})

test('options are copied, out of a Buffer too', () => {
  const buffer = Buffer.from('00030001ff', 'hex')
  const options = decodeOptions(buffer, 0, 5)
  buffer[4] = 0
  assert.deepEqual(options, [{ kind: 'nsid', identifier: Uint8Array.of(0xff) }])
})

test('options that overrun their record are refused', () => {
  for (const bad of ['00', '000300', '0003 0001', '0003 0000 00', '0003 ffff 00', '0003 0001 00 0004']) {
    const octets = octetsOf(bad)
    assert.ok(!areOptions(octets, 0, octets.length))
    assert.throws(() => decodeOptions(octets, 0, octets.length), WireError)
  }
})

test('RFC 7873 §4: a cookie has 8 octets, or 16 to 40', () => {
  for (let length = 0; length <= 45; length++) {
    const fine = length === 8 || (length >= 16 && length <= 40)
    assert.equal(option(10, '07'.repeat(length)).kind, fine ? 'cookie' : 'raw', String(length))
  }
  assert.deepEqual(option(10, '0102030405060708 1112131415161718'), {
    kind: 'cookie',
    client: octetsOf('0102030405060708'),
    server: octetsOf('1112131415161718'),
  })
})

test('RFC 7871 §6: family, prefix, exact address, no bits beyond the prefix', () => {
  const good = [
    '0001 00 00',
    '0001 18 00 c00002',
    '0001 19 18 c0000280',
    '0001 20 20 c0000201',
    '0002 38 00 20010db8000102',
    '0002 01 00 80',
    `0002 80 80 ${'20'.repeat(16)}`,
  ]
  const bad = [
    '',
    '0001',
    '0001 00',
    '0001 18 00 c000',
    '0001 18 00 c0000201',
    '0001 19 00 c0000240',
    '0001 21 00 c000020100',
    '0001 18 21 c00002',
    '0003 00 00',
    '0000 00 00',
    '0002 81 00',
    '0002 01 00 40',
  ]
  for (const [list, fine] of [
    [good, true],
    [bad, false],
  ] as const) {
    for (const hex of list) {
      const data = octetsOf(hex)
      assert.equal(isClientSubnet(data, 0, data.length), fine, hex)
    }
  }
})

test('lengths of the other options', () => {
  const kinds: [number, string, string][] = [
    [9, '', 'expire'],
    [9, '00000001', 'expire'],
    [9, '000001', 'raw'],
    [11, '', 'keepalive'],
    [11, '0001', 'keepalive'],
    [11, '00', 'raw'],
    [13, '0161 00', 'chain'],
    [13, '0161', 'raw'],
    [13, '00 00', 'raw'],
    [13, '', 'raw'],
    [14, '4f66', 'key-tag'],
    [14, '', 'raw'],
    [14, '4f', 'raw'],
    [15, '0006', 'ede'],
    [15, '0006 c3a4', 'ede'],
    [15, '0006 ff', 'raw'],
    [15, '00', 'raw'],
    [18, '00', 'report-channel'],
    [18, '', 'raw'],
    [19, '', 'zoneversion'],
    [19, '02 00 00000001', 'zoneversion'],
    [19, '02 00 000001', 'raw'],
    [19, '02', 'raw'],
    [19, '02 f6 00', 'zoneversion'],
    [12, '0000', 'padding'],
    [12, '0001', 'raw'],
    [3, '', 'nsid'],
    [65001, '01', 'raw'],
  ]
  for (const [code, hex, kind] of kinds) assert.equal(option(code, hex).kind, kind, `${optionMnemonic(code)} ${hex}`)
})

test('optionOf finds the first of a kind', () => {
  const edns = {
    udpSize: 1232,
    version: 0,
    dnssecOk: false,
    flags: 0,
    options: [option(15, '0006'), option(15, '0007')],
  }
  assert.equal(optionOf(edns, 'ede')?.infoCode, 6)
  assert.equal(optionOf(edns, 'cookie'), undefined)
  assert.equal(optionOf(undefined, 'ede'), undefined)
})

test('RFC 8467 §4: queries to 128, responses to 468, never beyond the limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 12, max: 1500 }),
      fc.constantFrom(QUERY_PADDING_BLOCK, RESPONSE_PADDING_BLOCK),
      (length, block) => {
        const padding = paddingLength(length, block, 1232)
        if (padding < 0) return assert.ok(length + 4 > 1232)
        const total = length + 4 + padding
        assert.ok(total === 1232 || total % block === 0)
        assert.ok(total <= 1232 && padding < block)
      },
    ),
  )
})

test('RFC 8914: extended errors 0 to 30, each with a name and a sentence', () => {
  assert.deepEqual(
    EXTENDED_ERRORS.map((error) => error.code),
    Array.from({ length: 31 }, (_, i) => i),
  )
  assert.equal(extendedError(6).name, 'DNSSEC Bogus')
  assert.equal(extendedError(4711).name, 'EDE4711')
  for (const { sentence } of EXTENDED_ERRORS) assert.match(sentence, /^[A-Z].*\.$/)
})

test('mnemonics of OPCODEs and RCODEs, both ways', () => {
  for (let i = 0; i < 16; i++) assert.equal(opcodeNumber(opcodeMnemonic(i).toLowerCase()), i)
  for (let i = 0; i < 4096; i++) assert.equal(rcodeNumber(rcodeMnemonic(i)), i)
  assert.deepEqual([rcodeMnemonic(16), tsigErrorMnemonic(16), tsigErrorMnemonic(18)], ['BADVERS', 'BADSIG', 'BADTIME'])
  assert.deepEqual(
    [rcodeNumber('badsig'), rcodeNumber('nope'), rcodeNumber('RCODE65536'), opcodeNumber('OPCODE16')],
    [16, -1, -1, -1],
  )
})
