/** Claims of every kind, in zones of every kind: what they come to, and what is marked. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { DS, NSEC, SOA } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { NSEC3, OPT_OUT } from '../signer/signing.fixture.ts'
import { KeyCache } from './key-cache.ts'
import { AT, CountedBudget } from './signed-zone.fixture.ts'
import { changed, delegate, dsText, resigned, signOnline, spoiled, unsigned, World } from './world.fixture.ts'

const HOSTS = `
www A 192.0.2.1
www TXT "www"
*.wild TXT "wild"
*.wildalias CNAME www
alias CNAME www
tree DNAME www
deep.er.ent A 192.0.2.2
`

const world = new World({
  '.': { text: delegate('test.', dsText('test.')) },
  'test.': {
    text: [
      delegate('nsec.test.', dsText('nsec.test.')),
      delegate('nsec3.test.', dsText('nsec3.test.')),
      delegate('optout.test.', dsText('optout.test.')),
      delegate('iterations.test.', dsText('iterations.test.')),
      delegate('unsigned.test.'),
      'ns A 192.0.2.53',
    ].join('\n'),
  },
  'nsec.test.': { text: HOSTS },
  'nsec3.test.': { text: HOSTS, how: { denial: NSEC3 } },
  'optout.test.': { text: `${HOSTS}\n${delegate('unsigned.optout.test.')}`, how: { denial: OPT_OUT } },
  'iterations.test.': {
    text: HOSTS,
    how: { denial: { kind: 'nsec3', iterations: 51, salt: new Uint8Array(0), optOut: false } },
  },
  'unsigned.test.': { text: HOSTS, how: 'unsigned' },
  'unsigned.optout.test.': { text: HOSTS, how: 'unsigned' },
})

const ZONES = ['nsec.test.', 'nsec3.test.', 'optout.test.', 'iterations.test.', 'unsigned.test.'] as const
const [SECURE, UNSIGNED, OPTED, TOO_MANY] = ['secure', 'delegation-unsigned', 'opt-out', 'nsec3-iterations'] as const

describe('RFC4035 §5: each kind of claim, in each kind of zone', () => {
  const cases: readonly (readonly [what: string, name: string, type: string, ...outcomes: readonly string[]])[] = [
    ['an RRset', 'www', 'A', SECURE, SECURE, SECURE, SECURE, UNSIGNED],
    ['all RRsets (ANY)', 'www', 'ANY', SECURE, SECURE, SECURE, SECURE, UNSIGNED],
    ['an alias', 'alias', 'A', SECURE, SECURE, SECURE, SECURE, UNSIGNED],
    ['the alias itself', 'alias', 'CNAME', SECURE, SECURE, SECURE, SECURE, UNSIGNED],
    ['what a DNAME makes', 'a.tree', 'A', SECURE, SECURE, SECURE, SECURE, UNSIGNED],
    ['the DNAME itself', 'tree', 'DNAME', SECURE, SECURE, SECURE, SECURE, UNSIGNED],
    ['keys', '@', 'DNSKEY', SECURE, SECURE, SECURE, SECURE, UNSIGNED],
    ['a DS', '@', 'DS', SECURE, SECURE, SECURE, SECURE, SECURE],
    ['no data', 'www', 'MX', SECURE, SECURE, SECURE, TOO_MANY, UNSIGNED],
    ['no data at the apex', '@', 'MX', SECURE, SECURE, SECURE, TOO_MANY, UNSIGNED],
    ['no data at an empty non-terminal', 'er.ent', 'A', SECURE, SECURE, SECURE, TOO_MANY, UNSIGNED],
    ['no DS at a name that is no cut', 'www', 'DS', SECURE, SECURE, SECURE, TOO_MANY, UNSIGNED],
    ['no name', 'no', 'A', SECURE, SECURE, OPTED, TOO_MANY, UNSIGNED],
    ['a wildcard', 'x.wild', 'TXT', SECURE, SECURE, OPTED, TOO_MANY, UNSIGNED],
    ['an alias from a wildcard', 'x.wildalias', 'A', SECURE, SECURE, OPTED, TOO_MANY, UNSIGNED],
    ['no data at a wildcard', 'x.wild', 'MX', SECURE, SECURE, OPTED, TOO_MANY, UNSIGNED],
  ]
  for (const [what, label, type, ...outcomes] of cases) {
    it(`${what}: ${label} ${type}`, () => {
      ZONES.forEach((zone, i) => {
        const name = label === '@' ? zone : `${label}.${zone}`
        const { verdict, response } = world.judge(name, type)
        assert.equal(verdict.reason ?? verdict.status, outcomes[i], `${name} ${type}: ${verdict.detail}`)
        if (verdict.status !== 'secure') assert.equal(verdict.status, 'insecure')
        if (response.answer.length === 0 || verdict.status !== 'secure') return
        assert.equal(response.answer[0]?.security, 'secure')
        assert.ok((verdict.expires ?? 0) > AT)
      })
    })
  }

  it('ANY: each RRset at the name is judged', () => {
    const { verdict, response } = world.judge('www.nsec.test.', 'ANY', { answer: (r) => everything(r) })
    assert.equal(verdict.status, 'secure')
    assert.deepEqual(
      response.answer.map((rrset) => rrset.security),
      ['secure', 'secure'],
    )
  })

  it('what is denied is told: the name, or the type', () => {
    assert.equal(world.judge('no.nsec.test.', 'A').verdict.denies, 'name')
    assert.equal(world.judge('www.nsec3.test.', 'MX').verdict.denies, 'type')
    assert.equal(world.judge('no.optout.test.', 'A').verdict.denies, undefined)
    assert.equal(world.judge('www.nsec.test.', 'A').verdict.denies, undefined)
  })

  it('NXDOMAIN where only no data is proved: the verdict says which it is', () => {
    const { verdict } = world.judge('www.nsec.test.', 'MX', { answer: (response) => ({ ...response, rcode: 3 }) })
    assert.deepEqual([verdict.status, verdict.denies], ['secure', 'type'])
  })

  it('an error, and signatures by themselves, are no claim', () => {
    const { verdict } = world.judge('www.nsec.test.', 'A', {
      answer: (response) => ({ ...response, rcode: 2, answer: [] }),
    })
    assert.equal(verdict.status, 'indeterminate')
    assert.equal(world.judge('www.nsec.test.', 'RRSIG').verdict.status, 'indeterminate')
  })

  it('§5.3.3: an RRset lives no longer than its signature', () => {
    const { verdict, response } = world.judge('www.nsec.test.', 'A', { at: 1769904000 - 7, settings: {} })
    assert.equal(verdict.status, 'secure')
    assert.equal(response.answer[0]?.expires, AT + 7)
    assert.equal(verdict.expires, AT + 7)
  })

  it('§5.5: what is bogus says so, and is forgotten soon', () => {
    const { verdict, response } = world.judge('www.nsec.test.', 'A', { answer: (r) => changed(r, 'A', spoiled) })
    assert.equal(verdict.status, 'bogus')
    assert.equal(response.answer[0]?.security, 'bogus')
    assert.equal(response.answer[0]?.expires, AT + 60)
    assert.equal(verdict.expires, AT + 60)
  })
})

/** All that stands at www, with something done to its TXT. */
function everything(response: Response, change: (rrset: RRset) => RRset = (rrset) => rrset): Response {
  return { ...response, answer: [...response.answer, ...world.ask('www.nsec.test.', 'TXT').answer.map(change)] }
}

