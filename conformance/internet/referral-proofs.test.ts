/** What a referral brought for its zone, a DS RRset or the proof that there is none, answers once it is validated (RFC 8198 §5). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { DS, NS, NSEC, NSEC3 as NSEC3_TYPE, RRSIG, SOA, typeMnemonic } from '../../src/dns/rr/index.ts'
import type { MessageRecord } from '../../src/dns/wire/index.ts'
import type { Resolution } from '../../src/resolver/index.ts'
import { NSEC3, OPT_OUT } from '../../src/signer/signing.fixture.ts'
import { changing } from './host.ts'
import { Internet } from './internet.ts'
import type { SimulatedResolver, SimulatedResolverOptions } from './simulated-resolver.ts'

const HOST = { text: 'www A 192.0.2.1' }
const UNSIGNED = { ...HOST, signing: 'unsigned' } as const

/** A resolver that has resolved `www.NAME` for each of these zones. */
function knowing(zones: readonly string[], options: SimulatedResolverOptions = {}, cd = false) {
  const internet = new Internet({
    '.': {},
    'nsec.': {},
    'nsec3.': { signing: { denial: NSEC3 } },
    'optout.': { signing: { denial: OPT_OUT } },
    ...Object.fromEntries(
      ['nsec', 'nsec3', 'optout'].flatMap((zone) => [
        [`signed.${zone}.`, HOST],
        [`plain.${zone}.`, UNSIGNED],
        [`other.${zone}.`, UNSIGNED],
      ]),
    ),
  })
  const resolver = internet.resolver(options)
  for (const zone of zones) resolver.resolve(`www.${zone}`, 'A', { cd })
  return { internet, resolver }
}

function asked(resolver: SimulatedResolver, name: string, cd = false): Resolution & { readonly exchanges: number } {
  const resolution = resolver.resolve(name, 'DS', { cd })
  return { ...resolution, exchanges: resolver.costs.exchanges }
}

describe('RFC8198 §5: a question for the DS of a zone whose referral was validated', () => {
  for (const parent of ['nsec.', 'nsec3.', 'optout.']) {
    it(`is answered with the DS RRset, without a message: ${parent}`, () => {
      const { resolver } = knowing([`signed.${parent}`])
      for (const cd of [false, true]) {
        const { rcode, security, answer, exchanges } = asked(resolver, `signed.${parent}`, cd)
        assert.deepEqual(
          [rcode, security, answer.map(({ type }) => type)],
          [0, cd ? 'unchecked' : 'secure', [DS.number]],
        )
        assert.ok((answer[0]?.signatures.length ?? 0) > 0)
        assert.equal(exchanges, 0)
      }
    })
  }

  for (const [parent, type] of [
    ['nsec.', NSEC.number],
    ['nsec3.', NSEC3_TYPE.number],
  ] as const) {
    it(`is answered with the proof that there is none and the SOA of the parent, without a message: ${parent}`, () => {
      const { resolver } = knowing([`plain.${parent}`, parent])
      const { rcode, security, answer, authority, exchanges } = asked(resolver, `plain.${parent}`)
      assert.deepEqual([rcode, security, answer.length, exchanges], [0, 'secure', 0, 0])
      assert.deepEqual(
        authority.map((set) => set.type),
        [SOA.number, type],
      )
    })

    it(`is asked while the SOA of the parent is not known, once for all its zones: ${parent}`, () => {
      const { resolver } = knowing([`plain.${parent}`, `other.${parent}`])
      const first = asked(resolver, `plain.${parent}`)
      assert.deepEqual([first.security, first.exchanges, first.authority[0]?.type], ['secure', 1, SOA.number])
      const second = asked(resolver, `other.${parent}`)
      assert.deepEqual([second.security, second.exchanges, second.authority[0]?.type], ['secure', 0, SOA.number])
    })
  }

  it('is asked where the proof is an opt-out span: that denies nothing', () => {
    const { resolver } = knowing(['plain.optout.'])
    const { security, exchanges } = asked(resolver, 'plain.optout.')
    assert.deepEqual([security, exchanges > 0], ['insecure', true])
  })

  it('is asked where only a client with CD has come by: its data was not validated', () => {
    for (const zone of ['signed.nsec.', 'plain.nsec.']) {
      const { resolver } = knowing([zone], {}, true)
      const { security, exchanges } = asked(resolver, zone)
      assert.deepEqual([security, exchanges > 0], ['secure', true], zone)
    }
  })

  it('is asked when the time of the referral is over', () => {
    for (const zone of ['signed.nsec.', 'plain.nsec.']) {
      const { internet, resolver } = knowing([zone])
      internet.wait(301_000)
      const { security, exchanges } = asked(resolver, zone)
      assert.deepEqual([security, exchanges > 0], ['secure', true], zone)
    }
  })

  it("RFC7646 §1.1: is not answered by proofs below a negative trust anchor; the DS at one is its parent's", () => {
    const below = knowing(['plain.nsec.'], { negativeAnchors: ['nsec.'] })
    assert.equal(asked(below.resolver, 'plain.nsec.').security, 'insecure')
    const at = knowing(['signed.nsec.'], { negativeAnchors: ['signed.nsec.'] })
    assert.equal(asked(at.resolver, 'signed.nsec.').security, 'secure')
  })
})

