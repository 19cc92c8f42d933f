/** The chain of trust: anchors, DS, DNSKEY, delegations of every kind, retries, and what an attacker may cost. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { SigningKey } from '../dnssec/index.ts'
import { fixedKey, fixedPair } from '../signer/fixed-keys.fixture.ts'
import { EXPIRATION, INCEPTION } from '../signer/signing.fixture.ts'
import { KeyCache } from './key-cache.ts'
import { AT, CountedBudget } from './signed-zone.fixture.ts'
import { anchorOf, changed, delegate, dsText, type Judging, keyOf, spoiled, unsigned, World } from './world.fixture.ts'

const HOSTS = 'www A 192.0.2.1\n'
const WRONG = '00'.repeat(32)

/** The zone's key of Ed25519, with other flags. */
function flagged(zone: string, flags: number): SigningKey {
  const { publicKey, privateKey, source } = keyOf(zone)
  const name = Name.parse(zone)
  return SigningKey.create({ zone: name, algorithm: 15, flags, publicKey, privateKey, source, role: 'csk' })
}

const ksk15 = (zone: string): string => dsText(`${zone}.test.`)
const names: Readonly<Record<string, readonly string[]>> = {
  good: [ksk15('good')],
  sha384: [dsText('sha384.test.', 4)],
  sha1: [dsText('sha1.test.', 1)],
  'sha1-beside': [dsText('sha1-beside.test.', 1), `1 15 2 ${WRONG}`],
  'sha1-other': [dsText('sha1-other.test.', 1), `1 253 2 ${WRONG}`],
  algorithm: [`1 253 2 ${WRONG}`, `2 3 1 ${'00'.repeat(20)}`],
  digest: [`1 15 3 ${WRONG}`],
  'one-of-two': [`1 15 2 ${WRONG}`, ksk15('one-of-two')],
  'unknown-beside': [`1 253 2 ${WRONG}`, ksk15('unknown-beside')],
  wrong: [`1 15 2 ${WRONG}`],
  zsk: [dsText('zsk.test.', 2, fixedKey(15, 'zsk', Name.parse('zsk.test.')))],
  down: [ksk15('down'), dsText('down.test.', 2, fixedKey(8, 'ksk', Name.parse('down.test.')))],
  both: [ksk15('both'), dsText('both.test.', 2, fixedKey(8, 'ksk', Name.parse('both.test.')))],
  'never-signed': [ksk15('never-signed')],
  island: [],
  unsigned: [],
}

const world = new World({
  '.': { text: delegate('test.', dsText('test.')) },
  'test.': {
    text: Object.entries(names)
      .map(([name, ds]) => delegate(`${name}.test.`, ...ds))
      .join('\n'),
  },
  ...Object.fromEntries(
    Object.keys(names).map((name) => [
      `${name}.test.`,
      name === 'unsigned' || name === 'never-signed'
        ? { text: HOSTS, how: 'unsigned' as const }
        : name === 'both'
          ? {
              text: HOSTS,
              how: {
                signWith: [...fixedPair(15, Name.parse('both.test.')), ...fixedPair(8, Name.parse('both.test.'))],
              },
            }
          : name === 'good'
            ? {
                text: `${HOSTS}${delegate('sub.good.test.', dsText('sub.good.test.'))}\n${delegate('deep.er.good.test.')}\nalias CNAME www\n${delegate('x.alias.good.test.')}`,
              }
            : { text: HOSTS },
    ]),
  ),
  'sub.good.test.': { text: HOSTS },
  'deep.er.good.test.': { text: HOSTS, how: 'unsigned' },
  'x.alias.good.test.': { text: HOSTS, how: 'unsigned' },
})

function outcome(name: string, judging: Judging = {}, type = 'A'): string {
  const { verdict } = world.judge(name, type, judging)
  return verdict.reason === undefined ? verdict.status : `${verdict.status}: ${verdict.reason}`
}

