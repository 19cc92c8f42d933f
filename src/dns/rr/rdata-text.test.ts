/** Single values between octets, text and JSON: what the functions for one value add to the types themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsError, TextError } from '../errors.ts'
import { parseRdata, rdataJson, rdataOfJson, recordType, typeMnemonic, typeNumber } from './index.ts'

const MX = typeNumber('MX')

test('JSON has the fields by name', () => {
  const octets = parseRdata(MX, '10 mail.example.')
  assert.deepEqual(rdataJson(MX, octets), { preference: 10, exchange: 'mail.example.' })
  assert.deepEqual(rdataOfJson(MX, { preference: 10, exchange: 'mail.example.' }), octets)
})

test('JSON of what no declaration covers is hexadecimal', () => {
  assert.deepEqual(rdataJson(65280, Uint8Array.of(1, 255)), { generic: '01ff' })
  assert.deepEqual(rdataOfJson(65280, { generic: '01FF' }), Uint8Array.of(1, 255))
  assert.deepEqual(rdataJson(MX, Uint8Array.of(1)), { generic: '01' })
  assert.deepEqual(rdataOfJson(MX, { generic: '000a00' }), Uint8Array.of(0, 10, 0))
})

test('JSON that fits no type is refused with a reason', () => {
  for (const [type, value, says] of [
    [MX, null, /object of its fields/],
    [MX, { preference: 10 }, /no value/],
    [MX, { preference: 65536, exchange: '.' }, /no value/],
    [MX, { preference: 10, exchange: '.', weight: 1 }, /no field 'weight'/],
    [MX, { generic: '01' }, /no RDATA of type MX/],
    [MX, { generic: '0' }, /hexadecimal/],
    [65280, { text: 'x' }, /unknown here/],
    [typeNumber('SVCB'), { priority: 1, target: '.', params: { 'no-default-alpn': '' } }, /alpn/],
    [typeNumber('DS'), { keyTag: 1, algorithm: 8, digestType: 2, digest: '00' }, /no RDATA of type DS/],
  ] as const) {
    assert.throws(
      () => rdataOfJson(type, value),
      (error) => error instanceof DnsError && error.code === 'rdata-malformed' && says.test(error.message),
    )
  }
})

test('an error in text says where', () => {
  assert.throws(
    () => parseRdata(MX, '10\tmail..example.'),
    (error) => error instanceof TextError && error.place.line === 1 && error.place.column === 4,
  )
})

test('questions have mnemonics, and ANY has two', () => {
  assert.deepEqual(
    ['ANY', '*', 'AXFR', 'ixfr', 'MAILA', 'MAILB', 'NXNAME'].map(typeNumber),
    [255, 255, 252, 251, 254, 253, 128],
  )
  assert.equal(typeMnemonic(255), 'ANY')
  assert.equal(recordType(255)?.declaration.only, 'question')
})