describe('RFC4035 §5.3: what makes an answer of a secure zone bogus', () => {
  const cases: readonly (readonly [string, string, string, string, Parameters<World['judge']>[2]])[] = [
    ['a changed signature', 'www', 'A', 'signature-invalid', { answer: (r) => changed(r, 'A', spoiled) }],
    ['no signature', 'www', 'A', 'signature-missing', { answer: (r) => changed(r, 'A', unsigned) }],
    [
      'one unsigned RRset of several (ANY)',
      'www',
      'ANY',
      'signature-missing',
      { answer: (r) => everything(r, unsigned) },
    ],
    ['an unsigned alias', 'alias', 'A', 'signature-missing', { answer: (r) => changed(r, 'CNAME', unsigned) }],
    ['an unsigned DNAME', 'a.tree', 'A', 'signature-missing', { answer: (r) => changed(r, 'DNAME', unsigned) }],
    [
      'another alias than the DNAME makes',
      'a.tree',
      'A',
      'signature-invalid',
      { answer: (r) => changed(r, 'CNAME', (rrset) => ({ ...rrset, rdatas: [Uint8Array.of(1, 0x61, 0)] })) },
    ],
    ['a denial without its records', 'no', 'A', 'denial-missing', { answer: (r) => ({ ...r, authority: [] }) }],
    ['a denial without its records', 'www', 'MX', 'denial-missing', { answer: (r) => ({ ...r, authority: [] }) }],
    ['an unsigned SOA in a denial', 'www', 'MX', 'signature-missing', { answer: (r) => changed(r, 'SOA', unsigned) }],
    [
      'a record of denial with a changed signature',
      'no',
      'A',
      'signature-invalid',
      { answer: (r) => changed(r, 'NSEC', spoiled) },
    ],
    [
      'a wildcard without its proof',
      'x.wild',
      'TXT',
      'wildcard-unproved',
      { answer: (r) => ({ ...r, authority: [] }) },
    ],
    [
      'a signer below the zone that is none',
      'www',
      'A',
      'signature-malformed',
      { answer: (r) => changed(r, 'A', (rrset) => resigned(rrset, 'www.nsec.test.')) },
    ],
    [
      'the signer above the zone',
      'www',
      'A',
      'signature-invalid',
      { answer: (r) => changed(r, 'A', (rrset) => resigned(rrset, 'test.')) },
    ],
  ]
  for (const [what, label, type, reason, judging] of cases) {
    it(`${what}: ${reason}`, () => {
      const { verdict } = world.judge(`${label}.nsec.test.`, type, judging)
      assert.equal(`${verdict.status} ${verdict.reason}`, `bogus ${reason}`, verdict.detail ?? reason)
      assert.ok(verdict.detail)
    })
  }

  it('a denial of one name does not deny another', () => {
    const answer = (): ReturnType<World['ask']> => ({
      ...world.ask('zzz.nsec.test.', 'A'),
      name: world.ask('www.nsec.test.', 'A').name,
    })
    assert.equal(world.judge('www.nsec.test.', 'A', { answer }).verdict.status, 'bogus')
  })

  it('the parent does not deny what its child has', () => {
    const denial = world.ask('nsec.test0.test.', 'A')
    const { verdict } = world.judge('www.nsec.test.', 'A', {
      answer: (r) => ({ ...r, rcode: 3, answer: [], authority: denial.authority }),
    })
    assert.equal(verdict.status, 'bogus')
  })

  it('§5.3.1: one good signature suffices beside others', () => {
    const { verdict } = world.judge('www.nsec.test.', 'A', {
      answer: (r) =>
        changed(r, 'A', (rrset) => ({
          ...rrset,
          signatures: [
            ...spoiled(rrset).signatures,
            ...resigned(rrset, 'www.nsec.test.').signatures,
            ...rrset.signatures,
          ],
        })),
    })
    assert.equal(verdict.status, 'secure')
  })

  it('§5.3.1: the zone above does not speak for one that is known to be signed by itself', () => {
    const keys = new KeyCache()
    const old = new World({
      '.': { text: delegate('test.', dsText('test.')) },
      'test.': { text: 'www.nsec A 192.0.2.66' },
    })
    const answer = (): Response => old.ask('www.nsec.test.', 'A')
    // What the parent signed before the child was there is good as long as nobody knows of the child.
    assert.equal(world.judge('www.nsec.test.', 'A', { answer, keys }).verdict.status, 'secure')
    world.judge('www.nsec.test.', 'A', { keys })
    const { verdict } = world.judge('www.nsec.test.', 'A', { answer, keys })
    assert.deepEqual([verdict.status, verdict.reason], ['bogus', 'signature-malformed'])
  })

  it('RFC6840 §5.11: a signer beside that is insecure does not make the answer so', () => {
    const { verdict } = world.judge('www.nsec.test.', 'A', {
      answer: (r) =>
        changed(r, 'A', (rrset) => ({
          ...rrset,
          signatures: [...resigned(rrset, 'unsigned.test.').signatures, ...rrset.signatures],
        })),
    })
    assert.equal(verdict.status, 'secure')
  })
})

