import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Alarms } from './alarms.ts'

test('each is woken once, at its second; the last wish counts', async () => {
  let now = 100
  const alarms = new Alarms({ wall: () => 0, steady: () => now, ahead: () => -now })
  const woken: string[] = []
  const wake = (name: string) => (): number => woken.push(name)
  const [a, b, c] = [wake('a'), wake('b'), wake('c')]
  alarms.set(a, 101)
  alarms.set(b, 101)
  alarms.set(b, 5000)
  alarms.set(c, 101)
  alarms.clear(c)
  await sleep(700)
  assert.deepEqual(woken, [])
  now = 101
  await sleep(700)
  assert.deepEqual(woken, ['a'])
  // A clock that jumps wakes all that is overdue.
  now = 100_000
  await sleep(700)
  assert.deepEqual(woken, ['a', 'b'])
  alarms.stop()
})

test('one that sets itself anew while it is woken is woken again later', async () => {
  let count = 0
  const alarms = new Alarms({ wall: () => 0, steady: () => 100, ahead: () => -100 })
  const again = (): void => {
    count++
    alarms.set(again, 100)
  }
  alarms.set(() => {}, 100)
  alarms.set(again, 100)
  while (count < 2) await sleep(50)
  alarms.stop()
  assert.equal(count, 2)
})
