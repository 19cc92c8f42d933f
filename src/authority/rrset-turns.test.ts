/** The order of records where a zone rotates them: Windows' round robin. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RRSIG, rdataText } from '../dns/rr/index.ts'
import type { MessageRecord } from '../dns/wire/index.ts'
import { OPTION_ROTATES } from '../zone/index.ts'
import { TRANSPORT } from './index.ts'
import { Served, zoneFrom } from './served.fixture.ts'

const addresses = (name: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${name} A 192.0.2.${i + 1}\n`).join('')
const ZONE = `
@ NS ns1
@ NS ns2
${addresses('ns1', 1)}${addresses('ns2', 1)}${addresses('www', 3)}${addresses('many', 60)}
www AAAA 2001:db8::1
www AAAA 2001:db8::2
alias CNAME www
*.w MX 10 a
*.w MX 20 b
*.w MX 30 c
sub NS ns.sub
${addresses('ns.sub', 2)}
`

function serve(options = OPTION_ROTATES): Served {
  return new Served([zoneFrom('example.', ZONE, 'nsec')], {}, options)
}

/** The last numbers of the addresses, or what else the records say; signatures as `s`. */
function order(records: readonly MessageRecord[]): string {
  return records
    .map(({ type, rdata }) => (type === RRSIG.number ? 's' : rdataText(type, rdata).replace(/^.*[.:](\d)/, '$1')))
    .join(' ')
}

function ask(served: Served, name: string, type: string, dnssec = false): string {
  return order(served.ask(`${name}.example.`, type, { dnssec, transport: TRANSPORT.tcp4 }).answer)
}

test('each answer begins with the next record; signatures stay behind the records', () => {
  const served = serve()
  assert.deepEqual(
    [1, 2, 3, 4].map(() => ask(served, 'www', 'A')),
    ['1 2 3', '2 3 1', '3 1 2', '1 2 3'],
  )
  assert.deepEqual(
    [1, 2, 3].map(() => ask(served, 'www', 'A', true)),
    ['2 3 1 s', '3 1 2 s', '1 2 3 s'],
  )
})

test('sets that are asked for by turns move each for itself', () => {
  const served = serve()
  const seen = [1, 2].map(() => [ask(served, 'www', 'A'), ask(served, 'www', 'AAAA')])
  assert.deepEqual(seen, [
    ['1 2 3', '1 2'],
    ['2 3 1', '2 1'],
  ])
})

test('what an alias leads to, what a wildcard stands for, names that are compressed', () => {
  const served = serve()
  const alias = [1, 2].map(() => ask(served, 'alias', 'A', true))
  assert.deepEqual(alias, ['www.example. s 1 2 3 s', 'www.example. s 2 3 1 s'])
  const wildcard = [1, 2, 3].map(() => ask(served, 'x.w', 'MX', true))
  assert.deepEqual(wildcard, [
    '10 a.example. 20 b.example. 30 c.example. s',
    '20 b.example. 30 c.example. 10 a.example. s',
    '30 c.example. 10 a.example. 20 b.example. s',
  ])
})

test('glue turns, the name servers of a referral do not', () => {
  const served = serve()
  const seen = [1, 2].map(() => served.ask('www.sub.example.', 'A'))
  assert.deepEqual(
    seen.map(({ additional }) => order(additional)),
    ['1 2', '2 1'],
  )
  assert.deepEqual(seen[0]?.authority, seen[1]?.authority)
})

test('RFC2181 §9: a set that does not fit is truncated in any order', () => {
  const served = serve()
  for (let i = 0; i < 70; i++) {
    const { header, answer } = served.ask('many.example.', 'A')
    assert.deepEqual([header.tc, answer.length], [true, 0])
  }
  assert.equal(served.ask('many.example.', 'A', { udpSize: 1232 }).answer.length, 60)
})

test('the order stays where the zone does not rotate', () => {
  const served = serve(0)
  for (let i = 0; i < 3; i++) assert.equal(ask(served, 'www', 'A'), '1 2 3')
})