describe('RFC9824: compact denial', () => {
  /** An NSEC record at the name itself, made for this answer. */
  const compact =
    (...types: readonly string[]): ((response: Response) => Response) =>
    (response) => {
      const next = Name.parse(`\\000.${response.name}`).toString()
      const rdata = NSEC.encode({ next, types: ['RRSIG', 'NSEC', ...types] })
      const nsec = signOnline('nsec.test.', response.name.toString(), 'NSEC', rdata)
      const soa = response.authority.filter((rrset) => rrset.type === SOA.number)
      return { ...response, rcode: 0, answer: [], authority: [...soa, nsec] }
    }

  it('§3.1: a name that does not exist is denied with NXNAME, under NOERROR', () => {
    const { verdict } = world.judge('no.nsec.test.', 'A', { answer: compact('NXNAME') })
    assert.deepEqual([verdict.status, verdict.denies, verdict.isNxname], ['secure', 'name', true])
  })

  it('§5: the RCODE may be NXDOMAIN', () => {
    const answer = (response: Response): Response => ({ ...compact('NXNAME')(response), rcode: 3 })
    const { verdict } = world.judge('no.nsec.test.', 'A', { answer })
    assert.deepEqual([verdict.status, verdict.denies, verdict.isNxname], ['secure', 'name', true])
  })

  it('§3.2: a name that exists has no such type', () => {
    const { verdict } = world.judge('no.nsec.test.', 'MX', { answer: compact('A') })
    assert.deepEqual([verdict.status, verdict.denies, verdict.isNxname], ['secure', 'type', undefined])
    assert.equal(world.judge('no.nsec.test.', 'A', { answer: compact('A') }).verdict.reason, 'denial-invalid')
  })
})