describe('RFC4035 §5.2: from DS to DNSKEY', () => {
  const cases: readonly (readonly [what: string, zone: string, expected: string])[] = [
    ['SHA-256', 'good', 'secure'],
    ['SHA-384', 'sha384', 'secure'],
    ['SHA-1 alone', 'sha1', 'secure'],
    ['RFC4509 §3: SHA-1 does not count beside SHA-256', 'sha1-beside', 'bogus: dnskey-missing'],
    ['SHA-1 counts beside SHA-256 of an algorithm that is not supported', 'sha1-other', 'secure'],
    ['only algorithms that are not supported', 'algorithm', 'insecure: algorithm-unsupported'],
    ['only digest types that are not supported', 'digest', 'insecure: digest-unsupported'],
    ['RFC6840 §5.11: one of several', 'one-of-two', 'secure'],
    ['one beside an algorithm that is not supported', 'unknown-beside', 'secure'],
    ['of no key of the zone', 'wrong', 'bogus: dnskey-missing'],
    ['of a key that does not sign the keys', 'zsk', 'bogus: dnskey-unsigned'],
    ['of a zone that has no keys', 'never-signed', 'bogus: dnskey-missing'],
    ['RFC6840 §5.11: of two algorithms, of which one signs', 'down', 'secure'],
    ['of two algorithms, of which both sign', 'both', 'secure'],
    ['no DS, and signed all the same: an island', 'island', 'insecure: delegation-unsigned'],
    ['no DS', 'unsigned', 'insecure: delegation-unsigned'],
  ]
  for (const [what, zone, expected] of cases) it(`${what}`, () => assert.equal(outcome(`www.${zone}.test.`), expected))

  it('SHA-1 counts beside SHA-256 where the settings say so', () => {
    assert.equal(outcome('www.sha1-beside.test.', { settings: { acceptSha1BesideBetter: true } }), 'secure')
  })

  it('every algorithm of the DS must sign, where that is asked for', () => {
    const settings = { hardenAlgorithmDowngrade: true }
    assert.equal(outcome('www.down.test.', { settings }), 'bogus: algorithm-missing')
    assert.equal(outcome('www.both.test.', { settings }), 'secure')
    const keys = new KeyCache()
    const answer: Judging['answer'] = (response) =>
      changed(response, 'A', (rrset) => ({ ...rrset, signatures: rrset.signatures.filter((rrsig) => rrsig[2] === 15) }))
    assert.equal(outcome('www.both.test.', { settings, keys, answer }), 'bogus: algorithm-missing')
    assert.equal(outcome('www.both.test.', { answer }), 'secure')
  })

  it('an unsigned DS, a spoiled one, none where one must be', () => {
    const at = (change: Judging['fetched']): string => outcome('www.good.test.', { ...(change && { fetched: change }) })
    assert.equal(
      at((r) => changed(r, 'DS', unsigned)),
      'bogus: signature-missing',
    )
    assert.equal(
      at((r) => changed(r, 'DS', spoiled)),
      'bogus: signature-invalid',
    )
    assert.equal(
      at((r) => changed(r, 'DS', () => undefined)),
      'bogus: denial-missing',
    )
    assert.equal(
      at((r) => changed(r, 'DNSKEY', unsigned)),
      'bogus: signature-missing',
    )
    assert.equal(
      at((r) => changed(r, 'DNSKEY', spoiled)),
      'bogus: signature-invalid',
    )
  })

  it('a DS that is denied by the records of another name', () => {
    const fetched: Judging['fetched'] = (r) =>
      r.type === 43 && r.name.labelCount === 2 ? { ...world.ask('unsigned.test.', 'DS'), name: r.name } : r
    assert.equal(outcome('www.good.test.', { fetched }), 'bogus: denial-missing')
  })

  it('what cannot be fetched', () => {
    const without =
      (type: number, labels: number): Judging['fetched'] =>
      (r) =>
        r.type === type && r.name.labelCount === labels ? { kind: 'unreachable', text: 'no server answered' } : r
    const at = (type: number, labels: number): string => {
      const fetched = without(type, labels)
      return outcome('www.good.test.', fetched === undefined ? {} : { fetched })
    }
    assert.equal(at(43, 2), 'bogus: ds-unreachable')
    assert.equal(at(48, 2), 'bogus: dnskey-unreachable')
    assert.equal(at(48, 0), 'bogus: dnskey-unreachable')
  })
})

