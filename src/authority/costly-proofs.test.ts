/** Zones whose NSEC3 proofs cost much: what one query may take is limited. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { NSEC3, RRSIG, SOA, TXT } from '../dns/rr/index.ts'
import type { MessageRecord } from '../dns/wire/index.ts'
import { TRANSPORT } from './index.ts'
import { changeBetween, hashLabel, hashOf } from './naive-zone.fixture.ts'
import { Served, zoneFrom } from './served.fixture.ts'

const EXAMPLE = Name.parse('example.')
const ZONE = '@ NS ns\nns A 192.0.2.1\n*.w TXT "wild"\nsub NS ns.elsewhere.\na.b.c TXT "deep"\n'
/** An insecure delegation a hundred labels below the apex. */
const DEEP = `${'x.'.repeat(100)}example.`

function serve(iterations: number): Served {
  return new Served([zoneFrom('example.', ZONE, 'nsec3', iterations)])
}

function nsec3In(records: readonly MessageRecord[]): string[] {
  return records
    .filter(({ type }) => type === NSEC3.number)
    .map(({ owner }) => owner.toCanonical().toString().slice(0, 32))
}

test('RFC9276 §3.2: up to 500 iterations proofs are whole, beyond that the record of the apex says how many there are', () => {
  for (const [iterations, isWhole] of [
    [0, true],
    [150, true],
    [500, true],
    [501, false],
    [2500, false],
  ] as const) {
    const served = serve(iterations)
    const { header, authority } = served.ask('none.b.c.example.', TXT.number, { dnssec: true })
    assert.equal(header.rcode, 3)
    assert.equal(authority[0]?.type, SOA.number)
    const proof = nsec3In(authority)
    assert.equal(proof.length > 1, isWhole)
    assert.equal(authority.filter(({ type }) => type === RRSIG.number).length, proof.length + 1)
    assert.equal(proof.includes(hashLabel(hashOf(Name.parse('b.c.example.'), iterations))), isWhole)
    if (!isWhole) assert.deepEqual(proof, [hashLabel(hashOf(EXAMPLE, iterations))])
  }
})

test('RFC9276 §3.2: so do wildcards, names without data and insecure delegations', () => {
  const served = serve(501)
  const apex = [hashLabel(hashOf(EXAMPLE, 501))]
  for (const [name, type] of [
    ['a.w.example.', 'TXT'],
    ['a.w.example.', 'A'],
    ['ns.example.', 'TXT'],
    ['b.c.example.', 'A'],
    ['www.sub.example.', 'A'],
    ['sub.example.', 'DS'],
  ] as const) {
    assert.deepEqual(nsec3In(served.ask(name, type, { dnssec: true }).authority), apex, `${name} ${type}`)
    assert.deepEqual(nsec3In(served.ask(name, type).authority), [])
  }
})

test('a zone with the most iterations that there can be answers as quickly as others', () => {
  const served = serve(65_535)
  const begun = performance.now()
  for (let i = 0; i < 300; i++) served.ask(`n${i}.n${i}.example.`, TXT.number, { dnssec: true })
  // One hash each would take five seconds.
  assert.ok(performance.now() - begun < 2000)
})

test('a version after another has the number of iterations that it has', () => {
  const served = serve(501)
  const isWhole = (): boolean =>
    nsec3In(served.ask('none.b.c.example.', TXT.number, { dnssec: true }).authority).length > 1
  let zone = zoneFrom('example.', ZONE, 'nsec3', 501)
  for (const [iterations, whole] of [
    [501, false],
    [1, true],
    [600, false],
  ] as const) {
    const next = zoneFrom('example.', `${ZONE}n${iterations} A 192.0.2.2`, 'nsec3', iterations)
    served.writer.changeZone(EXAMPLE, changeBetween(zone, next))
    served.writer.publish()
    zone = next
    assert.equal(isWhole(), whole)
  }
})

test('RFC5155 §7.2.1: with opt-out, far below the last name of the chain: a whole proof where it is cheap, a part where not', () => {
  const ask = (iterations: number): string[] => {
    const served = new Served([
      zoneFrom('example.', `@ NS ns\nns A 192.0.2.1\n${DEEP} NS ns.elsewhere.`, 'opt-out', iterations),
    ])
    const asking = { dnssec: true, transport: TRANSPORT.tcp4 }
    const begun = performance.now()
    for (let i = 0; i < 100; i++) served.ask(`n${i}.${DEEP}`, 'A', asking)
    // A hundred hashes with 500 iterations take nine milliseconds.
    assert.ok(performance.now() - begun < 600)
    return nsec3In(served.ask(`www.${DEEP}`, 'A', asking).authority)
  }
  assert.ok(ask(2).includes(hashLabel(hashOf(EXAMPLE))))
  assert.deepEqual(ask(500), [])
})
