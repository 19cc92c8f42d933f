/** What is called missing when signatures, proofs or keys were removed on the way, and when the zone above denies a name. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DNSKEY } from '../dns/rr/index.ts'
import { type Response, RRSIG_KEY_TAG, type RRset } from '../dnssec/index.ts'
import { NSEC3, OPT_OUT } from '../signer/signing.fixture.ts'
import { KeyCache } from './key-cache.ts'
import { REASONS } from './reasons.ts'
import {
  anchorOf,
  changed,
  delegate,
  dsText,
  type Judging,
  keyOf,
  type Tamper,
  unsigned,
  World,
} from './world.fixture.ts'

const HOSTS = 'www A 192.0.2.1\nalias CNAME www\ntree DNAME www\n*.wild TXT "wild"\n'

const world = new World({
  '.': { text: `${delegate('test.', dsText('test.'))}\nfar.ent A 192.0.2.9` },
  'test.': {
    text: ['nsec.test.', 'nsec3.test.', 'optout.test.'].map((zone) => delegate(zone, dsText(zone))).join('\n'),
  },
  'nsec.test.': { text: HOSTS },
  'nsec3.test.': { text: HOSTS, how: { denial: NSEC3 } },
  'optout.test.': { text: HOSTS, how: { denial: OPT_OUT } },
  // Nobody delegates to these.
  'corp.internal.': { text: HOSTS, how: 'unsigned' },
  'signed.internal.': { text: HOSTS },
  'corp.nsec3.test.': { text: HOSTS, how: 'unsigned' },
  'corp.optout.test.': { text: HOSTS, how: 'unsigned' },
  'corp.ent.': { text: HOSTS, how: 'unsigned' },
})

type Told = { readonly outcome: string; readonly detail: string }

function judge(name: string, type: string, judging: Judging = {}): Told {
  const { status, reason, detail = '' } = world.judge(name, type, judging).verdict
  return { outcome: reason === undefined ? status : `${status}: ${reason}`, detail }
}

const bare = (sets: readonly RRset[]): RRset[] => sets.map(unsigned)
/** A forwarder that drops signatures, and one that has never heard of DNSSEC. */
const withoutSignatures = (r: Response): Response => ({ ...r, answer: bare(r.answer), authority: bare(r.authority) })
const withoutDnssec = (r: Response): Response => ({
  ...withoutSignatures(r),
  authority: bare(r.authority.filter(({ type }) => type === 6)),
})

describe('RFC4035 §5.3: keys without signatures', () => {
  const keysOf =
    (zone: string, change: (rrset: RRset) => RRset | undefined): Tamper =>
    (r) =>
      r.type === DNSKEY.number && r.name.toString() === zone ? changed(r, 'DNSKEY', change) : r

  for (const zone of ['.', 'test.', 'nsec.test.']) {
    it(`those of ${zone} without any: signature-missing`, () => {
      const { outcome, detail } = judge('www.nsec.test.', 'A', { fetched: keysOf(zone, unsigned) })
      assert.equal(outcome, 'bogus: signature-missing')
      assert.ok(detail.startsWith(`the keys of ${zone}, of which ${keyOf(zone).tag} (ED25519) is vouched for`), detail)
      assert.match(detail, /no signature came with it/)
    })
  }

  it('with a signature by another key of the zone only: dnskey-unsigned', () => {
    const { tag } = keyOf('nsec.test.')
    const byOthers = (rrset: RRset): RRset => ({
      ...rrset,
      signatures: rrset.signatures.map((rrsig) => rrsig.with(RRSIG_KEY_TAG, ((tag >> 8) + 1) & 255)),
    })
    assert.equal(
      judge('www.nsec.test.', 'A', { fetched: keysOf('nsec.test.', byOthers) }).outcome,
      'bogus: dnskey-unsigned',
    )
  })

  it('RFC8914 §4.10: a zone that shows no key at all, below a DS or a trust anchor: dnskey-missing', () => {
    assert.equal(REASONS['dnskey-missing'].ede, 9)
    for (const [zone, voucher] of [
      ['.', /a trust anchor vouches for/],
      ['nsec.test.', /the parent vouches for/],
    ] as const) {
      const { outcome, detail } = judge('www.nsec.test.', 'A', { fetched: keysOf(zone, () => undefined) })
      assert.equal(outcome, 'bogus: dnskey-missing', zone)
      assert.match(detail, voucher)
      assert.ok(detail.startsWith(`${zone} shows no DNSKEY`), detail)
    }
  })

  it('other keys than the trust anchor names: anchor-mismatch', () => {
    const right = anchorOf('.')
    const anchors = [{ ...right, rdata: right.rdata.with(10, (right.rdata[10] ?? 0) ^ 1) }]
    assert.equal(judge('www.nsec.test.', 'A', { anchors }).outcome, 'bogus: anchor-mismatch')
  })
})