describe('delegations on the way to a name', () => {
  it('names that are no cut are passed: an empty non-terminal, an alias', () => {
    assert.equal(outcome('www.deep.er.good.test.'), 'insecure: delegation-unsigned')
    assert.equal(outcome('www.x.alias.good.test.'), 'insecure: delegation-unsigned')
  })

  it('nothing is asked below a name that does not exist', () => {
    const answer: Judging['answer'] = (r) => ({ ...r, rcode: 3, authority: [] })
    const { asked, verdict } = world.judge('a.b.c.good.test.', 'A', { answer })
    assert.equal(verdict.status, 'bogus')
    assert.deepEqual(asked.slice(-1), ['c.good.test. DS'])
  })

  it('a DS belongs to the parent: the walk does not enter the zone', () => {
    const { asked, verdict } = world.judge('sub.good.test.', 'DS')
    assert.equal(verdict.status, 'secure')
    assert.equal(asked.at(-1), 'good.test. DNSKEY')
  })

  it('no data, as the zone above tells it of an unsigned delegation: insecure', () => {
    const denial = world.ask('unsigned.test.', 'DS')
    const answer: Judging['answer'] = (r) => ({ ...r, answer: [], authority: denial.authority })
    assert.equal(outcome('unsigned.test.', { answer }, 'AAAA'), 'insecure: delegation-unsigned')
    assert.equal(outcome('www.unsigned.test.', { answer }, 'AAAA'), 'insecure: delegation-unsigned')
    assert.equal(outcome('www.good.test.', { answer }, 'AAAA'), 'bogus: denial-missing')
  })

  it('no data with the SOA of the zone above and no proof: whether the name is in an unsigned zone is asked', () => {
    const authority = world.ask('test.', 'MX').authority.filter((rrset) => rrset.type === 6)
    const answer: Judging['answer'] = (r) => ({ ...r, answer: [], authority })
    assert.equal(outcome('www.unsigned.test.', { answer }, 'AAAA'), 'insecure: delegation-unsigned')
    assert.equal(outcome('www.good.test.', { answer }, 'AAAA'), 'bogus: denial-missing')
  })

  it('an unsigned answer is bogus only where no insecure delegation lies between', () => {
    const answer: Judging['answer'] = (r) => changed(r, 'A', unsigned)
    assert.equal(outcome('www.good.test.', { answer }), 'bogus: signature-missing')
    assert.equal(outcome('www.island.test.', { answer }), 'insecure: delegation-unsigned')
  })
})