describe('NSEC3 records beside an alias', () => {
  /** `p.` adds what proves that `sub.p.` has no DS to its answer for `www.p.`, and leaves it out of its referrals. */
  function world(name: string): { readonly internet: Internet; readonly questions: string[] } {
    const internet = new Internet({
      '.': {},
      'p.': { text: 'www CNAME t.er.sub\nwrong CNAME t.er.signed', signing: { denial: NSEC3 } },
      'sub.p.': { text: 't.er A 192.0.2.7', signing: 'unsigned' },
      'signed.p.': { text: 't.er A 192.0.2.8' },
    })
    const proofs = recordsOf(internet.resolver().resolve('sub.p.', 'DS').authority, NSEC3_TYPE.number)
    const questions: string[] = []
    internet.host('p.').spoil(
      changing((reply, { message }) => {
        const [question] = message.questions
        questions.push(`${question?.name} ${typeMnemonic(question?.type ?? 0)}`)
        if (question?.name.equals(Name.parse(name))) return { ...reply, authority: [...reply.authority, ...proofs] }
        const isReferral = reply.authority.some(({ type }) => type === NS.number)
        return isReferral ? { ...reply, authority: reply.authority.filter(({ type }) => type === NS.number) } : reply
      }),
    )
    return { internet, questions }
  }

  it('prove it of a zone on the way to the target that there is no DS, which is not asked for then', () => {
    const { internet, questions } = world('www.p.')
    const { rcode, security, answer } = internet.resolver().resolve('www.p.', 'A')
    assert.deepEqual([rcode, security, answer.length], [0, 'insecure', 2])
    assert.deepEqual(
      questions.filter((question) => question.endsWith(' DS')),
      [],
    )
  })

  it('that prove nothing of the target make nothing bogus', () => {
    const { internet } = world('wrong.p.')
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('wrong.p.', 'A').security, 'secure')
    assert.equal(resolver.resolve('sub.p.', 'DS').security, 'secure')
  })
})

/** The RRsets of one type as records, with their signatures. */
function recordsOf(sets: Resolution['authority'], wanted: number): MessageRecord[] {
  return sets
    .filter(({ type }) => type === wanted)
    .flatMap(({ owner, type, ttl, rdatas, signatures }) => [
      ...rdatas.map((rdata) => ({ owner, type, class: 1, ttl, rdata })),
      ...signatures.map((rdata) => ({ owner, type: RRSIG.number, class: 1, ttl, rdata })),
    ])
}
