import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, LogFields } from '../ports/log.ts'
import { TurnWatch } from './turn-watch.ts'

function watchedLog(): { log: Log; lines: LogFields[] } {
  const lines: LogFields[] = []
  const note = (fields: LogFields): void => {
    lines.push(fields)
  }
  return { lines, log: { debug: note, info: note, warn: note, error: note } }
}

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('a part above 50 ms is counted and logged with what ran; shorter ones are not', () => {
  const { log, lines } = watchedLog()
  const turns = new TurnWatch(log)
  turns.took('something short', 49)
  turns.look(0)
  assert.deepEqual([turns.turns.count, lines], [0, []])
  turns.took('the publication of zones', 83.4)
  turns.took('something short', 12)
  turns.look(1000)
  assert.deepEqual(turns.turns, { count: 1, longestMilliseconds: 83.4 })
  assert.deepEqual(lines, [{ milliseconds: 83, ran: 'the publication of zones', turns: 1 }])
})

test('however many turns are long, a minute has one line, with the longest of them', () => {
  const { log, lines } = watchedLog()
  const turns = new TurnWatch(log)
  for (let second = 0; second < 125; second++) {
    turns.took(`a part at ${second} s`, second === 40 ? 900 : 60)
    turns.look(second * 1000)
  }
  assert.equal(turns.turns.count, 125)
  assert.deepEqual(lines, [
    { milliseconds: 60, ran: 'a part at 0 s', turns: 1 },
    { milliseconds: 900, ran: 'a part at 40 s', turns: 60 },
    { milliseconds: 60, ran: 'a part at 61 s', turns: 60 },
  ])
})

test('a turn of which no part reports its time is seen all the same', async () => {
  const { log, lines } = watchedLog()
  const turns = new TurnWatch(log)
  turns.start()
  await sleep(100)
  work(150)
  await sleep(100)
  turns.look()
  turns.stop()
  assert.equal(turns.turns.count, 1)
  assert.ok(turns.turns.longestMilliseconds > 100)
  assert.match(String(lines[0]?.ran), /does not report its time/)
})

test('what throws is measured too', () => {
  const turns = new TurnWatch(watchedLog().log)
  assert.throws(() =>
    turns.measure('a part that fails', () => {
      work(60)
      throw new Error('it fails')
    }),
  )
  turns.look(0)
  assert.equal(turns.turns.count, 1)
})
