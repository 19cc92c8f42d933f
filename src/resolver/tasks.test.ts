import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Effect, type Future, Pause, Tasks, type Work } from './tasks.ts'

function quietTasks(): Tasks {
  return new Tasks((error) => {
    throw error
  })
}

test('a task that waits for nothing is done at once', () => {
  const future = quietTasks().start(
    // biome-ignore lint/correctness/useYield: it has nothing to wait for
    (function* (): Work<number> {
      return 7
    })(),
  )
  assert.equal(future.outcome, 7)
})

test('a task goes on when what it waits for is there, and those who wait for it after that', () => {
  const tasks = quietTasks()
  const calls: (() => void)[] = []
  const order: string[] = []
  const first = tasks.start(
    (function* (): Work<string> {
      yield new Pause((call) => calls.push(call))
      order.push('first')
      return 'value'
    })(),
  )
  const second = tasks.start(
    (function* (): Work<string> {
      yield first
      order.push('second')
      return `${first.outcome}!`
    })(),
  )
  assert.deepEqual([first.isDone, second.isDone, tasks.count], [false, false, 2])
  for (const call of calls) call()
  assert.deepEqual([order, second.outcome, tasks.count], [['first', 'second'], 'value!', 0])
})

test('tasks that would wait for each other for ever are told so', () => {
  const tasks = quietTasks()
  const futures: Future<string>[] = []
  const calls: (() => void)[] = []
  const waitFor = function* (other: number): Work<string> {
    yield new Pause((call) => calls.push(call))
    const future = futures[other]
    if (future === undefined) return 'nothing'
    if (!future.isDone) yield future
    return future.isDone ? 'came' : 'loop'
  }
  for (const other of [1, 2, 0]) futures.push(tasks.start(waitFor(other)))
  for (const call of calls) call()
  assert.deepEqual(
    futures.map((future) => future.outcome),
    ['came', 'came', 'loop'],
  )
})

test('an error of this program ends one task, and those who wait for it go on', () => {
  const faults: unknown[] = []
  const tasks = new Tasks((error) => faults.push(error))
  let fail = (): void => {}
  const broken = tasks.start(
    (function* (): Work<string> {
      yield new Pause((call) => {
        fail = call
      })
      throw new Error('broken')
    })(),
  )
  const other = tasks.start(
    (function* (): Work<string> {
      yield broken
      return broken.outcome ?? 'nothing came'
    })(),
  )
  fail()
  assert.deepEqual([faults.length, other.outcome, tasks.count], [1, 'nothing came', 0])
})

test('a long row of tasks that wait for each other needs no stack', () => {
  const tasks = quietTasks()
  let go = (): void => {}
  const begin: Effect = {
    begin: (_task, resume) => {
      go = resume
    },
  }
  const work = function* (last: Future<number> | undefined): Work<number> {
    yield last ?? begin
    return (last?.outcome ?? 0) + 1
  }
  let last: Future<number> | undefined
  for (let i = 0; i < 3000; i++) last = tasks.start(work(last))
  go()
  assert.equal(last?.outcome, 3000)
})

test('what is to be done at once by many is done in several turns; who is woken in between does not wait for them', () => {
  let now = 0
  const later: (() => void)[] = []
  const fault = (error: unknown): void => {
    throw error
  }
  const tasks = new Tasks(fault, { milliseconds: () => now, later: (call) => later.push(call) })
  const calls: (() => void)[] = []
  const order: string[] = []
  const work = function* (name: string, before: Effect): Work<void> {
    yield before
    now += 2
    order.push(name)
  }
  const first = tasks.start(work('first', new Pause((call) => calls.push(call))))
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) tasks.start(work(name, first))
  const other = tasks.start(work('other', new Pause((call) => calls.push(call))))
  calls[0]?.()
  assert.deepEqual([order.join(' '), later.length], ['first a b c', 1])
  calls[1]?.()
  assert.ok(other.isDone)
  while (later.length > 0) later.shift()?.()
  assert.deepEqual([order.join(' '), tasks.count], ['first a b c other d e f g h i j', 0])
})
