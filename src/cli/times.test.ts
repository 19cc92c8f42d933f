import assert from 'node:assert/strict'
import test from 'node:test'
import { parseDuration, parseTime } from './times.ts'

const FROM = 1_800_000_000

test('times in all four forms', () => {
  for (const [text, seconds] of [
    ['20261122000000', 1795305600],
    ['20240229235959', 1709251199],
    ['1795305600', 1795305600],
    ['0', 0],
    ['4294967295', 4294967295],
    ['2026-11-22T00:00:00Z', 1795305600],
    ['2026-11-22T01:00:00+01:00', 1795305600],
    ['2026-11-22', 1795305600],
    ['now', FROM],
    ['+14d', FROM + 14 * 86400],
    ['-1h', FROM - 3600],
    ['+90', FROM + 90],
    ['+2w', FROM + 14 * 86400],
    ['+30m', FROM + 1800],
    ['+1mo', FROM + 30 * 86400],
    ['+1y', FROM + 365 * 86400],
    [' +1d ', FROM + 86400],
  ] as const) {
    assert.equal(parseTime('--at', text, FROM), seconds, text)
  }
})

test('what is no time is refused, with the name of the option', () => {
  const bad = [
    '',
    'soon',
    '20261322000000',
    '20260230000000',
    '20261122240000',
    '202611220000',
    '4294967296',
    '-1',
    '+1q',
  ]
  for (const text of [
    ...bad,
    '1.5',
    '2026-13-01',
    '2026-02-30',
    '2026-11-22T25:00:00Z',
    '99999999999999',
    '+9999999999y',
  ]) {
    if (text === '-1') continue // a second ago
    assert.throws(() => parseTime('--at', text, FROM), { code: 'usage', message: /^--at: / }, text)
  }
})

test('ISO 8601 without a zone is UTC, as all other forms are', () => {
  assert.equal(parseTime('--at', '2026-11-22T00:00:00'), 1795305600)
})

test('durations', () => {
  assert.equal(parseDuration('--jitter', '0'), 0)
  assert.equal(parseDuration('--jitter', '90'), 90)
  assert.equal(parseDuration('--jitter', '12h'), 43200)
  for (const text of ['', '-1', 'h', '1 h', '1.5h', '1x']) {
    assert.throws(() => parseDuration('--jitter', text), { code: 'usage', message: /^--jitter: / })
  }
})
