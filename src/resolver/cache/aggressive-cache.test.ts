import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answerNaively, type NaiveAnswer } from '../../authority/naive-answerer.fixture.ts'
import { type NaiveZone, recordsOf } from '../../authority/naive-zone.fixture.ts'
import { Name } from '../../dns/name/index.ts'
import { A, AAAA, ANY, CNAME, DNAME, DS, MX, NS, NSEC, NSEC3, RRSIG, SOA, TXT } from '../../dns/rr/index.ts'
import { groupRRsets, type RRset } from '../../dnssec/index.ts'
import type { Denial } from '../../signer/index.ts'
import { NSEC as BY_NSEC, NSEC3 as BY_NSEC3, INCEPTION, OPT_OUT, signText } from '../../signer/signing.fixture.ts'
import { proveNoData, proveNoName, proveWildcard, readDenial } from '../../validator/index.ts'
import { SETTINGS } from '../../validator/signed-zone.fixture.ts'
import { AggressiveCache, RRsetCache, type Synthesized } from './index.ts'

const ZONE = Name.parse('example.')
const NOW = INCEPTION
const TYPES = [A, AAAA, TXT, NS, DS, CNAME, DNAME, SOA, MX, NSEC].map(({ number }) => number)

type Known = { readonly zone: NaiveZone; readonly cache: AggressiveCache; readonly rrsets: RRsetCache }

/** Signs a zone and puts all that a resolver may have met of it, or what `isMet` leaves of that. */
function learn(text: string, denial: Denial, isMet: (set: RRset) => boolean = () => true): Known {
  const signed = signText(`@ 3600 SOA ns host 1 7200 3600 1209600 600\n@ 3600 NS ns.other.\n${text}`, { denial })
  const zone = { apex: ZONE, records: recordsOf(signed.text, ZONE) }
  const rrsets = new RRsetCache({ maxOctets: 1 << 20, minTtl: 0, maxTtl: 86400, staleSeconds: 0 })
  const cache = new AggressiveCache({ maxOctets: 1 << 20, maxNsec3Iterations: 50, maxNegativeTtl: 3600 }, rrsets)
  for (const set of groupRRsets(
    zone.records.map((record) => ({ ...record, class: 1 })),
    NOW,
  )) {
    if (set.signatures.length === 0 || !isMet(set)) continue
    set.security = 'secure'
    cache.put(ZONE, set, NOW)
    if (set.owner.isWildcard && set.type !== NSEC.number) rrsets.put(set, 6, NOW)
  }
  return { zone, cache, rrsets }
}

/** What the zone says of a name: the first link of it. */
function kindOf({ rcode, aa, answer }: NaiveAnswer): 'data' | 'referral' | 'nxdomain' | 'nodata' {
  if (answer.length > 0) return 'data'
  if (!aa) return 'referral'
  return rcode === 3 ? 'nxdomain' : 'nodata'
}

/** That what was made up is what the zone says, with proofs that a validator takes. */
function checkTruth({ zone }: Known, name: Name, type: number, made: Synthesized): void {
  const told = answerNaively([zone], name, type, false)
  const what = `${name} ${type}`
  if (made.kind === 'wildcard') {
    const [set] = made.answer
    const expected = told.answer.filter((record) => record.type === set?.type && record.owner.equals(name))
    assert.ok(set)
    assert.ok(set.owner.equals(name), what)
    assert.deepEqual(
      set.rdatas.map((rdata) => rdata.toHex()).sort(),
      expected.map(({ rdata }) => rdata.toHex()).sort(),
      what,
    )
  } else assert.equal(made.kind, kindOf(told), what)
  const budget = { takeVerification: () => false, takeHash: () => true }
  const records = readDenial(ZONE, made.authority, SETTINGS, budget)
  const labels = made.answer[0]?.signatures[0]?.[3] ?? 0
  let encloser = name
  while (encloser.labelCount > labels) encloser = encloser.parent
  const proof =
    made.kind === 'nxdomain'
      ? proveNoName(records, name)
      : made.kind === 'nodata'
        ? proveNoData(records, name, type)
        : proveWildcard(records, name, encloser)
  assert.equal(proof.outcome, 'proved', what)
}

