import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { Minimiser } from './minimise.ts'

function namesAsked(name: string, zone: string): string[] {
  const minimiser = new Minimiser(Name.parse(name), Name.parse(zone), true)
  const asked: string[] = []
  for (let i = 0; i < 200; i++) {
    asked.push(minimiser.asked.toString())
    if (minimiser.isWhole) break
    minimiser.goOn()
  }
  return asked
}

test('RFC9156 §2.3: a zone is asked for one label more than it has', () => {
  assert.deepEqual(namesAsked('a.b.c.example.', '.'), ['example.', 'c.example.', 'b.c.example.', 'a.b.c.example.'])
  assert.deepEqual(namesAsked('www.example.', 'example.'), ['www.example.'])
  assert.deepEqual(namesAsked('example.', 'example.'), ['example.'])
  assert.deepEqual(namesAsked('.', '.'), ['.'])
})

test('RFC9156 §2.3: a name of many labels takes ten questions at most', () => {
  const name = `${Array.from({ length: 34 }, (_, i) => `${i % 10}`).join('.')}.ip6.arpa.`
  const asked = namesAsked(name, '.')
  assert.equal(asked.at(-1), name)
  assert.equal(asked.length, 10)
  assert.deepEqual(asked.slice(0, 2), ['arpa.', 'ip6.arpa.'])
})

test('a zone that is found on the way counts, and what is switched off asks for all at once', () => {
  const minimiser = new Minimiser(Name.parse('a.b.c.example.'), Name.root, true)
  minimiser.enter(Name.parse('c.example.'))
  assert.equal(minimiser.asked.toString(), 'b.c.example.')
  minimiser.giveUp()
  assert.equal(minimiser.asked.toString(), 'a.b.c.example.')
  assert.equal(new Minimiser(Name.parse('a.b.example.'), Name.root, false).asked.toString(), 'a.b.example.')
})
