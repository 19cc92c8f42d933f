/** Opt-out takes AD away from an answer, and no part of its proof (RFC 5155 §8.4 to §8.8, §9.2). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { NSEC3 } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { OPT_OUT } from '../signer/signing.fixture.ts'
import { hashName, Nsec3Record } from './denial/index.ts'
import { delegate, dsText, World } from './world.fixture.ts'

const HOSTS =
  'www A 192.0.2.1\n*.wild TXT "wild"\nalias CNAME no\ndeep.er.ent A 192.0.2.2\na A 192.0.2.3\nb A 192.0.2.4'
const ZONE = 'optout.test.'
const OTHER_SALT = { kind: 'nsec3', iterations: 0, salt: Uint8Array.of(1), optOut: true } as const

function worldWith(denial: typeof OPT_OUT | typeof OTHER_SALT): World {
  return new World({
    '.': { text: delegate('test.', dsText('test.')) },
    'test.': { text: delegate(ZONE, dsText(ZONE)) },
    [ZONE]: { text: `${HOSTS}\n${delegate(`unsigned.${ZONE}`)}`, how: { denial } },
    [`unsigned.${ZONE}`]: { text: 'www A 192.0.2.1', how: 'unsigned' },
  })
}

const world = worldWith(OPT_OUT)
const resalted = worldWith(OTHER_SALT)

type Part = 'closest encloser' | 'next closer name' | 'wildcard'

/** The record that does this part of the proof that `name` does not exist, the closest encloser of which is `encloser`. */
function partOf(response: Response, part: Part, name: string, encloser: string): RRset {
  const above = Name.parse(encloser)
  let closer = Name.parse(name)
  while (closer.labelCount > above.labelCount + 1) closer = closer.parent
  const wanted = part === 'wildcard' ? above.child('*') : part === 'next closer name' ? closer : above
  const found = response.authority.find((set) =>
    Nsec3Record.read(set, Name.parse(ZONE)).some((record) => {
      const hash = hashName(wanted, record.parameters)
      return part === 'closest encloser' ? record.matches(hash) : record.covers(hash)
    }),
  )
  return found ?? assert.fail(`no record for the ${part}`)
}

/** A name that does not exist, each part of whose proof is a record of its own. */
function nameOfThreeRecords(suffix: string, encloser: string): string {
  for (let n = 0; n < 200; n++) {
    const name = `n${n}.${suffix}`
    const response = world.ask(name, 'A')
    const parts = PARTS.map((part) => partOf(response, part, name, encloser))
    if (new Set(parts).size === PARTS.length) return name
  }
  return assert.fail('no such name')
}

const PARTS: readonly Part[] = ['closest encloser', 'next closer name', 'wildcard']
const LOST = nameOfThreeRecords(ZONE, ZONE)
const DEEP = nameOfThreeRecords(`x.er.ent.${ZONE}`, `er.ent.${ZONE}`)

const without =
  (part: Part, name: string, encloser: string) =>
  (response: Response): Response => {
    const gone = partOf(response, part, name, encloser)
    return { ...response, authority: response.authority.filter((set) => set !== gone) }
  }

function outcome(name: string, type: string, answer: (response: Response) => Response = (r) => r): string {
  const { status, reason } = world.judge(name, type, { answer }).verdict
  return [status, ...(reason === undefined ? [] : [reason])].join(': ')
}