function ask({ cache }: Known, name: string, type: number, now = NOW): Synthesized | undefined {
  return cache.deny(Name.parse(name), type, ZONE, now)
}

const SMALL = `
a 300 A 192.0.2.1
c.ent 300 A 192.0.2.1
*.wild 300 A 192.0.2.7
*.wild 300 TXT "w"
alias 300 CNAME a
*.all 300 CNAME a
sub 300 NS ns.other.
safe 300 NS ns.other.
safe 300 DS 1 13 2 ${'00'.repeat(32)}
tree 300 DNAME other.
`

for (const [title, denial] of [
  ['NSEC', BY_NSEC],
  ['NSEC3', BY_NSEC3],
] as const) {
  test(`RFC8198 §5: ${title}: NXDOMAIN, NODATA and wildcards of a zone that is known`, () => {
    const known = learn(SMALL, denial)
    const kinds = (name: string, type: number): string | undefined => ask(known, name, type)?.kind
    assert.equal(kinds('b.example.', A.number), 'nxdomain')
    assert.equal(kinds('x.y.a.example.', A.number), 'nxdomain')
    assert.equal(kinds('a.example.', TXT.number), 'nodata')
    assert.equal(kinds('a.example.', A.number), undefined)
    assert.equal(kinds('ent.example.', A.number), 'nodata')
    assert.equal(kinds('q.wild.example.', MX.number), 'nodata')
    assert.equal(kinds('alias.example.', A.number), undefined)
    assert.equal(kinds('sub.example.', DS.number), 'nodata')
    assert.equal(kinds('sub.example.', A.number), undefined)
    assert.equal(kinds('x.sub.example.', A.number), undefined)
    assert.equal(kinds('safe.example.', DS.number), undefined)
    assert.equal(kinds('x.tree.example.', A.number), undefined)
    assert.equal(kinds('tree.example.', A.number), 'nodata')
    assert.equal(kinds('example.', DS.number), undefined)
    for (const type of [ANY.number, RRSIG.number, 0]) assert.equal(kinds('b.example.', type), undefined)
    assert.equal(known.cache.deny(Name.parse('b.other.'), A.number, ZONE, NOW), undefined)
  })

  test(`RFC8198 §5.3: ${title}: a wildcard that is known stands in, its CNAME too`, () => {
    const known = learn(SMALL, denial)
    const made = ask(known, 'x.y.wild.example.', A.number)
    assert.equal(made?.kind, 'wildcard')
    assert.equal(made?.answer[0]?.owner.toString(), 'x.y.wild.example.')
    assert.equal(ask(known, 'q.all.example.', TXT.number)?.answer[0]?.type, CNAME.number)
    const unknown = learn(SMALL, denial, (set) => !(set.owner.isWildcard && set.type === A.number))
    assert.equal(ask(unknown, 'q.wild.example.', A.number), undefined)
  })

  test(`RFC8198 §5.3: ${title}: a wildcard that answers were expanded from is used again`, () => {
    const known = learn(SMALL, denial, (set) => !set.owner.isWildcard || set.type === NSEC.number)
    assert.equal(ask(known, 'r.wild.example.', A.number), undefined)
    const source = learn(SMALL, denial).rrsets.find(Name.parse('*.wild.example.'), A.number, NOW)
    assert.ok(source)
    known.cache.put(ZONE, { ...source.rrset, owner: Name.parse('q.wild.example.') }, NOW)
    assert.equal(ask(known, 'r.wild.example.', A.number)?.kind, 'wildcard')
  })

  test(`RFC8198 §5.4: ${title}: no longer than the last field of the SOA says`, () => {
    const known = learn(SMALL, denial)
    assert.equal(ask(known, 'b.example.', A.number)?.expires, NOW + 600)
    assert.equal(ask(known, 'b.example.', A.number, NOW + 599)?.expires, NOW + 600)
    assert.equal(ask(known, 'b.example.', A.number, NOW + 600), undefined)
  })

  test(`RFC8198 §5: ${title}: what is denied is so, with proofs; what the whole chain denies is denied`, () => {
    fc.assert(
      fc.property(zoneText, fc.array(question, { minLength: 20, maxLength: 60 }), (text, questions) => {
        const known = learn(text, denial)
        for (const { name, type } of questions) {
          const made = known.cache.deny(name, type, ZONE, NOW)
          const kind = kindOf(answerNaively([known.zone], name, type, false))
          if (made !== undefined) checkTruth(known, name, type, made)
          else if (!(name.equals(ZONE) && type === DS.number))
            assert.ok(kind === 'data' || kind === 'referral', `${name} ${type}`)
        }
      }),
      { numRuns: 40 },
    )
  })

  test(`RFC8198 §5: ${title}: what is denied with a part of the chain is so`, () => {
    fc.assert(
      fc.property(zoneText, fc.array(question, { maxLength: 60 }), fc.integer(), (text, questions, seed) => {
        let state = seed
        const known = learn(text, denial, () => {
          state = (Math.imul(state, 1_103_515_245) + 12345) | 0
          return (state >>> 16) % 2 === 0
        })
        for (const { name, type } of questions) {
          const made = known.cache.deny(name, type, ZONE, NOW)
          if (made !== undefined) checkTruth(known, name, type, made)
        }
      }),
      { numRuns: 40 },
    )
  })
}