describe('RFC4035 §5.4: denials without signatures or records', () => {
  for (const [zone, type] of [
    ['nsec.test.', 'NSEC'],
    ['nsec3.test.', 'NSEC3'],
  ] as const) {
    for (const [what, name, asked] of [
      ['NXDOMAIN', `no.${zone}`, 'A'],
      ['NODATA', `www.${zone}`, 'MX'],
      ['a wildcard without the type', `x.wild.${zone}`, 'MX'],
    ] as const) {
      it(`${what}: ${type} records without signatures are named, and so are absent ones`, () => {
        const stripped = judge(name, asked, { answer: (r) => changed(r, type, unsigned) })
        assert.equal(stripped.outcome, 'bogus: signature-missing', stripped.detail)
        assert.match(stripped.detail, new RegExp(`${type}, which is to deny ${name} ${asked}, carries no signature`))
        const absent = judge(name, asked, { answer: (r) => changed(r, type, () => undefined) })
        assert.equal(absent.outcome, 'bogus: denial-missing')
        assert.match(absent.detail, new RegExp(`^no NSEC or NSEC3 record came that denies ${name} ${asked}, and`))
      })
    }
  }

  it('one of several records without its signature', () => {
    let n = 0
    const answer = (r: Response): Response => changed(r, 'NSEC3', (set) => (n++ === 0 ? unsigned(set) : set))
    const { outcome, detail } = judge('no.nsec3.test.', 'A', { answer })
    assert.equal(outcome, 'bogus: signature-missing')
    assert.match(detail, /NSEC3: no signature came with it/)
  })
})

describe('RFC4035 §5.4, RFC5155 §8: the record that a proof lacks is named', () => {
  /** What is said when all records of denial but the n-th come, for each n. */
  function lacking(name: string, type: string, judging: Judging = {}): string[] {
    const denials = ({ type: number }: RRset): boolean => number === 47 || number === 50
    const count = world.ask(name, type).authority.filter(denials).length
    return Array.from({ length: count }, (_, gone) => {
      const answer = (r: Response): Response => {
        const left = r.authority.filter(denials).filter((_set, i) => i !== gone)
        return { ...r, authority: [...r.authority.filter((set) => !denials(set)), ...left] }
      }
      const { outcome, detail } = judge(name, type, { answer, ...judging })
      assert.equal(outcome, 'bogus: denial-missing', detail)
      return detail.replace(/ \(NSEC.*$/, '')
    }).sort()
  }

  it('NSEC: of the name, of the wildcard', () => {
    assert.deepEqual(lacking('no.nsec.test.', 'A'), [
      'that no.nsec.test. does not exist: no NSEC record covers *.nsec.test.',
      'that no.nsec.test. does not exist: no NSEC record covers no.nsec.test.',
    ])
  })

  it('NSEC3: of the closest encloser, of the next closer name, of the wildcard', () => {
    const found = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].flatMap((label) => lacking(`x.${label}.nsec3.test.`, 'A'))
    for (const gap of [
      /does not exist: no NSEC3 record matches x\.n\d\.nsec3\.test\. or any name above it$/,
      /does not exist: no NSEC3 record covers n\d\.nsec3\.test\.$/,
      /does not exist: no NSEC3 record covers \*\.nsec3\.test\.$/,
    ]) {
      assert.ok(
        found.some((text) => gap.test(text)),
        String(gap),
      )
    }
  })

  it('on the way to a zone: of the DS that is asked for', () => {
    const fetched = (r: Response): Response =>
      r.name.toString() === 'www.nsec.test.' ? { ...world.ask('no.nsec.test.', 'DS'), name: r.name } : r
    const { detail } = judge('www.nsec.test.', 'A', { answer: (r) => changed(r, 'A', unsigned), fetched })
    assert.match(detail, /that www\.nsec\.test\. has no DS: no NSEC record matches or covers www\.nsec\.test\./)
  })
})