describe('what a validation costs', () => {
  it('one signature and no fetch once the keys of the zone are known', () => {
    const keys = new KeyCache()
    assert.deepEqual(world.judge('www.nsec.test.', 'A', { keys }).asked, [
      '. DNSKEY',
      'test. DS',
      'test. DNSKEY',
      'nsec.test. DS',
      'nsec.test. DNSKEY',
    ])
    const budget = new CountedBudget()
    const second = world.judge('www.nsec.test.', 'A', { keys, budget })
    assert.equal(second.verdict.status, 'secure')
    assert.deepEqual(second.asked, [])
    assert.equal(budget.verifications, 1)
  })

  it('nothing when the RRset was found secure before', () => {
    const keys = new KeyCache()
    const { response } = world.judge('www.nsec.test.', 'A', { keys })
    const budget = new CountedBudget()
    const { verdict } = world.judge('www.nsec.test.', 'A', { keys, budget, answer: () => response })
    assert.equal(verdict.status, 'secure')
    assert.equal(budget.verifications, 0)
  })

  it('a walk to an unsigned zone ends at its delegation', () => {
    assert.deepEqual(world.judge('www.unsigned.test.', 'A').asked, [
      '. DNSKEY',
      'test. DS',
      'test. DNSKEY',
      'unsigned.test. DS',
    ])
  })

  it('an unsigned delegation in an opt-out span is found', () => {
    const { verdict } = world.judge('www.unsigned.optout.test.', 'A')
    assert.deepEqual(
      [verdict.status, verdict.reason, String(verdict.zone)],
      ['insecure', 'opt-out', 'unsigned.optout.test.'],
    )
  })

  it('a budget that ends makes the answer bogus, and nothing is remembered of the zone', () => {
    const keys = new KeyCache()
    const budget = new CountedBudget({ verifications: 3 })
    const { verdict } = world.judge('www.nsec.test.', 'A', { keys, budget })
    assert.deepEqual([verdict.status, verdict.reason], ['bogus', 'work-exceeded'])
    assert.equal(world.judge('www.nsec.test.', 'A', { keys }).verdict.status, 'secure')
  })
})