test('RFC8198 §5.2: records with opt-out deny nothing', () => {
  const known = learn(SMALL, OPT_OUT)
  assert.equal(known.cache.counts.entries, 0)
  assert.equal(ask(known, 'b.example.', A.number), undefined)
})

test('RFC8198 §5.3, RFC5155 §8.8: proofs of a zone say nothing of a wildcard in a zone below it', () => {
  const cut = 'sub NS ns.other.\nsub DS 1 13 2 00\n'
  for (const denial of [BY_NSEC, BY_NSEC3]) {
    const known = learn(cut.replace(' 00', ` ${'00'.repeat(32)}`), denial)
    const child = signText('@ 3600 SOA ns host 1 2 3 4 5\n@ NS ns.other.\n*.w A 192.0.2.1\nhere.w A 192.0.2.2\n', {
      zone: 'sub.example.',
    })
    const records = recordsOf(child.text, Name.parse('sub.example.')).map((record) => ({ ...record, class: 1 }))
    const wildcard = groupRRsets(records, NOW).find(({ owner, type }) => owner.isWildcard && type === A.number)
    assert.ok(wildcard)
    wildcard.security = 'secure'
    known.rrsets.put(wildcard, 6, NOW)
    for (const label of ['a', 'b', 'c', 'd', 'e', 'here']) {
      assert.equal(ask(known, `${label}.w.sub.example.`, A.number), undefined, denial.kind)
    }
  }
})

test('only what is secure, of the zone and not expanded from a wildcard is kept', () => {
  const { cache, zone } = learn('', BY_NSEC, () => false)
  const sets = groupRRsets(
    zone.records.map((record) => ({ ...record, class: 1 })),
    NOW,
  )
  const nsec = sets.find(({ type }) => type === NSEC.number)
  assert.ok(nsec)
  for (const security of ['unchecked', 'insecure', 'bogus'] as const) cache.put(ZONE, { ...nsec, security }, NOW)
  cache.put(Name.parse('other.'), { ...nsec, security: 'secure' }, NOW)
  cache.put(Name.root, { ...nsec, security: 'secure' }, NOW)
  cache.put(ZONE, { ...nsec, security: 'secure', owner: Name.parse('x.example.') }, NOW)
  cache.put(ZONE, { ...nsec, security: 'secure', expires: NOW }, NOW)
  cache.put(ZONE, { ...nsec, security: 'secure', signatures: [] }, NOW)
  assert.equal(cache.counts.entries, 0)
  cache.put(ZONE, { ...nsec, security: 'secure' }, NOW)
  assert.equal(cache.counts.entries, 1)
})

