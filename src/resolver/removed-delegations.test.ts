/**
 * Ghost domains and phoenix domains: a delegation that the parent has removed ends when the TTL that the parent gave it ends,
 * whatever the servers of the removed zone say meanwhile (draft-ietf-dnsop-ns-revalidation §7; Jiang et al. 2012, Li et al. 2023).
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { A, DS, NS } from '../dns/rr/index.ts'
import { type Said, ScriptedResolver, told } from './scripted.fixture.ts'
import type { ResolverSettings } from './settings.ts'

const DAY = 86_400
/** The TTL that the root gives the delegation to `gone.`. */
const GRANTED = 300
const NXDOMAIN = { rcode: 3, authority: '. 300 SOA ns. host. 1 2 3 4 60' }
const DIGEST = '00'.repeat(32)

function refer(zone: string, ttl: number, octet: number, more = ''): Said {
  const authority = `${zone} ${ttl} NS ns.${zone}\n${more}`
  return { aa: false, authority, additional: `ns.${zone} ${ttl} A 192.0.2.${octet}` }
}

/**
 * The root delegates `gone.` to 192.0.2.20 until it is removed. That server refers to `x.gone.` at 192.0.2.22, which refers to
 * `y.x.gone.` at 192.0.2.21; all that they say lives for a day.
 */
class Servers {
  isRemoved = false
  /** Records that the servers of the attacker add to the authority section of answers. */
  added = ''

  readonly answer = (line: string): Said => {
    const [address = '', name = '', type = ''] = line.split(' ')
    switch (address) {
      case '192.0.2.1':
        return this.isRemoved ? NXDOMAIN : refer('gone.', GRANTED, 20)
      case '192.0.2.20':
        return name.endsWith('x.gone.') ? refer('x.gone.', DAY, 22) : this.#data(name, type)
      case '192.0.2.22':
        return name.endsWith('y.x.gone.') ? refer('y.x.gone.', DAY, 21) : this.#data(name, type)
      default:
        return this.#data(name, type)
    }
  }

  #data(name: string, type: string): Said {
    const rdata = type === 'NS' ? `ns.${name}` : '192.0.2.99'
    return { answer: `${name} ${type === 'NS' ? DAY : 60} ${type} ${rdata}`, authority: this.added }
  }
}

function begin(settings: Partial<ResolverSettings> = {}): { scripted: ScriptedResolver; servers: Servers } {
  return { scripted: new ScriptedResolver(settings), servers: new Servers() }
}

/** Resolves a name after the removal, and after the TTL that the root has granted is over. */
function afterwards(scripted: ScriptedResolver, servers: Servers, name: string, seconds = GRANTED): number {
  servers.isRemoved = true
  scripted.pass(seconds)
  return scripted.resolve(servers.answer, name).rcode
}

