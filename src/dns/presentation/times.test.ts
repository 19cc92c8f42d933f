import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TextError } from '../errors.ts'
import { TextWriter } from './text-writer.ts'
import { calendarDay, calendarSeconds, durationOf, readTime, readTtl, showTime, writeTime } from './times.ts'
import { tokensOf } from './tokens.fixture.ts'

const duration = (text: string): number => durationOf(tokensOf(text), 0)
const time = (text: string): number => readTime(tokensOf(text), 'the expiration')

/** YYYYMMDDHHmmSS by way of Date. */
const stamp = (seconds: number): string => new Date(seconds * 1000).toISOString().replaceAll(/[-T:]|\.\d+Z/g, '')

test('durations: seconds, units in any order and case', () => {
  const cases: [string, number][] = [
    ['0', 0],
    ['3600', 3600],
    ['1s', 1],
    ['1m', 60],
    ['1h', 3600],
    ['1d', 86400],
    ['1w', 604800],
    ['1W2D3h4M5s', 604800 + 2 * 86400 + 3 * 3600 + 245],
    ['1h30', 3630],
    ['2d1w', 777600],
    ['1m1m', 120],
    ['4294967295', 0xffffffff],
  ]
  for (const [text, seconds] of cases) assert.equal(duration(text), seconds, text)
  for (const bad of [
    'h',
    '1x',
    '1hh',
    '-1',
    '1.5h',
    '4294967296',
    '7102w',
    '99999999999999999999',
    '""',
    '"1h"',
    '1\\h',
    'é',
    '1h-',
  ]) {
    assert.equal(duration(bad), -1, bad)
  }
  assert.equal(readTtl(tokensOf('1h'), 'a TTL'), 3600)
  assert.throws(
    () => readTtl(tokensOf('soon'), 'a TTL'),
    (error) => error instanceof TextError && /found 'soon'/.test(error.message),
  )
})

test('any sum of units is what its parts say', () => {
  const part = fc.tuple(
    fc.nat(500),
    fc.constantFrom(['s', 1], ['m', 60], ['h', 3600], ['d', 86400], ['w', 604800] as const),
  )
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const text = parts.map(([n, [unit]]) => `${n}${unit}`).join('')
      const sum = parts.reduce((total, [n, [, seconds]]) => total + n * Number(seconds), 0)
      assert.equal(duration(text), sum > 0xffffffff ? -1 : sum)
    }),
  )
})

test('times agree with Date over all that the wire can carry', () => {
  const instant = fc.oneof(
    fc.nat(0xffffffff),
    fc.nat(49710).map((day) => day * 86400),
    fc.nat(49709).map((day) => day * 86400 + 86399),
  )
  fc.assert(
    fc.property(instant, (seconds) => {
      const out = new TextWriter(1)
      writeTime(seconds, out)
      assert.equal(out.toString(), stamp(seconds))
      assert.equal(time(stamp(seconds)), seconds)
      assert.equal(time(String(seconds)), seconds)
    }),
    { numRuns: 3000 },
  )
})

test('calendarSeconds and calendarDay agree with Date up to the year 9999', () => {
  fc.assert(
    fc.property(fc.nat(2932896), (day) => {
      const date = new Date(day * 86400_000)
      const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
      assert.deepEqual(calendarDay(day), { year, month, dayOfMonth })
      assert.equal(calendarSeconds(year, month, dayOfMonth, 0, 0, 0), day * 86400)
    }),
    { numRuns: 3000 },
  )
})

test('times that never were are refused; beyond 2106 they wrap (RFC 4034 §3.1.5)', () => {
  for (const bad of [
    '20230229000000',
    '21000229000000',
    '20240230000000',
    '20231301000000',
    '20230001000000',
    '20230100000000',
    '20230132000000',
    '20230101240000',
    '20230101006000',
    '20230101000061',
    '19691231235959',
    '2023010100000',
    '202301010000000',
    '2023010100000x',
    'now',
    '4294967296',
    '-1',
  ]) {
    assert.throws(() => time(bad), TextError, bad)
  }
  assert.equal(time('20240229000000'), Date.UTC(2024, 1, 29) / 1000)
  assert.equal(time('20000229000000'), Date.UTC(2000, 1, 29) / 1000)
  assert.equal(time('21060207062816'), 0)
  assert.equal(time('20161231235960'), Date.UTC(2017, 0, 1) / 1000, 'a leap second')
})

test('a time shown', () => assert.equal(showTime(1795305600), '2026-11-22 00:00:00 UTC'))
