/** Lines that strangers can cause: the first at once, the rest as counts; neither log nor memory grows with what they send. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Log, LogFields } from '../ports/log.ts'
import { AggregatedLog } from './aggregated-log.ts'

type Line = readonly [string, LogFields, string]

function noting(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = []
  const at = (level: string) => (fields: LogFields, message: string) => void lines.push([level, fields, message])
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines }
}

const refused = (zone: string, peer: string): LogFields => ({ zone, peer, reason: 'not allowed', transport: 'tcp' })

test('the first line of a zone and peer is written at once, those like it as a count when the minute ends', () => {
  const { log, lines } = noting()
  const aggregated = new AggregatedLog(log, { about: 'requests' })
  for (let i = 0; i < 1000; i++) aggregated.info({ ...refused('a.', '192.0.2.1'), id: i }, 'transfer refused')
  assert.deepEqual(lines, [['info', { ...refused('a.', '192.0.2.1'), id: 0 }, 'transfer refused']])
  aggregated.endMinute()
  const { zone, peer, reason } = refused('a.', '192.0.2.1')
  const counted = { zone, peer, reason, count: 999 }
  assert.deepEqual(lines[1], ['info', counted, 'transfer refused (999 more)'])
  aggregated.endMinute()
  assert.equal(lines.length, 2, 'what is counted is written once')
  aggregated.info(refused('a.', '192.0.2.1'), 'transfer refused')
  assert.deepEqual(lines[2], ['info', refused('a.', '192.0.2.1'), 'transfer refused'])
})

test('lines differ by sentence, zone, owner, peer, kind, serial and reason', () => {
  const { log, lines } = noting()
  const aggregated = new AggregatedLog(log, { about: 'requests' })
  const all = [
    [{ zone: 'a.', peer: '192.0.2.1', reason: 'x' }, 'one'],
    [{ zone: 'b.', peer: '192.0.2.1', reason: 'x' }, 'one'],
    [{ zone: 'a.', peer: '192.0.2.2', reason: 'x' }, 'one'],
    [{ zone: 'a.', peer: '192.0.2.1', reason: 'y' }, 'one'],
    [{ zone: 'a.', peer: '192.0.2.1', reason: 'x', owner: 'a.a.' }, 'one'],
    [{ zone: 'a.', peer: '192.0.2.1', reason: 'x', kind: 'axfr' }, 'one'],
    [{ zone: 'a.', peer: '192.0.2.1', reason: 'x', kind: 'axfr', serial: 2 }, 'one'],
    [{ zone: 'a.', peer: '192.0.2.1', reason: 'x' }, 'two'],
  ] as const
  for (let round = 0; round < 2; round++) for (const [fields, message] of all) aggregated.info(fields, message)
  assert.deepEqual(
    lines.map(([, fields, message]) => [fields, message]),
    all,
  )
})

test('who changes zone or address with every packet gets so many lines a minute, and one for all the rest', () => {
  const { log, lines } = noting()
  const aggregated = new AggregatedLog(log, { about: 'requests', mostLines: 10 })
  const flood = (): void => {
    for (let i = 0; i < 100_000; i++) aggregated.info(refused(`z${i}.`, `2001:db8::${i}`), 'transfer refused')
  }
  flood()
  assert.equal(lines.length, 10)
  aggregated.endMinute()
  assert.deepEqual(lines.slice(10), [['info', { count: 99_990 }, '99990 more lines about requests are left out']])
  flood()
  aggregated.endMinute()
  assert.equal(lines.length, 22, 'each minute anew')
  assert.deepEqual(lines[21]?.[1], { count: 99_990 })
})

test('addresses that can be forged leave half of the lines to others, and one level leaves those of the next', () => {
  const { log, lines } = noting()
  const aggregated = new AggregatedLog(log, { about: 'requests', mostLines: 10 })
  const forge = (level: 'debug' | 'info'): void => {
    for (let i = 0; i < 100; i++) aggregated[level]({ peer: `192.0.2.${i}`, transport: 'udp' }, 'NOTIFY refused')
  }
  forge('debug')
  forge('info')
  assert.equal(lines.length, 10)
  aggregated.info(refused('a.', '198.51.100.1'), 'transfer refused')
  aggregated.error({ error: new Error('x') }, 'a fault')
  assert.deepEqual(
    lines.slice(10).map(([level]) => level),
    ['info', 'error'],
  )
})

test('errors are alike when they were thrown at the same place, whatever their messages say', () => {
  const { log, lines } = noting()
  const aggregated = new AggregatedLog(log, { about: 'requests' })
  const here = (text: string): Error => new Error(text)
  const there = (text: string): Error => new TypeError(text)
  for (let i = 0; i < 10; i++) aggregated.error({ error: here(`of stranger ${i}`) }, 'a fault')
  aggregated.error({ error: there('another') }, 'a fault')
  assert.equal(lines.length, 2)
})

test('a minute ends by itself', async () => {
  const { log, lines } = noting()
  const aggregated = new AggregatedLog(log, { about: 'requests', minuteSeconds: 0.05 })
  const twice = (): void => {
    for (let i = 0; i < 2; i++) aggregated.info(refused('a.', '192.0.2.1'), 'transfer refused')
  }
  twice()
  for (let i = 0; i < 200 && lines.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(lines[1]?.[2], 'transfer refused (1 more)')
  twice()
  for (let i = 0; i < 200 && lines.length < 4; i++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(lines.length, 4)
})