describe('a removed delegation ends', () => {
  test('with the zones below it, at each level', () => {
    for (const name of ['a.gone.', 'a.x.gone.', 'a.y.x.gone.']) {
      const { scripted, servers } = begin()
      assert.equal(scripted.resolve(servers.answer, name).rcode, 0)
      assert.equal(
        afterwards(scripted, servers, `b${name}`, GRANTED - 1),
        0,
        `${name} is delegated for one more second`,
      )
      assert.equal(afterwards(scripted, servers, `c${name}`, 1), 3, name)
    }
  })

  test('phoenix domains T1: also when a deeper delegation is learned just before', () => {
    const { scripted, servers } = begin()
    scripted.resolve(servers.answer, 'a.gone.')
    servers.isRemoved = true
    for (const name of ['a.x.gone.', 'a.y.x.gone.']) {
      scripted.pass(GRANTED / 2 - 1)
      assert.equal(scripted.resolve(servers.answer, name).rcode, 0)
    }
    assert.equal(afterwards(scripted, servers, 'b.y.x.gone.', 2), 3)
  })

  test('phoenix domains T2: also when the answer with NS records comes just after', () => {
    for (const type of ['NS', 'A']) {
      for (const takeChildServers of [true, false]) {
        const { scripted, servers } = begin({ takeChildServers })
        scripted.resolve(servers.answer, 'a.gone.')
        servers.isRemoved = true
        servers.added = `gone. ${DAY} NS ns.gone.`
        scripted.pass(GRANTED - 1)
        scripted.begin('gone.', type)
        scripted.pass(2)
        scripted.serve(servers.answer)
        assert.equal(afterwards(scripted, servers, 'b.gone.', 0), 3, `${type} ${takeChildServers}`)
      }
    }
  })

  test('also when a referral comes just after', () => {
    const { scripted, servers } = begin()
    scripted.resolve(servers.answer, 'a.gone.')
    scripted.pass(GRANTED - 1)
    scripted.begin('a.x.gone.')
    scripted.pass(2)
    scripted.serve(servers.answer)
    assert.equal(afterwards(scripted, servers, 'b.x.gone.', 0), 3)
  })

  test("with the child's own NS RRset, in answers and beside them, for its zone and for those below", () => {
    for (const takeChildServers of [true, false]) {
      const { scripted, servers } = begin({ takeChildServers })
      servers.added = `gone. ${DAY} NS ns.gone.\nx.gone. ${DAY} NS ns.x.gone.`
      for (let passed = 0; passed < GRANTED; passed += 60) {
        scripted.resolve(servers.answer, 'gone.', 'NS')
        scripted.resolve(servers.answer, 'd.gone.', 'NS')
        scripted.resolve(servers.answer, `a${passed}.gone.`)
        servers.isRemoved = true
        scripted.pass(60)
      }
      for (const name of ['b.gone.', 'b.d.gone.', 'b.x.gone.']) {
        assert.equal(afterwards(scripted, servers, name, 0), 3, `${name} ${takeChildServers}`)
      }
    }
  })

  test('RFC8767 §5: also where stale answers are given', () => {
    const { scripted, servers } = begin({ serveStale: { maxSeconds: DAY, clientMilliseconds: 1800 } })
    scripted.resolve(servers.answer, 'a.x.gone.')
    servers.isRemoved = true
    scripted.pass(GRANTED)
    const { rcode, isStale } = scripted.resolve(servers.answer, 'a.x.gone.')
    assert.deepEqual([rcode, isStale], [3, false])
  })
})

test('glue and DS records of a referral expire with the delegation that the referral came through', () => {
  const { scripted, servers } = begin()
  const script = (line: string): Said =>
    line.startsWith('192.0.2.20 ')
      ? refer('x.gone.', DAY, 22, `x.gone. ${DAY} DS 1 13 2 ${DIGEST}`)
      : servers.answer(line)
  scripted.resolve(script, 'a.x.gone.')
  const { rrsets, glue } = scripted.resolver.caches
  const end = scripted.now + GRANTED
  const at = (name: string): Name => Name.parse(name)
  for (const found of [
    rrsets.find(at('x.gone.'), DS.number, scripted.now),
    rrsets.find(at('ns.x.gone.'), A.number, scripted.now),
    glue.find(at('ns.x.gone.'), A.number, scripted.now),
  ]) {
    assert.equal(found?.rrset.expires, end)
  }
})

test('a DS RRset in an answer expires with the delegation to the zone that it came from', () => {
  const { scripted, servers } = begin()
  const script = (line: string): Said =>
    line.startsWith('192.0.2.20 ') ? { answer: `x.gone. ${DAY} DS 1 13 2 ${DIGEST}` } : servers.answer(line)
  scripted.resolve(script, 'x.gone.', 'DS')
  const found = scripted.resolver.caches.rrsets.find(Name.parse('x.gone.'), DS.number, scripted.now)
  assert.equal(found?.rrset.expires, scripted.now + GRANTED)
})

test('below a stub zone, and below the root, a delegation lives as long as its TTL says', () => {
  const zone = Name.parse('gone.')
  const endpoint = { address: Uint8Array.of(192, 0, 2, 20), port: 53 }
  const stub = { zone, kind: 'stub' as const, servers: [{ endpoint, protocol: 'udp' as const }], first: false }
  const { scripted, servers } = begin({ routed: [stub] })
  servers.isRemoved = true
  assert.equal(told(scripted.resolve(servers.answer, 'a.x.gone.')), '0; a.x.gone. A 192.0.2.99')
  const found = scripted.resolver.caches.rrsets.find(Name.parse('x.gone.'), NS.number, scripted.now)
  assert.equal(found?.rrset.expires, scripted.now + DAY)
  const other = begin()
  other.scripted.resolve(other.servers.answer, 'a.gone.')
  const granted = other.scripted.resolver.caches.rrsets.find(zone, NS.number, other.scripted.now)
  assert.equal(granted?.rrset.expires, other.scripted.now + GRANTED)
})