describe('RFC5155 §8.4: NXDOMAIN in an opt-out span', () => {
  for (const [what, name, encloser] of [
    ['below the apex', LOST, ZONE],
    ['a deeper name', DEEP, `er.ent.${ZONE}`],
  ] as const) {
    it(`${what}: insecure with all parts of the proof, bogus without one of them`, () => {
      assert.equal(outcome(name, 'A'), 'insecure: opt-out')
      for (const part of PARTS) {
        assert.equal(outcome(name, 'A', without(part, name, encloser)), 'bogus: denial-missing', part)
      }
    })
  }

  it('for every type that is asked for, DS too', () => {
    for (const type of ['MX', 'DS', 'CNAME', 'NS']) {
      assert.equal(outcome(LOST, type), 'insecure: opt-out', type)
      assert.equal(outcome(LOST, type, without('wildcard', LOST, ZONE)), 'bogus: denial-missing', type)
    }
  })

  it('the target of an alias, asked for by itself', () => {
    const target = `no.${ZONE}`
    assert.equal(outcome(target, 'A'), 'insecure: opt-out')
    const bare = (r: Response): Response => {
      const [encloser, closer] = PARTS.map((part) => partOf(r, part, target, ZONE))
      return {
        ...r,
        authority: r.authority.filter((set) => set.type !== NSEC3.number || set === encloser || set === closer),
      }
    }
    const wildcardIsNoOther = bare(world.ask(target, 'A')).authority.length === world.ask(target, 'A').authority.length
    assert.equal(outcome(target, 'A', bare), wildcardIsNoOther ? 'insecure: opt-out' : 'bogus: denial-missing')
  })

  it('the records of two chains are not put together', () => {
    const mixed = (response: Response): Response => {
      const half = without('wildcard', LOST, ZONE)(response)
      const other = resalted.ask(LOST, 'A')
      return { ...half, authority: [...half.authority, partOf(other, 'wildcard', LOST, ZONE)] }
    }
    assert.equal(outcome(LOST, 'A', mixed), 'bogus: denial-missing')
  })

  it('a second chain proves it where the first one lacks a part', () => {
    const mixed = (response: Response): Response => {
      const half = without('wildcard', LOST, ZONE)(response)
      return { ...half, authority: [...half.authority, ...resalted.ask(LOST, 'A').authority.filter(isNsec3)] }
    }
    assert.equal(outcome(LOST, 'A', mixed), 'insecure: opt-out')
  })

  it('a name for which a wildcard stands in is not denied, whatever the span says', () => {
    const name = `q.wild.${ZONE}`
    assert.equal(outcome(name, 'MX'), 'insecure: opt-out')
    assert.equal(
      outcome(name, 'MX', (r) => ({ ...r, rcode: 3 })),
      'bogus: denial-invalid',
    )
    assert.equal(
      outcome(name, 'TXT', (r) => ({ ...r, rcode: 3, answer: [] })),
      'bogus: denial-missing',
    )
  })
})

describe('RFC5155 §8.5 to §8.7: NODATA in an opt-out span', () => {
  const noData = (response: Response): Response => ({ ...response, rcode: 0 })

  it('§8.6: for DS the closest encloser and the next closer name are all of it', () => {
    assert.equal(outcome(`unsigned.${ZONE}`, 'DS'), 'insecure: opt-out')
    assert.equal(
      outcome(LOST, 'DS', (r) => without('wildcard', LOST, ZONE)(noData(r))),
      'insecure: opt-out',
    )
    for (const part of ['closest encloser', 'next closer name'] as const) {
      assert.equal(
        outcome(LOST, 'DS', (r) => without(part, LOST, ZONE)(noData(r))),
        'bogus: denial-missing',
        part,
      )
    }
  })

  it('§8.5 with erratum 3441: an empty non-terminal of unsigned delegations has no record, for other types as well', () => {
    assert.equal(
      outcome(LOST, 'A', (r) => without('wildcard', LOST, ZONE)(noData(r))),
      'insecure: opt-out',
    )
    for (const part of ['closest encloser', 'next closer name'] as const) {
      assert.equal(
        outcome(LOST, 'A', (r) => without(part, LOST, ZONE)(noData(r))),
        'bogus: denial-missing',
        part,
      )
    }
  })

  it('§8.7: a wildcard that has the type contradicts it', () => {
    const wild = world.ask(`q.wild.${ZONE}`, 'MX').authority
    assert.equal(
      outcome(`q.wild.${ZONE}`, 'TXT', (r) => ({ ...r, answer: [], authority: wild })),
      'bogus: denial-invalid',
    )
  })
})

describe('RFC5155 §8.8: an answer from a wildcard in an opt-out span', () => {
  it('is insecure with the next closer name, bogus without it', () => {
    assert.equal(outcome(`q.wild.${ZONE}`, 'TXT'), 'insecure: opt-out')
    assert.equal(
      outcome(`q.wild.${ZONE}`, 'TXT', (r) => ({ ...r, authority: [] })),
      'bogus: wildcard-unproved',
    )
  })
})

describe('an unsigned zone below an opt-out span', () => {
  it('is insecure in all that it says, denials too: the proof that it has no DS is what counts', () => {
    for (const [name, type] of [
      ['www', 'A'],
      ['www', 'MX'],
      ['no', 'A'],
    ] as const) {
      assert.equal(outcome(`${name}.unsigned.${ZONE}`, type), 'insecure: opt-out', `${name} ${type}`)
    }
  })
})

function isNsec3(set: RRset): boolean {
  return set.type === NSEC3.number
}