describe('RFC4035 §5: where validation begins', () => {
  it('an anchor may be DS or DNSKEY, one of several', () => {
    assert.equal(outcome('www.good.test.', { anchors: [anchorOf('.', 'dnskey')] }), 'secure')
    const stale = { ...anchorOf('.'), rdata: anchorOf('.').rdata.map((octet, i) => (i > 3 ? octet ^ 1 : octet)) }
    assert.equal(outcome('www.good.test.', { anchors: [stale, anchorOf('.', 'dnskey')] }), 'secure')
    assert.equal(outcome('www.good.test.', { anchors: [stale] }), 'bogus: anchor-mismatch')
  })

  it('no anchor: insecure', () => {
    assert.equal(outcome('www.good.test.', { anchors: [anchorOf('other.')] }), 'insecure: no-anchor')
  })

  it('an anchor deeper than the delegation that is not signed: an island of trust', () => {
    const anchors = [anchorOf('.'), anchorOf('island.test.')]
    assert.equal(outcome('www.island.test.', { anchors }), 'secure')
    assert.equal(outcome('island.test.', { anchors }, 'DS'), 'secure')
    assert.deepEqual(world.judge('www.island.test.', 'A', { anchors }).asked, ['island.test. DNSKEY'])
    assert.equal(
      outcome('www.island.test.', { anchors, answer: (r) => changed(r, 'A', unsigned) }),
      'bogus: signature-missing',
    )
  })

  it('no signer above the trust point leads past it', () => {
    const anchors = [anchorOf('island.test.')]
    const foreign = new World({ 'test.': { text: 'www.island A 192.0.2.66' } })
    const answer = (): ReturnType<World['ask']> => foreign.ask('www.island.test.', 'A')
    assert.equal(outcome('www.island.test.', { anchors, answer }), 'bogus: signature-missing')
  })

  it('a trust point that the zone above proves to be gone is gone', () => {
    const anchors = [anchorOf('.'), anchorOf('gone.test.')]
    assert.equal(outcome('www.gone.test.', { anchors }), 'secure')
    const fetched: Judging['fetched'] = (r) =>
      r.name.labelCount === 2 ? { kind: 'unreachable', text: 'no server answered' } : r
    assert.equal(outcome('www.gone.test.', { anchors, fetched }), 'secure')
    // An island is not gone while it speaks for itself, nor is it where nobody above is trusted.
    const denial = world.ask('www.gone.test.', 'A')
    const answer: Judging['answer'] = (r) => ({ ...r, rcode: 3, answer: [], authority: denial.authority })
    assert.equal(
      outcome('www.island.test.', { anchors: [anchorOf('.'), anchorOf('island.test.')], answer }),
      'bogus: denial-missing',
    )
    assert.equal(outcome('www.gone.test.', { anchors: [anchorOf('gone.test.')] }), 'bogus: dnskey-missing')
  })

  it('an anchor of an algorithm or digest that is not supported: insecure', () => {
    const anchor = anchorOf('.')
    const with2 = (at: number, value: number): string =>
      outcome('www.good.test.', {
        anchors: [{ ...anchor, rdata: anchor.rdata.map((octet, i) => (i === at ? value : octet)) }],
      })
    assert.equal(with2(2, 253), 'insecure: algorithm-unsupported')
    assert.equal(with2(3, 9), 'insecure: digest-unsupported')
  })

  it('an anchor that does not count at this time', () => {
    assert.equal(
      outcome('www.good.test.', { anchors: [{ ...anchorOf('.'), validUntil: AT }] }),
      'bogus: anchor-mismatch',
    )
  })

  it('the keys of a trust point cannot be fetched: bogus, unless that is forgiven', () => {
    const fetched = (): { kind: 'unreachable'; text: string } => ({ kind: 'unreachable', text: 'no server answered' })
    assert.equal(outcome('www.good.test.', { fetched }), 'bogus: dnskey-unreachable')
    const settings = { forgiveUnreachableAnchors: true }
    assert.equal(outcome('www.good.test.', { fetched, settings }), 'insecure: dnskey-unreachable')
  })

  it('RFC5011 §2.1: a revoked key is not a way in', () => {
    const zone = 'revoked.'
    const text = {
      'revoked.': { text: HOSTS, how: { signWith: [flagged(zone, 385), fixedKey(15, 'zsk', Name.parse(zone))] } },
    }
    const revoked = new World(text)
    const anchors = [anchorOf(zone, 'dnskey')]
    const { verdict } = revoked.judge('www.revoked.', 'A', { anchors })
    assert.deepEqual([verdict.status, verdict.reason], ['bogus', 'anchor-mismatch'])
    const told = revoked.judge('www.revoked.', 'A', { anchors: [anchorOf(zone, 'ds', flagged(zone, 385))] })
    assert.deepEqual([told.verdict.status, told.verdict.reason], ['bogus', 'dnskey-no-zone-key'])
    assert.match(told.verdict.detail ?? '', /revoked/)
  })
})

describe('RFC7646: negative trust anchors', () => {
  it('all at and below one is insecure', () => {
    const negative = ['good.test.']
    assert.equal(outcome('www.good.test.', { negative }), 'insecure: negative-anchor')
    assert.equal(outcome('www.sub.good.test.', { negative }), 'insecure: negative-anchor')
    assert.equal(outcome('www.both.test.', { negative }), 'secure')
  })

  it('the DS at one belongs to the zone above', () => {
    assert.equal(outcome('good.test.', { negative: ['good.test.'] }, 'DS'), 'secure')
  })

  it('a trust anchor deeper than it counts', () => {
    const anchors = [anchorOf('.'), anchorOf('sub.good.test.')]
    const negative = ['good.test.']
    assert.equal(outcome('www.sub.good.test.', { anchors, negative }), 'secure')
    assert.equal(outcome('www.good.test.', { anchors, negative }), 'insecure: negative-anchor')
    assert.equal(outcome('www.sub.good.test.', { anchors, negative: ['sub.good.test.'] }), 'insecure: negative-anchor')
  })
})

