/**
 * Nothing false comes out as secure: true responses are taken apart, mixed with others, spoiled and put together again; whatever
 * is found secure must be so in the world that they came from.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { typeNumber } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { NSEC3, OPT_OUT } from '../signer/signing.fixture.ts'
import { KeyCache } from './key-cache.ts'
import { findDname } from './responses.ts'
import { delegate, dsText, resigned, spoiled, unsigned, World } from './world.fixture.ts'

const HOSTS = 'www A 192.0.2.1\n*.wild A 192.0.2.3\nalias CNAME www\ntree DNAME www\ndeep.er.ent A 192.0.2.2\n'
const ZONES = ['nsec.test.', 'nsec3.test.', 'optout.test.', 'sub.nsec.test.', 'sub.nsec3.test.']

const world = new World({
  '.': { text: delegate('test.', dsText('test.')) },
  'test.': {
    text: ZONES.slice(0, 3)
      .map((zone) => delegate(zone, dsText(zone)))
      .join('\n'),
  },
  'nsec.test.': { text: `${HOSTS}${delegate('sub.nsec.test.', dsText('sub.nsec.test.'))}` },
  'nsec3.test.': {
    text: `${HOSTS}${delegate('sub.nsec3.test.', dsText('sub.nsec3.test.'))}`,
    how: { denial: NSEC3 },
  },
  'optout.test.': { text: HOSTS, how: { denial: OPT_OUT } },
  'sub.nsec.test.': { text: HOSTS },
  'sub.nsec3.test.': { text: HOSTS, how: { denial: NSEC3 } },
})

const LABELS = ['www', 'no', 'x.wild', 'alias', 'a.tree', 'er.ent', 'wild', 'x.www', '']
const name = fc
  .tuple(fc.constantFrom(...LABELS), fc.constantFrom(...ZONES))
  .map(([label, zone]) => (label === '' ? zone : `${label}.${zone}`))
const question = fc.tuple(name, fc.constantFrom('A', 'MX', 'DS', 'NS', 'CNAME', 'DNSKEY'))

type Change = 'as it is' | 'unsigned' | 'spoiled' | 'other data' | 'other owner' | 'other signer' | 'out'

const change = fc.constantFrom<Change>(
  'as it is',
  'as it is',
  'as it is',
  'unsigned',
  'spoiled',
  'other data',
  'other owner',
  'other signer',
  'out',
)

function apply(rrset: RRset, what: Change, response: Response): RRset[] {
  switch (what) {
    case 'as it is':
      return [{ ...rrset }]
    case 'unsigned':
      return [unsigned(rrset)]
    case 'spoiled':
      return [spoiled(rrset)]
    case 'other data':
      return rrset.type === 1 ? [{ ...rrset, rdatas: [Uint8Array.of(192, 0, 2, 66)] }] : [spoiled(rrset)]
    case 'other owner':
      return [{ ...rrset, owner: response.name }]
    case 'other signer':
      return [resigned(rrset, rrset.owner.parent.toString())]
    case 'out':
      return []
  }
}

function truth(response: Response): string {
  const { name: owner, type, rcode, answer } = response
  const alias = answer.find((rrset) => rrset.owner.equals(owner) && rrset.type === 5)
  if (alias !== undefined) return `alias ${dataOf(alias)}`
  const found = answer.find((rrset) => rrset.owner.equals(owner) && rrset.type === type)
  if (found !== undefined) return `data ${dataOf(found)}`
  return rcode === 3 ? 'no name' : 'no data'
}

function dataOf(rrset: RRset): string {
  return rrset.rdatas
    .map((rdata) => Buffer.from(rdata).toString('hex'))
    .sort()
    .join(' ')
}

describe('RFC4035 §5: nothing false is secure', () => {
  const mixture = fc.record({
    asked: question,
    others: fc.array(question, { maxLength: 2 }),
    changes: fc.array(change, { minLength: 24, maxLength: 24 }),
    rcode: fc.constantFrom(undefined, undefined, 0, 3),
    keepsAnswer: fc.boolean(),
    warm: fc.boolean(),
    // Which of the responses that the validator asks for are mixed too.
    fetches: fc.constantFrom(0, 0, 1, 2, 3, 5),
  })

  it('responses mixed and spoiled', () => {
    let secure = 0
    const property = fc.property(mixture, ({ asked, others, changes, rcode, keepsAnswer, warm, fetches }) => {
      const [owner, type] = asked
      const right = world.ask(owner, typeNumber(type))
      const keys = new KeyCache()
      if (warm) for (const zone of ZONES) world.judge(zone, 'SOA', { keys })
      const sources = others.map(([other, kind]) => world.ask(other, typeNumber(kind)))
      const mixed = (response: Response): Response => {
        let next = 0
        const mix = (rrsets: readonly RRset[]): RRset[] =>
          rrsets.flatMap((rrset) => apply(rrset, changes[next++ % changes.length] ?? 'as it is', response))
        const all = [response, ...sources]
        return {
          ...response,
          rcode: rcode ?? response.rcode,
          answer: mix((keepsAnswer ? all : sources).flatMap((source) => source.answer)),
          authority: mix(all.flatMap((source) => source.authority)),
        }
      }
      let fetched = 0
      const onTheWay = (response: Response): Response =>
        fetches > 0 && ++fetched % fetches === 0 ? mixed(response) : response
      const { verdict, response } = world.judge(owner, type, { answer: mixed, keys, fetched: onTheWay })
      if (verdict.status === 'insecure') {
        // Only an opt-out span may leave anything open here.
        assert.equal(verdict.reason, 'opt-out', `${owner} ${type}: ${verdict.detail}`)
        return
      }
      if (verdict.status !== 'secure') return
      secure++
      const expected = truth(right)
      // What is not part of the claim stays unchecked, and is for nobody.
      const found = truth({ ...response, answer: response.answer.filter((rrset) => rrset.security === 'secure') })
      // A DNAME without the CNAME that it makes is true as well.
      const isBare = findDname(response.answer, response.name) !== undefined && !found.startsWith('alias')
      if (isBare) assert.match(expected, /^alias/)
      else if (verdict.denies === undefined) assert.equal(found, expected, `${owner} ${type}: ${verdict.detail}`)
      else if (verdict.denies === 'name') assert.equal(expected, 'no name', `${owner} ${type}: ${verdict.detail}`)
      else assert.match(expected, /^no/, `${owner} ${type}: ${verdict.detail}`)
    })
    fc.assert(property, { numRuns: 400 })
    assert.ok(secure > 20, `${secure} of 400 were secure`)
  })
})
