/** What a resolution that failed says of its attempt: the aliases before it, and what was exchanged for it and nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typeMnemonic } from '../dns/rr/index.ts'
import { decodeMessage } from '../dns/wire/index.ts'
import { ExchangeRing, LEAST_RING_OCTETS } from './exchange-ring.ts'
import type { Resolution } from './resolution.ts'
import { type Said, ScriptedResolver } from './scripted.fixture.ts'

function recorded(): ScriptedResolver {
  return new ScriptedResolver({}, { exchanges: new ExchangeRing(LEAST_RING_OCTETS) })
}

/** `NAME TYPE` of each query that was exchanged, and what followed. */
function exchanged({ attempt }: Resolution): string[] {
  assert.ok(attempt, 'there is an attempt')
  const { exchanges, isCut } = attempt.exchanges.read()
  assert.equal(isCut, false)
  return exchanges.map(({ query, reply, address }) => {
    const [question] = decodeMessage(query).questions
    assert.ok(question)
    const what = reply.kind === 'message' ? decodeMessage(reply.octets).header.rcode : reply.kind
    return `${address.join('.')} ${question.name} ${typeMnemonic(question.type)}: ${what}`
  })
}

const DELEGATED: Said = {
  aa: false,
  authority: 'one.example. NS ns.one.example.',
  additional: 'ns.one.example. A 192.0.2.7',
}

/** The servers of one.example. fail for one name; what is else has an address. */
function script(line: string): Said {
  const [server, name = '', type] = line.split(' ')
  if (server === '192.0.2.1') {
    if (name === 'alias.example.') return { answer: 'alias.example. CNAME www.one.example.' }
    return name.endsWith('one.example.') ? DELEGATED : { answer: `${name} ${type} 192.0.2.9` }
  }
  return name === 'www.one.example.' ? { rcode: 2 } : { answer: `${name} ${type} 192.0.2.9` }
}

test('a failed resolution has its own exchanges; one that succeeds, or notes nothing, has no attempt', () => {
  const resolver = recorded()
  const other = resolver.begin('other.one.example.')
  const failing = resolver.begin('www.one.example.')
  resolver.serve(script)
  assert.ok(other.resolution && failing.resolution)
  assert.deepEqual([other.resolution.rcode, other.resolution.attempt], [0, undefined])
  const lines = exchanged(failing.resolution)
  assert.equal(lines[0], '192.0.2.1 www.one.example. A: 0')
  assert.ok(lines.includes('192.0.2.7 www.one.example. A: 2'), lines.join('\n'))
  assert.ok(lines.every((line) => !line.includes('other')))
  const { aliases, name, exhausted } = failing.resolution.attempt ?? assert.fail()
  assert.deepEqual([aliases, name.toString(), exhausted], [[], 'www.one.example.', undefined])
  assert.equal(new ScriptedResolver().resolve(script, 'www.one.example.').attempt, undefined)
})

test('who waited for the exchanges of another one has them; who is told what is remembered has none', () => {
  const resolver = recorded()
  const [first, second] = [resolver.begin('www.one.example.'), resolver.begin('www.one.example.')]
  resolver.serve(script)
  assert.ok(first.resolution && second.resolution)
  assert.ok(exchanged(first.resolution).length > 0)
  assert.deepEqual(exchanged(second.resolution), exchanged(first.resolution))
  const third = resolver.resolve(script, 'www.one.example.')
  assert.deepEqual([third.rcode, third.attempt?.exchanges.isEmpty], [2, true])
})

test('the aliases before the name that failed are told, and the name', () => {
  const resolver = recorded()
  const { attempt, failure } = resolver.resolve(script, 'alias.example.')
  assert.deepEqual(
    attempt?.aliases.map(({ name }) => name.toString()),
    ['alias.example.'],
  )
  assert.deepEqual([attempt?.name.toString(), failure?.zone.toString()], ['www.one.example.', 'one.example.'])
  const circle = recorded().resolve((line) => {
    const name = line.split(' ')[1] ?? ''
    return { answer: `${name} CNAME ${name === 'a.' ? 'b.' : 'a.'}` }
  }, 'a.')
  assert.deepEqual([circle.rcode, circle.attempt?.aliases.length, circle.attempt?.name.toString()], [2, 2, 'a.'])
})

test('silence is an exchange too', () => {
  const resolver = recorded()
  const failing = resolver.begin('www.one.example.')
  for (let i = 0; i < 60 && failing.resolution === undefined; i++) {
    resolver.serve((line) => (line.startsWith('192.0.2.7') ? undefined : script(line)))
    resolver.pass(1)
  }
  assert.ok(failing.resolution)
  assert.ok(exchanged(failing.resolution).includes('192.0.2.7 www.one.example. A: timeout'))
})