describe('RFC4035 §5.3.1: time', () => {
  it('signatures are good from their inception to their expiration, both included', () => {
    assert.equal(outcome('www.good.test.', { at: INCEPTION }), 'secure')
    assert.equal(outcome('www.good.test.', { at: EXPIRATION }), 'secure')
    assert.equal(outcome('www.good.test.', { at: INCEPTION - 1 }), 'bogus: signature-not-yet-valid')
    assert.equal(outcome('www.good.test.', { at: EXPIRATION + 1 }), 'bogus: signature-expired')
  })

  it('clocks may be wrong by as much as the settings say', () => {
    const settings = { skew: { share: 0.1, leastSeconds: 3600, mostSeconds: 86400 } }
    assert.equal(outcome('www.good.test.', { at: EXPIRATION + 86400, settings }), 'secure')
    assert.equal(outcome('www.good.test.', { at: EXPIRATION + 86401, settings }), 'bogus: signature-expired')
    assert.equal(outcome('www.good.test.', { at: INCEPTION - 86400, settings }), 'secure')
  })

  it('the clock of caches is another: it says how long keys are kept', () => {
    const keys = new KeyCache()
    outcome('www.good.test.', { keys, now: 1000 })
    assert.deepEqual(world.judge('www.good.test.', 'A', { keys, now: 1299 }).asked, [])
    assert.equal(world.judge('www.good.test.', 'A', { keys, now: 1300 }).asked.length, 5)
  })
})

describe('a server that errs', () => {
  it('another is asked, and the zone is not bogus', () => {
    let times = 0
    const fetched: Judging['fetched'] = (r) =>
      r.type === 48 && r.name.labelCount === 2 && times++ < 2 ? changed(r, 'DNSKEY', spoiled) : r
    const { verdict, asked } = world.judge('www.good.test.', 'A', { fetched })
    assert.equal(verdict.status, 'secure')
    assert.deepEqual(asked.slice(-3), ['good.test. DNSKEY', 'good.test. DNSKEY again', 'good.test. DNSKEY again'])
  })

  it('three times, and then the zone is bogus for a while', () => {
    const keys = new KeyCache()
    const fetched: Judging['fetched'] = (r) => (r.name.labelCount === 2 ? changed(r, 'DNSKEY', spoiled) : r)
    const { asked } = world.judge('www.good.test.', 'A', { fetched, keys })
    assert.equal(asked.filter((need) => need.startsWith('good.test. DNSKEY')).length, 3)
    const second = world.judge('www.good.test.', 'A', { keys })
    assert.deepEqual([second.verdict.reason, second.asked], ['signature-invalid', []])
    assert.equal(world.judge('www.good.test.', 'A', { keys, now: AT + 60 }).verdict.status, 'secure')
  })
})

describe('KeyTrap (CVE-2023-50387): keys of one tag', () => {
  /** DNSKEY records of the same tag as `key`: two octets of the key are raised and lowered by as much. */
  function collisions(key: SigningKey, count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, n) => {
      const rdata = key.dnskeyRdata.slice()
      const swap = (a: number, b: number): void => {
        const high = rdata[a] ?? 0
        rdata[a] = rdata[b] ?? 0
        rdata[b] = high
      }
      // Sums of 16-bit words do not change when words change places.
      const i = 4 + 2 * (n % 16)
      const j = 4 + 2 * ((n >> 4) % 16)
      swap(i, j)
      swap(i + 1, j + 1)
      rdata[35] = rdata[35] ?? 0
      return rdata
    })
  }

  it('the work for one answer is bounded', () => {
    const zsk = fixedKey(15, 'zsk', Name.parse('good.test.'))
    const ksk = keyOf('good.test.')
    for (const [key, type] of [
      [ksk, 48],
      [zsk, 1],
    ] as const) {
      const budget = new CountedBudget()
      const trapped = collisions(key, 250).filter((rdata) => Buffer.compare(rdata, key.dnskeyRdata) !== 0)
      const flood: Judging['fetched'] = (r) =>
        r.name.labelCount === 2
          ? changed(r, 'DNSKEY', (rrset) => ({
              ...rrset,
              rdatas: [...trapped, ...rrset.rdatas],
              signatures: type === 48 ? Array.from({ length: 50 }, () => rrset.signatures).flat() : rrset.signatures,
            }))
          : r
      const { verdict } = world.judge('www.good.test.', 'A', { fetched: flood, budget })
      assert.equal(verdict.status, 'bogus')
      assert.ok(budget.verifications <= 110, `${budget.verifications} verifications`)
    }
  })
})