describe('evidence', () => {
  it('leads from the anchor to the answer', () => {
    const { verdict } = world.judge('www.nsec.test.', 'A')
    assert.deepEqual(
      verdict.evidence.map((link) => `${link.kind} ${link.name} ${link.status}`),
      [
        'anchor . secure',
        'dnskey . secure',
        'ds test. secure',
        'dnskey test. secure',
        'ds nsec.test. secure',
        'dnskey nsec.test. secure',
        'answer www.nsec.test. secure',
      ],
    )
    assert.match(
      verdict.evidence.at(-1)?.detail ?? '',
      /^www\.nsec\.test\. A: signed by key 25435 \(ED25519\), from \d+ to \d+$/,
    )
  })

  it('tells where security ends', () => {
    const { verdict } = world.judge('www.unsigned.test.', 'A')
    const last = verdict.evidence.at(-1)
    assert.deepEqual([last?.kind, String(last?.name), last?.status], ['no-ds', 'unsigned.test.', 'insecure'])
    assert.match(last?.detail ?? '', /NSEC unsigned\.test\./)
  })

  it('can be written as JSON, words and all', () => {
    const { verdict } = world.judge('no.nsec3.test.', 'A')
    const text = JSON.parse(JSON.stringify(verdict))
    assert.equal(text.evidence.length, verdict.evidence.length)
    assert.equal(typeof text.evidence[0].detail, 'string')
    assert.equal(text.denies, 'name')
  })
})

describe('RFC4035 §5.4: records of denial that another zone has signed', () => {
  const foreign = world.ask('nothing.nsec.test.', 'A').authority.filter(({ type }) => type === NSEC.number)

  it('are no evidence, and leave what the zone itself proves as good as it is', () => {
    for (const name of ['nothing.nsec3.test.', 'nothing.test.', 'x.wild.nsec3.test.']) {
      const { verdict, response } = world.judge(name, 'TXT', {
        answer: (r) => ({ ...r, authority: [...foreign, ...r.authority] }),
      })
      assert.equal(verdict.status, 'secure', name)
      const kept = response.authority.filter((set) => foreign.includes(set))
      assert.ok(kept.length > 0 && kept.every(({ security }) => security === 'unchecked'), name)
    }
  })

  it('are no evidence, and are not made bogus, beside what a zone says of a DS', () => {
    const { verdict, asked } = world.judge('www.nsec.test.', 'A', {
      fetched: (r) => (r.type === DS.number ? { ...r, authority: [...foreign, ...r.authority] } : r),
    })
    assert.equal(verdict.status, 'secure')
    const unsignedZone = world.judge('www.unsigned.test.', 'A', {
      fetched: (r) => (r.type === DS.number ? { ...r, authority: [...foreign, ...r.authority] } : r),
    })
    assert.equal(unsignedZone.verdict.status, 'insecure')
    for (const questions of [asked, unsignedZone.asked]) assert.ok(questions.every((text) => !text.endsWith('again')))
    assert.ok(foreign.every(({ security }) => security === 'unchecked'))
  })

  it('alone prove nothing', () => {
    const { verdict } = world.judge('nothing.test.', 'A', { answer: (r) => ({ ...r, authority: foreign }) })
    assert.equal(verdict.status, 'bogus')
  })
})