test('what the validator no longer holds for secure denies nothing', () => {
  const sets: RRset[] = []
  const known = learn(SMALL, BY_NSEC, (set) => {
    if (set.type === NSEC.number) sets.push(set)
    return true
  })
  assert.equal(ask(known, 'b.example.', A.number)?.kind, 'nxdomain')
  for (const set of sets) set.security = 'bogus'
  assert.equal(ask(known, 'b.example.', A.number), undefined)
})

test('a zone that changes its NSEC3 parameters begins anew', () => {
  const known = learn(SMALL, BY_NSEC3)
  const before = known.cache.counts.entries
  const salted = signText(`@ 3600 SOA ns host 1 7200 3600 1209600 600\n@ 3600 NS ns.other.\n${SMALL}`, {
    denial: { ...BY_NSEC3, salt: Uint8Array.of(1) } as Denial,
  })
  const sets = groupRRsets(
    recordsOf(salted.text, ZONE).map((record) => ({ ...record, class: 1 })),
    NOW,
  ).filter(({ type }) => type === NSEC3.number)
  for (const set of sets) known.cache.put(ZONE, { ...set, security: 'secure' }, NOW)
  assert.equal(known.cache.counts.entries, before)
  assert.equal(ask(known, 'b.example.', A.number)?.kind, 'nxdomain')
  known.cache.deleteWhere(() => true)
  assert.deepEqual(known.cache.counts.octets, 0)
})

test('the ceiling holds, and what is left still tells the truth', () => {
  const text = Array.from({ length: 60 }, (_, i) => `h${i} 300 A 192.0.2.1`).join('\n')
  const { zone } = learn(text, BY_NSEC)
  const rrsets = new RRsetCache({ maxOctets: 1 << 20, minTtl: 0, maxTtl: 86400, staleSeconds: 0 })
  const cache = new AggressiveCache({ maxOctets: 20_000, maxNsec3Iterations: 0, maxNegativeTtl: 3600 }, rrsets)
  for (const set of groupRRsets(
    zone.records.map((record) => ({ ...record, class: 1 })),
    NOW,
  )) {
    cache.put(ZONE, { ...set, security: 'secure' }, NOW)
    assert.ok(cache.counts.octets <= 20_000)
  }
  assert.ok(cache.counts.evictions > 0)
  for (let i = 0; i < 60; i++) {
    assert.equal(cache.deny(Name.parse(`h${i}.example.`), A.number, ZONE, NOW), undefined)
    const made = cache.deny(Name.parse(`h${i}-x.example.`), A.number, ZONE, NOW)
    if (made !== undefined) checkTruth({ zone, cache, rrsets }, Name.parse(`h${i}-x.example.`), A.number, made)
  }
})

const label = fc.constantFrom('a', 'b', 'c', 'x-y', '\\000', '\\255', 'Z')
const owner = fc
  .tuple(fc.array(label, { maxLength: 3 }), fc.boolean())
  .map(([labels, isWildcard]) => [...(isWildcard ? ['*'] : []), ...labels].join('.'))
const content = fc.constantFrom(
  ['A 192.0.2.1'],
  ['A 192.0.2.1', 'TXT "t"'],
  ['TXT "t"', 'MX 1 a'],
  ['CNAME a'],
  ['DNAME other.', 'A 192.0.2.1'],
  ['NS ns.other.'],
  ['NS ns.other.', `DS 1 13 2 ${'00'.repeat(32)}`],
)
/** Zones whose names have what may stand together (RFC 1034 §3.6.2, RFC 6672 §2.4, RFC 4592 §4). */
const zoneText = fc
  .uniqueArray(fc.tuple(owner, content), { selector: ([name]) => name.toLowerCase(), maxLength: 12 })
  .map((names) =>
    names
      .filter(([name, [first = '']]) => name !== '' && !(name.startsWith('*') && /^(NS|DNAME)/.test(first)))
      .flatMap(([name, records]) => records.map((record) => `${name} 300 ${record}`))
      .join('\n'),
  )
const question = fc.record({
  name: fc
    .tuple(fc.array(fc.oneof(label, fc.constantFrom('*', 'q')), { maxLength: 4 }))
    .map(([labels]) => Name.parse([...labels, 'example.'].join('.'))),
  type: fc.constantFrom(...TYPES),
})