describe('whoever removes signatures removes proofs too', () => {
  /** The keys of the zone were fetched before the forwarder was. */
  function behind(forwarder: (r: Response) => Response, name: string, type: string): Told {
    const keys = new KeyCache()
    world.judge('www.nsec.test.', 'A', { keys })
    return judge(name, type, { keys, answer: forwarder, fetched: forwarder })
  }

  it('data: the signature is what is missing, not a proof that there is no DS', () => {
    for (const forwarder of [withoutSignatures, withoutDnssec]) {
      for (const [name, type] of [
        ['www.nsec.test.', 'A'],
        ['alias.nsec.test.', 'CNAME'],
      ] as const) {
        const { outcome, detail } = behind(forwarder, name, type)
        assert.equal(outcome, 'bogus: signature-missing', detail)
        assert.ok(detail.startsWith(`${name} ${type} carries no signature, and nsec.test. is signed; `), detail)
      }
    }
  })

  it('denials: the NSEC record is what is missing, or its signature', () => {
    for (const [name, type] of [
      ['no.nsec.test.', 'A'],
      ['www.nsec.test.', 'MX'],
    ] as const) {
      const gone = behind(withoutDnssec, name, type)
      assert.equal(gone.outcome, 'bogus: denial-missing')
      assert.ok(gone.detail.startsWith(`no NSEC or NSEC3 record came that denies ${name} ${type}`), gone.detail)
      assert.equal(behind(withoutSignatures, name, type).outcome, 'bogus: signature-missing')
    }
  })

  it('at a cold start the root is named: its keys carry no signature', () => {
    for (const forwarder of [withoutSignatures, withoutDnssec]) {
      const { outcome, detail } = judge('www.nsec.test.', 'A', { answer: forwarder, fetched: forwarder })
      assert.equal(outcome, 'bogus: signature-missing')
      assert.match(detail, /^the keys of \.,/)
    }
  })
})

describe('a zone of somebody below a name that its parent denies', () => {
  const internal: readonly (readonly [string, string, string, string])[] = [
    ['below the root', 'corp.internal.', '.', 'internal.'],
    ['by NSEC3', 'corp.nsec3.test.', 'nsec3.test.', 'corp.nsec3.test.'],
    ['below an empty non-terminal', 'corp.ent.', '.', 'corp.ent.'],
  ]
  for (const [what, zone, parent, absent] of internal) {
    it(`${what}: the verdict names the parent, the name, and the remedy`, () => {
      for (const [label, type] of [
        ['www', 'A'],
        ['alias', 'CNAME'],
        ['www', 'MX'],
      ] as const) {
        const { outcome, detail } = judge(`${label}.${zone}`, type)
        assert.equal(outcome, 'bogus: name-denied', detail)
        assert.ok(detail.startsWith(`${parent} proves that ${absent} does not exist, but `), detail)
        assert.match(
          detail.slice(0, 300),
          /add a negative trust anchor or a trust point for that zone \(proved by NSEC/,
        )
      }
    })
  }

  it('signed by itself: neither its signature nor its signer is to blame', () => {
    const { outcome, detail } = judge('www.signed.internal.', 'A')
    assert.equal(outcome, 'bogus: name-denied')
    assert.match(detail, /^\. proves that internal\. does not exist/)
  })

  it('the remedies: a negative trust anchor, a trust point', () => {
    assert.equal(
      judge('www.corp.internal.', 'A', { negative: ['corp.internal.'] }).outcome,
      'insecure: negative-anchor',
    )
    const anchors = [anchorOf('.'), anchorOf('signed.internal.')]
    assert.equal(judge('www.signed.internal.', 'A', { anchors }).outcome, 'secure')
  })

  it('NXDOMAIN from such a zone too, below the name that is denied', () => {
    for (const zone of ['corp.internal.', 'signed.internal.']) {
      const { outcome, detail } = judge(`no.${zone}`, 'A')
      assert.equal(outcome, 'bogus: name-denied')
      assert.ok(detail.startsWith(`. proves that internal. does not exist, but NXDOMAIN for no.${zone} was returned`))
    }
    assert.equal(judge('no.nsec.test.', 'A', { answer: withoutDnssec }).outcome, 'bogus: denial-missing')
  })

  it('in an opt-out span the parent denies nothing', () => {
    assert.equal(judge('www.corp.optout.test.', 'A').outcome, 'insecure: opt-out')
  })
})
