import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import { parseDnskeyRecord, parseKeyRecords } from './key-record.ts'
import { P256_RECORD } from './keys.fixture.ts'

test('DNSKEY and DS records in all their spellings', () => {
  const key = 'l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4='
  const text = `; a comment
example.com. IN DNSKEY 257 3 15 ${key} ;{id = 3613 (ksk)}
example.com.\tDNSKEY 257 3 ED25519 ${key.slice(0, 9)} ${key.slice(9)}
example.com. 300 in dnskey 257 3 15 (
  ${key.slice(0, 20)} ; half of it
  ${key.slice(20)} )
example.com. IN 300 DNSKEY ( 257 3 15 ) ${key}

example.com. 60 IN DS 3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79 A304B`
  const records = parseKeyRecords(text.replaceAll('\n', '\r\n'), 'k')
  assert.deepEqual(
    records.map(({ type, ttl }) => [type, ttl]),
    [
      ['DNSKEY', undefined],
      ['DNSKEY', undefined],
      ['DNSKEY', 300],
      ['DNSKEY', 300],
      ['DS', 60],
    ],
  )
  assert.equal(new Set(records.slice(0, 4).map((record) => Buffer.from(record.rdata).toString('hex'))).size, 1)
  const ds = records[4]
  assert.ok(ds?.type === 'DS' && ds.keyTag === 3613 && ds.digest.length === 32)
})

test('every error has its place', () => {
  const cases: [string, string][] = [
    ['example. IN DNSKEY 257 3 13', 'f:1:28: the public key is missing'],
    ['example. IN DNSKEY 257 3', 'f:1:25: expected a DNSSEC algorithm, but the record ends here'],
    ['example. IN DNSKEY 257 4 13 AA==', 'f:1:24: the protocol of a DNSKEY is 3'],
    ['example. IN DNSKEY x 3 13 AA==', 'f:1:20: expected flags (a number from 0 to 65535)'],
    ['example. IN DNSKEY 257 3 SHA AA==', 'f:1:26: expected a DNSSEC algorithm (a number or a known mnemonic)'],
    ['\n example. IN DNSKEY 257 3 8 AA=A', "f:2:29: a public key: 'A' does not belong into base64 here"],
    ['example. IN TXT x', "f:1:13: expected DNSKEY or DS, found 'TXT'"],
    ['a..b. IN DNSKEY 257 3 8 AAAA', 'f:1:1: '],
    ['example. IN DNSKEY ( 257 3 8 AAAA', 'f:1:20: a parenthesis is never closed'],
    ['example. IN DNSKEY 257 ) 3 8 AAAA', 'f:1:24: a parenthesis is closed that was never opened'],
    ['example. IN DS 1 8 2 abc', 'f:1:22: a digest: hexadecimal digits come in pairs'],
  ]
  for (const [text, message] of cases) {
    assert.throws(
      () => parseKeyRecords(text, 'f'),
      (error) => error instanceof DnsError && error.code === 'key-invalid' && error.message.startsWith(message),
      text,
    )
  }
  assert.throws(() => parseDnskeyRecord(P256_RECORD + P256_RECORD, 'f'), { code: 'key-invalid', message: /^f:4:1: / })
  assert.throws(() => parseDnskeyRecord('', 'f'), { code: 'key-invalid' })
  assert.throws(() => parseKeyRecords(' '.repeat(70000), 'f'), { code: 'key-invalid' })
})

test('any text is records or an error of ours', () => {
  const word = fc.constantFrom(
    'example.',
    'IN',
    'DNSKEY',
    'DS',
    '257',
    '3',
    '13',
    'AA==',
    '(',
    ')',
    ';',
    '\n',
    ' ',
    '"',
    '\\',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (text) => {
        try {
          parseKeyRecords(text, 'f')
        } catch (error) {
          assert.ok(error instanceof DnsError, String(error))
        }
      },
    ),
    { numRuns: 2000 },
  )
})
