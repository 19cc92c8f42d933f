/** Answers that begin in zones of this server go with the version that they were made from. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { OwnAnswers } from './own-answers.ts'

const zone = Name.parse('example.')

function opened() {
  const calls: string[] = []
  const answers = new OwnAnswers({
    remove: (name, type) => calls.push(`${name} ${type}`),
    removeSubtree: (name) => calls.push(`${name} and below`),
  })
  return { calls, answers }
}

test('a new version takes the answers that were noted for the zone, once', () => {
  const { calls, answers } = opened()
  answers.note(zone, { name: Name.parse('a.example.'), type: 1 })
  answers.note(zone, { name: Name.parse('a.example.'), type: 1 })
  answers.note(zone, { name: Name.parse('b.example.'), type: 16 })
  answers.note(Name.parse('other.'), { name: Name.parse('c.other.'), type: 1 })
  answers.changed(zone)
  answers.changed(zone)
  assert.deepEqual(calls, ['a.example. 1', 'b.example. 16'])
})

test('of a zone with very many all go', () => {
  const { calls, answers } = opened()
  for (let i = 0; i < 5000; i++) answers.note(zone, { name: Name.parse(`n${i}.example.`), type: 1 })
  answers.changed(zone)
  assert.deepEqual(calls, ['example. and below'])
})
